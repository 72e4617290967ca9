"""Pieces that are the same music: versions of a tune in any key, file or corpus, and takes of one performance.

Two pieces are near when the shorter has at least half of its figures in the
other as well. A figure is eight intervals of the top line from note to note,
eight from beat to beat (which hears a tune through its ornaments), or a bar
of drums in sixteenths; figures that are trivial or that many pieces have
count for nothing. What is near, directly or by way of others, is one cluster.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from improvd.music.codec import PARTS
from improvd.music.note import TICKS_PER_BEAT
from improvd.training.corpus.packed import Packed

Array = NDArray[Any]

NONE = np.zeros(0, np.uint64)
DRUMS = PARTS.index("drums")
FIGURE = 8
"""Intervals in a figure: as many as there are bytes in a 64-bit number."""
VARIED = {"notes": 3, "beats": 4, "drums": 3}
"""Different intervals that a figure has at least, else it is trivial; of drums, hits."""
SHARE = {"notes": 0.5, "beats": 0.5, "drums": 0.8}
"""How much of the shorter piece's figures of one kind make it near."""
MIN_FIGURES = 8
"""A piece with fewer of a kind is near to none by them."""
MAX_PIECES = 32
"""A figure that more pieces share is common."""
SIXTEENTH = TICKS_PER_BEAT // 4
BAR_TICKS = 4 * TICKS_PER_BEAT


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """This is what a piece is known by.

    Attributes:
        notes: sha256 of its notes on the grid, as hex.
        melody: sha256 of its onsets and pitches from the first note on: the same in any key; as hex.
        figures: by kind, each once, in order; uint64.
    """

    notes: str
    melody: str
    figures: Mapping[str, Array]


def fingerprints(packed: Packed) -> list[Fingerprint]:
    """Return what each piece is known by."""
    ticks = np.rint(packed.beats * TICKS_PER_BEAT).astype(np.int64)
    grid = np.concatenate([ticks[:, :1], packed.sound[:, [0, 2]], ticks[:, 1:], packed.sound[:, 1:2]], 1)
    starts = np.cumsum(packed.counts, axis=0)[:-1]
    meters = packed.meters[np.concatenate([[0], starts[:, 1]])] if len(packed.counts) else ()
    return [_fingerprint(*piece) for piece in zip(np.split(grid, starts[:, 0]), meters, strict=False)]


def _fingerprint(notes: Array, meter: Array) -> Fingerprint:
    """Return what a piece is known by.

    Args:
        notes: (notes, 5) int64: onset, pitch, part, duration, velocity.
        meter: (3,): from which beat, numerator, denominator.
    """
    if (notes[:, 2] == DRUMS).all():
        figures, origin = {"drums": _bars(notes)}, [notes[0, 0], 0]
    else:
        beat = TICKS_PER_BEAT * 3 // 2 if meter[2] == 8 and meter[1] % 3 == 0 else TICKS_PER_BEAT
        line = _top_line(notes)
        figures = {"notes": _figures(_moves(line), "notes"), "beats": _figures(_each_beat(line, beat), "beats")}
        origin = [notes[0, 0], notes[0, 1]]
    return Fingerprint(_sha256(notes), _sha256(notes[:, :2] - origin), figures)


def _sha256(numbers: Array) -> str:
    return hashlib.sha256(np.ascontiguousarray(numbers, "<i8").tobytes()).hexdigest()


def _top_line(notes: Array) -> Array:
    """Return the highest line (2, notes), onsets and pitches: what is struck while nothing above it is held."""
    line: list[tuple[int, int]] = []
    held_pitch, held_until = 0, -1
    order = np.lexsort((-notes[:, 1], notes[:, 0]))
    for onset, pitch, duration in notes[order][:, [0, 1, 3]].tolist():
        if onset >= held_until or pitch > held_pitch:
            line.append((onset, pitch))
            held_pitch, held_until = pitch, onset + duration
    return np.array(line).T


def _moves(line: Array) -> Array:
    """Return the pitches of a line, repeated ones once."""
    pitches = line[1]
    moves: Array = pitches[np.concatenate([[True], pitches[1:] != pitches[:-1]])]
    return moves


