"""Harmony: the chord in force, as music names it."""

from __future__ import annotations

from typing import NamedTuple


class Chord(NamedTuple):
    """This is a named chord from a place on, until the next one.

    `pitch_classes`: 0-11, C = 0; none where the music says that no chord is in force.
    """

    at_beats: float
    pitch_classes: frozenset[int]
