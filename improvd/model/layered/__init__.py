"""Networks that are stacks of layers over a window of symbols, as in five papers, from one table for all uses."""

from __future__ import annotations

from improvd.model.layered.layers import (
    LSTM,
    Activation,
    Dense,
    Dropout,
    Embedding,
    Flatten,
    Layer,
    SimpleRNN,
)
from improvd.model.layered.network import Network, activations, probabilities

__all__ = [
    "LSTM",
    "Activation",
    "Dense",
    "Dropout",
    "Embedding",
    "Flatten",
    "Layer",
    "Network",
    "SimpleRNN",
    "activations",
    "probabilities",
]
