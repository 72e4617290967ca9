"""Overlapped area: frozen against scipy, and what two sets from one source reach."""

from __future__ import annotations

import numpy as np
import pytest

from improvd.training.metrics import overlap
from improvd.training.metrics.passage import Passage


def passages(count, *, seed, lowest=60, step=12):
    rng = np.random.default_rng(seed)
    for _ in range(count):
        pitches = lowest + rng.integers(0, rng.integers(5, 30), 40)
        yield Passage(np.stack([np.arange(40) * step, pitches * 0, pitches, pitches * 0 + step, pitches], 1), 96)


def test_distances_are_euclidean_and_within_a_set_each_pair_counts_twice():
    rows = np.array([[0.0, 0.0], [3.0, 4.0], [6.0, 8.0]])
    assert sorted(overlap.within(rows)) == pytest.approx([5, 5, 5, 5, 10, 10])
    assert overlap.between(rows, rows[:1])[:, 0] == pytest.approx([0, 5, 10])


def test_area_and_divergence_are_those_of_scipys_densities():
    one, other = np.sin(np.arange(200.0)), 0.5 + np.cos(np.arange(150.0) ** 2) * 0.8
    # scipy 1.17: gaussian_kde of both, integrate.quad of their minimum, stats.entropy on 1000 common points
    area, kl = overlap.overlap(one, other)
    assert area == pytest.approx(0.67357, abs=1e-3)
    assert kl == pytest.approx(0.69267, abs=1e-3)


def test_a_density_holds_one_in_all():
    grid = np.linspace(-8, 8, 1000)
    sample = np.random.default_rng(0).normal(size=500)
    assert overlap.density(sample, grid).sum() * (grid[1] - grid[0]) == pytest.approx(1, abs=1e-3)


def test_distances_that_are_all_the_same_overlap_wholly():
    assert overlap.overlap(np.full(5, 2.0), np.full(7, 2.0)) == (1, 0)


def test_music_of_one_source_is_alike_and_other_music_is_not():
    human, same, strange = (
        list(passages(60, seed=1)), list(passages(60, seed=2)), list(passages(60, seed=3, lowest=36, step=30)),
    )  # fmt: skip
    alike = {one.feature: one.area for one in overlap.likeness(human, same)}
    apart = {one.feature: one.area for one in overlap.likeness(human, strange)}
    assert min(alike.values()) > 0.9
    assert apart["inter-onset interval"] < 0.1
    assert apart["note length histogram"] < 0.1
    assert apart["pitch range"] > 0.9
