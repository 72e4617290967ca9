"""The 1-gram: each key by its own frequency, over all frames pooled together, the first included."""

from __future__ import annotations

from math import log

import numpy as np
import pytest

from improvd.training.benchmark import unigram


def roll(*rows):
    array = np.zeros((len(rows), 88), bool)
    for row, keys in zip(array, rows, strict=True):
        row[list(keys)] = True
    return array


def test_marginals_count_all_frames_of_all_sequences_alike():
    shares = unigram.marginals([roll((1,), (1, 2), ()), roll((1, 5))])
    assert (shares[1], shares[2], shares[5], shares.sum()) == (0.75, 0.25, 0.25, 1.25)


def test_a_frame_costs_what_sounds_and_what_does_not():
    shares = np.zeros(88)
    shares[[1, 2]] = 0.25, 0.5
    found = unigram.nats_per_frame([roll((1,))], shares)
    assert found == pytest.approx(-log(0.25) - log(0.5), abs=1e-9)


def test_long_sequences_weigh_as_many_frames_as_they_have():
    shares = np.zeros(88)
    shares[1] = 0.25
    found = unigram.nats_per_frame([roll((1,), (1,), (1,)), roll(())], shares)
    assert found == pytest.approx((-3 * log(0.25) - log(0.75)) / 4, abs=1e-9)


def test_a_key_that_never_sounded_is_unlikely_but_possible():
    assert 27 < unigram.nats_per_frame([roll((1,))], np.zeros(88)) < 28
