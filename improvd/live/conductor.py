"""The conductor of call and response: hears a phrase, asks the model for an answer, plans it, and gives way.

Pure: it is told everything, the time too, and leaves what is to be done in
an outbox. The same input always gives the same actions. It never waits for
the model; what comes too late is left out, and the reason shown.
"""

from __future__ import annotations

import math

from improvd.config import Config
from improvd.live.answering import LEAD_S, MODEL_LATE, PATIENCE_S, Answering
from improvd.live.brush import Brush
from improvd.live.drawing import Drawing
from improvd.live.follow import Follow
from improvd.live.grid import Grid
from improvd.live.listener import Change, Command, Listener, Onset, PlayedNote
from improvd.live.manuscript import Manuscript
from improvd.live.notation import AS_PLAYED
from improvd.live.phrase import Phrase
from improvd.live.preparation import Outlook, Preparation
from improvd.live.rehearsal import Rehearsal
from improvd.live.showing import Showing
from improvd.live.style import StyleEar
from improvd.live.timebase import Timebase
from improvd.live.view import View
from improvd.music.timing import Meter
from improvd.protocol import (
    Anchor,
    Ask,
    Cancel,
    Continued,
    Downbeat,
    Finished,
    Heard,
    Play,
    Prefill,
    SetTempo,
    Sounded,
    Weigh,
    Weighed,
)

Action = Play | Cancel | Downbeat | SetTempo | Prefill | Ask | Weigh

YIELD_BEATS = 1.0
_SAME_S = 1e-6


