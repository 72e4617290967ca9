"""The network that training fits and the step that plays compute the same numbers."""

from __future__ import annotations

import numpy as np
import pytest

from improvd.model.runtimes.numpy import NumpyStep
from improvd.model.step import Shape
from improvd.music.codec import KEYS, GridNote
from improvd.training import batches, stepwise
from improvd.training.batches import Score

network = pytest.importorskip("improvd.model.network")
pytestmark = pytest.mark.slow
SHAPE = Shape(units=24, layers=3, head_units=12)


def scores(count=4, seed=0):
    rng = np.random.default_rng(seed)
    made = []
    for _ in range(count):
        onsets = np.cumsum(rng.choice([0, 6, 12, 24, 66], rng.integers(20, 60)))
        notes = [(int(t), KEYS, int(rng.integers(40, 90)), int(rng.choice([6, 12, 24])), 80) for t in onsets]
        grid = _playable(notes)
        made.append(Score(np.array(grid, np.int32), 1, 96, 1, dynamics=False))
    return made


def _playable(notes):
    from improvd.music import codec
    from improvd.music.note import Note

    return codec.snap(Note(t / 24, p, d / 24, v, part) for t, part, p, d, v in notes)


def test_the_step_gives_every_field_the_nats_that_the_network_gives():
    model = network.build(SHAPE)
    told, weight = batches.batch(scores())
    whole = np.asarray(model(told)) * weight
    stepped = stepwise.read(NumpyStep(network.weights_of(model), SHAPE), SHAPE, scores())
    for row, reading in zip(whole, stepped, strict=True):
        assert np.abs(row[: len(reading.nats)] - reading.nats * reading.weight).max() < 1e-4


def test_the_network_has_the_weights_that_a_bundle_names():
    weights = network.weights_of(network.build(SHAPE))
    assert {name: weight.shape for name, weight in weights.items()} == SHAPE.weights()


def test_weights_put_into_another_network_come_out_again():
    first, second = network.build(SHAPE), network.build(SHAPE)
    network.assign(second, network.weights_of(first))
    told, _ = batches.batch(scores())
    assert np.array_equal(np.asarray(first(told)), np.asarray(second(told)))


def test_no_score_has_a_target_that_is_illegal():
    told, weight = batches.batch(scores(12, seed=3))
    struck = np.take_along_axis(told["illegal"], told["target"][..., 2:3], -1)[..., 0]
    assert not struck[weight[..., 2] > 0].any()


def test_nats_sum_to_one_over_all_values_of_a_field():
    model = network.build(SHAPE)
    told, _ = batches.batch([Score(np.array([GridNote(0, KEYS, 60, 24, 80)], np.int32), 1, 96, 0, dynamics=False)])
    total = 0.0
    for part in range(12):
        told["target"][:, 0, 0] = part
        total += float(np.exp(-np.asarray(model(told))[0, 0, 0]))
    assert total == pytest.approx(1.0, abs=1e-5)
