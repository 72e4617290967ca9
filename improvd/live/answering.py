"""Answering: one answer after another, from where it begins to its last note; the model draws it piece by piece."""

from __future__ import annotations

import math
from collections.abc import Callable

from improvd.config import Config
from improvd.live.answer import Answer, Chunk, span_of
from improvd.live.drawing import Drawing
from improvd.live.grid import Grid
from improvd.live.groove import Groove
from improvd.live.phrase import Phrase
from improvd.live.timebase import Timebase
from improvd.live.window import Window
from improvd.music.timing import s_to_beats
from improvd.protocol import Ask, Cancel, Finished, Play, Sounded

LEAD_S = 0.060
"""An answer begins this much after its phrase ended at least, so that its first note is drawn in time."""

LATE_S = 0.020
"""An answer whose first note is drawn later than this after its time moves on to the next beat or bar."""

PATIENCE_S = 8.0
"""A phrase that has waited this long for a model is not answered any more."""

MODEL_LATE = "model late"

_ON_ITS_WAY_BEATS = 0.1
"""A note planned so near may have sounded before the player hears that it is taken back."""

_SAME_BEATS = 1e-6
_SAME_S = 1e-6


class Answering:
    """This plans answers; like the conductor it is told everything, the time too.

    Args:
        config: the settings in force.
        time, window, drawing: the conductor's, which it shares.
        say: takes what player and model shall do.
        lead_s: as `LEAD_S`.

    Attributes:
        answer: the one under way.
        your_turn: whether an answer was the last to play.
        trouble: what went wrong with it, or empty.
    """

    def __init__(
        self,
        config: Config,
        time: Timebase,
        window: Window,
        drawing: Drawing,
        say: Callable[[Play | Cancel | Ask], None],
        lead_s: float,
    ) -> None:
        self.answer: Answer | None = None
        self.your_turn = False
        self.trouble = ""
        self._config = config
        self._time, self._window, self._drawing, self._say, self._lead_s = time, window, drawing, say, lead_s
        self._past: dict[int, Answer] = {}
        self._answers = 0
        self._exchange = 0

    # --- what it is told ---------------------------------------------------------------------

    def configure(self, config: Config) -> None:
        """Take other settings from now on."""
        self._config = config

    def sounded(self, message: Sounded) -> None:
        """Take in that a note was sent; the window keeps those of answers."""
        for answer in (self.answer, self._past.get(message.answer)):
            if answer is not None and answer.number == message.answer:
                answer.sounded(message, self._window)

    def finished(self, message: Finished) -> None:
        """Take in that nothing of an answer is left to sound."""
        answer = self._past.pop(message.answer, None)
        if answer is not None:
            answer.withdraw(self._window)

    def settle(self) -> None:
        """Let the window hold no note of an answer that was never played."""
        for answer in self._past.values():
            answer.withdraw(self._window)
        self._past.clear()

    def forget(self, now_s: float) -> None:
        """Take back what is under way, and begin anew."""
        self.take_back(now_s, within_beats=0.0)
        self._past.clear()
        self._exchange = 0
        self.your_turn, self.trouble = False, ""

    # --- from beginning to end ---------------------------------------------------------------

    def begin(self, call: Phrase, grid: Grid, start: str, now_s: float) -> None:
        """Begin to answer a call: now, or on the next beat or bar."""
        beats = self._time.beats_at(now_s)
        begin_ticks, start_beats = self._beginning(grid, start, beats, self._lead_s)
        call_ticks = call.bars * grid.meter.bar_ticks if call.bars else self._window.end_ticks - call.begin_ticks
        max_bars = call.bars or self._config.answer.max_bars
        span = span_of(grid, begin_ticks, call_ticks, in_bars=start == "bar", max_bars=max_bars)
        self._answers += 1
        self.trouble = ""
        self.answer = Answer(self._answers, grid, span, start_beats, start)

    def _beginning(self, grid: Grid, start: str, beats: float, lead_s: float = 0.0) -> tuple[int, float]:
        """Return where an answer begins, at the earliest `lead_s` from now: its tick, and its beat on the clock."""
        if start == "now":
            return max(grid.ticks_at(beats), self._window.last_onset_ticks + 1), beats
        earliest_beats = beats + s_to_beats(lead_s, self._time.bpm)
        earliest = max(grid.tick_from(earliest_beats), self._window.last_onset_ticks + 1)
        ticks = grid.bar_from(earliest) if start == "bar" else grid.beat_from(earliest)
        return ticks, grid.beats_at(ticks)

    def follow(self, now_s: float) -> bool:
        """Notice that the answer has begun, is over, or never came; return whether its call is over by that."""
        answer, beats = self.answer, self._time.beats_at(now_s) + _SAME_BEATS
        if answer is None:
            return False
        if not answer.begun and answer.chunks and beats >= answer.start_beats:
            answer.begun = True
            self._exchange += 1
            return True
        if not answer.chunks and now_s >= self._give_up_s(answer) - _SAME_S:
            self.answer, self.trouble = None, MODEL_LATE
            return True
        if answer.begun and beats >= answer.end_beats:
            self._past[answer.number] = answer
            self.answer, self.your_turn = None, True
        return False

    def _give_up_s(self, answer: Answer) -> float:
        return self._time.time_of(answer.start_beats) + PATIENCE_S

    def take_back(self, now_s: float, *, within_beats: float) -> None:
        """Cancel the answer, if there is one."""
        answer, self.answer = self.answer, None
        if answer is not None and answer.chunks:
            answer.cut = True
            answer.withdraw(self._window, self._time.beats_at(now_s) + _ON_ITS_WAY_BEATS)
            self._past[answer.number] = answer
            self._say(Cancel(answer.number, within_beats))
            self._drawing.unread = True

    # --- drawing -----------------------------------------------------------------------------

    def draw(self, now_s: float) -> None:
        """Ask for the next piece of the answer when the playhead comes near it."""
        answer = self.answer
        if answer is None or not self._drawing.free:
            return
        if answer.begun and answer.skip_to(self._time.beats_at(now_s)):
            self.trouble = MODEL_LATE
        if not answer.drawn and now_s >= self._draw_s(answer) - _SAME_S:
            self._say(self._drawing.ask(answer, self._config, self._window.notes(), exchange=self._exchange))

    def _draw_s(self, answer: Answer) -> float:
        """Return when the next piece of an answer is to be drawn."""
        return self._time.time_of(answer.beats_at(answer.drawn_until) - self._config.answer.horizon_beats)

    def take_arrived(self, now_s: float) -> None:
        """Plan what the model drew, unless its answer was taken back meanwhile."""
        drawn, answer = self._drawing.take(), self.answer
        if drawn is None or answer is None or answer.number != drawn.answer:
            return
        beats, bpm = self._time.beats_at(now_s), self._time.bpm
        chunk, shift_ticks = self._in_time(answer, drawn.chunk, beats)
        planned, late = answer.take(
            [(note[0] + shift_ticks, *note[1:]) for note in drawn.notes],
            chunk,
            self._window,
            earliest_beats=beats - s_to_beats(self._config.midi.max_lateness_ms / 1000, bpm),
            channel=self._config.midi.answer_channel - 1,
            groove=Groove(self._config.groove.swing / 100, self._config.groove.timing / 100),
        )
        if late:
            self.trouble = MODEL_LATE
        if planned:
            self._say(Play(answer.number, planned))

    def _in_time(self, answer: Answer, chunk: Chunk, beats: float) -> tuple[Chunk, int]:
        """Move an answer whose beginning was drawn too late; return its first piece there, and by how many ticks."""
        if answer.chunks or beats <= answer.start_beats:
            return chunk, 0
        if answer.start == "now":
            answer.move_to(answer.span.begin_ticks, beats)
        elif beats > answer.start_beats + s_to_beats(LATE_S, self._time.bpm):
            self.trouble = MODEL_LATE
            answer.move_to(*self._beginning(answer.grid, answer.start, beats))
        shift = answer.span.begin_ticks - chunk.begin_ticks
        return Chunk(chunk.begin_ticks + shift, chunk.until_ticks + shift, chunk.strike), shift

    # --- waking ------------------------------------------------------------------------------

    def next_s(self) -> float:
        """Return when something is to be decided if nothing happens before; infinite if never."""
        answer = self.answer
        if answer is None:
            return math.inf
        if answer.begun:
            next_s = self._time.time_of(answer.end_beats)
        else:
            next_s = self._time.time_of(answer.start_beats) if answer.chunks else self._give_up_s(answer)
        return min(next_s, self._draw_s(answer)) if self._drawing.free and not answer.drawn else next_s
