"""The conductor of call and response: hears a phrase, asks the model for an answer, plans it, and gives way.

Pure: it is told everything, the time too, and leaves what is to be done in
an outbox. The same input always gives the same actions. It never waits for
the model; what comes too late is left out, and the reason shown.
"""

from __future__ import annotations

import math

from improvd.config import Config
from improvd.live.answer import Answer, Chunk, span_of
from improvd.live.brush import Brush
from improvd.live.drawing import Drawing, context_of
from improvd.live.grid import Grid
from improvd.live.listener import Change, Command, Listener, Onset, PlayedNote
from improvd.live.notation import AS_PLAYED
from improvd.live.phrase import Phrase
from improvd.live.timebase import Timebase
from improvd.live.view import View, held_reason, state_of
from improvd.live.window import Window, WindowNote
from improvd.music.timing import Meter, s_to_beats
from improvd.protocol import Anchor, Ask, Cancel, Continued, Finished, Heard, Play, Prefill, Sounded

Action = Play | Cancel | Prefill | Ask

LEAD_S = 0.060
"""An answer begins this much after its phrase ended at least, so that its first note is drawn in time."""

LATE_S = 0.020
"""An answer whose first note is drawn later than this after its time moves on to the next beat or bar."""

PATIENCE_S = 8.0
"""A phrase that has waited this long for a model is not answered any more."""

QUIET_S = 0.050
"""The model reads the window ahead after this much silence."""

YIELD_BEATS = 1.0
_ON_ITS_WAY_BEATS = 0.1
"""A note planned so near may have sounded before the player hears that it is taken back."""

_SAME_BEATS = 1e-6
_SAME_S = 1e-6


