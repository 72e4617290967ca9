"""The network over frames in Keras layers, for fitting: at each symbol, how badly it foresees the next."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
from keras import layers, ops
from numpy.typing import NDArray

from improvd.model.frames.shape import Dropout, FramesShape
from improvd.model.recurrent import CarriedLSTM
from improvd.model.step import OFF
from improvd.music.frames import END, KEYS


class Head(layers.Layer):  # type: ignore[misc]  # Keras ships no types
    """This scores the symbol that follows, among those that may."""

    def build(self, top_shape: tuple[int, ...], *_: Any) -> None:
        """Make the weights."""
        self.kernel = self.add_weight(name="kernel", shape=(top_shape[-1], END + 1))
        self.bias = self.add_weight(name="bias", shape=(END + 1,), initializer="zeros")

    def call(self, top: Any, symbol: Any, target: Any) -> Any:
        """Return the nats of each target (B, T, 1), given the top layer (B, T, U) and the symbol before."""
        logits = ops.cast(ops.matmul(top, self.kernel) + self.bias, "float32")
        lowest = ops.where(symbol < END, symbol + 1, 0)
        logits = ops.where(ops.arange(END + 1) < lowest[..., None], OFF, logits)
        return -ops.take_along_axis(ops.log_softmax(logits, -1), target[..., None], -1)


def build(shape: FramesShape, *, dropout: Dropout | None = None, rows: int | None = None) -> Any:
    """Return the network as a Keras model.

    Inputs, for B sequences of T symbols (see `told`): those of `shape.inputs`, numbers (B, T) and rolls (B, T, 88),
    and `target` (B, T). With fixed `rows` also `carried` (B, 1): 1 where a row goes on from where the last batch
    left it. The output is nats (B, T, 1).

    Args:
        shape: units, layers and what is told.
        dropout: what is dropped while fitting.
        rows: the number of sequences in every batch, where their states are kept; else any number will do.
    """
    drop = dropout or Dropout()
    inputs = {name: keras.Input(batch_shape=(rows, None), dtype="int32", name=name) for name in shape.indices}
    inputs |= {name: keras.Input(batch_shape=(rows, None, KEYS), name=name) for name in shape.rolls}
    inputs["target"] = keras.Input(batch_shape=(rows, None), dtype="int32", name="target")
    carried = [keras.Input(batch_shape=(rows, 1), name="carried")] if rows else []
    x = layers.SpatialDropout1D(drop.fed)(_embedded(shape, inputs))
    for layer in range(shape.layers):
        fed = layers.SpatialDropout1D(drop.between)(x) if layer else x
        lstm = CarriedLSTM(shape.units, stateful=bool(rows), weight_drop=drop.recurrent, name=f"lstm-{layer}")
        h = lstm(fed, *carried)
        x = layers.add([x, h]) if layer else h
    nats = Head(name="head")(layers.SpatialDropout1D(drop.top)(x), inputs["symbol"], inputs["target"])
    return keras.Model(inputs | {tensor.name: tensor for tensor in carried}, nats)


def _embedded(shape: FramesShape, inputs: Mapping[str, Any]) -> Any:
    """Return the sum of the embeddings of all that is fed, (B, T, U)."""
    small = keras.initializers.RandomNormal
    parts = [
        layers.Embedding(size, shape.units, embeddings_initializer=small(stddev=0.05), name=f"embed-{name}")(
            inputs[name]
        )
        for name, size in shape.indices.items()
    ]
    parts += [
        layers.Dense(shape.units, use_bias=False, kernel_initializer=small(stddev=0.05), name=f"embed-{name}")(
            inputs[name]
        )
        for name in shape.rolls
    ]
    return layers.add(parts) if len(parts) > 1 else parts[0]


def weights_of(model: Any) -> dict[str, NDArray[np.float32]]:
    """Return the weights of a network by the names of `FramesShape.weights`."""
    return {
        _name(variable.path): np.asarray(ops.convert_to_numpy(variable), np.float32)
        for variable in model.trainable_variables
    }


def assign(model: Any, weights: Mapping[str, NDArray[Any]]) -> None:
    """Put weights named as in `FramesShape.weights` into a network."""
    for variable in model.trainable_variables:
        variable.assign(weights[_name(variable.path)])


def _name(path: str) -> str:
    """Return the name in `FramesShape.weights` of a Keras variable."""
    layer, *_, variable = path.split("/")
    own = "" if layer.startswith("embed") else "." + variable.removesuffix("_kernel")
    return layer.replace("-", ".") + own
