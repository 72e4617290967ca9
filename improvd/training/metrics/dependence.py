"""Seed dependence: can one tell from an answer which call it answers?

For each answer its own primer is compared with the primers of other pieces in
the same style. The share of those that are less like the answer is the area
under the curve of telling the true one from a random one: 0.5 is chance, 1 is
always.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from improvd.model.ranking.similarity import PLACES, WIDEST, distance_classes, places
from improvd.training.metrics.passage import Array, Passage, histogram

DRAWS = 1000


@dataclass(frozen=True, slots=True)
class Dependence:
    """This is how well answers tell their primers.

    Attributes:
        auc: 0.5 by chance, 1 always.
        low, high: its 95 % confidence interval, over pieces.
        answers: how many had a primer to be confused with; pairs: of true and other primer compared.
    """

    auc: float
    low: float
    high: float
    answers: int
    pairs: int


def dependence(
    primers: Sequence[Passage], answers: Sequence[Passage], *, styles: Sequence[str], pieces: Sequence[str], seed: int
) -> Dependence:
    """Return how well each answer tells its primer from those of other pieces in its style.

    Args:
        styles: of each primer; pieces: the name of the piece it is from.
        seed: of the draws for the confidence interval.
    """
    style, piece = (np.unique(np.array(names), return_inverse=True)[1] for names in (styles, pieces))
    others = (style[:, None] == style) & (piece[:, None] != piece)
    wins = _wins(similarities(answers, primers), others)
    asked = others.any(1)
    low, high = _interval(wins[asked], piece[asked], np.random.default_rng(seed))
    return Dependence(float(wins[asked].mean()), low, high, int(asked.sum()), int(others.sum()))


def similarities(answers: Sequence[Passage], primers: Sequence[Passage]) -> Array:
    """Return how like each answer is to each primer, (answers, primers), 0-1: half by pitch classes, half by rhythm."""
    kinds = ((_pitch_classes, 2.0), (_distances, 1.0), (_places, 1.0))
    shared = [
        weight * _common(np.stack([of(a) for a in answers]), np.stack([of(p) for p in primers])) for of, weight in kinds
    ]
    return np.asarray(sum(shared) / sum(weight for _, weight in kinds))


def _pitch_classes(passage: Passage) -> Array:
    return histogram(passage.pitches % 12, 12)


def _distances(passage: Passage) -> Array:
    """Return the share of each class of distances between onsets, told apart in thirds of an octave."""
    return histogram(distance_classes(np.diff(np.unique(passage.onsets))), 2 * WIDEST + 1)


def _places(passage: Passage) -> Array:
    """Return the share of onsets on each place in the beat."""
    return histogram(places(np.unique(passage.onsets)), PLACES)


def _common(one: Array, other: Array) -> Array:
    """Return what each two histograms of (N, D) and (M, D) have in common, (N, M)."""
    return np.stack([np.minimum(row, other).sum(1) for row in one])


def _wins(similar: Array, others: Array) -> Array:
    """Return the share of other primers that are less like each answer than its own, ties by half, (N,)."""
    own = np.diagonal(similar)[:, None]
    won = (own > similar) + 0.5 * (own == similar)
    return np.asarray((won * others).sum(1) / np.maximum(others.sum(1), 1))


def _interval(wins: Array, piece: Array, rng: np.random.Generator) -> tuple[float, float]:
    """Return the 95 % confidence interval of the mean, from pieces drawn again."""
    group = np.unique(piece, return_inverse=True)[1]
    total, count = np.bincount(group, wins), np.bincount(group)
    drawn = rng.integers(0, len(total), (DRAWS, len(total)))
    means = total[drawn].sum(1) / count[drawn].sum(1)
    low, high = np.percentile(means, [2.5, 97.5])
    return float(low), float(high)
