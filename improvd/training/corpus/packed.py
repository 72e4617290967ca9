"""Many pieces as a few arrays: how they pass between processes, lie in the cache and are compared."""

from __future__ import annotations

import gc
import io
import json
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from itertools import accumulate, pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from improvd.errors import CorpusError
from improvd.music.harmony import Chord
from improvd.music.note import Note
from improvd.music.timing import Meter, MeterChange
from improvd.training.corpus.piece import Piece

Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Packed:
    """This is a list of pieces as arrays; what belongs to one piece lies together, in order.

    Attributes:
        about: (bytes,) uint8: JSON of each piece's name, style and whether it has dynamics.
        counts: (pieces, 3) int32: notes, metres and chords of each piece.
        beats: (notes, 2) float64: onset and duration.
        sound: (notes, 3) uint8: pitch, velocity, part.
        meters: (metres, 3) float64: from which beat, numerator, denominator.
        chords: (chords, 2) float64: from which beat, pitch classes as the bits of a number.
    """

    about: Array
    counts: Array
    beats: Array
    sound: Array
    meters: Array
    chords: Array

    def names(self) -> list[str]:
        """Return the names of the pieces."""
        return [name for name, *_ in json.loads(self.about.tobytes())]

    def pieces(self) -> list[Piece]:
        """Return the pieces."""
        with _unwatched():
            notes = _spread(map(Note, *self._columns()), self.counts[:, 0])
            meters = _spread((MeterChange(at, Meter(int(n), int(d))) for at, n, d in self.meters), self.counts[:, 1])
            chords = _spread((Chord(at, _pitch_classes(int(bits))) for at, bits in self.chords), self.counts[:, 2])
            rows = zip(json.loads(self.about.tobytes()), meters, notes, chords, strict=True)
            return [
                Piece(name, style, changes, played, dynamics=dynamics, chords=named)
                for (name, style, dynamics), changes, played, named in rows
            ]

    def _columns(self) -> tuple[list[Any], ...]:
        onset, duration = self.beats.T.tolist() if len(self.beats) else ([], [])
        pitch, velocity, part = self.sound.T.tolist() if len(self.sound) else ([], [], [])
        return onset, pitch, duration, velocity, part


def pack(pieces: Sequence[Piece]) -> Packed:
    """Return pieces as arrays."""
    notes = [note for piece in pieces for note in piece.notes]
    meters = [(at, m.numerator, m.denominator) for piece in pieces for at, m in piece.meters]
    chords = [(c.at_beats, sum(1 << p for p in c.pitch_classes)) for piece in pieces for c in piece.chords]
    about = json.dumps([(piece.name, piece.style, piece.dynamics) for piece in pieces])
    return Packed(
        np.frombuffer(about.encode(), np.uint8),
        _table([(len(p.notes), len(p.meters), len(p.chords)) for p in pieces], 3, np.int32),
        _table([(n.onset_beats, n.duration_beats) for n in notes], 2, np.float64),
        _table([(n.pitch, n.velocity, n.part) for n in notes], 3, np.uint8),
        _table(meters, 3, np.float64),
        _table(chords, 2, np.float64),
    )


def _table(rows: Sequence[Any], columns: int, dtype: Any) -> Array:
    return np.array(rows, dtype).reshape(-1, columns)


def _pitch_classes(bits: int) -> frozenset[int]:
    return frozenset(pitch for pitch in range(12) if bits >> pitch & 1)


def _spread(items: Iterator[Any], counts: Array) -> list[tuple[Any, ...]]:
    """Return items in groups of so many."""
    held = tuple(items)
    return [held[a:b] for a, b in pairwise(accumulate(counts.tolist(), initial=0))]


@contextmanager
def _unwatched() -> Iterator[None]:
    """Keep the garbage collector from looking through millions of notes while they are made (half the time)."""
    watching = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if watching:
            gc.enable()


def joined(parts: Sequence[Packed]) -> Packed:
    """Return the pieces of all parts, in order."""
    about = [row for part in parts for row in json.loads(part.about.tobytes())]
    empty = pack([])
    rest = {
        f.name: np.concatenate([getattr(part, f.name) for part in [empty, *parts]])
        for f in fields(Packed)
        if f.name != "about"
    }
    return Packed(about=np.frombuffer(json.dumps(about).encode(), np.uint8), **rest)


def to_bytes(packed: Packed) -> bytes:
    """Return arrays as an npz file."""
    file = io.BytesIO()
    np.savez(file, **{f.name: getattr(packed, f.name) for f in fields(packed)})
    return file.getvalue()


def from_bytes(data: bytes) -> Packed:
    """Return arrays from an npz file.

    Raises:
        CorpusError: if it is damaged.
    """
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as saved:
            packed = Packed(**{f.name: saved[f.name] for f in fields(Packed)})
        lengths = (len(packed.beats), len(packed.meters), len(packed.chords))
        if tuple(packed.counts.sum(axis=0)) != lengths or len(packed.sound) != lengths[0]:
            raise ValueError("the arrays do not fit each other")
    except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise CorpusError(f"prepared music is damaged: {error}") from error
    return packed