def _each_beat(line: Array, beat_ticks: int) -> Array:
    """Return the pitch of a line that was last struck at each beat."""
    onsets, pitches = line
    beats = np.arange(-(-onsets[0] // beat_ticks) * beat_ticks, onsets[-1] + 1, beat_ticks)
    heard: Array = pitches[np.searchsorted(onsets, beats, side="right") - 1]
    return heard


def _figures(pitches: Array, kind: str) -> Array:
    """Return the figures of a melody: eight intervals of a byte each, seen as one number."""
    intervals = np.diff(pitches).astype(np.int8)
    if len(intervals) < FIGURE:
        return np.zeros(0, np.uint64)
    windows = np.ascontiguousarray(np.lib.stride_tricks.sliding_window_view(intervals, FIGURE))
    ordered = np.sort(windows, axis=1)
    varied = 1 + (ordered[:, 1:] != ordered[:, :-1]).sum(axis=1) >= VARIED[kind]
    figures: Array = np.unique(windows.view(np.uint64)[varied, 0])
    return figures


def _bars(notes: Array) -> Array:
    """Return the figures of drums: what is hit in each four quarters, in sixteenths."""
    slots = np.rint(notes[:, 0] / SIXTEENTH).astype(np.int64)
    slots_in_bar = BAR_TICKS // SIXTEENTH
    hits = np.unique(np.stack([slots // slots_in_bar, slots % slots_in_bar, notes[:, 1]], 1), axis=0)
    bars = np.split(hits[:, 1:], np.flatnonzero(np.diff(hits[:, 0])) + 1)
    digests = [hashlib.sha256(bar.tobytes()).digest()[:8] for bar in bars if len(bar) >= VARIED["drums"]]
    return np.unique(np.frombuffer(b"".join(digests), np.uint64))


def clusters(pieces: Sequence[Fingerprint], takes: Sequence[str]) -> list[int]:
    """Return for each piece the lowest index of those that are the same music.

    Args:
        takes: for each piece what it shares with other takes of one performance; '' where it stands alone.
    """
    roots = list(range(len(pieces)))
    near = (pair for kind in SHARE for pair in _near([piece.figures.get(kind, NONE) for piece in pieces], SHARE[kind]))
    for a, b in chain(near, _equal(piece.melody for piece in pieces), _equal(takes)):
        low, high = sorted((_root(roots, a), _root(roots, b)))
        roots[high] = low
    return [_root(roots, index) for index in range(len(pieces))]


def _root(roots: list[int], index: int) -> int:
    while roots[index] != index:
        roots[index] = index = roots[roots[index]]
    return index


def _equal(keys: Iterable[Hashable]) -> Iterator[tuple[int, int]]:
    """Yield pairs of indices that tie together all places with the same key; '' is no key."""
    places: dict[Hashable, list[int]] = {}
    for index, key in enumerate(keys):
        if key:
            places.setdefault(key, []).append(index)
    for same in places.values():
        yield from pairwise(same)


def _near(figures: Sequence[Array], share: float) -> Iterator[tuple[int, int]]:
    """Yield the pairs of pieces of which the shorter has that share of its figures in the other."""
    owners, rare = _rare(figures)
    sizes = np.bincount(owners, minlength=len(figures))
    pairs = [owners[:0]]
    for step in range(1, MAX_PIECES):
        same = np.flatnonzero(rare[step:] == rare[:-step])
        pairs.append(owners[same] * len(figures) + owners[same + step])
    which, shared = np.unique(np.concatenate(pairs), return_counts=True)
    a, b = np.divmod(which, max(1, len(figures)))
    shorter = np.minimum(sizes[a], sizes[b])
    near = (shorter >= MIN_FIGURES) & (shared >= share * shorter)
    yield from zip(a[near].tolist(), b[near].tolist(), strict=True)


def _rare(figures: Sequence[Array]) -> tuple[Array, Array]:
    """Return whose each figure is, and the figures, in their order; without those that many pieces share."""
    owners = np.repeat(np.arange(len(figures)), [len(own) for own in figures])
    found = np.concatenate([NONE, *figures])
    order = np.lexsort((owners, found))
    owners, found = owners[order], found[order]
    _, places, counts = np.unique(found, return_inverse=True, return_counts=True)
    rare = counts[places] <= MAX_PIECES
    return owners[rare], found[rare]


def take(name: str, pattern: str) -> str:
    """Return what a piece's name shares with the other takes of its performance; '' where it stands alone."""
    found = re.search(pattern, name) if pattern else None
    return "".join(filter(None, found.groups())) if found else ""
