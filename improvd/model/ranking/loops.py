"""Loops: how much of a row goes on with a passage that has been said twice already.

What a loop is stands in `training/metrics/loops.py` too, which counts all of its notes.
"""

from __future__ import annotations

import numpy as np

from improvd.model.ranking.rows import Array, Heard, Rows
from improvd.music.note import PITCHES

TIMES = 3
NOTES = 12
"""A loop is a passage that comes at least `TIMES` times in a row, `NOTES` notes in all at least."""

LONGEST = 12
"""Notes of the longest passage that is looked for."""


def loops(rows: Rows, heard: Heard) -> Array:
    """Return which share of each row's notes continues a loop, that may have begun in the window, (B,)."""
    whole = rows.after(heard.window[-TIMES * LONGEST :])
    return rows.mean(going_on(whole)[:, -rows.inside.shape[1] :])


def going_on(rows: Rows) -> Array:
    """Return which notes end a run said `TIMES` times over, (B, N) bool."""
    periods = np.arange(1, min(LONGEST, rows.inside.shape[1] // TIMES) + 1)
    runs = _runs(rows, periods)
    return np.asarray((runs + periods >= np.maximum(TIMES * periods, NOTES)).any(-1) & rows.inside)


def _runs(rows: Rows, periods: Array) -> Array:
    """Return how many notes up to each are alike, and as far off, those so many notes (K,) before, (B, N, K)."""
    at = np.arange(rows.inside.shape[1])
    before = at[:, None] - periods
    earlier = np.maximum(before, 0)
    notes = rows.pitches + PITCHES * rows.lengths
    same = (notes[:, earlier] == notes[..., None]) & (before >= 0)
    off = np.where(same, rows.onsets[..., None] - rows.onsets[:, earlier], -1)
    begins = np.diff(off, axis=1, prepend=-2) != 0
    starts = np.maximum.accumulate(np.where(begins, at[:, None], 0), axis=1)
    return np.asarray(same * (at[:, None] - starts + 1))
