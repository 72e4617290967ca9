"""How alike two sets of music are: the distances inside one against those to the other.

Two sets from one source lie as far from each other as within themselves. The
distances within the first set and those between the sets are smoothed to
densities, and these compared: by the area under both, and by the divergence
from the first to the second.

Source: Yang & Lerch 2020, section 4.2. The area is theirs to the digit; their
code takes the two densities of the divergence at different places, here they
are taken at the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from improvd.training.metrics.features import FEATURES, measured
from improvd.training.metrics.passage import Array, Passage

POINTS = 1000
BINS = 1024
LEAST = 1e-12
"""What a density is at least, lest a divergence be infinite."""


@dataclass(frozen=True, slots=True)
class Likeness:
    """This is how alike two sets of music are in one feature.

    Attributes:
        feature: its name.
        area: overlapped area, 0-1; 1 is alike.
        kl: divergence in nats, 0 is alike.
    """

    feature: str
    area: float
    kl: float


def likeness(reference: Sequence[Passage], other: Sequence[Passage]) -> tuple[Likeness, ...]:
    """Return how like a set of music is to a reference, feature by feature; three passages each at least."""
    pairs = zip(FEATURES, measured(reference), measured(other), strict=True)
    return tuple(
        Likeness(feature.name, *overlap(within(here), np.ravel(between(here, there)))) for feature, here, there in pairs
    )


def mean_area(likenesses: Sequence[Likeness]) -> float:
    """Return the mean overlapped area over some features."""
    return float(np.mean([one.area for one in likenesses]))


def between(one: Array, other: Array) -> Array:
    """Return the Euclidean distance of each row of (N, D) from each row of (M, D), (N, M)."""
    squares = (one**2).sum(1)[:, None] + (other**2).sum(1) - 2 * one @ other.T
    return np.asarray(np.sqrt(np.maximum(squares, 0)))


def within(rows: Array) -> Array:
    """Return the Euclidean distance of each row of (N, D) from each other one, (N * (N - 1),).

    Every pair is there twice, so that the kernels are as narrow as for the
    distances between two such sets.
    """
    return np.asarray(between(rows, rows)[~np.eye(len(rows), dtype=bool)])


def overlap(one: Array, other: Array) -> tuple[float, float]:
    """Return the area under the densities of both of two samples, and the divergence from the first to the second."""
    lowest, highest = float(min(one.min(), other.min())), float(max(one.max(), other.max()))
    if highest == lowest:
        return 1.0, 0.0
    grid = np.linspace(lowest, highest, POINTS)
    first, second = density(one, grid), density(other, grid)
    under = np.minimum(first, second)
    area = float((under[1:] + under[:-1]).sum() / 2 * (grid[1] - grid[0]))
    p, q = (np.maximum(d, LEAST) / np.maximum(d, LEAST).sum() for d in (first, second))
    return min(area, 1.0), float((p * np.log(p / q)).sum())


def density(sample: Array, grid: Array) -> Array:
    """Return the Gaussian kernel density of a sample at the points of a grid that spans it.

    The kernel has Scott's width, n^(-1/5) standard deviations, but never less
    than the grid can show. The sample is first counted in bins far narrower than that.
    """
    width = max(float(sample.std(ddof=1)) * len(sample) ** -0.2, float(grid[1] - grid[0]))
    counts, edges = np.histogram(sample, BINS, (grid[0], grid[-1]))
    held = counts > 0
    apart = (grid[:, None] - (edges[:-1] + edges[1:])[held] / 2) / width
    return np.asarray(np.exp(-0.5 * apart**2) @ counts[held] / (len(sample) * width * np.sqrt(2 * np.pi)))
