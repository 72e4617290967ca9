"""Originality: the longest run of notes that is also somewhere in the training music, in any key at any tempo.

Compared are lines, as `model/ranking/lines.py` tells them apart: the highest
notes of the music, and those of each part by itself.

A run of n notes is found by a hash of it. From length to length only those
places stay that matched so far, on both sides, so that nothing is indexed: two
million notes take seconds.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from improvd.model.ranking.lines import Lines, longer
from improvd.training.metrics.passage import Array


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
    return _Places(at, longer(places.sums[on], lines.moves[at + length]))


def _among(places: _Places, others: _Places) -> _Places:
    """Return the places whose run is among the others."""
    known = np.unique(others.sums)
    if not len(known):
        return _Places(places.at[:0], places.sums[:0])
    nearest = known[np.minimum(np.searchsorted(known, places.sums), len(known) - 1)]
    same = nearest == places.sums
    return _Places(places.at[same], places.sums[same])
