"""One piece of music as training sees it, and which side of the split it falls on."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from itertools import pairwise

from improvd.music.note import Note

SPLITS = ("train", "valid", "test")


@dataclass(frozen=True, slots=True)
class Piece:
    """This is one piece of a corpus.

    Attributes:
        name: corpus, file and number, unique.
        style: one of `codec.STYLES`.
        meter: numerator and denominator of the (first) time signature.
        notes: in order of onset; beat 0 is a bar line.
        dynamics: whether velocities were played; else they say nothing.
    """

    name: str
    style: str
    meter: tuple[int, int]
    notes: tuple[Note, ...]
    dynamics: bool = False

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
