"""Models of symbols for tests, their weights set by hand: after each symbol one other is almost certain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from improvd.model import symbolic
from improvd.model.layered import Dense, Flatten, Network
from improvd.music.symbols import CODECS

SCALE = ("C4", "D4", "E4", "F4", "G4", "A4", "B4")
EIGHTHS = (*(f"{name}:0.5" for name in SCALE), "rest:0.5", "rest:1.0")
CHARACTERS = tuple("CDEFGAB|\n z2")
CARD = 'format = 1\nname = "by hand"\nabout = "After each symbol one other is almost certain."\nlicence = "MIT"\n'
NOTES_AFTER_NOTES = {a: b for names in (SCALE, tuple("CDEFGAB")) for a, b in zip(names, names[1:] + names[:1])}  # noqa: B905


def network(symbols: int, window: int = 3) -> Network:
    """Return a network that sees a window at once."""
    return Network("one-hot", window, (Flatten(), Dense(symbols, "softmax")), symbols)


def weights(
    table: Network, vocabulary: Sequence[str], follows: Mapping[str, str], certainty: float = 20.0
) -> dict[str, np.ndarray]:
    """Return weights by which the last symbol decides the next one; what follows none is followed by any."""
    kernel = np.zeros((table.window, table.symbols, table.symbols), np.float32)
    for before, after in follows.items():
        if before in vocabulary and after in vocabulary:
            kernel[-1, vocabulary.index(before), vocabulary.index(after)] = certainty
    return {"1.dense.kernel": kernel.reshape(-1, table.symbols), "1.dense.bias": np.zeros(table.symbols, np.float32)}


def write_bundle(path: Path, codec: str, vocabulary: Sequence[str], follows: Mapping[str, str]) -> Path:
    """Write a bundle and return its folder."""
    path.mkdir(parents=True)
    table = network(len(vocabulary))
    symbolic.write(path, CARD, CODECS[codec], table, weights(table, vocabulary, follows), vocabulary)
    return path