class Conductor:
    """This decides what is played, from what was heard.

    Args:
        config: the settings in force.
        seed: base of the noise where `sampling.seed` is -1.
        lead_s: as `LEAD_S`; 0 where the model takes no time.
    """

    def __init__(self, config: Config, *, seed: int, lead_s: float = LEAD_S) -> None:
        self._told, self._style = config, StyleEar()
        self._config = config = self._style.configure(config)
        self._outbox: list[Action] = []
        self._now_s = -math.inf
        self._time = Timebase(config.clock.bpm)
        self._manuscript = Manuscript(Meter.parse(config.clock.meter))
        self._listener = Listener()
        self._window = self._manuscript.window
        self._brush = Brush()
        self._call: Phrase | None = None
        self._drawing, self._rehearsal = Drawing(), Rehearsal()
        self._answering = Answering(
            config, self._time, self._window, self._drawing, self._rehearsal, self._say, seed=seed, lead_s=lead_s
        )
        self._preparation = Preparation(
            config, self._time, self._manuscript, self._drawing, self._rehearsal, self._answering, self._say
        )
        self._showing = Showing(
            self._time, self._manuscript, self._listener, self._drawing, self._rehearsal, self._answering
        )
        self._follow = Follow(config, self._time, self._window, self._say)

    # --- what it is told ---------------------------------------------------------------------

    def configure(self, config: Config) -> None:
        """Take other settings from now on; what the player has stays."""
        self._told, self._config = config, self._style.configure(config)
        self._answering.configure(self._config)
        self._follow.configure(self._config)
        self._preparation.configure(self._config)
        self._preparation.look_again(self._now_s)

    def tempo_set(self, bpm: float) -> None:
        """Take in that somebody set a tempo; the player says itself when it has it."""
        self._follow.tempo_set(bpm)

    def anchor(self, anchor: Anchor) -> None:
        """Take in where the player's clock is, its tempo and metre, and whether the song moves."""
        stood, moved = not self._time.rolling, self._time.anchor(anchor)
        if self._manuscript.anchor(anchor, moved=moved):
            self._preparation.look_again(anchor.at_s)
        if not anchor.rolling:
            self.stop(anchor.at_s)
        elif stood and (outlook := self._outlook()) is not None and anchor.at_s > outlook.ends_s:
            self._call = None  # nobody waits for that answer any more

    def model_ready(self, ready: bool) -> None:
        """Take in whether a model answers; one that is lost owes nothing any more."""
        if ready == self._drawing.ready:
            return
        self._drawing.set_ready(ready)
        self._rehearsal.forget()
        self._preparation.changed(self._now_s)
        self._style.model_ready()

    def continued(self, message: Continued) -> None:
        """Take in what the model drew; it takes effect at the next `tick`."""
        self._drawing.arrive(message)
        self._rehearsal.arrive(message)
        self._preparation.look_again(self._now_s)

    def weighed(self, message: Weighed) -> None:
        """Take in what the model found likely; another style takes effect with the next note read."""
        if self._style.weighed(message):
            self.configure(self._told)

    def hear(self, heard: Heard) -> None:
        """Take in a message that was played."""
        if not self._time.known:
            meter = self._grid.meter
            self.anchor(Anchor(heard.at_s, heard.at_beats, self._time.bpm, meter.numerator, meter.denominator))
        self.tick(heard.at_s)
        self._follow.source = heard.source
        was_busy = self._listener.busy
        self._heed(self._listener.feed(heard))
        if was_busy and not self._listener.busy and self._call is not None:
            self._call.release(heard.at_s)

    def sounded(self, message: Sounded) -> None:
        """Take in that a note was sent; the window keeps those of answers."""
        self._answering.sounded(message)

    def finished(self, message: Finished) -> None:
        """Take in that nothing of an answer is left to sound."""
        self._answering.finished(message)

    def your_turn(self, now_s: float, *, bars: int | None = None) -> None:
        """End the phrase now; answer it from the next bar with exactly so many bars, where given."""
        self.tick(now_s)
        if self._brush.waiting:
            self._believe()
        answer = self._answering.answer
        if self._call is None:
            self._answering.trouble = "" if answer else "nothing played yet"
        elif answer is None or answer.begun:
            self._call.ask(self._now_s, bars)
            self._advance()

    def stop(self, now_s: float) -> None:
        """Silence the answer; one that has not begun is not given at all."""
        self.tick(now_s)
        answer = self._answering.answer
        if answer is not None and not answer.begun:
            self._call = None
        self._take_back(within_beats=0.0)

    def forget(self) -> None:
        """Forget all that was played, as if the session began here."""
        self._call = None
        self._answering.forget(self._now_s)
        self._brush.release()
        self._manuscript.clear()
        self._style.forget()
        self.configure(self._told)

    def tick(self, now_s: float) -> None:
        """Decide what is due by `now_s`."""
        self._now_s = max(self._now_s, now_s)
        self._advance()

    # --- what it says ------------------------------------------------------------------------

    def _say(self, action: Action) -> None:
        self._outbox.append(action)

    def actions(self) -> list[Action]:
        """Return what is to be done since the last call, in order."""
        actions, self._outbox = self._outbox, []
        return actions

    def next_wake_s(self) -> float | None:
        """Return when `tick` has something to decide if nothing happens before; None if never."""
        wakes = [self._call_wake_s(), self._answering.next_s(), self._preparation.next_s(self._outlook())]
        wakes += [self._follow.next_s(waits=self._is_open), self._now_s if self._drawing.has_arrived else math.inf]
        wakes += [self._brush.next_s(self._brush_s)] if self._brush.waiting else []
        soonest = min(wakes)
        return soonest if math.isfinite(soonest) else None

    def view(self, now_s: float) -> View:
        """Return what a screen shows at a moment."""
        return self._showing.view(self._outlook(), self._config, self._style.style, now_s)

    # --- hearing -----------------------------------------------------------------------------

    @property
    def _grid(self) -> Grid:
        return self._manuscript.grid

    @property
    def _free(self) -> bool:
        """Whether nobody else hears where the beat is."""
        return not self._time.led and not self._config.tells_beat

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
        answer = self._answering.answer
        into_answer = answer is not None and answer.begun
        if self._brush.waiting or (into_answer and self._config.answer.interrupt != "ignore"):
            self._brush.strike(onset)
            self._judge_brush()
            return
        if answer is not None and not into_answer:
            self._take_back(within_beats=0.0)
        self._play(onset, into_silence=answer is None)

    def _release(self, played: PlayedNote) -> None:
        self._brush.end(played)
        self._follow.end(played)
        if self._manuscript.release(played):
            self._preparation.changed(self._now_s)

    def _play(self, onset: Onset, *, into_silence: bool) -> None:
        """Put an onset into the call, or begin one with it."""
        if self._call is None and into_silence and self._free and self._config.clock.phase == "first-note":
            self._manuscript.begin_bar(onset.at_beats)
            self._say(Downbeat(onset.at_beats))
        begins = self._call is None
        note = self._manuscript.strike(onset, as_played=self._config.model.style in AS_PLAYED)
        if self._call is None:
            self._call = Phrase(onset.at_s, note.onset_ticks)
            self._answering.your_turn, self._answering.trouble = False, ""
        else:
            self._call.strike(onset.at_s)
        self._style.strike(note)
        self._follow.strike(onset, note, begins=begins)
        self._preparation.changed(self._now_s)

    def _judge_brush(self) -> None:
        if self._brush.is_meant(self._now_s, self._brush_s):
            self._believe()
        elif self._brush.is_over(self._now_s, self._brush_s):
            self._brush.release()

    def _believe(self) -> None:
        """Let what was held back interrupt the answer and begin a call."""
        answer, mode = self._answering.answer, self._config.answer.interrupt
        if answer is not None and answer.begun and mode != "ignore":
            self._take_back(within_beats=YIELD_BEATS if mode == "yield" else 0.0)
        for onset, played in self._brush.release():
            self._play(onset, into_silence=answer is None)
            if played is not None:
                self._release(played)

    # --- deciding ----------------------------------------------------------------------------

    def _advance(self) -> None:
        self._answering.take_arrived(self._now_s)
        self._judge_brush()
        playing = self._answering.answer
        if self._answering.follow(self._now_s):
            self._call = None
        if self._answering.answer is not playing:
            self._preparation.changed(self._now_s)
        self._follow_tempo()
        self._judge_call()
        self._answering.draw(self._now_s)
        self._answering.commit(self._now_s)
        self._preparation.prepare(self._outlook(), self._now_s)
        self._weigh_style()

    @property
    def _is_open(self) -> bool:
        """Whether a phrase is played, and nothing of an answer is on its way or sounds."""
        return self._call is not None and self._answering.answer is None

    def _follow_tempo(self) -> None:
        """Go along with the tempo that is found in the phrase."""
        grid = self._follow.tick(self._now_s, self._grid, waits=self._is_open)
        if self._call is not None and grid is not self._grid:
            self._manuscript.grid, self._call.begin_ticks = grid, self._follow.begin_ticks
            self._style.laid_anew()
            self._preparation.changed(self._now_s)

    def _judge_call(self) -> None:
        """Begin an answer when the phrase has ended and a model can draw it."""
        outlook = self._to_answer()
        if outlook is None or self._now_s < outlook.ends_s - _SAME_S:
            return
        if self._drawing.free:
            self._answering.begin(outlook.call, self._grid, outlook.start, self._now_s)
        elif self._now_s >= outlook.ends_s + PATIENCE_S - _SAME_S:
            self._call, self._answering.trouble = None, MODEL_LATE if self._drawing.ready else ""

    def _take_back(self, *, within_beats: float) -> None:
        """Cancel the answer; if it has not begun, the call that it was for goes on."""
        answer = self._answering.answer
        if self._call is not None and answer is not None and not answer.begun:
            self._call.go_on()
        if answer is not None:
            self._answering.take_back(self._now_s, within_beats=within_beats)
            self._preparation.changed(self._now_s)

    def _outlook(self) -> Outlook | None:
        """Return what would be answered if the phrase ended."""
        call = self._call
        if call is None:
            return None
        ends_s = call.end_s(self._config.phrase, self._time.bpm, busy=self._listener.busy)
        return Outlook(call, ends_s, "bar" if call.bars else self._start)

    def _to_answer(self) -> Outlook | None:
        """Return what is to be answered when it ends: not while something plays, or the song stands."""
        return self._outlook() if self._is_open and self._time.rolling else None

    @property
    def _start(self) -> str:
        """On what an answer starts: now, beat or bar."""
        start = self._config.answer.start
        return start if start != "auto" else "beat" if self._free else "bar"

    def _weigh_style(self) -> None:
        """Have the model name the style, where nobody else does."""
        weigh = self._style.ask(self._grid) if self._drawing.ready else None
        if weigh is not None:
            self._say(weigh)

    # --- waking -----------------------------------------------------------------------------

    def _call_wake_s(self) -> float:
        outlook = self._to_answer()
        if outlook is None:
            return math.inf
        return outlook.ends_s if self._drawing.free else outlook.ends_s + PATIENCE_S
