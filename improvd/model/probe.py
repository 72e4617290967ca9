"""The probe: one linear layer that tells styles from what a network remembers of a window."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from improvd.model.arrays import read_arrays
from improvd.music.codec import STYLES

Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Probe:
    """This tells styles from what a network remembers.

    Attributes:
        styles: names of `codec.STYLES`, S of them.
        weights: (U, S) float32, from the last layer's output; bias: (S,).
    """

    styles: tuple[str, ...]
    weights: Array
    bias: Array

    def log_probs(self, remembered: Array) -> Array:
        """Return how likely each style is, (B, S), from the last layer's output (B, U)."""
        scores = remembered @ self.weights + self.bias
        scores = scores - scores.max(1, keepdims=True)
        return np.asarray(scores - np.log(np.exp(scores).sum(1, keepdims=True)))

    def save(self, path: Path) -> None:
        """Write it, weights as float16."""
        np.savez(
            path, styles=np.array(self.styles), weights=self.weights.astype(np.float16),
            bias=self.bias.astype(np.float32),
        )  # fmt: skip

    @classmethod
    def load(cls, path: Path, units: int) -> Probe:
        """Return what `save` wrote, for a network whose layers have so many units.

        Raises:
            ValueError, KeyError: if it cannot be read, or is for another network.
        """
        saved = read_arrays(path)
        styles = tuple(str(name) for name in saved["styles"].ravel())
        weights, bias = saved["weights"].astype(np.float32), saved["bias"].astype(np.float32)
        if weights.shape != (units, len(styles)) or bias.shape != (len(styles),):
            raise ValueError(f"its weights are {weights.shape}, for {len(styles)} styles; {units} units are needed")
        if len(set(styles)) < max(len(styles), 2) or not set(styles) <= set(STYLES):
            told = ", ".join(styles) or "nothing"
            raise ValueError(f"it tells apart {told}; needed are two or more of {', '.join(STYLES)}")
        return cls(styles, weights, bias)
