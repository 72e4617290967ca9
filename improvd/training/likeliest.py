"""Which values were the likeliest, asked of the step that plays: it gives chances of the values it is told alone."""

from __future__ import annotations

import numpy as np

from improvd.model.step import Inputs, Step
from improvd.music.codec import FIELDS
from improvd.training.grid import Array

EVEN = np.log([field.size for field in FIELDS])
"""Nats of each field if all its values were as likely."""


class Guesses:
    """This finds out which values were the likeliest of their fields, the fields before them being as they are.

    A value with more than half of the chance is, one with less than its even
    share is not; the step is asked for the others. It draws the field in
    question with min-p so high that only the likeliest is left. Questions wait
    until they fill a batch.

    Attributes:
        right: (T, R, 5), 1 where the value was the likeliest.
    """

    def __init__(self, step: Step, shape: tuple[int, ...]) -> None:
        self._step = step
        self._rows = shape[1]
        self._waiting: list[tuple[Inputs, Array]] = []
        self.right = np.zeros(shape, np.float32)

    def ask(self, t: int, inputs: Inputs, nats: Array, weight: Array) -> None:
        """Note which of the values that weigh anything are right; `nats` and `weight` are (R, 5)."""
        self.right[t] = nats < np.log(2)
        rows, fields = np.nonzero((weight > 0) & (nats >= np.log(2)) & (nats <= EVEN))
        asked = Inputs(*(values[rows] for values in inputs))
        self._waiting.append((asked, np.stack([np.full_like(rows, t), rows, fields], 1)))
        self.settle(least=self._rows)

    def settle(self, *, least: int = 1) -> None:
        """Ask what is waiting, a batch at a time, as long as it is at least so many questions."""
        if sum(len(places) for _, places in self._waiting) < least:
            return
        inputs = Inputs(*map(np.concatenate, zip(*(asked for asked, _ in self._waiting), strict=True)))
        where = np.concatenate([places for _, places in self._waiting])
        while len(where) >= least:
            self._settle(Inputs(*(values[: self._rows] for values in inputs)), where[: self._rows])
            inputs, where = Inputs(*(values[self._rows :] for values in inputs)), where[self._rows :]
        self._waiting = [(inputs, where)]

    def _settle(self, asked: Inputs, where: Array) -> None:
        each, field = np.arange(len(where)), where[:, 2]
        target = asked.forced[each, field]
        full = Inputs(*(lengthened(values, self._rows) for values in asked))
        full.settings[:, 2] = np.nextafter(np.float32(1), np.float32(0))
        full.forced[each, field] = -1
        self.right[tuple(where.T)] = self._step(full).event[each, field] == target


def lengthened(values: Array, length: int) -> Array:
    """Return values with the last one repeated up to a length."""
    return np.concatenate([values, np.repeat(values[-1:], length - len(values), 0)])
