"""Lines: music as its highest notes go on from one to the next, in no key and at no tempo.

Two lines are alike when their intervals are, and their rhythm up to one factor;
rhythms are told apart in half octaves of the ratio of neighbouring distances,
so that the touch of a player does not hide a copy.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from improvd.music.codec import PARTS

Array = NDArray[Any]
DRUMS = PARTS.index("drums")
RATIOS_AN_OCTAVE = 2
WIDEST_RATIO = 15
RATIOS = 2 * WIDEST_RATIO + 1
INTERVALS = 256
_FACTOR = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True, slots=True)
class Lines:
    """This is the lines of some music, one behind the other.

    Attributes:
        moves: (M,) uint64, as `moves_of` gives them.
        ends: (M,) int64, where in `moves` the line of each ends.
        owner: (M,) int64, the number of the music that the line is from.
        count: of pieces of music.
    """

    moves: Array
    ends: Array
    owner: Array
    count: int


def lines_of(music: Sequence[Array]) -> Lines:
    """Return the lines of some music, (N, 5) each as `codec.GridNote`, in order of onset and pitch."""
    found = [(number, moves_of(line)) for number, notes in enumerate(music) for line in _lines(notes)]
    lengths = np.array([len(moves) for _, moves in found], np.int64)
    return Lines(
        np.concatenate([np.zeros(0, np.uint64), *(moves for _, moves in found)]),
        np.repeat(np.cumsum(lengths), lengths),
        np.repeat(np.array([number for number, _ in found], np.int64), lengths),
        len(music),
    )


def _lines(notes: Array) -> list[Array]:
    """Return the highest notes of all parts together, and of each part where there are several; drums left out."""
    tuned = notes[notes[:, 1] != DRUMS]
    parts = np.unique(tuned[:, 1])
    apart = [tuned[tuned[:, 1] == part] for part in parts] if len(parts) > 1 else []
    return [_highest(line) for line in (tuned, *apart)]


def _highest(notes: Array) -> Array:
    """Return the last note of each onset, which is the highest."""
    last = np.diff(notes[:, 0], append=-1) != 0
    return np.asarray(notes[last])


def moves_of(line: Array) -> Array:
    """Return how a line goes on from each note but the first and the last, (N - 2,) uint64.

    A move is the interval to the next note, and the ratio of the distance to it to the distance before.

    Args:
        line: (N, 5), one note an onset.
    """
    distances = np.diff(line[:, 0]).astype(np.float64)
    intervals = np.diff(line[:, 2])[1:] + INTERVALS // 2
    ratios = np.rint(RATIOS_AN_OCTAVE * np.log2(distances[1:] / distances[:-1]))
    ratios = np.clip(ratios, -WIDEST_RATIO, WIDEST_RATIO) + WIDEST_RATIO
    return np.asarray(intervals * RATIOS + ratios, np.uint64)


def longer(sums: Array, moves: Array) -> Array:
    """Return the hashes (P,) uint64 of runs that go on by one move each; that of no move is 0."""
    return np.asarray((sums + moves + np.uint64(1)) * _FACTOR)


def run_sums(lines: Lines, length: int) -> tuple[Array, Array]:
    """Return where each run of so many moves begins, (P,) int64, and its hash, (P,) uint64."""
    at = np.arange(len(lines.moves))
    at = at[at + length <= lines.ends]
    sums = np.zeros(len(at), np.uint64)
    for move in range(length):
        sums = longer(sums, lines.moves[at + move])
    return at, sums
