"""Answering: one answer after another, from where it begins to its last note; the model draws it bar by bar."""

from __future__ import annotations

import math
from collections.abc import Callable

from improvd.config import Config
from improvd.live.answer import Answer
from improvd.live.drawing import Drawing
from improvd.live.grid import Grid
from improvd.live.groove import Groove
from improvd.live.phrase import Phrase
from improvd.live.planning import answer_to, beginning_of
from improvd.live.rehearsal import Rehearsal
from improvd.live.request import request_of
from improvd.live.span import Chunk
from improvd.live.timebase import Timebase
from improvd.live.window import Window
from improvd.live.wishes import Wanted, due_beats, further, wanted_by
from improvd.music.timing import s_to_beats
from improvd.protocol import Ask, Cancel, Continued, Finished, Play, Sounded

LEAD_S = 0.060
"""An answer begins this much after its phrase ended at least, so that its first note is drawn in time."""

LATE_S = 0.020
"""An answer whose first note is drawn later than this after its time moves on to the next beat or bar."""

PATIENCE_S = 8.0
"""A phrase that has waited this long for a model is not answered any more."""

MODEL_LATE = "model late"

_ON_ITS_WAY_BEATS = 0.1
"""A note planned so near may have sounded before the player hears that it is taken back."""

_FIRST_TOOK_S = 0.05
_SAME_BEATS = 1e-6
_SAME_S = 1e-6


