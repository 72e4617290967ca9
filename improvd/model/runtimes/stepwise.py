"""Drawing note by note: NumPy around a step, whatever computes it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from improvd.model.cursor import Cursor, following, inputs_at
from improvd.model.drawing import Chunk, Drawn, Note, draw_note
from improvd.model.runtimes.numpy import NumpyOps
from improvd.model.step import Inputs, Outputs
from improvd.music import codec
from improvd.music.codec import GridNote
from improvd.protocol import Context

Array = NDArray[Any]
OPS = NumpyOps()


class Stepwise:
    """This reads and draws with a step, one call a note."""

    def __init__(self, step: Callable[[Inputs], Outputs], name: str) -> None:
        self.step, self.name = step, name

    def read(self, cursor: Cursor, notes: Sequence[GridNote], context: Context) -> Cursor:
        """Return the places after each of some notes that were played, a row a note, from a place in one row."""
        places: list[Cursor] = []
        inputs = inputs_at(cursor, context)
        for event, note in zip(codec.encode(notes, origin_ticks=int(cursor.onset_ticks[0])), notes, strict=True):
            outputs = self.step(inputs._replace(forced=np.array([event], np.int32)))
            cursor = cursor.after(outputs, np.array([note.onset_ticks], np.int64))
            inputs = following(inputs, cursor)
            places.append(cursor)
        return Cursor(*map(np.concatenate, zip(*places, strict=True)))

    def take(self, cursor: Cursor, rows: Sequence[int]) -> Cursor:
        """Return the places of some rows, each as often as it is named."""
        return Cursor(*(part[list(rows)] for part in cursor))

    def draw(self, chunk: Chunk, cursor: Cursor, noise: Array) -> Drawn:
        """Return what follows."""
        drawing: Array = np.ones((len(chunk.told), 1), bool)
        ends = Cursor(*(part.copy() for part in cursor))
        notes: list[Note] = []
        while len(notes) < len(noise) and drawing.any():
            before, first = cursor, np.bool_(not notes)
            note, cursor = draw_note(OPS, self.step, chunk, before, noise[len(notes)], drawing, first=first)
            _put(ends, before, drawing & ~note.inside)
            drawing = note.inside
            notes.append(note)
        _put(ends, cursor, drawing)
        event, onset, inside, log_prob = (np.stack(parts, 1) for parts in zip(*notes, strict=True))
        return Drawn(event, onset[..., 0], inside[..., 0], log_prob, ends)


def _put(ends: Cursor, cursor: Cursor, rows: Array) -> None:
    """Note the places of some rows (B, 1)."""
    for end, place in zip(ends, cursor, strict=True):
        end[rows[:, 0]] = place[rows[:, 0]]
