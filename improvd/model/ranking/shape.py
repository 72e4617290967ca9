"""The shape of an answer beside its call: how high it lies, and how dense it is."""

from __future__ import annotations

import numpy as np

from improvd.model.ranking.rows import PITCH_OF, Array, Heard, Rows
from improvd.music.note import TICKS_PER_BEAT


def register(rows: Rows, heard: Heard) -> Array:
    """Return how many octaves the mean pitch of the answer lies off the call's, (B,)."""
    if not len(heard.call):
        return np.zeros(len(rows.inside))
    whole = rows.after(heard.answer)
    return np.asarray(np.abs(whole.mean(whole.pitches) - heard.call[:, PITCH_OF].mean()) / 12)


def density(rows: Rows, heard: Heard) -> Array:
    """Return how many doublings the notes a beat of the answer lie off the call's, (B,)."""
    if not len(heard.call):
        return np.zeros(len(rows.inside))
    beats = max((heard.until_ticks - heard.answer_ticks) / TICKS_PER_BEAT, 1.0)
    wanted = len(heard.call) / heard.call_beats
    return np.asarray(np.abs(np.log2((rows.counts + len(heard.answer) + 0.5) / beats / wanted)))
