"""Names of pitches, read and compared: which symbol comes nearest to one that a network never saw."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from improvd.music.note import PITCH_NAMES, PITCHES, pitch_name

_NAME = re.compile(r"([A-G]#?)(-?\d)")
NEAR_SEMITONES = 2
"""A note this far from another may stand for it."""
SHARED = 0.5
"""A chord may stand for another if this share of the pitch classes of both is common."""

NAMES = tuple(map(pitch_name, range(PITCHES)))


def pitch_named(name: str) -> int:
    """Return the pitch (0-127) of a name such as 'C4' or 'F#-1'.

    Raises:
        ValueError: if it is none.
    """
    written = _NAME.fullmatch(name)
    pitch = 12 * (int(written[2]) + 1) + PITCH_NAMES.index(written[1]) if written and written[1] in PITCH_NAMES else -1
    if not 0 <= pitch < PITCHES:
        raise ValueError(f"{name!r} is no pitch; allowed are {NAMES[0]} to {NAMES[-1]}, with sharps")
    return pitch


def unlikeness(pitches: Sequence[int], others: Sequence[int]) -> float:
    """Return how ill some pitches stand for others: 0 for the same ones, infinite where they do not at all.

    Best are the same pitch classes in another octave, then a single note at
    most two semitones away, then a chord that shares at least half.
    """
    classes, other_classes = ({pitch % 12 for pitch in chord} for chord in (pitches, others))
    apart = abs(min(pitches) - min(others))
    if classes == other_classes:
        return apart / 1000
    if len(pitches) == len(others) == 1 and apart <= NEAR_SEMITONES:
        return apart / 10
    shared = len(classes & other_classes) / len(classes | other_classes)
    return 1 - shared + apart / 1000 if shared >= SHARED else math.inf
