"""A passage: some notes in a row on the codec's grid, as every measure sees them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from improvd.music.codec import PARTS

Array = NDArray[Any]

DRUMS = PARTS.index("drums")


@dataclass(frozen=True, slots=True)
class Passage:
    """This is some notes in a row, in order of onset and pitch.

    Attributes:
        notes: (N, 5) int: onset, part, pitch, duration, velocity, as `codec.GridNote`; onset 0 is a bar line.
        bar_ticks: length of a bar.
    """

    notes: Array
    bar_ticks: int

    @property
    def onsets(self) -> Array:
        """Onsets in ticks, (N,)."""
        return np.asarray(self.notes[:, 0])

    @property
    def parts(self) -> Array:
        """Indexes in `codec.PARTS`, (N,)."""
        return np.asarray(self.notes[:, 1])

    @property
    def pitches(self) -> Array:
        """MIDI keys, (N,)."""
        return np.asarray(self.notes[:, 2])

    @property
    def durations(self) -> Array:
        """Lengths in ticks, (N,)."""
        return np.asarray(self.notes[:, 3])

    @property
    def bars(self) -> Array:
        """The bar of each note, (N,); the first note's is 0."""
        bars = self.onsets // self.bar_ticks
        return np.asarray(bars - bars[:1])

    def tuned(self) -> Passage:
        """Return the passage without drums, whose pitches are no pitches."""
        return replace(self, notes=self.notes[self.parts != DRUMS])

    def before(self, later: Passage) -> Passage:
        """Return this passage and the one that follows it as one; both count onsets from the same bar line."""
        return replace(self, notes=np.concatenate([self.notes, later.notes]))


def histogram(values: Array, size: int) -> Array:
    """Return the share of each of the integers below `size`, (size,); all 0 where there is nothing to count."""
    counts = np.bincount(values, minlength=size)
    return np.asarray(counts / max(len(values), 1))


def transitions(values: Array, size: int) -> Array:
    """Return the share of each pair of neighbours, (size * size,), for integers below `size`."""
    return histogram(values[:-1] * size + values[1:], size * size)
