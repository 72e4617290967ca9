"""Typicality: how far a row's likelihood lies from what it is in the mean.

The likeliest of many rows is the dullest, the unlikeliest has slipped. The
expectation is that of this very place: the mean over all that was drawn for it.

Source: Meister, Pimentel, Wiher and Cotterell, arXiv 2202.00666, who do so symbol by symbol.
"""

from __future__ import annotations

import numpy as np

from improvd.model.ranking.rows import Array, Heard, Rows


def typical(rows: Rows, _heard: Heard) -> Array:
    """Return how many nats a note each row lies off the mean, (B,)."""
    nats = rows.mean(rows.nats)
    expected = (rows.nats * rows.inside).sum() / max(rows.inside.sum(), 1)
    return np.asarray(np.abs(nats - expected) * (rows.counts > 0))
