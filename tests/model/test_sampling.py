"""Sampling: temperature first, then what is too unlikely goes."""

from __future__ import annotations

import numpy as np
import pytest

from improvd.model.sampling import draw, kept

PROBS = np.array([0.5, 0.0, 0.3, 0.2], np.float32)


def test_plainly_the_probabilities_stay():
    assert kept(PROBS, temperature=1.0, top_p=1.0, min_p=0.0) == pytest.approx(PROBS)


def test_temperature_sharpens_and_flattens_and_what_cannot_be_stays_so():
    assert kept(PROBS, temperature=0.5, top_p=1.0, min_p=0.0) == pytest.approx(np.array([25, 0, 9, 4]) / 38)
    assert kept(PROBS, temperature=1e6, top_p=1.0, min_p=0.0) == pytest.approx(np.array([1, 0, 1, 1]) / 3, abs=1e-4)


@pytest.mark.parametrize(
    ("top_p", "min_p", "expected"),
    [(0.49, 0.0, [1, 0, 0, 0]), (0.6, 0.0, [0.625, 0, 0.375, 0]), (0.81, 0.0, PROBS),
     (1.0, 0.5, [0.625, 0, 0.375, 0]), (1.0, 0.99, [1, 0, 0, 0]), (1e-9, 0.0, [1, 0, 0, 0])],
)  # fmt: skip
def test_top_p_and_min_p_leave_the_likely(top_p, min_p, expected):
    assert kept(PROBS, temperature=1.0, top_p=top_p, min_p=min_p) == pytest.approx(np.array(expected))


def test_noise_draws_each_value_for_its_share():
    assert [draw(PROBS, noise) for noise in (0.0, 0.49, 0.51, 0.79, 0.81, 0.999999)] == [0, 0, 2, 2, 3, 3]


def test_tiny_probabilities_can_still_be_drawn_from():
    assert kept(np.array([1e-38, 0, 1e-39]), temperature=0.1, top_p=1.0, min_p=0.0).sum() == pytest.approx(1)
