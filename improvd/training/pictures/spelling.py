"""Spelling: the key signature that needs the fewest accidentals, and the names that pitches have in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

LETTERS = "FCGDAEB"
NATURAL = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
SIGNATURES = (0, 1, -1, 2, -2, 3, -3, 4, -4, 5, -5, 6)
"""Sharps, or flats below 0, of every key signature, the plain ones first."""

FLATTEST = -3
"""How far a name may lie below the signature's own C on the line of fifths: in C major from E flat to G sharp."""


class Name(NamedTuple):
    """This is how a pitch is written: `alter` in semitones, -2 to 2; octave 4 begins with middle C."""

    letter: str
    alter: int
    octave: int


def signature(pitches: Iterable[int]) -> int:
    """Return the sharps (flats below 0) of the key signature that fits some pitches, -5 to 6."""
    counts = Counter(pitch % 12 for pitch in pitches)
    return max(SIGNATURES, key=lambda sharps: sum(counts[(7 * place) % 12] for place in range(sharps - 1, sharps + 6)))


def spelled(pitch: int, sharps: int) -> Name:
    """Return the name of a pitch (0-127) under a key signature."""
    lowest = sharps + FLATTEST
    place = next(place for place in range(lowest, lowest + 12) if (7 * place - pitch) % 12 == 0)
    letter, alter = LETTERS[(place + 1) % 7], (place + 1) // 7
    return Name(letter, alter, (pitch - alter - NATURAL[letter]) // 12 - 1)
