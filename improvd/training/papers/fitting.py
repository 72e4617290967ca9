"""Fitting a network of layers as the papers do: epochs of Keras' steps, cross-entropy, accuracy; states that resume."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import ops

from improvd.model.layered import Network, fitting
from improvd.training import checkpoint, fit
from improvd.training.grid import Array

OPTIMIZERS = {"adam": keras.optimizers.Adam, "rmsprop": keras.optimizers.RMSprop}

Batches = Iterable[tuple[Array, Array]]
Progress = Callable[[int, float], None]
"""Is told how many windows have been fitted, and the nats of all so far."""


@dataclass(frozen=True, slots=True)
class Measured:
    """This is what some windows came to: nats per symbol, and the share of symbols (0-1) that were the likeliest."""

    nats: float
    accuracy: float


class _Tally:
    """This adds up what batches of any size come to."""

    def __init__(self) -> None:
        self.windows = 0
        self._symbols, self._nats, self._right = 0, 0.0, 0.0

    def add(self, found: Measured, windows: Array, targets: Array) -> None:
        self.windows += len(windows)
        self._symbols += targets.size
        self._nats += found.nats * targets.size
        self._right += found.accuracy * targets.size

    def measured(self) -> Measured:
        count = max(self._symbols, 1)
        return Measured(self._nats / count, self._right / count)


class Fitting:
    """This fits a network, and can be saved and taken up again between epochs.

    Attributes:
        network: the table; model: in Keras.
        epoch: how many are done; best_epoch: the one kept; best: its nats on validation.
    """

    def __init__(self, network: Network, *, optimizer: str, learning_rate: float, seed: int) -> None:
        fit.begin(seed)
        self.network = network
        self.model: Any = fitting.build(network)
        self.model.layers[-1].dtype_policy = keras.DTypePolicy("float32")
        self.model.compile(
            optimizer=OPTIMIZERS[optimizer](learning_rate),
            loss=keras.losses.SparseCategoricalCrossentropy(),
            metrics=[keras.metrics.SparseCategoricalAccuracy(name="accuracy")],
        )
        self.model.optimizer.build(self.model.trainable_variables)
        self.epoch, self.best_epoch, self.best = 0, 0, math.inf

    def learn(self, batches: Batches, progress: Progress) -> Measured:
        """Fit some windows; return what they came to while being fitted."""
        tally = _Tally()
        for windows, targets in batches:
            tally.add(self._told(self.model.train_on_batch, windows, targets), windows, targets)
            progress(tally.windows, tally.measured().nats)
        return tally.measured()

    def score(self, batches: Batches) -> Measured:
        """Return what some windows come to, nothing dropped."""
        tally = _Tally()
        for windows, targets in batches:
            tally.add(self._told(self.model.test_on_batch, windows, targets), windows, targets)
        return tally.measured()

    def _told(self, work: Callable[..., Any], windows: Array, targets: Array) -> Measured:
        """Return what Keras says of one batch."""
        self.model.reset_metrics()  # else some versions of Keras tell of all batches so far
        told = work(self.network.told(windows), targets, return_dict=True)
        return Measured(float(told["loss"]), float(told["accuracy"]))

    def weights(self) -> dict[str, Array]:
        """Return the weights by the names of `Network.weights`."""
        return dict(fitting.weights_of(self.network, self.model))

    def assign(self, weights: Mapping[str, Array]) -> None:
        """Put in weights by the names of `Network.weights`."""
        fitting.assign(self.network, self.model, weights)

    def save(self, path: Path) -> None:
        """Write everything needed to go on, what chance goes by included."""
        arrays = {f"state.{i}": ops.convert_to_numpy(variable) for i, variable in enumerate(self._variables())}
        counts = np.array([self.epoch, self.best_epoch, self.best], np.float64)
        checkpoint.write(path, {"counts": counts, **arrays})

    def load(self, path: Path) -> None:
        """Take up a saved state."""
        saved = checkpoint.read(path)
        for i, variable in enumerate(self._variables()):
            variable.assign(saved[f"state.{i}"])
        epoch, best_epoch, best = saved["counts"].tolist()
        self.epoch, self.best_epoch, self.best = int(epoch), int(best_epoch), best

    def _variables(self) -> list[Any]:
        return [*self.model.variables, *self.model.optimizer.variables]
