"""Reading: the window that a network has read, with a place to go back to after each of its notes.

What a window has in common with the one read before, from its first note on,
stays read. A held note that became longer, or a note that landed between
others, costs that note and what comes after it.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile
from typing import NamedTuple

import numpy as np

from improvd.model.cursor import Cursor, bar_ticks
from improvd.model.drawing import Drawer
from improvd.model.step import Shape
from improvd.music.codec import GridNote
from improvd.protocol import Context
from improvd.protocol import GridNote as PlainNote

MOST_NOTES = 128
ANCHOR_NOTES = 64
"""Of a longer window its oldest notes are left out, so many at once, so that the rest stays a beginning."""


class Place(NamedTuple):
    """This is a place in the music: a row of a cursor."""

    cursor: Cursor
    row: int


class Reading:
    """This keeps the window read last, and the place after each of its notes."""

    def __init__(self, drawer: Drawer, shape: Shape) -> None:
        self._drawer, self._shape = drawer, shape
        self._notes: list[PlainNote] = []
        self._places = [self._start(0)]
        self._context = Context()

    def read(self, window: Sequence[PlainNote], context: Context) -> Place:
        """Return the place after a window; only what was not read before is read."""
        notes = anchored(window)
        known = self._known(notes, context)
        if not known:
            bar = bar_ticks(context)
            self._places = [self._start(notes[0][0] // bar * bar if notes else 0)]
        del self._notes[known:], self._places[known + 1 :]
        self._context = context
        self._go_on(notes[known:])
        return self._places[-1]

    def _known(self, notes: Sequence[PlainNote], context: Context) -> int:
        """Return how many of the first notes of a window have been read."""
        if context != self._context:
            return 0
        return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(notes, self._notes, strict=False)))

    def _go_on(self, notes: Sequence[PlainNote]) -> None:
        if not notes:
            return
        last = self._places[-1]
        start = self._drawer.take(last.cursor, [last.row])
        places = self._drawer.read(start, [GridNote(*note) for note in notes], self._context)
        self._places += [Place(places, row) for row in range(len(notes))]
        self._notes += notes

    def _start(self, origin_ticks: int) -> Place:
        return Place(Cursor.at_start(np.array([origin_ticks], np.int64), self._shape), 0)


def anchored(window: Sequence[PlainNote]) -> Sequence[PlainNote]:
    """Return the window from its anchor on, at most `MOST_NOTES` notes."""
    beyond = max(len(window) - MOST_NOTES, 0)
    return window[-(-beyond // ANCHOR_NOTES) * ANCHOR_NOTES :]
