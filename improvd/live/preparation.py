"""Preparation: while somebody plays, the model reads along, and draws what it would answer if the phrase ended."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from improvd.config import Config
from improvd.live.answer import Answer
from improvd.live.answering import Answering
from improvd.live.drawing import Drawing
from improvd.live.manuscript import Manuscript
from improvd.live.phrase import Phrase
from improvd.live.rehearsal import Rehearsal
from improvd.live.request import context_of
from improvd.live.span import Span
from improvd.live.timebase import Timebase
from improvd.music.timing import beats_to_s
from improvd.protocol import Ask, Prefill

READ_GAP_S = 0.010
"""The model reads the window again this much after it last did at the earliest: what comes at once is read at once."""

SETTLE_S = 0.030
"""An answer is rehearsed this much after the last change: a chord is not rehearsed key by key."""

LOOK_BEATS = 0.25
"""So often is looked whether another answer would come by now."""

AHEAD_BEATS = (0.0, LOOK_BEATS, 2 * LOOK_BEATS)
"""For phrases that end now, and so much later, answers are kept ready."""

REHEARSED_FOR_S = 30.0
"""After so long without a change nothing more is rehearsed: perhaps nobody is there."""

_SAME_S = 1e-6


@dataclass(frozen=True, slots=True)
class Outlook:
    """This is what would be answered: a call that ends by itself at `ends_s`, on what its answer would start."""

    call: Phrase
    ends_s: float
    start: str


class Preparation:
    """This has the model do what can be done before anybody waits for it.

    Args:
        config: the settings in force.
        time, manuscript, drawing, rehearsal, answering: the conductor's, which it shares.
        say: takes what the model shall do.
    """

    def __init__(
        self,
        config: Config,
        time: Timebase,
        manuscript: Manuscript,
        drawing: Drawing,
        rehearsal: Rehearsal,
        answering: Answering,
        say: Callable[[Prefill | Ask], None],
    ) -> None:
        self._config, self._time, self._manuscript = config, time, manuscript
        self._drawing, self._rehearsal, self._answering, self._say = drawing, rehearsal, answering, say
        self._unread = False
        self._read_s = self._changed_s = self._look_s = -math.inf
        self._asks: dict[Span, Ask] = {}

    def configure(self, config: Config) -> None:
        """Take other settings from now on."""
        self._config = config

    def changed(self, now_s: float) -> None:
        """Take in that something was played, or a note has ended."""
        self._unread, self._changed_s = True, now_s
        self.look_again(now_s)

    def look_again(self, now_s: float) -> None:
        """Take in that there may be something else to rehearse, though nothing was played."""
        self._look_s = max(now_s, self._changed_s + SETTLE_S)
        self._asks.clear()
        self._rehearsal.doubt()

    def next_s(self, outlook: Outlook | None) -> float:
        """Return when there is something to do if nothing happens before; infinite if never."""
        return min(self._next_read_s(), self._next_rehearsal_s(outlook))

    def prepare(self, outlook: Outlook | None, now_s: float) -> None:
        """Let the model read what was played, and draw what would be answered if the phrase ended."""
        if now_s >= self._next_read_s() - _SAME_S:
            self._unread, self._read_s = False, now_s
            meter = self._manuscript.grid.meter
            self._say(Prefill(self._window(outlook, now_s), context_of(meter, self._config)))
        if outlook is not None and now_s >= self._next_rehearsal_s(outlook) - _SAME_S:
            self._look_s = now_s + beats_to_s(LOOK_BEATS, self._time.bpm)
            self._rehearse(self._plans(outlook, now_s))

    # --- reading -----------------------------------------------------------------------------

    def _next_read_s(self) -> float:
        """Return when the model is to read the window; infinite if it has."""
        waits = self._unread and self._drawing.ready and self._answering.answer is None and self._manuscript.window
        return max(self._changed_s, self._read_s + READ_GAP_S) if waits else math.inf

    def _window(self, outlook: Outlook | None, now_s: float) -> tuple[tuple[int, int, int, int, int], ...]:
        """Return the window as it would be read if the phrase ended now."""
        if outlook is None:
            return self._manuscript.window.notes()
        return self._answering.first_ask(next(self._plans(outlook, now_s))).window

    # --- rehearsing --------------------------------------------------------------------------

    def _next_rehearsal_s(self, outlook: Outlook | None) -> float:
        """Return when it is to be looked what to rehearse; infinite if not."""
        wanted = outlook is not None and self._config.answer.rehearse and self._time.rolling
        free = self._answering.answer is None and self._drawing.free and self._rehearsal.under_way is None
        in_time = self._look_s <= self._changed_s + REHEARSED_FOR_S
        return self._look_s if wanted and free and in_time else math.inf

    def _plans(self, outlook: Outlook, now_s: float) -> Iterator[Answer]:
        """Yield the answers that would be given if the phrase ended now or soon, or by itself."""
        moments = [now_s + beats_to_s(beats, self._time.bpm) for beats in AHEAD_BEATS]
        for at_s in (*moments, outlook.ends_s):
            if math.isfinite(at_s):
                yield self._answering.planned(outlook.call, self._manuscript.grid, outlook.start, at_s)

    def _rehearse(self, plans: Iterator[Answer]) -> None:
        """Have the first of the answers that may be given drawn that is not there yet, the likeliest first.

        What the model is asked for depends on where an answer lies alone, as long as nothing changes.
        """
        plan_of = {plan.span: plan for plan in plans}
        self._asks = {span: self._asks.get(span) or self._answering.first_ask(plan) for span, plan in plan_of.items()}
        ask = self._rehearsal.next_of(tuple(self._asks.values()))
        if ask is not None:
            ask = self._drawing.numbered(ask)
            self._rehearsal.begin(ask)
            self._say(ask)
