"""Drawing note by note: NumPy around a step, whatever computes it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from improvd.model.cursor import Cursor, fed_at
from improvd.model.drawing import Chunk, Drawn, Note, aimed, begun, draw_note, narrowed
from improvd.model.runtimes.numpy import NumpyOps
from improvd.model.step import Fed, Step, sounding_after
from improvd.music import codec
from improvd.music.codec import GridNote
from improvd.protocol import Context

Array = NDArray[Any]
OPS = NumpyOps()


class Stepwise:
    """This reads and draws with a step, one call a note."""

    def __init__(self, step: Step, name: str) -> None:
        self.step, self.name = step, name

    def read(self, cursor: Cursor, notes: Sequence[GridNote], context: Context) -> Cursor:
        """Return the places after each of some notes that were played, a row a note, from a place in one row."""
        events = np.array(codec.encode(notes, origin_ticks=int(cursor.onset_ticks[0])), np.int32)
        onsets = np.array([note.onset_ticks for note in notes], np.int64)
        remaining = _remaining(cursor.remaining, events)
        before = np.vstack([cursor.event, events[:-1]]), np.append(cursor.onset_ticks, onsets[:-1]), remaining[:-1]
        fed = fed_at(Cursor(*before, cursor.state), context)
        states = [cursor.state]
        for number in range(len(notes)):
            at = slice(number, number + 1)
            one = Fed(fed.event[at], fed.context[at], fed.chord[at], fed.remaining[at], states[-1])
            states.append(self.step.feed(one))
        return Cursor(events, onsets, remaining[1:], np.concatenate(states[1:]))

    def take(self, cursor: Cursor, rows: Sequence[int] | Array) -> Cursor:
        """Return the places of some rows, each as often as it is named."""
        return Cursor(*(part[list(rows)] for part in cursor))

    def draw(self, chunk: Chunk, cursor: Cursor, noise: Array) -> Drawn:
        """Return what follows."""
        count = len(chunk.told)
        rows, part, drawing = np.arange(count), chunk, np.ones((count, 1), bool)
        notes: list[tuple[Array, Note]] = []
        while len(notes) < len(noise) and drawing.any():
            needed = narrowed(len(rows), int(drawing.sum()))
            if needed < len(rows):
                kept = np.argsort(~drawing[:, 0], kind="stable")[:needed]  # those still drawn stand first
                rows, drawing, cursor = rows[kept], drawing[kept], _taken(cursor, kept)
                part = chunk.taken(rows)
            ahead = not notes or (cursor.onset_ticks < chunk.begin_ticks).any()
            aim = aimed(OPS, part, cursor, first=np.bool_(not notes)) if ahead else begun(part, cursor)
            note, cursor = draw_note(OPS, self.step, part, aim, cursor, noise[len(notes), rows], drawing)
            drawing = note.inside
            notes.append((rows, note))
        event, onset, inside, log_prob = _spread(notes, count)
        return Drawn(event, onset[..., 0], inside[..., 0], log_prob)


def _remaining(before: Array, events: Array) -> Array:
    """Return how long each pitch still sounds before the first of some events (N, 5), and after each: (N+1, 128)."""
    remaining = [before]
    for event in events[:, None]:
        remaining.append(sounding_after(OPS, remaining[-1], event))
    return np.concatenate(remaining)


def _taken(cursor: Cursor, rows: Array) -> Cursor:
    """Return the places of some rows; what is still the same in all of them stays in one."""
    return Cursor(*(part if len(part) == 1 else part[rows] for part in cursor))


def _spread(notes: Sequence[tuple[Array, Note]], count: int) -> list[Array]:
    """Return each part of the notes of some rows as one array, (B, N, …), 0 where a row was left out."""
    whole = [np.zeros((count, len(notes), part.shape[1]), part.dtype) for part in notes[0][1]]
    for number, (rows, note) in enumerate(notes):
        for parts, part in zip(whole, note, strict=True):
            parts[rows, number] = part
    return whole
