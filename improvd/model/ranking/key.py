"""The key: which one the window is in, and how much of a row lies outside.

Source: Krumhansl and Kessler's profiles (1982), correlated as in Krumhansl and
Schmuckler's algorithm (Krumhansl 1990, chapter 4).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from improvd.model.ranking.rows import LENGTH, PITCH_OF, Array, Heard, Rows
from improvd.music.note import TICKS_PER_BEAT

PROFILES = np.array(
    [[6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88],
     [6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17]]
)  # fmt: skip
"""How well each pitch class above the tonic fits, in major and in minor."""

SCALES = np.array(
    [[p in {0, 2, 4, 5, 7, 9, 11} for p in range(12)], [p in {0, 2, 3, 5, 7, 8, 10, 11} for p in range(12)]]
)
"""The pitch classes above the tonic of the major scale, and of the minor with either seventh."""

TRIADS = np.array([[p in {0, 4, 7} for p in range(12)], [p in {0, 3, 7} for p in range(12)]])

LAST_NOTES = 64
"""Notes of the window whose key counts."""


def _in_each_key(from_tonic: Array) -> Array:
    """Return what is told of the classes from the tonic up, in major and in minor, from C up: (2, 12, 12)."""
    table = np.array([[np.roll(values, tonic) for tonic in range(12)] for values in from_tonic])
    table.setflags(write=False)
    return table


_SCALES, _TRIADS, _TURNED = (_in_each_key(values) for values in (SCALES, TRIADS, PROFILES))
_CENTRED = _TURNED - _TURNED.mean(-1, keepdims=True)
_NORMS = np.linalg.norm(_CENTRED, axis=-1)


class Key(NamedTuple):
    """This is a key: its tonic, 0-11 from C, and 0 for major or 1 for minor."""

    tonic: int
    minor: int

    def scale(self) -> Array:
        """Return which pitch classes are in the scale, (12,) bool."""
        return np.asarray(_SCALES[self.minor, self.tonic])

    def triad(self) -> Array:
        """Return which pitch classes are in the tonic's triad, (12,) bool."""
        return np.asarray(_TRIADS[self.minor, self.tonic])


def key_of(notes: Array) -> Key:
    """Return the key of some notes (N, 5): whose profile goes best with how long each pitch class sounds."""
    lengths = np.minimum(notes[:, LENGTH], 4 * TICKS_PER_BEAT)
    sounding = np.bincount(notes[:, PITCH_OF] % 12, lengths, 12)
    fits = _CENTRED @ (sounding - sounding.mean())
    minor, tonic = divmod(int((fits / _NORMS).argmax()), 12)
    return Key(tonic, minor)


def key(rows: Rows, heard: Heard) -> Array:
    """Return which share of each row's notes is outside the key, beyond the window's own share, (B,)."""
    if not len(heard.window):
        return np.zeros(len(rows.inside))
    played = heard.window[-LAST_NOTES:]
    outside = ~key_of(played).scale()
    usual = outside[played[:, PITCH_OF] % 12].mean()
    return np.asarray(np.maximum(rows.mean(outside[rows.pitches % 12]) - usual, 0.0))
