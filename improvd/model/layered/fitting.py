"""The network of a table in Keras, as training fits it and as its summary is printed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from improvd.model.layered.layers import (
    LSTM,
    Activation,
    Dense,
    Dropout,
    Embedding,
    Flatten,
    Layer,
    SimpleRNN,
)
from improvd.model.layered.network import EMBEDDING, Network
from improvd.model.recurrent import FusedLSTM, FusedRNN


def build(network: Network, name: str = "network") -> Any:
    """Return a network as a Keras model of stock layers, so that its summary is the table that papers print.

    It reads what `Network.told` gives, (B, W, …), and gives probabilities (B, V), or (B, W, V) where the
    network gives them at every step.
    """
    size = network.sizes()[0]
    told = keras.Input(size[:1], dtype="int32") if network.inputs == EMBEDDING else keras.Input(size)
    used: Counter[str] = Counter()
    layers = [_keras_layer(layer, _name(layer, used), network.symbols) for layer in network.layers]
    return keras.Sequential([told, *layers], name=name)


def weights_of(network: Network, model: Any) -> dict[str, NDArray[np.float32]]:
    """Return the weights of a Keras model by the names of `Network.weights`."""
    variables = _variables(network, model)
    return {name: np.asarray(ops.convert_to_numpy(variable), np.float32) for name, variable in variables.items()}


def assign(network: Network, model: Any, weights: Mapping[str, NDArray[Any]]) -> None:
    """Put weights by the names of `Network.weights` into a Keras model."""
    for name, variable in _variables(network, model).items():
        variable.assign(weights[name].astype(np.float32))


def _variables(network: Network, model: Any) -> dict[str, Any]:
    return dict(zip(network.weights(), model.trainable_variables, strict=True))


def _name(layer: Layer, used: Counter[str]) -> str:
    """Return the name that Keras gives a layer by itself in a fresh session, such as dense_1 for the second."""
    kind = "simple_rnn" if isinstance(layer, SimpleRNN) else layer.kind
    used[kind] += 1
    return kind if used[kind] == 1 else f"{kind}_{used[kind] - 1}"


def _keras_layer(layer: Layer, name: str, symbols: int) -> Any:
    fused = keras.backend.backend() == "torch"
    match layer:
        case Embedding():
            return keras.layers.Embedding(symbols, layer.units, name=name)
        case LSTM():
            kind = FusedLSTM if fused else keras.layers.LSTM
            return kind(layer.units, return_sequences=layer.sequences, name=name)
        case SimpleRNN():
            kind = FusedRNN if fused else keras.layers.SimpleRNN
            return kind(layer.units, return_sequences=layer.sequences, name=name)
        case Dense():
            return keras.layers.Dense(layer.units, activation=layer.activation, name=name)
        case Dropout():
            return keras.layers.Dropout(layer.rate, name=name)
        case Activation():
            return keras.layers.Activation(layer.activation, name=name)
        case Flatten():
            return keras.layers.Flatten(name=name)
    raise TypeError(layer)
