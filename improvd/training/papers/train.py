"""Fitting a run of a paper's recipe: to its end, or to that of what validation gains."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from improvd.model.layered import Network
from improvd.training import checkpoint, log
from improvd.training.grid import Array
from improvd.training.log import Log
from improvd.training.papers import texts
from improvd.training.papers.runs import PaperRun
from improvd.training.papers.texts import Texts
from improvd.training.papers.windows import Numbered, Windows, numbered, vocabulary
from improvd.training.recipes.papers import PaperRecipe

if TYPE_CHECKING:
    from improvd.training.papers.fitting import Fitting, Measured

STATE, BEST, EPOCHS = "state.npz", "best.npz", "epochs"
UNIT = "symbol"


@dataclass(frozen=True, slots=True)
class Epoch:
    """This is what one pass over the music came to: `train` while fitting, `valid` after it."""

    number: int
    train: Measured
    valid: Measured
    seconds: float
    symbols: int

    def row(self) -> dict[str, float]:
        """Return it by column."""
        return {
            "epoch": self.number, "train": self.train.nats, "valid": self.valid.nats,
            "train_accuracy": self.train.accuracy, "valid_accuracy": self.valid.accuracy,
            "seconds": self.seconds, "symbols": self.symbols,
        }  # fmt: skip

    def text(self) -> str:
        """Return it in words."""
        return (
            f"train {self.train.nats:.3f}, {self.train.accuracy:.1%}  valid {self.valid.nats:.3f}, "
            f"{self.valid.accuracy:.1%}  {self.symbols / self.seconds:,.0f} symbols/s"
        )


@dataclass(frozen=True, slots=True)
class Music:
    """This is what a run learns, chooses and is tested by, as numbers.

    Attributes:
        texts: as symbols; vocabulary: of the training side.
        sides: as numbers, by side.
        windows: of each side.
    """

    texts: Texts
    vocabulary: tuple[str, ...]
    sides: dict[str, Numbered]
    windows: dict[str, Windows]


@dataclass(frozen=True, slots=True)
class Trained:
    """This is what a run came to.

    Attributes:
        network: the table; weights: the best, by its names; last: those of the last epoch.
        epoch: the one kept; epochs: how many there were; ended: why it ended there.
        test: of the best, on the test side.
        seconds, symbols_per_s: how long fitting took; backend: on what.
    """

    network: Network
    weights: dict[str, Array]
    last: dict[str, Array]
    epoch: int
    epochs: int
    ended: str
    test: Measured
    seconds: float
    symbols_per_s: float
    backend: str


def read(run: PaperRun) -> Music:
    """Return the music of a run as numbers.

    Raises:
        CorpusError: if there is too little of it, or none.
    """
    recipe = run.recipe
    found = texts.of_corpus(run.picked, recipe.codec) if run.picked else texts.of_own(run.own, recipe.codec)
    return numbered_music(run, found)


def numbered_music(run: PaperRun, found: Texts) -> Music:
    """Return texts as the numbers that a run learns."""
    recipe = run.recipe
    known = vocabulary(found.train, recipe.rarest)
    sides = {side: numbered(own, known, joined=recipe.joined) for side, own in found.by_name()}
    sequences = run.network(len(known)).sequences
    windows = {
        side: Windows(own.texts, recipe.window, sequences=sequences, name=f"{run.data}, side {side!r}")
        for side, own in sides.items()
    }
    return Music(found, known, sides, windows)


def train(run: PaperRun, music: Music) -> Trained:
    """Carry out a run, going on where an earlier one stopped; return what came of it."""
    import keras

    recipe, folder = run.recipe, run.record(music.texts)
    folder.mkdir(parents=True, exist_ok=True)
    fit = _fitting(run, len(music.vocabulary))
    if (folder / STATE).exists():
        fit.load(folder / STATE)
        log.tell(f"taken up after epoch {fit.epoch} of {recipe.epochs}")
    kept = Log(folder, recipe.epochs, UNIT)
    while not _ended(recipe, fit):
        kept.epoch(_epoch(fit, run, music, folder, kept))
        fit.save(folder / STATE)
    seconds, symbols = log.spent(folder, UNIT)
    last = fit.weights()
    best = checkpoint.read(folder / BEST)
    epoch = int(best.pop("epoch"))
    test = _tested(fit, recipe, music, best)
    return Trained(
        fit.network, best, last, epoch, fit.epoch, _ended(recipe, fit), test, seconds, symbols / seconds,
        keras.backend.backend(),
    )  # fmt: skip


def _fitting(run: PaperRun, symbols: int) -> Fitting:
    from improvd.training.papers.fitting import Fitting

    recipe = run.recipe
    return Fitting(
        run.network(symbols), optimizer=recipe.optimizer, learning_rate=recipe.learning_rate, seed=recipe.seed
    )  # fmt: skip


def _ended(recipe: PaperRecipe, fit: Fitting) -> str:
    """Return why a run is at its end; '' where it is not."""
    if recipe.patience and fit.epoch - fit.best_epoch >= recipe.patience:
        return f"early stopping: {recipe.patience} epochs without a better validation"
    return f"all {recipe.epochs} epochs" if fit.epoch >= recipe.epochs else ""


def _epoch(fit: Fitting, run: PaperRun, music: Music, folder: Path, kept: Log) -> Epoch:
    """Show all windows once and evaluate; the best so far is kept apart."""
    recipe, windows = run.recipe, music.windows["train"]
    rng = np.random.default_rng((recipe.seed, fit.epoch))
    starts = rng.permutation(windows.starts(recipe.stride, int(rng.integers(recipe.stride))))
    started, width = time.monotonic(), recipe.window if windows.sequences else 1

    def progress(seen: int, nats: float) -> None:
        kept.progress(fit.epoch + 1, seen / len(starts), nats, seen * width / (time.monotonic() - started))

    train = fit.learn(windows.batches(starts, recipe.batch), progress)
    seconds = time.monotonic() - started
    fit.epoch += 1
    valid = _score(fit, recipe, music, "valid", recipe.stride)
    if valid.nats < fit.best:
        fit.best, fit.best_epoch = valid.nats, fit.epoch
        checkpoint.write(folder / BEST, {"epoch": np.array(fit.epoch), **fit.weights()})
    if recipe.every_epoch:
        _keep(fit, folder)
    return Epoch(fit.epoch, train, valid, seconds, len(starts) * width)


def _score(fit: Fitting, recipe: PaperRecipe, music: Music, side: str, stride: int) -> Measured:
    windows = music.windows[side]
    return fit.score(windows.batches(windows.starts(stride), 4 * recipe.batch))


def _keep(fit: Fitting, folder: Path) -> None:
    """Keep the weights of an epoch as float16."""
    (folder / EPOCHS).mkdir(exist_ok=True)
    halves = {name: weight.astype(np.float16) for name, weight in fit.weights().items()}
    checkpoint.write(folder / EPOCHS / f"{fit.epoch:03}.npz", halves)


def _tested(fit: Fitting, recipe: PaperRecipe, music: Music, weights: dict[str, Array]) -> Measured:
    """Return what the test side comes to with some weights, each symbol foreseen once."""
    fit.assign(weights)
    return _score(fit, recipe, music, "test", recipe.window if fit.network.sequences else 1)
