"""The network that training fits: the step of `step.py` over whole sequences, in Keras layers.

It learns by teacher forcing: given the events so far and the fields of this
event already known, it scores the field that comes. Its output is nats, the
negative log-probability of each field of each event.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
from keras import layers, ops
from numpy.typing import NDArray

from improvd.model.recurrent import CarriedLSTM
from improvd.model.step import OFF, Shape
from improvd.music.codec import ADVANCE, BEATS_IN_BAR, FIELDS, PITCH
from improvd.music.note import PITCHES, TICKS_PER_BEAT


class Heads(layers.Layer):  # type: ignore[misc]  # Keras ships no types
    """This scores each field of an event, conditioned on the fields before it and on the place in the bar."""

    def __init__(self, head_units: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.head_units = head_units

    def build(self, top_shape: tuple[int, ...], *_: Any) -> None:
        """Make the weights, named as in `Shape.weights`."""
        hidden, fields = self.head_units, len(FIELDS)

        def table(name: str, shape: tuple[int, ...], start: str = "glorot_uniform") -> Any:
            return self.add_weight(name=_dashed(name), shape=shape, initializer=start)

        self.kernel = table("heads.kernel", (top_shape[-1], fields * hidden))
        self.bias = table("heads.bias", (fields * hidden,), "zeros")
        small = keras.initializers.RandomNormal(stddev=0.05)
        later = [(fields - 1 - i) * hidden for i in range(fields)]
        self.after = [
            self.add_weight(name=_dashed(f"heads.after.{f.name}"), shape=(f.size, later[i]), initializer=small)
            for i, f in enumerate(FIELDS[:-1])
        ]
        self.phase = self.add_weight(name="heads-phase", shape=(TICKS_PER_BEAT, later[ADVANCE]), initializer=small)
        self.beat = self.add_weight(name="heads-beat", shape=(BEATS_IN_BAR, later[ADVANCE]), initializer=small)
        self.kernels = [table(f"head.{f.name}.kernel", (hidden, f.size)) for f in FIELDS]
        self.biases = [table(f"head.{f.name}.bias", (f.size,), "zeros") for f in FIELDS]

    def call(self, top: Any, target: Any, target_position: Any, illegal: Any) -> Any:
        """Return the nats of each field (B, T, 5), given the top layer (B, T, U) and what follows."""
        hidden = ops.matmul(top, self.kernel) + self.bias
        nats = []
        for index in range(len(FIELDS)):
            logits = ops.matmul(ops.tanh(hidden[..., : self.head_units]), self.kernels[index]) + self.biases[index]
            logits = ops.cast(logits, "float32")
            if index == PITCH:
                logits = ops.where(illegal, OFF, logits)
            value = target[..., index]
            chosen = ops.take_along_axis(ops.log_softmax(logits, -1), value[..., None], -1)
            nats.append(-chosen[..., 0])
            if index < len(FIELDS) - 1:
                hidden = hidden[..., self.head_units :] + ops.take(self.after[index], value, 0)
            if index == ADVANCE:
                hidden = hidden + ops.take(self.phase, target_position % TICKS_PER_BEAT, 0)
                hidden = hidden + ops.take(self.beat, _beat(target_position), 0)
        return ops.stack(nats, -1)


def _beat(position: Any) -> Any:
    return ops.minimum(position // TICKS_PER_BEAT, BEATS_IN_BAR - 1)


INPUTS = ("event", "position", "meter", "style", "harmony", "target", "target_position", "illegal")
"""What the network is told, by name; see `build`."""


def build(
    shape: Shape,
    *,
    dropout: float = 0.0,
    event_dropout: float = 0.0,
    rows: int | None = None,
    heads: type[Heads] = Heads,
) -> Any:
    """Return the network as a Keras model.

    Inputs, for B sequences of T events (see `training.batches`): `event` (B, T, 5) fed,
    `position` (B, T) of its onset in the bar, `meter` and `style` (B, T), `harmony` (B, T, 12),
    `target` (B, T, 5) the event that follows, `target_position` (B, T), `illegal` (B, T, 128).
    With fixed `rows` also `carried` (B, 1): 1 where a row goes on from where the last batch left it.
    The output is nats (B, T, 5).

    Args:
        shape: units and layers.
        dropout: share of the units dropped, the same ones along a sequence.
        event_dropout: share of the events whose embedding is dropped whole.
        rows: the number of sequences in every batch, where their states are kept; else any number will do.
        heads: what scores the fields.
    """

    def told(name: str, *width: int, dtype: str = "int32") -> Any:
        return keras.Input(batch_shape=(rows, None, *width), dtype=dtype, name=name)

    event, target = told("event", len(FIELDS)), told("target", len(FIELDS))
    position, target_position, meter, style = map(told, ("position", "target_position", "meter", "style"))
    harmony = told("harmony", 12, dtype="float32")
    illegal = told("illegal", PITCHES, dtype="bool")
    inputs = [event, position, meter, style, harmony, target, target_position, illegal]
    if rows:
        inputs.append(keras.Input(batch_shape=(rows, 1), name="carried"))
    x = layers.Dropout(event_dropout, noise_shape=(None, None, 1))(_embedded(shape, *inputs[:5]))
    for layer in range(shape.layers):
        fed = [layers.SpatialDropout1D(dropout)(x), *inputs[8:]]
        h = CarriedLSTM(shape.units, stateful=bool(rows), name=f"lstm-{layer}")(*fed)
        x = layers.add([x, h]) if layer else h
    x = layers.SpatialDropout1D(dropout)(x)
    nats = heads(shape.head_units, name="heads")(x, target, target_position, illegal)
    return keras.Model({tensor.name: tensor for tensor in inputs}, nats)


def _embedded(shape: Shape, event: Any, position: Any, meter: Any, style: Any, harmony: Any) -> Any:
    """Return the sum of the embeddings of all that is fed, (B, T, U)."""

    def embed(name: str, size: int, index: Any) -> Any:
        small = keras.initializers.RandomNormal(stddev=0.05)
        return layers.Embedding(size, shape.units, name=f"embed-{name}", embeddings_initializer=small)(index)

    parts = [embed(f.name, f.size + 1, event[..., i]) for i, f in enumerate(FIELDS)]
    parts += [embed("phase", TICKS_PER_BEAT, position % TICKS_PER_BEAT), embed("beat", BEATS_IN_BAR, _beat(position))]
    parts += [embed("meter", 16, meter), embed("style", 16, style)]
    return layers.add([*parts, layers.Dense(shape.units, use_bias=False, name="embed-harmony")(harmony)])


def weights_of(model: Any) -> dict[str, NDArray[np.float32]]:
    """Return the weights of a network by the names of `Shape.weights`."""
    return {
        name: np.asarray(ops.convert_to_numpy(variable), np.float32)
        for variable in model.trainable_variables
        for name in [_name(variable.path)]
    }


def assign(model: Any, weights: Mapping[str, NDArray[np.float32]]) -> None:
    """Put weights named as in `Shape.weights` into a network."""
    for variable in model.trainable_variables:
        variable.assign(weights[_name(variable.path)])


def _dashed(name: str) -> str:
    """Return a name of ours as Keras takes it on every back end."""
    return name.replace(".", "-")


def _name(path: str) -> str:
    """Return the name in `Shape.weights` of a Keras variable."""
    layer, *_, variable = path.split("/")
    if layer == "heads":
        return variable.replace("-", ".")
    own = {"kernel": ".kernel", "recurrent_kernel": ".recurrent", "bias": ".bias"} if layer.startswith("lstm") else {}
    return layer.replace("-", ".") + own.get(variable, "")
