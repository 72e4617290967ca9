"""The network over frames as Keras fits it: what it drops, and that PyTorch computes the same."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from frame_music import SMALL, drawn_weights, scales

from improvd.model.frames import told
from improvd.model.frames.forward import Forward
from improvd.model.frames.shape import Dropout

network = pytest.importorskip("improvd.model.frames.network")
pytestmark = pytest.mark.slow


def shown():
    held = np.repeat(scales(1, seed=0)[0], 2, axis=0)
    return {name: values[None] for name, values in told.read(held).items()}


def built(**drops):
    model = network.build(SMALL, dropout=Dropout(**drops))
    network.assign(model, drawn_weights())
    return model


def nats(model, *, training):
    return np.asarray(model({name: shown()[name] for name in [*SMALL.inputs, "target"]}, training=training))


@pytest.mark.parametrize("path", ["fed", "between", "top", "recurrent"])
def test_each_path_is_dropped_while_fitting_and_only_then(path):
    dropping, whole = built(**{path: 0.5}), built()
    assert np.abs(nats(dropping, training=False) - nats(whole, training=True)).max() < 1e-5
    assert np.abs(nats(dropping, training=True) - nats(whole, training=True)).max() > 1e-2


def test_what_is_dropped_is_drawn_anew_each_time():
    dropping = built(recurrent=0.5)
    assert np.abs(nats(dropping, training=True) - nats(dropping, training=True)).max() > 1e-2


def test_pytorch_computes_the_same_and_fits_through_what_it_drops(tmp_path):
    pytest.importorskip("torch")
    inputs = {name: shown()[name] for name in [*SMALL.inputs, "target"]}
    np.savez(tmp_path / "said.npz", **inputs, **{f"weight {n}": w for n, w in drawn_weights().items()})
    there = subprocess.run(
        [sys.executable, "-c", IN_PYTORCH, str(tmp_path / "said.npz")], capture_output=True, check=True, text=True
    )
    here, _ = Forward(drawn_weights(), SMALL)(shown(), np.zeros((2, 2, 1, 12), np.float32))
    total, moved = map(float, there.stdout.split())
    assert total == pytest.approx(float(here.sum()), rel=1e-4)
    assert moved > 0


IN_PYTORCH = """
import os, sys
os.environ["KERAS_BACKEND"] = "torch"
import keras, numpy as np
from improvd.model.frames import network
from improvd.model.frames.shape import Dropout, FramesShape
said = dict(np.load(sys.argv[1]))
model = network.build(FramesShape(units=12, layers=2), dropout=Dropout(0.1, 0.1, 0.1, 0.5))
network.assign(model, {n.removeprefix("weight "): w for n, w in said.items() if n.startswith("weight ")})
inputs = {n: w for n, w in said.items() if not n.startswith("weight ")}
total = float(model(inputs).sum())
before = network.weights_of(model)
model.compile(optimizer=keras.optimizers.SGD(0.1), loss=lambda weight, nats: keras.ops.mean(nats))
model.train_on_batch(inputs, np.ones((1, len(inputs["target"][0]), 1), np.float32))
after = network.weights_of(model)
print(total, min(float(np.abs(after[n] - before[n]).max()) for n in before))
"""
