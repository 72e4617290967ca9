"""Sampling: which of some probabilities may be drawn."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def kept(probs: NDArray[Any], *, temperature: float, top_p: float, min_p: float) -> NDArray[np.float64]:
    """Return the probabilities (V,) from which to draw, in the order in which `model.step` draws a field.

    Args:
        probs: (V,), 0 for what may not be drawn; at least one is above.
        temperature: > 0; below 1 the likely become likelier.
        top_p: in (0, 1]; the fewest that reach this share stay.
        min_p: in [0, 1); what is less likely than this share of the likeliest goes.
    """
    with np.errstate(divide="ignore"):
        logits = np.log(probs.astype(np.float64)) / temperature
    powers = np.exp(logits - logits.max())
    powers /= powers.sum()
    falling = -np.sort(-powers)
    before = np.cumsum(falling) - falling
    least = max(falling[before < top_p].min(), min_p * falling[0])
    staying = np.where(powers >= least, powers, 0.0)
    return np.asarray(staying / staying.sum())


def draw(probs: NDArray[Any], noise: float) -> int:
    """Return the number drawn from probabilities (V,) by a noise in [0, 1)."""
    reached = np.cumsum(probs)
    return int(np.searchsorted(reached, noise * reached[-1], side="right"))
