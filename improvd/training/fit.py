"""Fitting a network to batches: warm-up and cosine, clipped gradients, averaged weights, states that resume."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from improvd.music.codec import FIELDS, PITCH
from improvd.training.batches import Batch
from improvd.training.recipes import Recipe

Array = NDArray[Any]


def nats_per_note(weight: Any, nats: Any) -> Any:
    """Return the nats of all fields over the number of notes; `weight` and `nats` are (B, T, 5)."""
    return ops.sum(weight * nats) / ops.maximum(ops.sum(weight[..., PITCH]), 1.0)


def compiled(model: Any, recipe: Recipe, steps: int) -> Any:
    """Return the network ready to be fitted for some steps."""
    schedule = keras.optimizers.schedules.CosineDecay(
        0.0,
        decay_steps=max(1, steps - recipe.warm_up),
        warmup_target=recipe.learning_rate,
        warmup_steps=recipe.warm_up,
        alpha=0.0,
    )
    optimizer = keras.optimizers.AdamW(
        schedule, weight_decay=recipe.weight_decay, global_clipnorm=recipe.clip_norm, beta_2=0.98
    )
    optimizer.exclude_from_weight_decay(var_names=["bias", "embed"])
    model.compile(optimizer=optimizer, loss=nats_per_note)
    optimizer.build(model.trainable_variables)
    return model


class Fit:
    """This fits a network batch by batch, and can be saved and taken up again between epochs."""

    def __init__(self, model: Any, recipe: Recipe) -> None:
        self.model = model
        self.averaging = recipe.averaging
        self.average = [np.array(w) for w in model.get_weights()]
        self.steps = 0
        self.epoch = 0
        self.best = math.inf

    def learn(self, batch: Batch) -> tuple[float, int]:
        """Fit one batch; return its nats per note and its number of notes."""
        inputs, weight = batch
        loss = float(self.model.train_on_batch(inputs, weight))
        self.steps += 1
        momentum = min(self.averaging, (1 + self.steps) / (10 + self.steps))
        for average, now in zip(self.average, self.model.get_weights(), strict=True):
            average += (1 - momentum) * (now - average)
        return loss, int(weight[..., PITCH].sum())

    def evaluate(self, batches: Iterable[Batch]) -> Array:
        """Return the averaged network's nats per note, a field a number (5,)."""
        fitted = self.model.get_weights()
        self.model.set_weights(self.average)
        total, notes = np.zeros(len(FIELDS)), 0.0
        for inputs, weight in batches:
            nats = self.model.predict_on_batch(inputs)
            total += (weight * nats).sum((0, 1))
            notes += float(weight[..., PITCH].sum())
        self.model.set_weights(fitted)
        return total / max(notes, 1.0)

    def save(self, path: Path) -> None:
        """Write everything needed to go on, in place of the last state, never half."""
        arrays = {f"weight.{i}": w for i, w in enumerate(self.model.get_weights())}
        arrays |= {f"average.{i}": w for i, w in enumerate(self.average)}
        arrays |= {f"optimizer.{i}": np.asarray(v) for i, v in enumerate(self.model.optimizer.variables)}
        counts = np.array([self.steps, self.epoch, self.best], np.float64)
        draft = path.with_suffix(".part.npz")
        np.savez(draft, counts=counts, **arrays)
        os.replace(draft, path)

    def load(self, path: Path) -> None:
        """Take up a saved state."""
        with np.load(path, allow_pickle=False) as saved:
            self.model.set_weights([saved[f"weight.{i}"] for i in range(len(self.average))])
            self.average = [np.array(saved[f"average.{i}"]) for i in range(len(self.average))]
            for i, variable in enumerate(self.model.optimizer.variables):
                variable.assign(saved[f"optimizer.{i}"])
            self.steps, self.epoch = int(saved["counts"][0]), int(saved["counts"][1])
            self.best = float(saved["counts"][2])
