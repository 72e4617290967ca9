"""The cadence: whether what closes an answer sounds like an end."""

from __future__ import annotations

import numpy as np

from improvd.model.ranking.key import LAST_NOTES, key_of
from improvd.model.ranking.rows import Array, Heard, Rows


def cadence(rows: Rows, heard: Heard) -> Array:
    """Return how little each row ends on the tonic: 0 on it, 0.5 elsewhere in its triad, else 1, (B,).

    What counts is the lowest note of the last chord. Where the answer goes on it is 0.
    """
    if not heard.closes or not len(heard.window):
        return np.zeros(len(rows.inside))
    home = key_of(heard.window[-LAST_NOTES:])
    rates = np.where(home.triad(), 0.5, 1.0)
    rates[home.tonic] = 0.0
    last = np.maximum(rows.counts - 1, 0)
    onset = np.take_along_axis(rows.onsets, last[:, None], 1)
    lowest = (rows.inside & (rows.onsets == onset)).argmax(1)
    return np.asarray(rates[np.take_along_axis(rows.pitches, lowest[:, None], 1)[:, 0] % 12])
