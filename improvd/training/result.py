"""What a training came to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from improvd.training.grid import Array

PARTS, KEYS, LEARNT_BEFORE = "parts", "keys", "learnt before"
"""Groups of held-out music: with its parts and styles; as live playing arrives; that of the model gone on from."""


@dataclass(frozen=True, slots=True)
class Result:
    """This is what a training came to.

    Attributes:
        epochs, seconds, notes_per_s: how long it took; backend: on what.
        best_epoch, valid: the epoch kept and its nats per note on validation.
        test: nats per note on held-out music by group (see above) and by style, a field a number (5,).
        before: the same before the training, where it went on from a model.
        pieces, notes: of each side of the split.
    """

    epochs: int
    seconds: float
    notes_per_s: float
    backend: str
    best_epoch: int
    valid: float
    test: Mapping[str, Array]
    before: Mapping[str, Array]
    pieces: Mapping[str, int]
    notes: Mapping[str, int]
