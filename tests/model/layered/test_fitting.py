"""The Keras network of a table has the paper's summary, and computes what the table computes."""

from __future__ import annotations

import io
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from improvd.model.layered import (
    LSTM,
    Activation,
    Dense,
    Dropout,
    Embedding,
    Flatten,
    Network,
    SimpleRNN,
    probabilities,
)

fitting = pytest.importorskip("improvd.model.layered.fitting")
pytestmark = pytest.mark.slow

FILM = Network(
    "scalar", 75,
    (LSTM(256, True), Dropout(0.5), LSTM(512, True), Dropout(0.5), LSTM(256), Dense(256), Dropout(0.5), Dense(175),
     Activation("softmax")), 175,
)  # fmt: skip
SMALL = {
    "scalar": Network("scalar", 6, (LSTM(8, True), LSTM(7), Dense(6, "tanh"), Dense(9), Activation("softmax")), 9),
    "one-hot": Network("one-hot", 6, (SimpleRNN(8, True), Dropout(0.3), LSTM(7, True), Dense(9, "softmax")), 9),
    "embedding": Network("embedding", 6, (Embedding(5), SimpleRNN(4, True), Flatten(), Dense(9, "softmax")), 9),
}


def test_the_summary_of_film_is_the_papers_line_by_line():
    lines: list[str] = []
    fitting.build(FILM).summary(print_fn=lambda text, **_: lines.extend(text.splitlines()))
    rows = [[cell.strip() for cell in re.split("[│|]", line) if cell] for line in lines if "(None" in line]
    assert [(name, size, int(count.replace(",", ""))) for name, size, count in rows] == [
        ("lstm (LSTM)", "(None, 75, 256)", 264192),
        ("dropout (Dropout)", "(None, 75, 256)", 0),
        ("lstm_1 (LSTM)", "(None, 75, 512)", 1574912),
        ("dropout_1 (Dropout)", "(None, 75, 512)", 0),
        ("lstm_2 (LSTM)", "(None, 256)", 787456),
        ("dense (Dense)", "(None, 256)", 65792),
        ("dropout_2 (Dropout)", "(None, 256)", 0),
        ("dense_1 (Dense)", "(None, 175)", 44975),
        ("activation (Activation)", "(None, 175)", 0),
    ]


def windows(network, rows=4):
    return np.random.default_rng(3).integers(0, network.symbols, (rows, network.window))


@pytest.mark.parametrize("name", SMALL)
def test_the_table_computes_what_keras_computes(name):
    network = SMALL[name]
    model = fitting.build(network)
    given = np.asarray(model(network.told(windows(network))))
    assert network.sequences == (given.ndim == 3)
    last = given[:, -1] if network.sequences else given
    assert np.abs(probabilities(network, fitting.weights_of(network, model), windows(network)) - last).max() < 1e-5


@pytest.mark.parametrize("name", SMALL)
def test_weights_have_the_names_of_the_table_and_can_be_put_into_another(name):
    network = SMALL[name]
    first, second = fitting.build(network), fitting.build(network)
    weights = fitting.weights_of(network, first)
    assert {name: weight.shape for name, weight in weights.items()} == network.weights()
    fitting.assign(network, second, weights)
    told = network.told(windows(network))
    assert np.array_equal(np.asarray(first(told)), np.asarray(second(told)))


@pytest.mark.parametrize("name", ["scalar", "one-hot"])
def test_on_pytorch_the_fused_layers_compute_and_learn_the_same(name):
    pytest.importorskip("torch")
    network = SMALL[name]
    weights = fitting.weights_of(network, fitting.build(network))
    np.savez(buffer := io.BytesIO(), windows=windows(network), **weights)
    done = subprocess.run([sys.executable, "-c", IN_PYTORCH, name], input=buffer.getvalue(), capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
    there = np.frombuffer(done.stdout, np.float32).reshape(-1, network.symbols)
    assert np.abs(there - probabilities(network, weights, windows(network))).max() < 1e-5


IN_PYTORCH = f"""
import io, os, sys
sys.path[:0] = [{str(Path(__file__).parent)!r}, *{sys.path!r}]
os.environ["KERAS_BACKEND"] = "torch"
import keras, numpy as np
from test_fitting import SMALL, fitting
said = dict(np.load(io.BytesIO(sys.stdin.buffer.read())))
network, windows = SMALL[sys.argv[1]], said.pop("windows")
model = fitting.build(network)
fitting.assign(network, model, said)
told = network.told(windows)
given = keras.ops.convert_to_numpy(model(told))
model.compile("adam", "sparse_categorical_crossentropy")
before = fitting.weights_of(network, model)
target = windows if network.sequences else windows[:, 0]
model.fit(told, target, epochs=1, verbose=0)
after = fitting.weights_of(network, model)
assert all((before[name] != after[name]).any() for name in before), "a weight learnt nothing"
given = given[:, -1] if network.sequences else given
sys.stdout.buffer.write(np.ascontiguousarray(given, np.float32).tobytes())
"""
