"""Fitting a network to a set of the benchmark: epoch by epoch, the best kept."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from improvd.model.frames import told
from improvd.model.frames.told import Told
from improvd.music.frames import END
from improvd.training import checkpoint, log
from improvd.training.benchmark import rolls
from improvd.training.benchmark.windows import evaluation_windows, training_windows
from improvd.training.grid import Array
from improvd.training.log import Log
from improvd.training.recipes.benchmark import BenchmarkRecipe

if TYPE_CHECKING:
    from improvd.training.fit import Fit

STATE, BEST = "state.npz", "best.npz"
UNIT = "frame"


@dataclass(frozen=True, slots=True)
class Epoch:
    """This is what one pass over the music came to.

    `train`: nats per frame while fitting; `valid`: on validation.
    """

    number: int
    train: float
    valid: float
    seconds: float
    frames: int

    def row(self) -> dict[str, float]:
        """Return it by column."""
        return {
            "epoch": self.number, "train": self.train, "valid": self.valid,
            "seconds": self.seconds, "frames": self.frames,
        }  # fmt: skip

    def text(self) -> str:
        """Return it in words."""
        return f"train {self.train:.3f}  valid {self.valid:.3f}  {self.frames / self.seconds:,.0f} frames/s"


@dataclass(frozen=True, slots=True)
class Trained:
    """This is what a training came to.

    Attributes:
        weights: the best, by the names of `FramesShape.weights`.
        epoch: theirs; valid: their nats per frame on validation.
        seconds, frames_per_s: how long fitting took; backend: on what.
    """

    weights: dict[str, Array]
    epoch: int
    valid: float
    seconds: float
    frames_per_s: float
    backend: str


def run_folder(recipe: BenchmarkRecipe) -> Path:
    """Return where the checkpoints of a recipe lie: another folder for whatever would train differently."""
    digest = hashlib.sha256(repr(recipe).encode()).hexdigest()[:8]
    return checkpoint.runs_folder() / f"{recipe.name}-{recipe.seed}-{digest}"


def train(recipe: BenchmarkRecipe) -> Trained:
    """Carry out a training, going on where an earlier run of it stopped; return what came of it."""
    import keras

    folder = run_folder(recipe)
    learnt, valid = (_read(recipe.benchmark, side) for side in ("train", "valid"))
    fit = _fit(recipe)
    folder.mkdir(parents=True, exist_ok=True)
    if (folder / STATE).exists():
        fit.load(folder / STATE)
        log.tell(f"taken up after epoch {fit.epoch} of {recipe.epochs}")
    kept = Log(folder, recipe.epochs, UNIT)
    while fit.epoch < recipe.epochs:
        kept.epoch(_epoch(fit, recipe, learnt, valid, kept))
        fit.save(folder / STATE)
    seconds, frames = log.spent(folder, UNIT)
    weights = checkpoint.read(folder / BEST)
    epoch = int(weights.pop("epoch"))
    return Trained(weights, epoch, fit.best, seconds, frames / seconds, keras.backend.backend())


def _read(name: str, side: str) -> list[Told]:
    return [told.read(roll) for roll in rolls.load(name, side)]


def _fit(recipe: BenchmarkRecipe) -> Fit:
    from improvd.model.frames import network
    from improvd.training import fit

    fit.begin(recipe.seed)
    model: Any = network.build(recipe.shape, dropout=recipe.dropout, rows=recipe.rows)
    return fit.Fit(fit.compiled(model, recipe, recipe), recipe, recipe)


def _epoch(fit: Fit, recipe: BenchmarkRecipe, learnt: Sequence[Told], valid: Sequence[Told], kept: Log) -> Epoch:
    """Show everything once and evaluate; the best so far is kept apart."""
    rng = np.random.default_rng((recipe.seed, fit.epoch))
    whole = sum(int((sequence["target"] == END).sum()) for sequence in learnt)
    started, nats, frames = time.monotonic(), 0.0, 0
    for window in training_windows(learnt, rng, rows=recipe.rows, length=recipe.length, span=recipe.span):
        window_nats, count = fit.learn(window, frames / whole)
        nats, frames = nats + window_nats, frames + count
        kept.progress(fit.epoch + 1, frames / whole, nats / max(frames, 1), frames / (time.monotonic() - started))
    seconds = time.monotonic() - started
    fit.epoch += 1
    scored = float(fit.evaluate(evaluation_windows(valid, rows=recipe.rows, length=recipe.length)).sum())
    if scored < fit.best:
        fit.best = scored
        _keep_best(fit, run_folder(recipe))
    return Epoch(fit.epoch, nats / frames, scored, seconds, frames)


def _keep_best(fit: Fit, folder: Path) -> None:
    from improvd.model.frames import network

    with fit.averaged():
        weights = network.weights_of(fit.model)
    checkpoint.write(folder / BEST, {"epoch": np.array(fit.epoch), **weights})
