"""Preparation: while somebody plays, the model reads along, and draws what it would answer if the phrase ended."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

from improvd.live.answer import Answer
from improvd.live.drawing import Drawing
from improvd.live.rehearsal import Rehearsal
from improvd.live.span import Span
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


class Preparation:
    """This says what the model is to do while nobody waits for it.

    Args:
        drawing, rehearsal: the conductor's, which it shares.
        say: takes what the model shall do.
    """

    def __init__(self, drawing: Drawing, rehearsal: Rehearsal, say: Callable[[Prefill | Ask], None]) -> None:
        self._drawing, self._rehearsal, self._say = drawing, rehearsal, say
        self._unread = False
        self._read_s = self._changed_s = self._look_s = -math.inf
        self._asks: dict[Span, Ask] = {}

    def changed(self, now_s: float) -> None:
        """Take in that something was played, or a note has ended."""
        self._unread, self._changed_s = True, now_s
        self.look_again(now_s)

    def look_again(self, now_s: float) -> None:
        """Take in that there may be something else to rehearse, though nothing was played."""
        self._look_s = max(now_s, self._changed_s + SETTLE_S)
        self._asks.clear()
        self._rehearsal.doubt()

    # --- reading -----------------------------------------------------------------------------

    def read_s(self) -> float:
        """Return when the model is to read the window; infinite if it has."""
        waits = self._unread and self._drawing.ready
        return max(self._changed_s, self._read_s + READ_GAP_S) if waits else math.inf

    def read(self, prefill: Prefill, now_s: float) -> None:
        """Let the model read a window."""
        self._unread, self._read_s = False, now_s
        self._say(prefill)

    # --- rehearsing --------------------------------------------------------------------------

    def rehearse_s(self) -> float:
        """Return when it is to be looked what to rehearse; infinite if not."""
        if not self._drawing.free or self._rehearsal.under_way is not None:
            return math.inf
        return self._look_s if self._look_s <= self._changed_s + REHEARSED_FOR_S else math.inf

    def rehearse(self, plans: Iterable[Answer], ask_for: Callable[[Answer], Ask], again_s: float) -> None:
        """Have the first of the answers that may be given drawn that is not there yet, the likeliest first.

        What the model is asked for depends on where an answer lies alone, as long as nothing changes; where they
        lie is to be looked at again at `again_s`.
        """
        self._look_s = again_s
        plan_of = {plan.span: plan for plan in plans}
        self._asks = {span: self._asks.get(span) or ask_for(plan) for span, plan in plan_of.items()}
        ask = self._rehearsal.next_of(tuple(self._asks.values()))
        if ask is not None:
            ask = self._drawing.numbered(ask)
            self._rehearsal.begin(ask)
            self._say(ask)
