"""The step on NumPy: for machines without LiteRT, and the plainest reference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Any

import numpy as np
from numpy.typing import NDArray

from improvd.model.step import Fed, Inputs, Outputs, Shape, feed, step

Array = NDArray[Any]


class NumpyOps:
    """This is the array library of the step, with NumPy. Sums and maxima keep a last axis of 1."""

    def constant(self, values: Any, dtype: str) -> Array:
        return np.asarray(values, dtype)

    def cast(self, x: Array, dtype: str) -> Array:
        return x.astype(dtype)

    def gather(self, table: Array, index: Array) -> Array:
        return table[index]

    def matmul(self, x: Array, weights: Array) -> Array:
        return x @ weights

    def tanh(self, x: Array) -> Array:
        return np.tanh(x)

    def sigmoid(self, x: Array) -> Array:
        return np.asarray(0.5 * np.tanh(0.5 * x) + 0.5)

    def softmax(self, x: Array) -> Array:
        powers = np.exp(x - x.max(-1, keepdims=True))
        return np.asarray(powers / powers.sum(-1, keepdims=True))

    def log_softmax(self, x: Array) -> Array:
        shifted = x - x.max(-1, keepdims=True)
        return np.asarray(shifted - np.log(np.exp(shifted).sum(-1, keepdims=True)))

    def where(self, condition: Array, x: Array, y: Array) -> Array:
        return np.where(condition, x, y)

    def minimum(self, x: Array, y: Array) -> Array:
        return np.minimum(x, y)

    def maximum(self, x: Array, y: Array) -> Array:
        return np.maximum(x, y)

    def concat(self, parts: list[Array]) -> Array:
        return np.concatenate(parts, -1)

    def stack(self, parts: list[Array]) -> Array:
        return np.stack(parts, 1)

    def unstack(self, x: Array) -> list[Array]:
        return list(x.swapaxes(0, 1))

    def split(self, x: Array, widths: Sequence[int]) -> list[Array]:
        return [x[..., end - width : end] for width, end in zip(widths, accumulate(widths), strict=True)]

    def flat(self, column: Array) -> Array:
        return column[:, 0]

    def sum(self, x: Array) -> Array:
        return np.asarray(x.sum(-1, keepdims=True))

    def max(self, x: Array) -> Array:
        return np.asarray(x.max(-1, keepdims=True))

    def min(self, x: Array) -> Array:
        return np.asarray(x.min(-1, keepdims=True))

    def cumsum(self, x: Array) -> Array:
        return np.cumsum(x, -1)

    def pick(self, x: Array, column: Array) -> Array:
        return np.take_along_axis(x, column, -1)

    def falling(self, x: Array) -> Array:
        return -np.sort(-x, -1)[..., :-1]


class NumpyStep:
    """This runs one step a call, for any number of rows."""

    name = "numpy"

    def __init__(self, weights: Mapping[str, Array], shape: Shape) -> None:
        self._weights = {name: weight.astype(np.float32) for name, weight in weights.items()}
        self._shape = shape

    def __call__(self, inputs: Inputs) -> Outputs:
        return step(NumpyOps(), self._weights, self._shape, inputs)

    def feed(self, fed: Fed) -> Array:
        """Return the state after the event fed."""
        state: Array = feed(NumpyOps(), self._weights, self._shape, fed)[1]
        return state
