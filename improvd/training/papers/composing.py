"""Composing: a network writes symbols, one after the other, from what it is given; many pieces side by side."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from improvd.model.layered import Network, probabilities
from improvd.music.codec import KEYS
from improvd.music.symbols import Moment
from improvd.training.grid import Array
from improvd.training.metrics.passage import Passage

VELOCITY = 80
LIKELIEST = 0.0
"""The temperature at which the likeliest symbol is taken, as the papers say: by argmax."""


def compose(
    network: Network,
    weights: Mapping[str, Array],
    given: Array,
    count: int,
    *,
    temperature: float,
    rng: np.random.Generator,
) -> Array:
    """Return what follows each of some beginnings, (B, count) int.

    Args:
        network, weights: what writes.
        given: (B, T) int; the last `network.window` of them are read.
        count: symbols to write.
        temperature: `LIKELIEST`, or above it what the logarithms of probabilities are divided by.
        rng: of what is drawn.
    """
    text = np.asarray(given)
    for _ in range(count):
        probs = probabilities(network, weights, text[:, -network.window :])
        text = np.concatenate([text, _drawn(probs, temperature, rng)[:, None]], 1)
    return np.asarray(text[:, -count:])


def _drawn(probs: Array, temperature: float, rng: np.random.Generator) -> Array:
    """Return a number for each row of probabilities (B, V)."""
    if temperature == LIKELIEST:
        return np.asarray(probs.argmax(-1))
    powers = np.maximum(probs.astype(np.float64), np.finfo(np.float32).tiny) ** (1 / temperature)
    reached = np.cumsum(powers, -1)
    return np.asarray((reached <= rng.random((len(probs), 1)) * reached[:, -1:]).sum(-1))


def passage_of(music: Iterable[Moment], bar_ticks: int) -> Passage:
    """Return what was read from symbols as notes of one keyboard part."""
    rows = [(m.onset_ticks, KEYS, pitch, m.duration_ticks, VELOCITY) for m in music for pitch in m.pitches]
    return Passage(np.array(rows, np.int32).reshape(-1, 5), bar_ticks)
