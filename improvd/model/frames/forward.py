"""The network over frames in NumPy: the same numbers as `network.py`, from a bundle's weights, without Keras."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from improvd.model.frames.shape import FramesShape
from improvd.model.step import OFF
from improvd.music.frames import END

Array = NDArray[Any]


class Forward:
    """This reads sequences side by side with a network's weights.

    `weights` by the names of `FramesShape.weights`, in any precision; it computes in float32.
    """

    def __init__(self, weights: Mapping[str, Array], shape: FramesShape) -> None:
        self._weights = {name: weight.astype(np.float32) for name, weight in weights.items()}
        self._shape = shape

    def start(self, rows: int) -> Array:
        """Return the state before the first symbol, (L, 2, B, U): h and c of each layer."""
        return np.zeros((self._shape.layers, 2, rows, self._shape.units), np.float32)

    def __call__(self, told: Mapping[str, Array], state: Array) -> tuple[Array, Array]:
        """Return the nats of each target and the state after the last of them.

        Args:
            told: the network's inputs, numbers (B, T) and rolls (B, T, 88), and `target` (B, T).
            state: (L, 2, B, U).

        Returns:
            nats (B, T) float32, and the state.
        """
        x, states = self._embedded(told), []
        for layer in range(self._shape.layers):
            h, after = self._lstm(layer, x, state[layer])
            x = x + h if layer else h
            states.append(after)
        logits = x @ self._weights["head.kernel"] + self._weights["head.bias"]
        lowest = np.where(told["symbol"] < END, told["symbol"] + 1, 0)
        logits = np.where(np.arange(END + 1) < lowest[..., None], OFF, logits)
        chosen = np.take_along_axis(logits, told["target"][..., None], -1)[..., 0]
        highest = logits.max(-1)
        return highest + np.log(np.exp(logits - highest[..., None]).sum(-1)) - chosen, np.stack(states)

    def _embedded(self, told: Mapping[str, Array]) -> Array:
        parts = [self._weights[f"embed.{name}"][told[name]] for name in self._shape.indices]
        parts += [told[name].astype(np.float32) @ self._weights[f"embed.{name}"] for name in self._shape.rolls]
        return np.asarray(sum(parts))

    def _lstm(self, layer: int, x: Array, state: Array) -> tuple[Array, Array]:
        """Return a layer's hidden states (B, T, U) and its state after them (2, B, U)."""
        kernel, recurrent, bias = (self._weights[f"lstm.{layer}.{part}"] for part in ("kernel", "recurrent", "bias"))
        fed = np.ascontiguousarray((x @ kernel + bias).swapaxes(0, 1))
        h, c = state
        every = np.empty((len(fed), *h.shape), np.float32)
        for t, given in enumerate(fed):
            admit, forget, new, show = np.split(given + h @ recurrent, 4, -1)
            c = _sigmoid(forget) * c + _sigmoid(admit) * np.tanh(new)
            h = every[t] = _sigmoid(show) * np.tanh(c)
        return every.swapaxes(0, 1), np.stack([h, c])


def _sigmoid(x: Array) -> Array:
    return np.asarray(0.5 * np.tanh(0.5 * x) + 0.5)
