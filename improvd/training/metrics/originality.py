"""Originality: the longest run of notes that is also somewhere in the training music, in any key at any tempo.

Compared are lines: the highest notes of the music, and those of each part by
itself. A run is alike when its intervals are, and the rhythm up to one factor;
rhythms are told apart in half octaves of the ratio of neighbouring distances,
so that the touch of a player does not hide a copy.

A run of n notes is found by a hash of it. From length to length only those
places stay that matched so far, on both sides, so that nothing is indexed: two
million notes take seconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from improvd.training.metrics.passage import DRUMS, Array

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


def longest_runs(music: Lines, training: Lines) -> Array:
    """Return how many notes the longest run in each piece of music has that is in the training music too, (count,)."""
    longest = np.zeros(music.count, np.int64)
    here, there = _everywhere(music), _everywhere(training)
    length = 0
    while True:
        here, there = _longer(here, music, length), _longer(there, training, length)
        here = _among(here, there)
        if not len(here.at):
            return longest
        there = _among(there, here)
        length += 1
        longest[music.owner[here.at]] = length + 1


class _Places(NamedTuple):
    """This is where runs of some length begin in `Lines.moves`, and the hash of each; (P,) int64 and uint64."""

    at: Array
    sums: Array


def _everywhere(lines: Lines) -> _Places:
    return _Places(np.arange(len(lines.moves)), np.zeros(len(lines.moves), np.uint64))


def _longer(places: _Places, lines: Lines, length: int) -> _Places:
    """Return the places whose run of `length` moves goes on by one."""
    on = places.at + length < lines.ends[places.at]
    at = places.at[on]
    return _Places(at, (places.sums[on] + lines.moves[at + length] + np.uint64(1)) * _FACTOR)


def _among(places: _Places, others: _Places) -> _Places:
    """Return the places whose run is among the others."""
    known = np.unique(others.sums)
    if not len(known):
        return _Places(places.at[:0], places.sums[:0])
    nearest = known[np.minimum(np.searchsorted(known, places.sums), len(known) - 1)]
    same = nearest == places.sums
    return _Places(places.at[same], places.sums[same])
