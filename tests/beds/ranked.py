"""Candidates for tests of ranking: notes as arrays, rows side by side, and what they are held against."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from improvd.model.ranking.rows import Heard, Rows

Array = NDArray[Any]


def notes(pitches: Sequence[int], onsets: Sequence[int], length: int = 12) -> Array:
    """Return keys struck at some ticks, (N, 5)."""
    columns = [onsets, [0] * len(pitches), pitches, [length] * len(pitches), [80] * len(pitches)]
    return np.array(columns, np.int64).T.reshape(-1, 5)


def eighths(pitches: Sequence[int], start: int = 0) -> Array:
    """Return keys struck in eighths."""
    return notes(pitches, [start + 12 * i for i in range(len(pitches))])


def rows_of(*each: Array, nats: float | Sequence[float] = -3.0) -> Rows:
    """Return rows of some notes each; what lies beyond a row's end is as odd as can be."""
    longest = max(len(own) for own in each) + 1
    rows = Rows(*(np.full((len(each), longest), value) for value in (7, 127, 1, False, -99.0)))
    for row, own in enumerate(each):
        rows.onsets[row] = own[-1, 0] if len(own) else 7
        for part, column in ((rows.onsets, 0), (rows.pitches, 2), (rows.lengths, 3)):
            part[row, : len(own)] = own[:, column]
        rows.inside[row, : len(own)] = True
        rows.nats[row, : len(own)] = nats if isinstance(nats, float) else nats[row]
    return rows


def heard_of(
    window: Array | None = None, call: Array | None = None, answer: Array | None = None, **given: Any
) -> Heard:
    """Return what was heard: nothing, as far as it is not given."""
    none = np.zeros((0, 5), np.int64)
    plain = {"answer_ticks": 0, "until_ticks": 96, "bar_ticks": 96, "closes": False, "closeness": 0.5}
    parts = (none if part is None else part for part in (window, call, answer))
    return Heard(*parts, **plain | given)
