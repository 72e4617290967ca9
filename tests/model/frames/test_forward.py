"""The network over frames: NumPy computes what Keras computes, and the probabilities of all frames sum to 1."""

from __future__ import annotations

from itertools import chain, combinations

import numpy as np
import pytest

from improvd.model.frames import told
from improvd.model.frames.forward import Forward
from improvd.model.frames.shape import BEFORE, ECHO, FramesShape
from improvd.music.frames import END

SHAPE = FramesShape(units=24, layers=3)
PLAIN = FramesShape(units=24, layers=2, told=())


def weights(shape, seed=0):
    rng = np.random.default_rng(seed)
    return {name: rng.normal(0, 0.3, size).astype(np.float16) for name, size in shape.weights().items()}


def music(rows=3, frames=20, seed=0):
    """Sequences side by side, all of as many symbols."""
    rng = np.random.default_rng(seed)
    sequences = []
    for _ in range(rows):
        roll = np.zeros((frames, 88), bool)
        for frame in roll:
            frame[rng.choice(88, 3, replace=False)] = True
        sequences.append(told.read(roll[rng.integers(0, frames, frames)]))
    return {name: np.stack([sequence[name] for sequence in sequences]) for name in sequences[0]}


def part_of(shown, part):
    return {name: values[:, part] for name, values in shown.items()}


@pytest.mark.parametrize("shape", [SHAPE, PLAIN, FramesShape(24, 1, (BEFORE,)), FramesShape(24, 1, (ECHO,))])
def test_the_probabilities_of_all_frames_sum_to_one(shape):
    """Over all that four keys can do after a given past; each frame is scored as a whole sequence of its own."""
    keys = (3, 40, 41, 87)
    forward = Forward(blind_to_other_keys(weights(shape), keys), shape)
    past = np.zeros((5, 88), bool)
    past[[0, 0, 1, 3, 3, 4], [3, 41, 40, 3, 41, 87]] = True
    total = 0.0
    for chosen in chain.from_iterable(combinations(keys, count) for count in range(5)):
        frame = np.zeros((1, 88), bool)
        frame[0, list(chosen)] = True
        shown = told.read(np.concatenate([past, frame]))
        nats, _ = forward({name: values[None] for name, values in shown.items()}, forward.start(1))
        total += float(np.exp(-nats[0, -len(chosen) - 1 :].sum()))
    assert total == pytest.approx(1.0, abs=1e-5)


def blind_to_other_keys(drawn, keys):
    """Weights that give no other key any probability."""
    bias = np.full(END + 1, -np.inf, np.float32)
    bias[[*keys, END]] = drawn["head.bias"][[*keys, END]]
    return drawn | {"head.bias": bias}


def test_carried_on_from_its_state_it_reads_as_if_at_once():
    forward, shown = Forward(weights(SHAPE), SHAPE), music()
    whole, _ = forward(shown, forward.start(3))
    first, state = forward(part_of(shown, slice(33)), forward.start(3))
    second, _ = forward(part_of(shown, slice(33, None)), state)
    forgetful, _ = forward(part_of(shown, slice(33, None)), forward.start(3))
    assert np.abs(np.concatenate([first, second], 1) - whole).max() < 1e-4
    assert np.abs(forgetful - whole[:, 33:]).max() > 1e-3


def test_rows_do_not_hear_each_other():
    forward, shown = Forward(weights(SHAPE), SHAPE), music()
    together, _ = forward(shown, forward.start(3))
    alone, _ = forward({name: values[1:2] for name, values in shown.items()}, forward.start(1))
    assert np.abs(together[1] - alone[0]).max() < 1e-4


@pytest.mark.slow
@pytest.mark.parametrize("shape", [SHAPE, PLAIN])
def test_keras_computes_what_numpy_computes(shape):
    network = pytest.importorskip("improvd.model.frames.network")
    model = network.build(shape)
    network.assign(model, weights(shape))
    shown = music()
    nats, _ = Forward(weights(shape), shape)(shown, np.zeros((shape.layers, 2, 3, 24), np.float32))
    there = np.asarray(model({name: shown[name] for name in [*shape.inputs, "target"]}))
    assert there.shape == (3, 80, 1)
    assert np.abs(there[..., 0] - nats).max() < 1e-4


@pytest.mark.slow
def test_the_network_has_the_weights_that_a_bundle_names():
    network = pytest.importorskip("improvd.model.frames.network")
    for shape in (SHAPE, PLAIN):
        found = network.weights_of(network.build(shape))
        assert {name: weight.shape for name, weight in found.items()} == shape.weights()


@pytest.mark.slow
def test_in_keras_rows_that_go_on_end_as_if_read_at_once():
    network = pytest.importorskip("improvd.model.frames.network")
    carrying, shown = network.build(SHAPE, rows=3), music()
    network.assign(carrying, weights(SHAPE))
    whole, _ = Forward(weights(SHAPE), SHAPE)(shown, np.zeros((3, 2, 3, 24), np.float32))
    halves = [part_of(shown, part) for part in (slice(40), slice(40, None))]
    for goes_on in (0.0, 1.0):
        first = np.asarray(carrying(halves[0] | {"carried": np.zeros((3, 1), np.float32)}))
        second = np.asarray(carrying(halves[1] | {"carried": np.full((3, 1), goes_on, np.float32)}))
        assert np.abs(first[..., 0] - whole[:, :40]).max() < 1e-4
        assert (np.abs(second[..., 0] - whole[:, 40:]).max() < 1e-4) == bool(goes_on)
