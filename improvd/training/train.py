"""`improvd train`: read the music, fit the network, keep the best, write the bundle and the record of the run."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from improvd.music.codec import STYLES
from improvd.training import batches, checkpoint
from improvd.training.batches import Array, Score
from improvd.training.corpus import library
from improvd.training.corpus.library import Sides
from improvd.training.corpus.piece import Piece
from improvd.training.log import Epoch, Log
from improvd.training.recipes import Recipe, recipe_named
from improvd.training.result import Result

if TYPE_CHECKING:
    from improvd.training.fit import Fit


@dataclass(frozen=True, slots=True)
class Views:
    """This is one side of the split, seen with its parts and styles, and as live playing arrives."""

    told: list[Score]
    keys: list[Score]


def main(name: str, *, summary: bool = False) -> int:
    """Train a recipe from its name to its bundle, or print its network.

    A training that was stopped goes on after its last whole epoch.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    recipe = recipe_named(name)
    if summary:
        from improvd.model import network

        network.build(recipe.shape, dropout=recipe.dropout, event_dropout=recipe.event_dropout).summary()
        return 0
    run = checkpoint.runs_folder() / f"{recipe.name}-{recipe.seed}"
    try:
        sides = library.split(recipe.corpora)
        result = train(recipe, run, sides)
    except KeyboardInterrupt:
        print(f"\nstopped; 'improvd train {name}' goes on after the last whole epoch, kept in {run}", file=sys.stderr)
        return 1
    _finish(recipe, result, run, views(sides.test).keys)
    return 0


def _finish(recipe: Recipe, result: Result, run: Path, held_out: list[Score]) -> None:
    """Write the bundle of a training and its line in the record of experiments."""
    from improvd.training import finish

    root = Path(__file__).parents[2]
    folder = finish.write_bundle(recipe, best_weights(run)[0], result, held_out, root / "models" / recipe.name)
    finish.record(recipe, result, folder, root / "docs" / "experiments.md")
    print(f"wrote {folder}", file=sys.stderr)


def best_weights(run: Path) -> tuple[dict[str, Array], int]:
    """Return the best weights of a run by name, and their epoch."""
    saved = checkpoint.read(run / "best.npz")
    return saved, int(saved.pop("epoch"))


def views(pieces: Sequence[Piece]) -> Views:
    """Return pieces on the grid in both views."""
    told = batches.prepare(pieces, as_keys=False)
    return Views(told, [batches.seen_as_keys(score) for score in told])


def train(recipe: Recipe, run: Path, sides: Sides) -> Result:
    """Fit a recipe in a folder of checkpoints, going on where an earlier run stopped; return what came of it."""
    from improvd.training.fit import Fit, built

    run.mkdir(parents=True, exist_ok=True)
    scores, valid = batches.prepare(sides.train, as_keys=False), views(sides.valid)
    events = sum(len(score) + 1 for score in scores)
    fit = Fit(built(recipe, steps=recipe.epochs * -(-events // recipe.window)), recipe)
    if (run / "state.npz").exists():
        fit.load(run / "state.npz")
        print(f"taken up after epoch {fit.epoch} of {recipe.epochs}", file=sys.stderr)
    log = Log(run, recipe.epochs)
    while fit.epoch < recipe.epochs:
        log.epoch(_epoch(fit, scores, valid, run, log))
        fit.save(run / "state.npz")
    return _result(fit, run, log, sides)


def _epoch(fit: Fit, scores: list[Score], valid: Views, run: Path, log: Log) -> Epoch:
    """Show every piece once and evaluate; the best so far is kept apart."""
    recipe = fit.recipe
    rng = np.random.default_rng((recipe.seed, fit.epoch))
    all_notes = sum(map(len, scores))
    started, nats, notes = time.monotonic(), 0.0, 0
    for window in batches.training_windows(
        scores, rng, recipe.augmentation, rows=recipe.rows, length=recipe.length, span=recipe.span
    ):
        window_nats, count = fit.learn(window)
        nats, notes = nats + window_nats, notes + count
        log.progress(fit.epoch + 1, notes / all_notes, nats / notes, notes / (time.monotonic() - started))
    seconds = time.monotonic() - started
    fit.epoch += 1
    told, keys = (_evaluate(fit, side) for side in (valid.told, valid.keys))
    epoch = Epoch(fit.epoch, nats / notes, told, keys, seconds, notes)
    if epoch.valid < fit.best:
        fit.best = epoch.valid
        _keep_best(fit, run)
    return epoch


def _evaluate(fit: Fit, scores: list[Score]) -> Array:
    return fit.evaluate(batches.evaluation_windows(scores, rows=fit.recipe.rows, length=fit.recipe.length))


def _keep_best(fit: Fit, run: Path) -> None:
    from improvd.model import network

    with fit.averaged():
        weights = network.weights_of(fit.model)
    checkpoint.write(run / "best.npz", {"epoch": np.array(fit.epoch), **weights})


def _result(fit: Fit, run: Path, log: Log, sides: Sides) -> Result:
    """Test the best weights once."""
    import keras

    from improvd.model import network

    weights, best_epoch = best_weights(run)
    network.assign(fit.model, weights)
    fit.keep_as_average()
    test = views(sides.test)
    by_style = {style: [score for score in test.told if score.style == style] for style in {s.style for s in test.told}}
    seconds, notes = log.spent()
    return Result(
        epochs=fit.epoch,
        seconds=seconds,
        notes_per_s=notes / seconds,
        backend=keras.backend.backend(),
        best_epoch=best_epoch,
        valid=fit.best,
        test={"parts": _evaluate(fit, test.told), "keys": _evaluate(fit, test.keys)},
        styles={STYLES[style]: float(_evaluate(fit, scores).sum()) for style, scores in sorted(by_style.items())},
        pieces={side: len(pieces) for side, pieces in sides.by_name()},
        notes={side: sum(len(p.notes) for p in pieces) for side, pieces in sides.by_name()},
    )
