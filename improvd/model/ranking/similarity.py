"""Closeness to the call: how like it an answer is, half by its pitch classes, half by its rhythm.

Measured as seed dependence is, see `training/metrics/dependence.py`.
"""

from __future__ import annotations

import numpy as np

from improvd.model.ranking.rows import LENGTH, ONSET, PITCH_OF, Array, Heard, Rows
from improvd.music.note import TICKS_PER_BEAT

CLASSES_AN_OCTAVE = 3
WIDEST = 16
PLACES = 12
"""Places in a beat told apart."""

SHARES = ((12, 2.0), (2 * WIDEST + 1, 1.0), (PLACES, 1.0))
"""Sizes and weights of the histograms: pitch classes, distances between onsets, places in the beat."""


def distance_classes(distances_ticks: Array) -> Array:
    """Return the class of each distance between onsets, 0 to 2 * `WIDEST`, told apart in thirds of an octave."""
    classes = np.rint(CLASSES_AN_OCTAVE * np.log2(distances_ticks / TICKS_PER_BEAT))
    return np.asarray(np.clip(classes, -WIDEST, WIDEST).astype(np.int64) + WIDEST)


def places(onsets_ticks: Array) -> Array:
    """Return the place of each onset in its beat, 0 to `PLACES` - 1."""
    return np.asarray(onsets_ticks % TICKS_PER_BEAT * PLACES // TICKS_PER_BEAT)


def similarity(rows: Rows, notes: Array) -> Array:
    """Return how like some notes (N, 5) each row is, (B,), 0-1."""
    onsets, pitches, lengths = (notes[None, :, column] for column in (ONSET, PITCH_OF, LENGTH))
    other = Rows(onsets, pitches, lengths, np.ones((1, len(notes)), bool), np.zeros((1, len(notes))))
    pairs = zip(_histograms(rows), _histograms(other), SHARES, strict=True)
    shared = sum(weight * np.minimum(one, of).sum(1) for one, of, (_, weight) in pairs)
    return np.asarray(shared / sum(weight for _, weight in SHARES))


def _histograms(rows: Rows) -> tuple[Array, Array, Array]:
    gaps = np.diff(rows.onsets, axis=1, prepend=rows.onsets[:, :1] - 1)
    fresh = rows.inside & (gaps > 0)
    follows = fresh & (np.arange(gaps.shape[1]) > 0)
    return (
        _shares(rows.pitches % 12, rows.inside, 12),
        _shares(distance_classes(np.maximum(gaps, 1)), follows, 2 * WIDEST + 1),
        _shares(places(rows.onsets), fresh, PLACES),
    )


def _shares(values: Array, counted: Array, size: int) -> Array:
    """Return the share of each integer below `size` among those counted, (B, size)."""
    rows = len(values)
    flat = (values + np.arange(rows)[:, None] * size)[counted]
    counts = np.bincount(flat, minlength=rows * size).reshape(rows, size)
    return np.asarray(counts / np.maximum(counts.sum(1, keepdims=True), 1))


def call(rows: Rows, heard: Heard) -> Array:
    """Return how far each row is from the closeness that is wanted, (B,).

    1 is as close to the call as any row comes, 0 as far from it, and what lies between is shared out evenly.
    """
    if not len(heard.call) or not len(rows.inside):
        return np.zeros(len(rows.inside))
    close = similarity(rows.after(heard.answer), heard.call)
    wanted = close.min() + heard.closeness * (close.max() - close.min())
    return np.asarray(np.abs(close - wanted))
