"""Density: how many notes a beat an answer has beside its call."""

from __future__ import annotations

import numpy as np

from improvd.model.ranking.rows import Array, Heard, Rows
from improvd.music.note import TICKS_PER_BEAT


def density(rows: Rows, heard: Heard) -> Array:
    """Return how many doublings the notes a beat of the answer lie off the call's, (B,)."""
    if not len(heard.call):
        return np.zeros(len(rows.inside))
    beats = np.maximum((heard.until_ticks - heard.answer_ticks) / TICKS_PER_BEAT, 1.0)
    wanted = len(heard.call) / heard.call_beats
    return np.asarray(np.abs(np.log2((rows.counts + len(heard.answer) + 0.5) / beats / wanted)))
