"""Spelling: which letter and accidental a pitch has in a key, and what a key signature alters."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

LETTERS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
SHARPS = "FCGDAEB"
MAJOR = {0: "C", 1: "G", 2: "D", 3: "A", 4: "E", 5: "B", 6: "F#", -1: "F", -2: "Bb", -3: "Eb", -4: "Ab", -5: "Db"}
"""Major keys by their sharps (flats are negative), C first and then by their number."""

HIGHLAND_PIPES_SHARPS = 2
"""Of the key 'Hp'; its sister 'HP' has none."""

_MODES = {
    "": 0,
    "maj": 0,
    "ion": 0,
    "mix": -1,
    "dor": -2,
    "m": -3,
    "min": -3,
    "aeo": -3,
    "phr": -4,
    "loc": -5,
    "lyd": 1,
}
_KEY = re.compile(r"\s*([A-G])([#b]?)\s*([A-Za-z]*)")
_MIDDLE_OCTAVE = 60


class Spelled(NamedTuple):
    """This is a written note: its letter, the octave (0 is that of middle C) and its alteration in semitones."""

    letter: str
    octave: int
    alteration: int

    @property
    def pitch(self) -> int:
        """The key it stands for, 60 for middle C."""
        return _MIDDLE_OCTAVE + LETTERS[self.letter] + 12 * self.octave + self.alteration


def signature(sharps: int) -> Mapping[str, int]:
    """Return what a key signature alters: semitones by letter."""
    altered = SHARPS[:sharps] if sharps >= 0 else SHARPS[sharps:]
    return {letter: (1 if sharps > 0 else -1) * (letter in altered) for letter in LETTERS}


def sharps_of(key: str) -> int:
    """Return the sharps of a key as ABC names it ('Bb', 'A minor', 'Ddor'), flats negative; 0 where it is none."""
    written = _KEY.match(key)
    if not written:
        return HIGHLAND_PIPES_SHARPS if key.strip() == "Hp" else 0
    tonic = SHARPS.index(written[1]) - 1 + 7 * {"": 0, "#": 1, "b": -1}[written[2]]
    mode = written[3][:3].lower()
    sharps = tonic + _MODES.get("m" if written[3] == "m" else mode, 0)
    return sharps if -7 <= sharps <= 7 else 0


def best_key(pitches: Iterable[int]) -> int:
    """Return the sharps of the major key in which the fewest pitches need an accidental; of equal ones the plainest."""
    classes = [pitch % 12 for pitch in pitches]

    def accidentals(sharps: int) -> tuple[int, int]:
        scale = {(LETTERS[letter] + by) % 12 for letter, by in signature(sharps).items()}
        return sum(pitch_class not in scale for pitch_class in classes), abs(sharps)

    return min(MAJOR, key=accidentals)


def spell(pitch: int, sharps: int) -> Spelled:
    """Return how a pitch is written in a key: as the key has it, else natural, else raised or lowered as the key is."""
    key = signature(sharps)
    step = 1 if sharps >= 0 else -1
    ways = [(letter, by) for letter in LETTERS for by in (key[letter], 0, step)]
    rank = {way: (way[1] != key[way[0]], abs(way[1])) for way in ways if (LETTERS[way[0]] + way[1] - pitch) % 12 == 0}
    letter, by = min(rank, key=lambda way: rank[way])
    return Spelled(letter, (pitch - by - _MIDDLE_OCTAVE) // 12, by)
