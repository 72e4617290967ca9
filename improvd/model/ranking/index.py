"""The index of the music that a model learnt from: which runs of notes are somewhere in it.

A Bloom filter of every run of `MOVES` moves, in any key at any tempo: it knows
all of them, and takes less than one other in a thousand for one.

Source: B. H. Bloom, Space/time trade-offs in hash coding with allowable errors, CACM 13 (1970).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from improvd.model.ranking.lines import Array, Lines, run_sums

MOVES = 10
"""Moves of a run in the index: 11 notes, and the distance before them."""

BITS_A_RUN, HASHES = 15, 7
MOST_BITS = 1 << 24
"""An index has 2 MB at most."""


@dataclass(frozen=True, slots=True)
class Index:
    """This knows the runs of some music; `bits` (W,) uint8, a power of two of them."""

    bits: Array

    @classmethod
    def of(cls, lines: Lines) -> Index:
        """Return the index of some lines."""
        sums = np.unique(run_sums(lines, MOVES)[1])
        size = min(1 << max(int(BITS_A_RUN * len(sums) - 1).bit_length(), 10), MOST_BITS)
        bits = np.zeros(size, bool)
        for places in _places(sums, size):
            bits[places] = True
        return cls(np.packbits(bits, bitorder="little"))

    @classmethod
    def load(cls, path: Path) -> Index:
        """Return the index in a file.

        Raises:
            ValueError: if it is none.
        """
        bits = np.frombuffer(path.read_bytes(), np.uint8)
        if not len(bits) or len(bits) & (len(bits) - 1) or 8 * len(bits) > MOST_BITS:
            raise ValueError(f"an index has a power of two of bytes up to {MOST_BITS // 8:,}, not {len(bits):,}")
        return cls(bits)

    def save(self, path: Path) -> None:
        """Write the index to a file."""
        path.write_bytes(self.bits.tobytes())

    def joined(self, other: Index | None) -> Index:
        """Return what knows the runs of both."""
        if other is None:
            return self
        size = max(len(self.bits), len(other.bits))
        return Index(np.tile(self.bits, size // len(self.bits)) | np.tile(other.bits, size // len(other.bits)))

    def knows(self, sums: Array) -> Array:
        """Return which runs (P,), by their hashes, are among those known, (P,) bool."""
        places = _places(sums, 8 * len(self.bits))
        return np.asarray((self.bits[places >> 3] >> (places & 7) & 1).all(0))


def _places(sums: Array, size: int) -> Array:
    """Return the bits of each of some runs (P,), in an index of `size` bits, (HASHES, P) int64."""
    mixed = (sums ^ (sums >> np.uint64(31))) * np.uint64(0xBF58476D1CE4E5B9)
    stride = (mixed >> np.uint64(32)) | np.uint64(1)
    each = mixed + np.arange(HASHES, dtype=np.uint64)[:, None] * stride
    return np.asarray((each ^ (each >> np.uint64(29))) % np.uint64(size), np.int64)
