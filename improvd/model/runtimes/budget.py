"""How many rows a machine can draw in time: measured once, when a model is opened."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from improvd.model.cursor import Cursor, inputs_at
from improvd.model.step import Inputs, Outputs, Shape
from improvd.protocol import Context

ROWS = (1, 4, 8, 16, 32, 64)
CALLS = 5
"""Steps measured for one number of rows; the first one makes room and does not count."""


def rows_within(budget_ms: float, notes: int, step_ms: Callable[[int], float]) -> int:
    """Return the largest of `ROWS` that draw so many notes each within a time; 1 if none does.

    Args:
        budget_ms: for all notes.
        notes: in the longest row, the one that is drawn beyond the end included.
        step_ms: measures one step of so many rows; not asked beyond the first number that is too slow.
    """
    fitting = 1
    for rows in ROWS:
        if step_ms(rows) * notes > budget_ms:
            break
        fitting = rows
    return fitting


def step_ms(step: Callable[[Inputs], Outputs], shape: Shape, rows: int) -> float:
    """Return the median time of a step of so many rows."""
    inputs = inputs_at(Cursor.at_start(np.zeros(rows, np.int64), shape), Context())
    return 1000 * float(np.median([_seconds(step, inputs) for _ in range(CALLS + 1)][1:]))


def _seconds(step: Callable[[Inputs], Outputs], inputs: Inputs) -> float:
    started = time.perf_counter()
    step(inputs)
    return time.perf_counter() - started
