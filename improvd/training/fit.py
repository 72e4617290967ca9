"""Fitting a network to windows: warm-up and cosine, clipped gradients, averaged weights, states that resume."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import keras
import numpy as np
from keras import ops

from improvd.model import network
from improvd.training import checkpoint
from improvd.training.batches import Window
from improvd.training.grid import Array
from improvd.training.recipes import Recipe, Stage

PRECISION = {"torch": "mixed_bfloat16"}
"""Where half the bits were seen to pay, by back end; elsewhere float32. Source: docs/training.md."""

CARRIED = "carried"
"""The input that says whether rows go on from the window before."""

AVERAGED_EVERY = 8
"""Steps between two looks at the weights for their average: often enough, and no price to pay on a GPU."""


class Course(Protocol):
    """This is what of a stage, or of a recipe, its learning rate follows from; see `Stage`."""

    @property
    def epochs(self) -> int:
        """Passes over the music."""

    @property
    def learning_rate(self) -> float:
        """The highest."""

    @property
    def warm_up(self) -> int:
        """Windows until it is reached."""


class Fitting(Protocol):
    """This is what of a recipe fitting asks for; see `Recipe`."""

    @property
    def rows(self) -> int:
        """Sequences side by side."""

    @property
    def length(self) -> int:
        """Events of a row that are shown at once."""

    @property
    def window(self) -> int:
        """Events of all rows that are shown at once."""

    @property
    def weight_decay(self) -> float:
        """Of AdamW."""

    @property
    def clip_norm(self) -> float:
        """Of the whole gradient."""

    @property
    def averaging(self) -> float:
        """Momentum of the average of the weights."""


def begin(seed: int) -> None:
    """Let what is built from now on follow from a seed, in the precision that pays on this back end."""
    keras.utils.set_random_seed(seed)
    keras.mixed_precision.set_dtype_policy(PRECISION.get(keras.backend.backend(), "float32"))


def built(recipe: Recipe, stage: Stage) -> Any:
    """Return a recipe's network, ready to be fitted on whichever back end is configured."""
    begin(recipe.seed)
    model = network.build(
        recipe.shape, dropout=stage.dropout, event_dropout=stage.event_dropout, rows=recipe.rows
    )  # fmt: skip
    return compiled(model, recipe, stage)


def compiled(model: Any, recipe: Fitting, stage: Course) -> Any:
    """Return a network that is fitted to the nats that it outputs, of `recipe.window` events at a time."""
    optimizer = keras.optimizers.AdamW(
        stage.learning_rate, weight_decay=recipe.weight_decay, global_clipnorm=recipe.clip_norm, beta_2=0.98
    )
    optimizer.exclude_from_weight_decay(var_names=["bias", "embed"])
    model.compile(optimizer=optimizer, loss=lambda weight, nats: ops.sum(weight * nats) / recipe.window)
    optimizer.build(model.trainable_variables)
    return model


def learning_rate(stage: Course, steps: int, done: float) -> float:
    """Return the learning rate after some steps of a stage, of which a share (0-1) is done."""
    rising = min(1.0, (steps + 1) / stage.warm_up)
    return stage.learning_rate * rising * (1 + math.cos(math.pi * min(done, 1.0))) / 2


class Fit:
    """This fits a network window by window, and can be saved and taken up again between epochs.

    The network is told what it has inputs for, and whether its rows are carried on; its output is nats (B, T, F).
    """

    def __init__(self, model: Any, recipe: Fitting, stage: Course) -> None:
        self.model = model
        self._inputs = [tensor.name for tensor in model.inputs if tensor.name != CARRIED]
        self.recipe = recipe
        self.stage = stage
        self.average = self._weights()
        self.steps = 0
        self.epoch = 0
        self.best = math.inf

    def learn(self, window: Window, share: float) -> tuple[float, int]:
        """Fit one window, at a share (0-1) of the epoch; return its nats and what they are told by."""
        done = (self.epoch + share) / self.stage.epochs
        self.model.optimizer.learning_rate = learning_rate(self.stage, self.steps, done)
        loss = float(self.model.train_on_batch(self._told(window), window.weight))
        self.steps += 1
        if self.steps % AVERAGED_EVERY == 0:
            self._take_into_average()
        return loss * self.recipe.window, window.counted

    def _take_into_average(self) -> None:
        seen = self.steps // AVERAGED_EVERY
        momentum = min(self.recipe.averaging**AVERAGED_EVERY, seen / (9 + seen))
        for average, now in zip(self.average, self._weights(), strict=True):
            average += (1 - momentum) * (now - average)

    @contextmanager
    def averaged(self) -> Iterator[None]:
        """Put the average in place of the weights being fitted, for a while."""
        fitted = self._weights()
        self.assign(self.average)
        yield
        self.assign(fitted)

    def start_from(self, weights: Mapping[str, Array]) -> None:
        """Take up weights by the names of `Shape.weights`."""
        network.assign(self.model, weights)
        self.average = self._weights()

    def evaluate(self, windows: Iterable[Window]) -> Array:
        """Return the averaged network's nats per note, or whatever is counted, a field a number (F,)."""
        total, count = np.zeros(self.model.output.shape[-1]), 0
        with self.averaged():
            for window in windows:
                nats = np.asarray(self.model.predict_on_batch(self._told(window)), np.float64)
                total += (window.weight * nats).sum((0, 1))
                count += window.counted
        return total / max(count, 1)

    def assign(self, weights: list[Array]) -> None:
        """Put in weights, in the order of the network's trainable variables."""
        for variable, weight in zip(self.model.trainable_variables, weights, strict=True):
            variable.assign(weight)

    def save(self, path: Path) -> None:
        """Write everything needed to go on."""
        arrays = {f"weight.{i}": w for i, w in enumerate(self._weights())}
        arrays |= {f"average.{i}": w for i, w in enumerate(self.average)}
        arrays |= {f"optimizer.{i}": ops.convert_to_numpy(v) for i, v in enumerate(self.model.optimizer.variables)}
        arrays |= {f"drawn.{i}": ops.convert_to_numpy(v) for i, v in enumerate(self.model.non_trainable_variables)}
        checkpoint.write(path, {"counts": np.array([self.steps, self.epoch, self.best], np.float64), **arrays})

    def load(self, path: Path) -> None:
        """Take up a saved state."""
        saved = checkpoint.read(path)
        self.assign([saved[f"weight.{i}"] for i in range(len(self.average))])
        self.average = [saved[f"average.{i}"] for i in range(len(self.average))]
        for i, variable in enumerate(self.model.optimizer.variables):
            variable.assign(saved[f"optimizer.{i}"])
        for i, variable in enumerate(self.model.non_trainable_variables):
            variable.assign(saved.get(f"drawn.{i}", variable))  # where chance stands; older checkpoints do not say
        self.steps, self.epoch = int(saved["counts"][0]), int(saved["counts"][1])
        self.best = float(saved["counts"][2])

    def _weights(self) -> list[Array]:
        return [np.array(ops.convert_to_numpy(variable)) for variable in self.model.trainable_variables]

    def _told(self, window: Window) -> dict[str, Array]:
        carried = np.full((self.recipe.rows, 1), window.carried, np.float32)
        return {name: window.told[name] for name in self._inputs} | {CARRIED: carried}
