"""Whether music keeps to its pitch classes, its scale and its groove.

Source: MusPy's definitions (Dong et al., ISMIR 2020): pitch class entropy and
groove consistency after Wu & Yang 2020, scale consistency after Mogren 2016.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from improvd.training.metrics.passage import Array, Passage, histogram

SCALE = (0, 2, 4, 5, 7, 9, 11)
SCALES = np.array([[(pitch_class - root) % 12 in SCALE for pitch_class in range(12)] for root in range(12)])
"""Which pitch classes are in each major scale, (12, 12); the natural minor ones have the same."""


@dataclass(frozen=True, slots=True)
class Consistency:
    """This is how a passage keeps together.

    Attributes:
        pitch_class_entropy: in bits, 0 to log2 12.
        scale: share of notes in the scale that holds most of them, 0-1.
        groove: 1 less the share of places in the bar where neighbouring bars differ, 0-1.
    """

    pitch_class_entropy: float
    scale: float
    groove: float


def consistency(passage: Passage) -> Consistency:
    """Return how a passage keeps together; NaN where it has no pitches or no second bar."""
    return Consistency(pitch_class_entropy(passage), scale_consistency(passage), groove_consistency(passage))


def pitch_class_entropy(passage: Passage) -> float:
    """Return the entropy of the pitch classes in bits; drums have none."""
    shares = _pitch_classes(passage)
    shares = shares[shares > 0]
    return float(-(shares * np.log2(shares)).sum()) if len(shares) else math.nan


def scale_consistency(passage: Passage) -> float:
    """Return the share of notes in the scale that holds most of them; drums are in none."""
    shares = _pitch_classes(passage)
    return float((SCALES @ shares).max()) if shares.any() else math.nan


def groove_consistency(passage: Passage) -> float:
    """Return how alike neighbouring bars are in where notes begin; the last bar is where the last note ends."""
    bar = passage.bar_ticks
    onsets = passage.bars * bar + passage.onsets % bar
    bars = int((onsets + passage.durations).max()) // bar + 1
    if bars < 2:
        return math.nan
    struck = np.zeros((bars, bar), bool)
    struck[onsets // bar, onsets % bar] = True
    return float((struck[:-1] == struck[1:]).mean())


def _pitch_classes(passage: Passage) -> Array:
    return histogram(passage.tuned().pitches % 12, 12)
