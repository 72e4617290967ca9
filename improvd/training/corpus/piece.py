"""One piece of music as training sees it."""

from __future__ import annotations

from dataclasses import dataclass

from improvd.music.harmony import Chord
from improvd.music.note import Note
from improvd.music.timing import MeterChange


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
