"""`improvd train`: read the music, fit the network, keep the best, write the bundle and the record of the run."""

from __future__ import annotations

import csv
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from improvd.errors import CorpusError
from improvd.music.codec import FIELDS
from improvd.training import batches
from improvd.training.batches import Array, Score
from improvd.training.corpus import library
from improvd.training.corpus.piece import SPLITS, Piece, split_of
from improvd.training.recipes import Recipe, recipe_named
from improvd.training.result import Result

if TYPE_CHECKING:
    from improvd.training.fit import Fit

EVALUATION_ROWS = 64


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

        network.build(recipe.shape, dropout=recipe.dropout).summary()
        return 0
    run = runs_folder() / f"{recipe.name}-{recipe.seed}"
    try:
        result = train(recipe, run)
    except KeyboardInterrupt:
        print(f"\nstopped; 'improvd train {name}' goes on after the last whole epoch, kept in {run}", file=sys.stderr)
        return 1
    _finish(recipe, result, run)
    return 0


def _finish(recipe: Recipe, result: Result, run: Path) -> None:
    """Write the bundle of a training and its line in the record of experiments."""
    from improvd.training import finish

    root = Path(__file__).parents[2]
    test = split_pieces(recipe.corpora)["test"]
    folder = finish.write_bundle(recipe, best_weights(run)[0], result, views(test).keys, root / "models" / recipe.name)
    finish.record(recipe, result, folder, root / "docs" / "experiments.md")
    print(f"wrote {folder}", file=sys.stderr)


def best_weights(run: Path) -> tuple[dict[str, Array], int]:
    """Return the best weights of a run by name, and their epoch."""
    with np.load(run / "best.npz", allow_pickle=False) as saved:
        return {name: saved[name] for name in saved.files if name != "epoch"}, int(saved["epoch"])


def runs_folder() -> Path:
    """Return where checkpoints live: `$XDG_CACHE_HOME/improvd/runs`."""
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "improvd" / "runs"


def split_pieces(names: Sequence[str]) -> dict[str, list[Piece]]:
    """Return the pieces of some corpora by side of the split.

    Raises:
        CorpusError: if a side is left without a piece.
    """
    sides: dict[str, list[Piece]] = {side: [] for side in SPLITS}
    for name in names:
        for piece in library.read(name):
            sides[split_of(piece)].append(piece)
    for side, pieces in sides.items():
        if not pieces:
            raise CorpusError(f"{', '.join(names)}: no piece falls on the {side} side; at least 20 pieces are needed")
    return sides


def views(pieces: Sequence[Piece]) -> Views:
    """Return pieces on the grid in both views; as keys, no style is told."""
    keys = batches.prepare(pieces, as_keys=True)
    return Views(batches.prepare(pieces, as_keys=False), [batches.without_style(score) for score in keys])


