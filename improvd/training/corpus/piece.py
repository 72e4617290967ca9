"""One piece of music as training sees it, and which side of the split it falls on."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from itertools import pairwise

from improvd.music.harmony import Chord
from improvd.music.note import Note
from improvd.music.timing import MeterChange

SPLITS = ("train", "valid", "test")


@dataclass(frozen=True, slots=True)
class Piece:
    """This is one piece of a corpus.

    Attributes:
        name: file and number in it, unique in its corpus.
        style: one of `codec.STYLES`; 'any' where nobody knows.
        meters: the time signatures in order; the first at beat 0, which is a bar line.
        notes: in order of onset.
        dynamics: whether velocities were played; else they say nothing.
        chords: the chords that the music names, in order; none where it names none.
    """

    name: str
    style: str
    meters: tuple[MeterChange, ...]
    notes: tuple[Note, ...]
    dynamics: bool = False
    chords: tuple[Chord, ...] = ()

    def top_line(self) -> list[Note]:
        """Return the highest note of each onset."""
        highest: dict[float, Note] = {}
        for note in self.notes:
            if note.onset_beats not in highest or note.pitch > highest[note.onset_beats].pitch:
                highest[note.onset_beats] = note
        return [highest[onset] for onset in sorted(highest)]


def split_of(piece: Piece, *, valid_percent: int = 10, test_percent: int = 10) -> str:
    """Return 'train', 'valid' or 'test'.

    Drawn from the intervals of the piece's first 24 melody notes, so that the
    same tune falls on the same side in any key, file or corpus.
    """
    line = [note.pitch for note in piece.top_line()[:24]]
    intervals = [b - a for a, b in pairwise(line)]
    bucket = int.from_bytes(hashlib.sha256(repr(intervals).encode()).digest()[:8], "big") % 100
    if bucket < test_percent:
        return "test"
    return "valid" if bucket < test_percent + valid_percent else "train"
