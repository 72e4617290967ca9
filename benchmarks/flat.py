"""The codec with one event a note against a flat one, a token a field: nats, training time, time per note.

    IMPROVD_DATA=… OMP_NUM_THREADS=1 .venv/bin/python benchmarks/flat.py [--notes N] [--seed S] [--times]

Both networks are 2×256, are shown the same windows of notes with the same things told, and carry their state.
The flat one reads five tokens a note and has one softmax over the values of the field whose turn it is. With
`--times` nothing is trained: the steps that play are timed on LiteRT with int8 weights, taking turns.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from ablations import Trial
from ai_edge_litert.interpreter import Interpreter
from keras import layers, ops
from trials import BASE, RECIPE, header, music, outcome

from improvd.model import network, step
from improvd.model.recurrent import CarriedLSTM
from improvd.model.runtimes.tensorflow import TensorflowOps, convert
from improvd.model.step import LEGAL_WIDTH, OFF
from improvd.music.codec import ADVANCE, BEATS_IN_BAR, FIELDS, PITCH, VELOCITY
from improvd.music.note import TICKS_PER_BEAT
from improvd.training.recipes import Recipe

TOKENS = len(FIELDS)
"""Tokens a note."""

FIRST = np.cumsum([0, *(field.size for field in FIELDS)])
"""Where the values of each field begin among all tokens; the last is the token before the first note."""

TABLES = {"token": LEGAL_WIDTH + 1, "turn": TOKENS, "phase": TICKS_PER_BEAT, "beat": BEATS_IN_BAR, "meter": 16,
          "style": 16, "harmony": 12}  # fmt: skip
"""Rows of the tables that embed what is known before a token."""


class Tokens(layers.Layer):  # type: ignore[misc]  # Keras ships no types
    """This embeds what is known before each token, (B, 5T, U): the token before it, and what every note is told.

    Of the place in the bar it is told the latest that is known: the previous onset's until the advance is there.
    """

    def __init__(self, units: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.units = units

    def build(self, *_: Any) -> None:
        """Make the tables."""
        small = keras.initializers.RandomNormal(stddev=0.05)
        self.tables = {
            name: self.add_weight(name=f"embed-{name}", shape=(size, self.units), initializer=small)
            for name, size in TABLES.items()
        }

    def call(self, told: dict[str, Any]) -> Any:
        """Return the embeddings, given what `network.build` takes."""
        earlier = ops.concatenate([told["event"][..., VELOCITY:], told["target"][..., :VELOCITY]], -1)
        tokens = earlier + ops.array(np.roll(FIRST[:TOKENS], 1), "int32")
        known = [told["position" if turn <= ADVANCE else "target_position"] for turn in range(TOKENS)]
        position = ops.stack(known, -1)
        each_note = self._of("meter", told["meter"]) + self._of("style", told["style"])
        each_note = each_note + ops.matmul(told["harmony"], self.tables["harmony"])
        x = self._of("token", tokens) + self.tables["turn"] + each_note[:, :, None]
        x = x + self._of("phase", position % TICKS_PER_BEAT)
        x = x + self._of("beat", ops.minimum(position // TICKS_PER_BEAT, BEATS_IN_BAR - 1))
        return ops.reshape(x, (x.shape[0], -1, self.units))

    def _of(self, name: str, index: Any) -> Any:
        return ops.take(self.tables[name], index, 0)


class OneSoftmax(layers.Layer):  # type: ignore[misc]  # Keras ships no types
    """This scores each token among the values of the field whose turn it is."""

    def build(self, top_shape: tuple[int, ...], *_: Any) -> None:
        """Make the weights of all tokens."""
        self.kernel = self.add_weight(name="kernel", shape=(top_shape[-1], LEGAL_WIDTH))
        self.bias = self.add_weight(name="bias", shape=(LEGAL_WIDTH,), initializer="zeros")

    def compute_output_shape(self, top_shape: Any, target_shape: Any, illegal_shape: Any) -> Any:
        """Return (B, T, 5)."""
        return target_shape

    def call(self, top: Any, target: Any, illegal: Any) -> Any:
        """Return the nats of each field (B, T, 5), given the top layer (B, 5T, U) and what follows."""
        top = ops.reshape(top, (top.shape[0], -1, TOKENS, top.shape[-1]))
        nats = []
        for turn in range(TOKENS):
            values = slice(int(FIRST[turn]), int(FIRST[turn + 1]))
            logits = ops.cast(ops.matmul(top[:, :, turn], self.kernel[:, values]) + self.bias[values], "float32")
            if turn == PITCH:
                logits = ops.where(illegal, OFF, logits)
            nats.append(-ops.take_along_axis(ops.log_softmax(logits, -1), target[..., turn, None], -1)[..., 0])
        return ops.stack(nats, -1)


def flat(recipe: Recipe) -> Any:
    """Return the flat network, with the inputs and the output of `network.build`."""
    told = {tensor.name: tensor for tensor in network.build(recipe.shape, rows=recipe.rows).inputs}
    x = Tokens(recipe.shape.units)({name: told[name] for name in network.INPUTS})
    x = layers.Dropout(recipe.stages[0].event_dropout, noise_shape=(None, None, 1))(x)
    for layer in range(recipe.shape.layers):
        h = CarriedLSTM(recipe.shape.units, stateful=True)(
            layers.SpatialDropout1D(recipe.stages[0].dropout)(x), told["carried"]
        )
        x = layers.add([x, h]) if layer else h
    x = layers.SpatialDropout1D(recipe.stages[0].dropout)(x)
    return keras.Model(told, OneSoftmax()(x, told["target"], told["illegal"]))


# --- playing ---------------------------------------------------------------------------------


def token_step(weights: dict[str, Any], token: Any, place: Any, harmony: Any, state: Any, legal: Any, dice: Any) -> Any:
    """Return the next token and the new state: what `improvd.model.step` does, a token at a time.

    Args:
        weights: by name, as TensorFlow takes them.
        token: (B, 1) int32, the one fed.
        place: (B, 5) int32: whose turn it is, tick in the beat, beat in the bar, metre, style.
        harmony: (B, 12) f32, pitch classes in force.
        state: (B, 2, L*U) f32.
        legal: (B, V) f32, 1 for the values of the field whose turn it is.
        dice: (B, 4) f32: temperature, top_p, min_p, noise.
    """
    tf_ops: Any = TensorflowOps()
    x = tf_ops.matmul(harmony, weights["harmony"])
    columns = [token, *tf_ops.split(place, (1,) * 5)]
    for name, column in zip(("token", "turn", "phase", "beat", "meter", "style"), columns, strict=True):
        x = x + tf_ops.gather(weights[name], tf_ops.flat(column))
    top, state = step._recur(tf_ops, weights, BASE, x, state)
    logits = tf_ops.where(legal > 0, tf_ops.matmul(top, weights["kernel"]) + weights["bias"], step.OFF)
    none = tf_ops.constant([[-1]], "int32")
    value, log_prob = step._draw(tf_ops, logits, step.Chance(*[*tf_ops.split(dice, (1,) * 4), none]))
    return {"token": value, "log_prob": log_prob, "state": state}


def token_weights(rng: np.random.Generator) -> dict[str, Any]:
    """Return weights drawn at random: what a step costs does not depend on them."""
    units = BASE.units
    shapes: dict[str, tuple[int, ...]] = {name: (size, units) for name, size in TABLES.items()}
    shapes |= {name: size for name, size in BASE.weights().items() if name.startswith("lstm")}
    shapes |= {"kernel": (units, LEGAL_WIDTH), "bias": (LEGAL_WIDTH,)}
    return {name: (rng.standard_normal(size) / np.sqrt(size[0])).astype(np.float32) for name, size in shapes.items()}


def convert_flat(weights: dict[str, Any], path: Path) -> None:
    """Write the flat step as a LiteRT file with int8 weights, for one row."""
    module = tf.Module()
    module.named = {name: tf.Variable(weight) for name, weight in weights.items()}
    shapes = {"token": 1, "place": 5, "harmony": 12, "legal": LEGAL_WIDTH, "dice": 4}
    whole = ("token", "place")
    specs = {n: tf.TensorSpec((1, size), tf.int32 if n in whole else tf.float32, n) for n, size in shapes.items()}
    specs["state"] = tf.TensorSpec((1, 2, BASE.state_width), tf.float32, "state")
    run = tf.function(lambda **fed: token_step(module.named, **fed)).get_concrete_function(**specs)
    converter = tf.lite.TFLiteConverter.from_concrete_functions([run], module)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    path.write_bytes(converter.convert())


def opened(path: Path) -> Callable[[], None]:
    """Return what runs a LiteRT file once, for one row; fed with ones, for what it costs does not depend on it."""
    interpreter = Interpreter(str(path), num_threads=1)
    for told in interpreter.get_input_details():
        interpreter.resize_tensor_input(told["index"], (1, *told["shape_signature"][1:]))
    interpreter.allocate_tensors()
    for told in interpreter.get_input_details():
        interpreter.set_tensor(told["index"], np.ones(told["shape"], told["dtype"]))
    run: Callable[[], None] = interpreter.invoke
    return run


def times_us(calls: int = 3000) -> tuple[float, float]:
    """Return how long a note takes in the middle, by events and flat, in µs; the two take turns."""
    rng = np.random.default_rng(0)
    events = {n: rng.standard_normal(size) / np.sqrt(size[0]) for n, size in BASE.weights().items()}
    with tempfile.TemporaryDirectory() as folder:
        paths = Path(folder, "events.tflite"), Path(folder, "flat.tflite")
        convert(events, BASE, paths[0], int8=True)
        convert_flat(token_weights(rng), paths[1])
        steps = [opened(path) for path in paths]
    spent: list[list[float]] = [[], []]
    for _ in range(calls):
        for run, times in zip(steps, spent, strict=True):
            started = time.perf_counter()
            run()
            times.append(time.perf_counter() - started)
    by_event, by_token = (float(np.median(times)) * 1e6 for times in spent)
    return by_event, by_token * TOKENS


def main() -> None:
    """Fit both networks and print a row for each, or time their steps."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--notes", type=int, default=1_200_000, help="notes that each is shown")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--times", action="store_true", help="time the steps that play instead")
    args = parser.parse_args()
    if args.times:
        by_events, by_tokens = times_us()
        print(f"a note by events {by_events:.0f} µs, flat {by_tokens:.0f} µs")
        return
    recipe = replace(RECIPE, seed=args.seed)
    same = music(recipe, notes=args.notes)
    print(f"{same.notes:,} notes in {len(same.shown)} windows, seed {args.seed}\n\n{header(same)}", flush=True)
    for name, build in (("one event a note", Trial("base").build), ("one token a field", flat)):
        print(outcome(name, build, recipe, same).row(), flush=True)


if __name__ == "__main__":
    main()
