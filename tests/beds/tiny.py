"""A tiny network with random weights for tests: its size, and its step, which counts how often it is called."""

from __future__ import annotations

from typing import Any

import numpy as np

from improvd.model.runtimes.numpy import NumpyStep
from improvd.model.step import Fed, Inputs, Outputs, Shape

SHAPE = Shape(units=16, layers=2, head_units=8)


class Counting:
    """A step that counts how often it was called."""

    def __init__(self, step: NumpyStep) -> None:
        self.step, self.calls = step, 0

    def __call__(self, inputs: Inputs) -> Outputs:
        self.calls += 1
        return self.step(inputs)

    def feed(self, fed: Fed) -> Any:
        self.calls += 1
        return self.step.feed(fed)


def tiny_step() -> NumpyStep:
    """Return the step of a network of `SHAPE`."""
    rng = np.random.default_rng(7)
    return NumpyStep({name: rng.standard_normal(size) * 0.3 for name, size in SHAPE.weights().items()}, SHAPE)