class Conductor:
    """This decides what is played, from what was heard.

    Args:
        config: the settings in force.
        seed: base of the noise where `sampling.seed` is -1.
        lead_s: as `LEAD_S`; 0 where the model takes no time.
    """

    def __init__(self, config: Config, *, seed: int, lead_s: float = LEAD_S) -> None:
        self._config = config
        self._lead_s = lead_s
        self._outbox: list[Action] = []
        self._now_s = -math.inf
        self._time = Timebase(config.clock.bpm)
        self._grid = Grid(Meter.parse(config.clock.meter))
        self._listener = Listener()
        self._last_event_s = -math.inf
        self._window = Window()
        self._entries: dict[Onset, WindowNote] = {}
        self._unread = False
        self._brush = Brush()
        self._call: Phrase | None = None
        self._answer: Answer | None = None
        self._past: dict[int, Answer] = {}
        self._answers = 0
        self._exchange = 0
        self._drawing = Drawing(seed)
        self._your_turn = False
        self._trouble = ""

    # --- what it is told ---------------------------------------------------------------------

    def configure(self, config: Config) -> None:
        """Take other settings from now on; what is drawn stays."""
        self._config = config

    def anchor(self, anchor: Anchor) -> None:
        """Take in where the player's clock is, its tempo and metre."""
        self._time.anchor(anchor)
        self._grid = self._grid.with_meter(Meter(anchor.numerator, anchor.denominator), anchor.at_beats)

    def model_ready(self, ready: bool) -> None:
        """Take in whether a model answers; one that is lost owes nothing any more."""
        self._drawing.set_ready(ready)
        self._unread = True

    def continued(self, message: Continued) -> None:
        """Take in what the model drew; it takes effect at the next `tick`."""
        self._drawing.arrive(message)

    def hear(self, heard: Heard) -> None:
        """Take in a message that was played."""
        if not self._time.known:
            meter = self._grid.meter
            self.anchor(Anchor(heard.at_s, heard.at_beats, self._time.bpm, meter.numerator, meter.denominator))
        self.tick(heard.at_s)
        self._last_event_s = heard.at_s
        was_busy = self._listener.busy
        self._heed(self._listener.feed(heard))
        if was_busy and not self._listener.busy and self._call is not None:
            self._call.release(heard.at_s)

    def sounded(self, message: Sounded) -> None:
        """Take in that a note was sent; the window keeps those of answers."""
        for answer in (self._answer, self._past.get(message.answer)):
            if answer is not None and answer.number == message.answer:
                answer.sounded(message, self._window)

    def finished(self, message: Finished) -> None:
        """Take in that nothing of an answer is left to sound."""
        answer = self._past.pop(message.answer, None)
        if answer is not None:
            answer.withdraw(self._window)

    def your_turn(self, now_s: float, *, bars: int | None = None) -> None:
        """End the phrase now; answer it from the next bar with exactly so many bars, where given."""
        self.tick(now_s)
        if self._brush.waiting:
            self._believe()
        if self._call is None:
            self._trouble = "" if self._answer else "nothing played yet"
        elif self._answer is None or self._answer.begun:
            self._call.ask(self._now_s, bars)
            self._advance()

    def stop(self, now_s: float) -> None:
        """Silence the answer; one that has not begun is not given at all."""
        self.tick(now_s)
        if self._answer is None:
            return
        if not self._answer.begun:
            self._call = None
        self._take_back(self._answer, within_beats=0.0)

    def forget(self) -> None:
        """Forget all that was played, as if the session began here."""
        if self._answer is not None:
            self._take_back(self._answer, within_beats=0.0)
        self._call = None
        self._brush.release()
        self._past.clear()
        self._entries.clear()
        self._window.clear()
        self._exchange = 0
        self._your_turn = False
        self._trouble = ""

    def tick(self, now_s: float) -> None:
        """Decide what is due by `now_s`."""
        self._now_s = max(self._now_s, now_s)
        self._advance()

    # --- what it says ------------------------------------------------------------------------

    def actions(self) -> list[Action]:
        """Return what is to be done since the last call, in order."""
        actions, self._outbox = self._outbox, []
        return actions

    def next_wake_s(self) -> float | None:
        """Return when `tick` has something to decide if nothing happens before; None if never."""
        wakes = [self._call_wake_s(), self._answer_wake_s(), self._read_ahead_s()]
        wakes += [self._now_s] if self._drawing.has_arrived else []
        wakes += [self._brush.next_s(self._brush_s)] if self._brush.waiting else []
        soonest = min(wakes)
        return soonest if math.isfinite(soonest) else None

    def view(self, now_s: float) -> View:
        """Return what a screen shows at a moment."""
        beats = self._time.beats_at(now_s)
        state, word = state_of(self._answer, beats, ready=self._drawing.ready, your_turn=self._your_turn)
        bar, beat = self._grid.place_of(beats)
        return View(
            word=word,
            state=state,
            reason=self._reason(now_s),
            fill=self._fill(now_s),
            bar=bar,
            beat=beat,
            beats=beats,
        )

    # --- hearing -----------------------------------------------------------------------------

    @property
    def _beats(self) -> float:
        """The playhead."""
        return self._time.beats_at(self._now_s)

    @property
    def _brush_s(self) -> float:
        return self._config.answer.brush_ms / 1000

    def _heed(self, change: Change) -> None:
        for played in change.ended:
            self._release(played)
        if change.onset is not None:
            self._strike(change.onset)
        if change.command is Command.YOUR_TURN:
            self.your_turn(self._now_s)
        elif change.command is Command.STOP:
            self.stop(self._now_s)

    def _strike(self, onset: Onset) -> None:
        answer = self._answer
        into_answer = answer is not None and answer.begun
        if self._brush.waiting or (into_answer and self._config.answer.interrupt != "ignore"):
            self._brush.strike(onset)
            self._judge_brush()
            return
        if answer is not None and not into_answer:
            self._take_back(answer, within_beats=0.0)
        self._play(onset, into_silence=answer is None)

    def _release(self, played: PlayedNote) -> None:
        self._brush.end(played)
        entry = self._entries.pop(played.onset, None)
        if entry is not None:
            self._window.stretch(entry, self._grid.ticks_at(played.end_beats))
            self._unread = True

    def _play(self, onset: Onset, *, into_silence: bool) -> None:
        """Put an onset into the call, or begin one with it."""
        if self._call is None and into_silence and self._config.clock.phase == "first-note":
            self._grid = self._grid.with_downbeat(onset.at_beats, self._window.end_ticks)
        as_played = self._config.model.style in AS_PLAYED
        ticks = self._grid.read_at(onset.at_beats, as_played=as_played)
        if self._call is None:
            self._call, self._your_turn, self._trouble = Phrase(onset.at_s, ticks), False, ""
        else:
            self._call.strike(onset.at_s)
        self._entries[onset] = self._window.add_played(ticks, onset.pitch, onset.velocity, as_played=as_played)
        self._unread = True

    def _judge_brush(self) -> None:
        if self._brush.is_meant(self._now_s, self._brush_s):
            self._believe()
        elif self._brush.is_over(self._now_s, self._brush_s):
            self._brush.release()

    def _believe(self) -> None:
        """Let what was held back interrupt the answer and begin a call."""
        answer, mode = self._answer, self._config.answer.interrupt
        if answer is not None and answer.begun and mode != "ignore":
            self._take_back(answer, within_beats=YIELD_BEATS if mode == "yield" else 0.0)
        for onset, played in self._brush.release():
            self._play(onset, into_silence=answer is None)
            if played is not None:
                self._release(played)

    # --- deciding ----------------------------------------------------------------------------

    def _advance(self) -> None:
        self._take_arrived()
        self._judge_brush()
        self._follow_answer()
        self._judge_call()
        self._draw()
        self._read_ahead()

    def _judge_call(self) -> None:
        """Begin an answer when the phrase has ended and a model can draw it."""
        if self._call is None or self._answer is not None:
            return
        due_s = self._due_s(self._call)
        if self._now_s < due_s - _SAME_S:
            return
        if self._drawing.free:
            self._begin_answer(self._call)
        elif self._now_s >= due_s + PATIENCE_S - _SAME_S:
            self._call, self._trouble = None, "model late" if self._drawing.ready else ""

    def _due_s(self, call: Phrase) -> float:
        """Return when a call ends if nothing more happens."""
        return call.end_s(self._config.phrase, self._time.bpm, busy=self._listener.busy)

    def _begin_answer(self, call: Phrase) -> None:
        beats, grid = self._beats, self._grid
        self._settle(beats)
        start = "bar" if call.bars else self._config.answer.start
        begin_ticks, start_beats = self._beginning(start, beats + s_to_beats(self._lead_s, self._time.bpm))
        call_ticks = call.bars * grid.meter.bar_ticks if call.bars else self._window.end_ticks - call.begin_ticks
        max_bars = call.bars or self._config.answer.max_bars
        span = span_of(grid, begin_ticks, call_ticks, in_bars=start == "bar", max_bars=max_bars)
        self._answers += 1
        self._trouble = ""
        self._answer = Answer(self._answers, grid, span, start_beats, start)

    def _settle(self, beats: float) -> None:
        """Let the window hold what sounded until now: held notes so far, no note that was never played."""
        for answer in self._past.values():
            answer.withdraw(self._window)
        self._past.clear()
        for onset in self._listener.sounding:
            if onset in self._entries:
                self._window.stretch(self._entries[onset], self._grid.ticks_at(beats))

    def _beginning(self, start: str, earliest_beats: float) -> tuple[int, float]:
        """Return where an answer begins that may not begin earlier: its tick, and its beat on the player's clock."""
        if start == "now":
            now_beats = self._beats
            return max(self._grid.ticks_at(now_beats), self._window.last_onset_ticks + 1), now_beats
        earliest = max(self._grid.tick_from(earliest_beats), self._window.last_onset_ticks + 1)
        ticks = self._grid.bar_from(earliest) if start == "bar" else self._grid.beat_from(earliest)
        return ticks, self._grid.beats_at(ticks)

    def _follow_answer(self) -> None:
        """Notice that the answer has begun, is over, or never came."""
        answer, beats = self._answer, self._beats + _SAME_BEATS
        if answer is None:
            return
        if not answer.begun and answer.chunks and beats >= answer.start_beats:
            answer.begun = True
            self._exchange += 1
            self._call = None
        elif not answer.chunks and self._now_s >= self._give_up_s(answer) - _SAME_S:
            self._answer = self._call = None
            self._trouble = "model late"
        elif answer.begun and beats >= answer.end_beats:
            self._past[answer.number] = answer
            self._answer = None
            self._your_turn = True

    def _give_up_s(self, answer: Answer) -> float:
        return self._time.time_of(answer.start_beats) + PATIENCE_S

    def _take_back(self, answer: Answer, *, within_beats: float) -> None:
        """Cancel the answer; if it has not begun, the call that it was for goes on."""
        self._answer = None
        if self._call is not None and not answer.begun:
            self._call.go_on()
        if answer.chunks:
            answer.cut = True
            answer.withdraw(self._window, self._beats + _ON_ITS_WAY_BEATS)
            self._past[answer.number] = answer
            self._outbox.append(Cancel(answer.number, within_beats))
            self._unread = True

    # --- drawing -----------------------------------------------------------------------------

    def _draw(self) -> None:
        """Ask for the next piece of the answer when the playhead comes near it."""
        answer = self._answer
        if answer is None or not self._drawing.free:
            return
        if answer.begun and answer.skip_to(self._beats):
            self._trouble = "model late"
        if not answer.drawn and self._now_s >= self._draw_s(answer) - _SAME_S:
            self._unread = False
            ask = self._drawing.ask(answer, self._config, self._window.notes(), exchange=self._exchange)
            self._outbox.append(ask)

    def _draw_s(self, answer: Answer) -> float:
        """Return when the next piece of an answer is to be drawn."""
        return self._time.time_of(answer.beats_at(answer.drawn_until) - self._config.answer.horizon_beats)

    def _take_arrived(self) -> None:
        """Plan what the model drew, unless its answer was taken back meanwhile."""
        drawn, answer = self._drawing.take(), self._answer
        if drawn is None or answer is None or answer.number != drawn.answer:
            return
        chunk, shift_ticks = self._in_time(answer, drawn.chunk)
        max_lateness_s = self._config.midi.max_lateness_ms / 1000
        planned, late = answer.take(
            [(note[0] + shift_ticks, *note[1:]) for note in drawn.notes],
            chunk,
            self._window,
            earliest_beats=self._beats - s_to_beats(max_lateness_s, self._time.bpm),
            channel=self._config.midi.answer_channel - 1,
        )
        if late:
            self._trouble = "model late"
        if planned:
            self._outbox.append(Play(answer.number, planned))

    def _in_time(self, answer: Answer, chunk: Chunk) -> tuple[Chunk, int]:
        """Move an answer whose beginning was drawn too late; return its first piece there, and by how many ticks."""
        beats = self._beats
        if answer.chunks or beats <= answer.start_beats:
            return chunk, 0
        if answer.start == "now":
            answer.move_to(answer.span.begin_ticks, beats)
        elif beats > answer.start_beats + s_to_beats(LATE_S, self._time.bpm):
            self._trouble = "model late"
            answer.move_to(*self._beginning(answer.start, beats))
        shift = answer.span.begin_ticks - chunk.begin_ticks
        return Chunk(chunk.begin_ticks + shift, chunk.until_ticks + shift, chunk.strike), shift

    def _read_ahead(self) -> None:
        """Let the model read the window while nothing is held, so that the answer comes at once."""
        if self._now_s >= self._read_ahead_s() - _SAME_S:
            self._unread = False
            self._outbox.append(Prefill(self._window.notes(), context_of(self._grid.meter, self._config)))

    def _read_ahead_s(self) -> float:
        wanted = self._unread and self._drawing.ready and self._answer is None and len(self._window) > 0
        return self._last_event_s + QUIET_S if wanted and not self._listener.busy else math.inf

    # --- waking -----------------------------------------------------------------------------

    def _call_wake_s(self) -> float:
        if self._call is None or self._answer is not None:
            return math.inf
        due_s = self._due_s(self._call)
        return due_s if self._drawing.free else due_s + PATIENCE_S

    def _answer_wake_s(self) -> float:
        answer = self._answer
        if answer is None:
            return math.inf
        if answer.begun:
            next_s = self._time.time_of(answer.end_beats)
        else:
            next_s = self._time.time_of(answer.start_beats) if answer.chunks else self._give_up_s(answer)
        return min(next_s, self._draw_s(answer)) if self._drawing.free and not answer.drawn else next_s

    # --- showing -----------------------------------------------------------------------------

    def _reason(self, now_s: float) -> str:
        """Return why nothing happens, or empty."""
        if self._answer is not None:
            return self._trouble
        waits = self._call is not None and now_s >= self._due_s(self._call)
        if waits or self._call is None:
            if not self._drawing.ready:
                return "model loading"
            if waits or self._trouble or not self._window:
                return "model late" if waits else self._trouble or "nothing played yet"
        elif self._config.phrase.end == "manual":
            return "waiting for 'your turn'"
        return held_reason(self._listener, now_s)

    def _fill(self, now_s: float) -> float:
        """Return how much of the silence that ends the phrase has passed, or of the answer."""
        if self._answer is not None:
            return self._answer.share_at(self._time.beats_at(now_s)) if self._answer.begun else 1.0
        busy = self._listener.busy
        return self._call.fill(now_s, self._config.phrase, self._time.bpm, busy=busy) if self._call else 0.0
