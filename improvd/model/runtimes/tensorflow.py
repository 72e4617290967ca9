"""The step on TensorFlow: one call for any number of rows, and converted for LiteRT."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from improvd.model.step import (
    LEGAL_WIDTH,
    Asked,
    Fed,
    Inputs,
    Outputs,
    Shape,
    asked_of,
    draw,
    fed_of,
    feed,
    in_each,
    step,
)
from improvd.music.codec import FIELDS
from improvd.music.note import PITCHES


class TensorflowOps:
    """This is the array library of the step, with TensorFlow. Sums and maxima keep a last axis of 1."""

    constant = staticmethod(lambda values, dtype: tf.constant(values, dtype))
    cast = staticmethod(tf.cast)
    gather = staticmethod(tf.gather)
    matmul = staticmethod(tf.matmul)
    tanh = staticmethod(tf.tanh)
    sigmoid = staticmethod(tf.sigmoid)
    softmax = staticmethod(tf.nn.softmax)
    log_softmax = staticmethod(tf.nn.log_softmax)
    where = staticmethod(tf.where)
    minimum = staticmethod(tf.minimum)
    maximum = staticmethod(tf.maximum)
    concat = staticmethod(lambda parts: tf.concat(parts, -1))
    stack = staticmethod(lambda parts: tf.stack(parts, 1))
    unstack = staticmethod(lambda x: tf.unstack(x, axis=1))
    split = staticmethod(lambda x, widths: tf.split(x, list(widths), -1))
    flat = staticmethod(lambda column: tf.squeeze(column, -1))
    sum = staticmethod(lambda x: tf.reduce_sum(x, -1, keepdims=True))
    max = staticmethod(lambda x: tf.reduce_max(x, -1, keepdims=True))
    min = staticmethod(lambda x: tf.reduce_min(x, -1, keepdims=True))
    pick = staticmethod(lambda x, column: tf.gather(x, column, batch_dims=1))
    cumsum = staticmethod(lambda x: tf.cumsum(x, -1))

    @staticmethod
    def falling(x: Any) -> Any:
        return tf.math.top_k(x, x.shape[-1] - 1).values


def signature(shape: Shape, batch: int | None) -> Inputs:
    """Return the type of each input, for a batch or any batch."""
    fields = len(FIELDS)
    return Inputs(
        event=tf.TensorSpec((batch, fields), tf.int32, "event"),
        context=tf.TensorSpec((batch, 4), tf.int32, "context"),
        chord=tf.TensorSpec((batch, 12), tf.float32, "chord"),
        remaining=tf.TensorSpec((batch, PITCHES), tf.float32, "remaining"),
        state=tf.TensorSpec((batch, 2, shape.state_width), tf.float32, "state"),
        legal=tf.TensorSpec((batch, LEGAL_WIDTH), tf.float32, "legal"),
        settings=tf.TensorSpec((batch, 3, fields), tf.float32, "settings"),
        noise=tf.TensorSpec((batch, fields), tf.float32, "noise"),
        forced=tf.TensorSpec((batch, fields), tf.int32, "forced"),
    )


class _Module(tf.Module):  # type: ignore[misc]  # TensorFlow ships no types
    """This holds the weights as variables, which the LiteRT converter needs to find them."""

    def __init__(self, weights: Mapping[str, NDArray[Any]], shape: Shape) -> None:
        super().__init__()
        self.named = {name: tf.Variable(np.float32(weight)) for name, weight in weights.items()}
        self.shape = shape

    def step(self, *inputs: Any) -> dict[str, Any]:
        return step(TensorflowOps(), self.named, self.shape, Inputs(*inputs))._asdict()

    def feed(self, *fed: Any) -> dict[str, Any]:
        top, state = feed(TensorflowOps(), self.named, self.shape, Fed(*fed))
        return {"top": top, "state": state}

    def draw(self, top: Any, *asked: Any) -> dict[str, Any]:
        return draw(TensorflowOps(), self.named, self.shape, top, Asked(*asked))._asdict()


class TensorflowStep:
    """This runs one step a call, for any number of rows: XLA would be no faster, and compile each number anew."""

    name = "tensorflow"

    def __init__(self, weights: Mapping[str, NDArray[Any]], shape: Shape) -> None:
        module = _Module(weights, shape)
        self.weights = module.named
        told = signature(shape, None)
        self._traced = tf.function(module.step, input_signature=told)
        self._fed = tf.function(module.feed, input_signature=fed_of(told))

    def __call__(self, inputs: Inputs) -> Outputs:
        outputs = self._traced(*(tf.constant(in_each(part, len(inputs.noise))) for part in inputs))
        return Outputs(**{name: value.numpy() for name, value in outputs.items()})

    def feed(self, fed: Fed) -> NDArray[np.float32]:
        """Return the state after the event fed."""
        state: NDArray[np.float32] = self._fed(*map(tf.constant, fed))["state"].numpy()
        return state


def convert(weights: Mapping[str, NDArray[Any]], shape: Shape, path: Path, *, int8: bool) -> None:
    """Write the step as a LiteRT file with the signatures `feed` and `draw`, over the same weights.

    The batch of both can be resized. With int8 the matrices are rounded to 8 bits.
    """
    module, told = _Module(weights, shape), signature(shape, None)
    top = tf.TensorSpec((None, shape.units), tf.float32, "top")
    concrete = [
        tf.function(module.feed).get_concrete_function(*fed_of(told)),
        tf.function(module.draw).get_concrete_function(top, *asked_of(told)),
    ]
    converter = tf.lite.TFLiteConverter.from_concrete_functions(concrete, module)
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
    if int8:
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
    path.write_bytes(converter.convert())
