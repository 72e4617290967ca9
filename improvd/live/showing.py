"""Showing: what the conductor is doing, put together for a screen, and why nothing happens when nothing does."""

from __future__ import annotations

from improvd.config import Config
from improvd.live.answering import MODEL_LATE, Answering
from improvd.live.drawing import Drawing
from improvd.live.listener import Listener
from improvd.live.manuscript import Manuscript
from improvd.live.preparation import Outlook
from improvd.live.rehearsal import Rehearsal
from improvd.live.timebase import Timebase
from improvd.live.view import View, held_reason, state_of


class Showing:
    """This looks at the parts of a conductor, which it shares, and changes nothing."""

    def __init__(
        self,
        time: Timebase,
        manuscript: Manuscript,
        listener: Listener,
        drawing: Drawing,
        rehearsal: Rehearsal,
        answering: Answering,
    ) -> None:
        self._time, self._manuscript, self._listener = time, manuscript, listener
        self._drawing, self._rehearsal, self._answering = drawing, rehearsal, answering

    def view(self, outlook: Outlook | None, config: Config, style: str, now_s: float) -> View:
        """Return what a screen shows at a moment."""
        beats, answering = self._time.beats_at(now_s), self._answering
        state, word = state_of(answering.answer, beats, ready=self._drawing.ready, your_turn=answering.your_turn)
        bar, beat = self._manuscript.grid.place_of(beats)
        return View(
            word=word,
            state=state,
            reason=self._reason(outlook, config, now_s),
            fill=self._fill(outlook, config, now_s),
            bar=bar,
            beat=beat,
            beats=beats,
            bpm=self._time.bpm,
            candidates=answering.candidates,
            ready=outlook is not None and answering.answer is None and self._rehearsal.is_ready,
            style=style,
        )

    def _reason(self, outlook: Outlook | None, config: Config, now_s: float) -> str:
        """Return why nothing happens, or empty."""
        trouble = self._answering.trouble
        if self._answering.answer is not None:
            return trouble
        if not self._time.rolling:
            return "the outside clock stands" if self._time.led else "the song stands: start it, or let it go on"
        waits = outlook is not None and now_s >= outlook.ends_s
        if waits or outlook is None:
            if not self._drawing.ready:
                return "model loading"
            if waits or trouble or not self._manuscript.window:
                return MODEL_LATE if waits else trouble or "nothing played yet"
        elif config.phrase.end == "manual":
            return "waiting for 'your turn'"
        return held_reason(self._listener, now_s)

    def _fill(self, outlook: Outlook | None, config: Config, now_s: float) -> float:
        """Return how much of the silence that ends the phrase has passed, or of the answer."""
        answer = self._answering.answer
        if answer is not None:
            return answer.share_at(self._time.beats_at(now_s)) if answer.begun else 1.0
        if outlook is None:
            return 0.0
        return outlook.call.fill(now_s, config.phrase, self._time.bpm, busy=self._listener.busy)
