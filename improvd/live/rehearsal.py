"""Rehearsal: answers that are drawn before anybody asks for them, so that one is ready when the phrase ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from improvd.protocol import Ask, Continued

KEPT = 6
"""Answers kept; a request is the same only as long as nothing more is played."""


class Rehearsal:
    """This keeps what was drawn for requests that may come; requests are compared without their numbers.

    Attributes:
        under_way: what is being drawn, if anything.
    """

    def __init__(self) -> None:
        self.under_way: Ask | None = None
        self._expected: Ask | None = None
        self._drawn: dict[Ask, Continued] = {}

    @property
    def is_ready(self) -> bool:
        """Whether the answer to the likeliest request is there."""
        return self._expected in self._drawn

    def forget(self) -> None:
        """Forget what was drawn; nothing is under way any more."""
        self.under_way = self._expected = None
        self._drawn.clear()

    def doubt(self) -> None:
        """Take in that something else may be asked for by now."""
        self._expected = None

    def next_of(self, asks: Sequence[Ask]) -> Ask | None:
        """Return what to draw now of requests that may come, the likeliest first; None while something is under way."""
        self._expected = next(iter(asks), None)
        if self.under_way is not None:
            return None
        return next((ask for ask in asks if ask not in self._drawn), None)

    def begin(self, ask: Ask) -> None:
        """Take in that a numbered request is under way."""
        self.under_way = ask

    def arrive(self, message: Continued) -> None:
        """Take in what the model drew, if it was for this."""
        if self.under_way is not None and message.number == self.under_way.number:
            self._drawn[replace(self.under_way, number=0)] = message
            self.under_way = None
            for ask in list(self._drawn)[:-KEPT]:
                del self._drawn[ask]

    def find(self, ask: Ask) -> Continued | None:
        """Return what was drawn for a request."""
        return self._drawn.get(replace(ask, number=0))

    def hand_over(self, ask: Ask) -> int | None:
        """Return the number under which a request is being drawn already, and expect it no more."""
        under_way = self.under_way
        if under_way is None or replace(under_way, number=0) != replace(ask, number=0):
            return None
        self.under_way = None
        return under_way.number
