"""Scoring frames: the nats of whole sequences, from their first frame to their last, with a network in NumPy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from improvd.model.frames import told
from improvd.model.frames.forward import Forward
from improvd.training.benchmark.windows import evaluation_windows
from improvd.training.grid import Array

ROWS, LENGTH = 32, 256
"""Sequences side by side and symbols at once: any will do, these are quick."""


class Nats(NamedTuple):
    """This is what music came to: the nats of all its frames together, and how many frames those are."""

    total: float
    frames: int

    @property
    def per_frame(self) -> float:
        """Nats per frame, over all frames pooled together."""
        return self.total / max(self.frames, 1)


def nats(forward: Forward, sequences: Sequence[Array]) -> Nats:
    """Return the exact nats of some rolls (F, 88), the state carried from a sequence's first frame to its last."""
    total, frames, state = 0.0, 0, forward.start(ROWS)
    for window in evaluation_windows([told.read(roll) for roll in sequences], rows=ROWS, length=LENGTH):
        scored, state = forward(window.told, state if window.carried else forward.start(ROWS))
        total += float((scored.astype(np.float64) * window.weight[..., 0]).sum())
        frames += window.counted
    return Nats(total, frames)