class Answering:
    """This plans answers; like the conductor it is told everything, the time too.

    Args:
        config: the settings in force.
        time, window, drawing, rehearsal: the conductor's, which it shares.
        say: takes what player and model shall do.
        seed: base of the noise where `sampling.seed` is -1.
        lead_s: as `LEAD_S`.

    Attributes:
        answer: the one under way.
        your_turn: whether an answer was the last to play.
        trouble: what went wrong with it, or empty.
        candidates: of how many the last piece is the best; 0 before the first.
    """

    def __init__(
        self,
        config: Config,
        time: Timebase,
        window: Window,
        drawing: Drawing,
        rehearsal: Rehearsal,
        say: Callable[[Play | Cancel | Ask], None],
        *,
        seed: int,
        lead_s: float,
    ) -> None:
        self.answer: Answer | None = None
        self.your_turn = False
        self.trouble = ""
        self.candidates = 0
        self._config = config
        self._time, self._window, self._drawing, self._rehearsal, self._say = time, window, drawing, rehearsal, say
        self._seed, self._lead_s = seed, lead_s
        self._took_s = _FIRST_TOOK_S
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

    def forget(self, now_s: float) -> None:
        """Take back what is under way, and begin anew."""
        self.take_back(now_s, within_beats=0.0)
        self._past.clear()
        self._exchange = 0
        self.your_turn, self.trouble = False, ""

    # --- from beginning to end ---------------------------------------------------------------

    def begin(self, call: Phrase, grid: Grid, start: str, now_s: float) -> None:
        """Begin to answer a call: now, or on the next beat or bar."""
        self._settle()
        self._answers += 1
        self.trouble = ""
        self.answer = self.planned(call, grid, start, now_s, number=self._answers)

    def planned(self, call: Phrase, grid: Grid, start: str, at_s: float, *, number: int = 0) -> Answer:
        """Return the answer to a call that ends at a moment."""
        return answer_to(
            call, self._window, grid, start, self._time.beats_at(at_s), lead_beats=s_to_beats(self._lead_s, self._bpm),
            max_bars=self._config.answer.max_bars, number=number, exchange=self._exchange,
        )  # fmt: skip

    def _settle(self) -> None:
        """Let the window hold no note of an answer that was never played."""
        for answer in self._past.values():
            answer.withdraw(self._window)
        self._past.clear()

    def follow(self, now_s: float) -> bool:
        """Notice that the answer has begun, is over, or never came; return whether its call is over by that."""
        answer, beats = self.answer, self._time.beats_at(now_s) + _SAME_BEATS
        if answer is None:
            return False
        if not answer.begun and answer.pieces and beats >= answer.start_beats:
            answer.begun = True
            self._exchange += 1
            return True
        if not answer.pieces and now_s >= self._give_up_s(answer) - _SAME_S:
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
        if answer is not None and answer.pieces:
            answer.cut = True
            answer.withdraw(self._window, self._time.beats_at(now_s) + _ON_ITS_WAY_BEATS)
            self._past[answer.number] = answer
            self._say(Cancel(answer.number, within_beats))

    # --- drawing -----------------------------------------------------------------------------

    def draw(self, now_s: float) -> None:
        """Ask for what the answer needs next, unless that is there already."""
        if self.answer is not None:
            self._turn(self.answer, now_s)
        while self.answer is not None and self._drawing.free:
            wanted = self._wanted(self.answer, now_s)
            if wanted is None:
                return
            self._obtain(wanted, self._request(self.answer, wanted), now_s)

    def _obtain(self, wanted: Wanted, ask: Ask, now_s: float) -> None:
        """Take what was rehearsed, wait for what is being rehearsed, or else ask for it."""
        rehearsed = self._rehearsal.find(ask)
        if rehearsed is not None:
            self._take(wanted, rehearsed, now_s)
            return
        number = self._rehearsal.hand_over(ask)
        if number is None:
            ask = self._drawing.numbered(ask)
            number = ask.number
            self._say(ask)
        self._drawing.expect(number, wanted)

    def first_ask(self, answer: Answer) -> Ask:
        """Return what the model would be asked for first if an answer was given."""
        return self._request(answer, further(answer, self._config))

    def _request(self, answer: Answer, wanted: Wanted) -> Ask:
        piece = answer.pieces if wanted.bar is None else wanted.bar.piece
        seed = self._config.sampling.seed if self._config.sampling.seed >= 0 else self._seed
        return request_of(answer, wanted.chunk, piece, wanted.temperatures, self._window, self._config, seed)

    def _wanted(self, answer: Answer, now_s: float) -> Wanted | None:
        """Return what to ask for now."""
        beats = self._time.beats_at(now_s + _SAME_S)
        if answer.begun and answer.skip_to(self._time.beats_at(now_s)):
            self.trouble = MODEL_LATE
        earliest_beats = self._time.beats_at(now_s + self._commit_s + self._took_s)
        return wanted_by(answer, self._config, beats=beats, earliest_beats=earliest_beats, groove=self._groove)

    def take_arrived(self, now_s: float) -> None:
        """Keep what the model drew, unless its answer was taken back meanwhile."""
        drawn = self._drawing.take()
        if drawn is not None:
            self._take(drawn.wanted, drawn.message, now_s)

    def _take(self, wanted: Wanted, message: Continued, now_s: float) -> None:
        self._took_s, self.candidates = message.took_s, message.candidates
        answer = self.answer
        if answer is None or answer.number != wanted.answer:
            return
        if wanted.bar is not None:
            answer.put(wanted.bar, wanted.chunk, wanted.temperatures, message.rows, turns=wanted.turns)
        else:
            chunk = self._in_time(answer, wanted.chunk, self._time.beats_at(now_s))
            shift = chunk.begin_ticks - wanted.chunk.begin_ticks
            rows = [tuple((note[0] + shift, *note[1:]) for note in row) for row in message.rows]
            answer.take(chunk, wanted.temperatures, rows, turns=wanted.turns)
        self.commit(now_s)

    def _in_time(self, answer: Answer, chunk: Chunk, beats: float) -> Chunk:
        """Move an answer whose beginning was drawn too late; return where its first piece lies then."""
        if answer.pieces or beats <= answer.start_beats:
            return chunk
        if answer.start == "now":
            answer.move_to(answer.span.begin_ticks, beats)
        elif beats > answer.start_beats + s_to_beats(LATE_S, self._bpm):
            self.trouble = MODEL_LATE
            after_ticks = self._window.last_onset_ticks
            answer.move_to(*beginning_of(answer.grid, answer.start, beats, lead_beats=0.0, after_ticks=after_ticks))
        return chunk.moved(answer.span.begin_ticks - chunk.begin_ticks)

    # --- committing --------------------------------------------------------------------------

    def commit(self, now_s: float) -> None:
        """Hand the player what sounds soon, at the temperature in force; the first onset as soon as it is drawn."""
        answer = self.answer
        if answer is None or not answer.pieces:
            return
        self._turn(answer, now_s)
        late_s = self._config.midi.max_lateness_ms / 1000
        notes, late = answer.commit(
            max(self._time.beats_at(now_s + self._commit_s), answer.start_beats) + _SAME_BEATS,
            self._window,
            earliest_beats=self._time.beats_at(now_s - late_s),
            channel=self._config.midi.answer_channel - 1,
            groove=self._groove,
        )
        if late:
            self.trouble = MODEL_LATE
        if notes:
            self._say(Play(answer.number, notes))

    def _turn(self, answer: Answer, now_s: float) -> None:
        """Let an answer play on at the temperature in force."""
        answer.turn(self._config.sampling.temperature, self._time.beats_at(now_s))

    @property
    def _bpm(self) -> float:
        return self._time.bpm

    @property
    def _commit_s(self) -> float:
        return self._config.answer.commit_ms / 1000

    @property
    def _groove(self) -> Groove:
        return Groove(self._config.groove.swing / 100, self._config.groove.timing / 100)

    # --- waking ------------------------------------------------------------------------------

    def next_s(self) -> float:
        """Return when something is to be decided if nothing happens before; infinite if never."""
        answer = self.answer
        if answer is None:
            return math.inf
        if not answer.pieces:
            return self._give_up_s(answer)
        edge_beats = answer.end_beats if answer.begun else answer.start_beats
        draws = not answer.drawn and self._drawing.free
        return min(
            self._time.time_of(edge_beats),
            self._time.time_of(answer.next_due_beats(self._groove)) - self._commit_s,
            self._time.time_of(due_beats(answer, self._config)) if draws else math.inf,
        )
