"""How many rows a machine can draw in time: measured once, when a model is opened."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from improvd.model.cursor import Cursor
from improvd.model.drawing import Chunk, Drawer, noise_of
from improvd.model.step import Shape
from improvd.protocol import Ask, Context

ROWS = (1, 4, 8, 16, 32, 64)
CALLS = 4
"""Bars measured for one number of rows: the quickest counts, as the first makes room."""

NOTE_MS = 1.0
"""What a note of the longest row may take: the musician waits for it."""

_BAR_TICKS = 96


def candidates(drawer: Drawer, shape: Shape) -> int:
    """Return how many rows at a time a network can be asked for while somebody waits."""
    return rows_within(NOTE_MS, 1, lambda rows: note_ms(drawer, shape, rows))


def rows_within(budget_ms: float, notes: int, note_ms: Callable[[int], float]) -> int:
    """Return the largest of `ROWS` that draw so many notes each within a time; 1 if none does.

    Args:
        budget_ms: for all notes.
        notes: in the longest row, the one that is drawn beyond the end included.
        note_ms: measures a note of so many rows; not asked beyond the first number that is too slow.
    """
    fitting = 1
    for rows in ROWS:
        if note_ms(rows) * notes > budget_ms:
            break
        fitting = rows
    return fitting


def note_ms(drawer: Drawer, shape: Shape, rows: int) -> float:
    """Return what a note of each of so many rows takes: in the quickest of a few bars drawn after silence."""
    request = Ask(0, (), Context(), 0, _BAR_TICKS, True, (1.0,), 1.0, 0.0, 0, 127, 0, rows)
    chunk, noise = Chunk.of(request), noise_of(0, rows)
    start = Cursor.at_start(np.zeros(1, np.int64), shape)
    return 1000 * min(_seconds_a_note(drawer, chunk, start, noise) for _ in range(CALLS))


def _seconds_a_note(drawer: Drawer, chunk: Chunk, start: Cursor, noise: np.typing.NDArray[np.float32]) -> float:
    now_s = time.perf_counter if drawer.name.endswith("gpu") else time.process_time  # other programs take no part in it
    started_s = now_s()
    drawn = drawer.draw(chunk, start, noise)
    return (now_s() - started_s) / int(drawn.inside.shape[1])
