"""The benchmark's simplest model: each key sounds by its own frequency, whatever sounds beside and before it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from improvd.training.grid import Array


def marginals(sequences: Sequence[Array]) -> Array:
    """Return the share of all frames in which each key sounds (88,), for rolls (F, 88)."""
    return np.asarray(np.concatenate(sequences).mean(0))


def nats_per_frame(sequences: Sequence[Array], shares: Array) -> float:
    """Return the nats of a frame, summed over its keys, averaged over all frames pooled together.

    On the test sides of the benchmark's sets this gives the row "Note 1-Gram": 11.06, 10.25 and 11.05 nats.
    A key that never sounds in training counts as sounding in one frame of a million million.
    Source: Boulanger-Lewandowski et al., ICML 2012, table 1.

    Args:
        sequences: rolls (F, 88).
        shares: of the frames in which each key sounds (88,).
    """
    frames, likely = np.concatenate(sequences), np.clip(shares, 1e-12, 1 - 1e-12)
    return float(-np.where(frames, np.log(likely), np.log1p(-likely)).sum(1).mean())
