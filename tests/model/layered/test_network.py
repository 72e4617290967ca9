"""Layered networks: what the table allows, what it computes, and how it reads from a card."""

from __future__ import annotations

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
    activations,
    probabilities,
)
from improvd.model.layered.network import layer_tables, network_of

OUT = Dense(5, "softmax")
EVERY = (Embedding(4), LSTM(6, True), Dropout(0.2), SimpleRNN(3, True), Flatten(), Dense(7, "relu"), Dense(5),
         Activation("softmax"))  # fmt: skip


def random_weights(network, seed=0):
    rng = np.random.default_rng(seed)
    return {name: rng.standard_normal(size).astype(np.float32) for name, size in network.weights().items()}


def test_film_has_the_parameters_of_the_paper():
    layers = (LSTM(256, True), Dropout(0.5), LSTM(512, True), Dropout(0.5), LSTM(256), Dense(256), Dropout(0.5),
              Dense(175), Activation("softmax"))  # fmt: skip
    film = Network("scalar", 75, layers, 175)
    told = [sum(int(np.prod(w)) for w in layer.weights(size).values())
            for size, layer in zip(film.sizes(), layers, strict=False)]  # fmt: skip
    assert told == [264_192, 0, 1_574_912, 0, 787_456, 65_792, 0, 44_975, 0]
    assert film.sizes() == [(75, 1), (75, 256), (75, 256), (75, 512), (75, 512), (256,), (256,), (256,), (175,), (175,)]
    assert film.parameters == sum(told)


@pytest.mark.parametrize(
    ("network", "shape"),
    [
        (Network("embedding", 4, EVERY, 5), (3, 5)),
        (Network("scalar", 4, (Flatten(), OUT), 5), (3, 5)),
        (Network("one-hot", 4, (LSTM(3), OUT), 5), (3, 5)),
        (Network("one-hot", 4, (SimpleRNN(3, True), OUT, Dropout(0.1)), 5), (3, 5)),
    ],
)
def test_probabilities_are_of_one_symbol_a_window_and_sum_to_one(network, shape):
    windows = np.random.default_rng(1).integers(0, 5, (3, 4))
    probs = probabilities(network, random_weights(network), windows)
    assert probs.shape == shape
    assert probs.dtype == np.float32
    assert np.allclose(probs.sum(-1), 1, atol=1e-6)


def test_an_lstm_of_one_unit_computes_its_gates():
    network = Network("scalar", 2, (LSTM(1), Dense(2, "softmax")), 2)
    weights = {"0.lstm.kernel": [[1, 2, 3, 4]], "0.lstm.recurrent": [[0.5, -0.5, 0.25, 1]], "0.lstm.bias": [0, 1, 0, 0],
               "1.dense.kernel": [[1, -1]], "1.dense.bias": [0, 0]}  # fmt: skip
    weights = {name: np.array(weight, np.float32) for name, weight in weights.items()}
    h = c = 0.0
    for x in (0.5, 0.0):
        i, f, g, o = x + 0.5 * h, 2 * x - 0.5 * h + 1, 3 * x + 0.25 * h, 4 * x + h
        c = c / (1 + np.exp(-f)) + np.tanh(g) / (1 + np.exp(-i))
        h = np.tanh(c) / (1 + np.exp(-o))
    expected = 1 / (1 + np.exp(-2 * h))
    assert probabilities(network, weights, np.array([[1, 0]]))[0, 0] == pytest.approx(expected, abs=1e-6)


def test_a_row_is_the_same_in_any_company():
    network = Network("embedding", 4, EVERY, 5)
    windows = np.random.default_rng(1).integers(0, 5, (3, 4))
    weights = random_weights(network)
    assert np.allclose(probabilities(network, weights, windows)[1], probabilities(network, weights, windows[1:2])[0],
                       atol=1e-6)  # fmt: skip


def test_a_network_of_sequences_plays_by_its_last_step():
    network = Network("one-hot", 4, (SimpleRNN(3, True), OUT), 5)
    assert network.sequences
    assert not Network("one-hot", 4, (SimpleRNN(3), OUT), 5).sequences
    weights, text = random_weights(network), np.array([[1, 4, 2, 0]])
    by_last = Network("one-hot", 4, (SimpleRNN(3), OUT), 5)
    assert np.allclose(probabilities(network, weights, text), probabilities(by_last, weights, text), atol=1e-6)


def test_activations_are_of_every_recurrent_neuron_over_a_text_of_any_length():
    network = Network("one-hot", 4, (LSTM(3, True), Dropout(0.5), SimpleRNN(2), OUT), 5)
    weights, text = random_weights(network), np.array([1, 4, 2, 0, 3, 3, 1])
    found = activations(network, weights, text)
    assert found.shape == (7, 5)
    assert np.abs(found).max() <= 1
    assert np.allclose(found[:4], activations(network, weights, text[:4]), atol=1e-6)
    embedded = Network("embedding", 4, EVERY, 5)
    assert activations(embedded, random_weights(embedded), text).shape == (7, 9)
    alone = Network("one-hot", 4, (LSTM(3), OUT), 5)
    assert np.allclose(found[:, :3], activations(alone, weights, text), atol=1e-6)


def test_a_table_comes_back_from_its_card():
    network = Network("embedding", 4, EVERY, 5)
    told = {"inputs": "embedding", "window": 4, "symbols": 5, "layers": layer_tables(network.layers)}
    assert network_of(told) == network


GOOD = {"inputs": "scalar", "window": 4, "symbols": 5, "layers": [{"kind": "lstm", "units": 3},
        {"kind": "dense", "units": 5, "activation": "softmax"}]}  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"inputs": "midi"}, "inputs 'midi'; allowed are scalar"),
        ({"window": 0}, "window 0; allowed are 1 to"),
        ({"window": True}, "window True"),
        ({"symbols": 7}, "gives 5 probabilities for 7 symbols"),
        ({"symbols": None}, "symbols None"),
        ({"layers": []}, "0 layers"),
        ({"layers": None}, "list of tables"),
        ({"layers": [3]}, "list of tables"),
        ({"layers": [{"kind": "conv"}]}, "layer of kind 'conv'; allowed are embedding, lstm"),
        ({"layers": [{"kind": "lstm", "units": 10**9}]}, "units 1000000000; allowed are 1 to"),
        ({"layers": [{"kind": "lstm"}]}, "'lstm' needs sequences, units"),
        ({"layers": [{"kind": "flatten", "units": 4}]}, "'flatten' has no 'units'; allowed are none"),
        ({"layers": [{"kind": "dropout", "rate": 1}]}, "rate 1; allowed are 0 to below 1"),
        ({"layers": [{"kind": "lstm", "units": 3}, {"kind": "lstm", "units": 3}, *GOOD["layers"][1:]]}, "reads a seq"),
        ({"layers": [{"kind": "lstm", "units": 5}]}, "must give probabilities"),
        ({"layers": [{"kind": "lstm", "units": 5}, {"kind": "activation", "activation": "swish"}]}, "'swish'"),
        ({"inputs": "embedding"}, "embedding comes first"),
        ({"layers": [{"kind": "embedding", "units": 5}, *GOOD["layers"]]}, "embedding comes first"),
    ],
)  # fmt: skip
def test_a_table_that_cannot_be_is_refused_with_what_is_allowed(changed, said):
    with pytest.raises(ValueError) as caught:
        network_of(GOOD | changed)
    assert said in str(caught.value)


def test_no_table_is_no_network():
    with pytest.raises(ValueError, match="no table"):
        network_of(None)
