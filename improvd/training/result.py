"""What a training came to."""

from __future__ import annotations

from dataclasses import dataclass

from improvd.training.batches import Array


@dataclass(frozen=True, slots=True)
class Result:
    """This is what a training came to.

    Attributes:
        epochs, seconds, notes_per_s: how long it took; backend: on what.
        best_epoch, valid: the epoch kept and its nats per note on validation.
        test: nats per note on the test split by view ('parts', 'keys') and field (5,).
        styles: nats per note on the test split by style, with parts.
        pieces, notes: of each side of the split.
    """

    epochs: int
    seconds: float
    notes_per_s: float
    backend: str
    best_epoch: int
    valid: float
    test: dict[str, Array]
    styles: dict[str, float]
    pieces: dict[str, int]
    notes: dict[str, int]
