"""Seed dependence: 1 for echoes, a half for music that did not listen."""

from __future__ import annotations

import numpy as np
import pytest

from improvd.training.metrics.dependence import dependence, similarities
from improvd.training.metrics.passage import Passage


def passage(rng, scale, step):
    pitches = 60 + rng.choice(scale, 32)
    rows = np.stack([np.arange(32) * step, pitches * 0, pitches, pitches * 0 + step, pitches], 1)
    return Passage(rows, 96)


def calls(count, seed):
    """Return calls that differ in pitches and rhythm."""
    rng = np.random.default_rng(seed)
    return [passage(rng, rng.permutation(12)[:5], int(rng.choice([6, 8, 12, 24]))) for _ in range(count)]


def names(count, prefix="piece"):
    return [f"{prefix} {i}" for i in range(count)]


def test_an_echo_tells_its_call_always():
    given = calls(40, 0)
    told = dependence(given, given, styles=["folk"] * 40, pieces=names(40), seed=0)
    assert (told.auc, told.low, told.high) == (1, 1, 1)
    assert (told.answers, told.pairs) == (40, 40 * 39)


def test_an_answer_that_did_not_listen_tells_nothing():
    told = dependence(calls(200, 0), calls(200, 1), styles=["folk"] * 200, pieces=names(200), seed=0)
    assert told.low < 0.5 < told.high
    assert told.high - told.low < 0.15


def test_the_same_answer_to_everything_is_a_tie_of_chances():
    given = [calls(1, 0)[0]] * 10
    told = dependence(given, given, styles=["folk"] * 10, pieces=names(10), seed=0)
    assert told.auc == 0.5


def test_calls_of_the_same_piece_and_of_other_styles_are_not_compared():
    given = calls(4, 0)
    told = dependence(given, given, styles=["folk", "folk", "jazz", "jazz"], pieces=["a", "a", "b", "c"], seed=0)
    assert (told.answers, told.pairs) == (2, 2)


def test_likeness_is_half_pitch_classes_and_half_rhythm():
    rng = np.random.default_rng(0)
    low, high = passage(rng, [0, 1], 12), passage(rng, [6, 7], 12)
    slow = passage(rng, [6, 7], 24)
    assert similarities([low], [low]).item() == 1
    assert similarities([low], [high]).item() == 0.5
    assert similarities([low], [slow]).item() == pytest.approx(0.125)  # half of the onsets lie on the beat as well


def test_the_interval_is_wider_for_fewer_pieces():
    given, answers = calls(200, 0), calls(200, 1)
    apart = dependence(given, answers, styles=["folk"] * 200, pieces=names(200), seed=0)
    few = dependence(given, answers, styles=["folk"] * 200, pieces=names(10) * 20, seed=0)
    assert few.high - few.low > apart.high - apart.low