def train(recipe: Recipe, run: Path) -> Result:
    """Fit a recipe in a folder of checkpoints, going on where an earlier run stopped; return what came of it.

    Raises:
        CorpusError: if the music is missing.
    """
    import keras

    from improvd.model import network
    from improvd.training.fit import Fit, compiled

    keras.utils.set_random_seed(recipe.seed)
    run.mkdir(parents=True, exist_ok=True)
    sides = split_pieces(recipe.corpora)
    scores = batches.prepare(sides["train"], as_keys=False)
    valid = views(sides["valid"])
    steps = recipe.epochs * -(-len(scores) // recipe.rows)
    fit = Fit(compiled(network.build(recipe.shape, dropout=recipe.dropout), recipe, steps), recipe)
    if (run / "state.npz").exists():
        fit.load(run / "state.npz")
        print(f"taken up after epoch {fit.epoch} of {recipe.epochs}", file=sys.stderr)
    while fit.epoch < recipe.epochs:
        _epoch(fit, recipe, scores, valid, run)
    return _result(fit, run, sides)


def _epoch(fit: Fit, recipe: Recipe, scores: list[Score], valid: Views, run: Path) -> None:
    """Show every piece once, evaluate, and save; the best so far is kept apart."""
    rng = np.random.default_rng((recipe.seed, fit.epoch))
    started, total, notes = time.monotonic(), 0.0, 0
    shown = batches.training_batches(scores, rng, recipe.augmentation, rows=recipe.rows, length=recipe.length)
    for number, batch in enumerate(shown, 1):
        loss, count = fit.learn(batch)
        total, notes = total + loss * count, notes + count
        _progress(fit, recipe, number * recipe.rows / len(scores), total / notes, notes / (time.monotonic() - started))
    seconds = time.monotonic() - started
    told, keys = (_evaluate(fit, side) for side in (valid.told, valid.keys))
    score = float(told.sum() + keys.sum()) / 2
    fit.epoch += 1
    if score < fit.best:
        fit.best = score
        _keep_best(fit, run)
    _log(run, fit.epoch, total / notes, told, keys, seconds, notes)
    fit.save(run / "state.npz")
    print(f"\repoch {fit.epoch}/{recipe.epochs}  train {total / notes:.3f}  valid {told.sum():.3f} with parts, "
          f"{keys.sum():.3f} as keys  {notes / seconds:,.0f} notes/s{' ' * 20}", file=sys.stderr)  # fmt: skip


def _evaluate(fit: Fit, scores: list[Score]) -> Array:
    return fit.evaluate(batches.evaluation_batches(scores, rows=EVALUATION_ROWS, length=255))


def _progress(fit: Fit, recipe: Recipe, share: float, loss: float, speed: float) -> None:
    done = int(min(share, 1.0) * 30)
    print(f"\repoch {fit.epoch + 1}/{recipe.epochs} [{'#' * done:<30}] {loss:.3f} nats/note {speed:,.0f} notes/s ",
          end="", file=sys.stderr, flush=True)  # fmt: skip


def _keep_best(fit: Fit, run: Path) -> None:
    from improvd.model import network

    fitted = fit.model.get_weights()
    fit.model.set_weights(fit.average)
    draft = run / "best.part.npz"
    arrays: dict[str, Array] = {"epoch": np.array(fit.epoch), **network.weights_of(fit.model)}
    np.savez(draft, **arrays)  # type: ignore[arg-type]  # numpy types its keywords as flags
    os.replace(draft, run / "best.npz")
    fit.model.set_weights(fitted)


def _log(run: Path, epoch: int, train: float, told: Array, keys: Array, seconds: float, notes: int) -> None:
    path = run / "log.csv"
    fresh = not path.exists()
    with path.open("a", newline="") as file:
        log = csv.writer(file)
        if fresh:
            log.writerow(["epoch", "train", *(f"parts.{f.name}" for f in FIELDS),
                          *(f"keys.{f.name}" for f in FIELDS), "seconds", "notes"])  # fmt: skip
        log.writerow([epoch, f"{train:.4f}", *(f"{n:.4f}" for n in [*told, *keys]), f"{seconds:.1f}", notes])


def _result(fit: Fit, run: Path, sides: dict[str, list[Piece]]) -> Result:
    """Test the best weights once."""
    from improvd.model import network

    weights, best_epoch = best_weights(run)
    network.assign(fit.model, weights)
    fit.average = [np.array(w) for w in fit.model.get_weights()]
    test = views(sides["test"])
    with (run / "log.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    seconds, notes = sum(float(r["seconds"]) for r in rows), sum(int(r["notes"]) for r in rows)
    return Result(
        epochs=fit.epoch,
        seconds=seconds,
        notes_per_s=notes / seconds,
        best_epoch=best_epoch,
        valid=fit.best,
        test={"parts": _evaluate(fit, test.told), "keys": _evaluate(fit, test.keys)},
        pieces={side: len(pieces) for side, pieces in sides.items()},
        notes={side: sum(len(p.notes) for p in pieces) for side, pieces in sides.items()},
    )
