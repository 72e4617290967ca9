"""The network that training fits and the step that plays compute the same numbers."""

from __future__ import annotations

import io
import subprocess
import sys

import numpy as np
import pytest

from improvd.model.runtimes.numpy import NumpyStep
from improvd.model.step import Shape
from improvd.music.note import Note
from improvd.music.timing import steady
from improvd.training import batches, grid, stepwise
from improvd.training.corpus.piece import Piece

network = pytest.importorskip("improvd.model.network")
pytestmark = pytest.mark.slow
SHAPE = Shape(units=24, layers=3, head_units=12)


def scores(count=4, seed=0):
    rng = np.random.default_rng(seed)
    return grid.prepare([_piece(rng) for _ in range(count)], as_keys=True)


def _piece(rng):
    onsets = np.cumsum(rng.choice([0, 6, 12, 24, 66], rng.integers(20, 60))) / 24
    notes = [Note(t, int(rng.integers(40, 90)), int(rng.choice([6, 12, 24])) / 24, 80) for t in onsets]
    return Piece("random", "folk", steady(4, 4), tuple(notes))


def told_to(told):
    return {name: told[name] for name in network.INPUTS}


def test_the_step_gives_every_field_the_nats_that_the_network_gives():
    model = network.build(SHAPE)
    told, weight = batches.batch(scores())
    whole = np.asarray(model(told_to(told))) * weight
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
    assert np.array_equal(np.asarray(first(told_to(told))), np.asarray(second(told_to(told))))


def test_no_score_has_a_target_that_is_illegal():
    told, weight = batches.batch(scores(12, seed=3))
    struck = np.take_along_axis(told["illegal"], told["target"][..., 2:3], -1)[..., 0]
    assert not struck[weight[..., 2] > 0].any()


def test_nats_sum_to_one_over_all_values_of_a_field():
    model = network.build(SHAPE)
    told, _ = batches.batch(grid.prepare([Piece("p", "any", steady(4, 4), (Note(0.0, 60, 1.0, 80),))], as_keys=True))
    total = 0.0
    for part in range(12):
        told["target"][:, 0, 0] = part
        total += float(np.exp(-np.asarray(model(told_to(told)))[0, 0, 0]))
    assert total == pytest.approx(1.0, abs=1e-5)


def test_rows_that_go_on_end_as_if_read_at_once():
    whole, carrying = network.build(SHAPE), network.build(SHAPE, rows=4)
    network.assign(carrying, network.weights_of(whole))
    told, _ = batches.batch(scores())
    at_once = np.asarray(whole(told_to(told)))
    halves = [{name: values[:, part] for name, values in told_to(told).items()} for part in (slice(8), slice(8, None))]
    for shown in (0.0, 1.0):
        first = np.asarray(carrying(halves[0] | {"carried": np.zeros((4, 1), np.float32)}))
        second = np.asarray(carrying(halves[1] | {"carried": np.full((4, 1), shown, np.float32)}))
        assert np.abs(first - at_once[:, :8]).max() < 1e-4
        assert (np.abs(second - at_once[:, 8:]).max() < 1e-4) == bool(shown)


def test_pytorch_computes_what_tensorflow_computes():
    pytest.importorskip("torch")
    told, _ = batches.batch(scores())
    model = network.build(SHAPE)
    here = np.asarray(model(told_to(told)))
    np.savez(
        buffer := io.BytesIO(), **told_to(told), **{f"weight {n}": w for n, w in network.weights_of(model).items()}
    )
    there = subprocess.run([sys.executable, "-c", IN_PYTORCH], input=buffer.getvalue(), capture_output=True, check=True)
    assert np.abs(np.frombuffer(there.stdout, np.float32).reshape(here.shape) - here).max() < 1e-4


IN_PYTORCH = """
import io, os, sys
os.environ["KERAS_BACKEND"] = "torch"
import keras, numpy as np
from improvd.model import network
from improvd.model.step import Shape
said = dict(np.load(io.BytesIO(sys.stdin.buffer.read())))
model = network.build(Shape(units=24, layers=3, head_units=12))
network.assign(model, {n.removeprefix("weight "): w for n, w in said.items() if n.startswith("weight ")})
nats = model({name: said[name] for name in network.INPUTS})
sys.stdout.buffer.write(np.ascontiguousarray(keras.ops.convert_to_numpy(nats), np.float32).tobytes())
"""
