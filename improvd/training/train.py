"""`improvd train`: read the music, fit the network, keep the best, write the bundle and the record of the run."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from improvd.errors import CheckpointError
from improvd.music.codec import STYLES
from improvd.training import batches, checkpoint, grid, log
from improvd.training.batches import Window
from improvd.training.corpus.piece import Piece
from improvd.training.corpus.sides import SPLITS
from improvd.training.grid import Array, Score
from improvd.training.log import Epoch, Log
from improvd.training.plan import Plan, planned
from improvd.training.recipes import Recipe, recipe_named
from improvd.training.result import KEYS, LEARNT_BEFORE, PARTS, Result

if TYPE_CHECKING:
    from improvd.training.fit import Fit


def main(what: str, *, data: str | None = None, base: str | None = None, summary: bool = False) -> int:
    """Train from the command line's words to a bundle, or print the network.

    A training that was stopped goes on after its last whole epoch.

    Args:
        what: a recipe; or, with `base`, a folder of music.
        data: music to learn in place of the recipe's.
        base: the model to go on from.
        summary: whether to print the network and end.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    if summary:
        from improvd.model import network

        network.build(recipe_named(what).shape).summary()
        return 0
    try:
        plan = planned(what, data=data, base=base)
        result = train(plan)
    except KeyboardInterrupt:
        print("\nstopped; the same command goes on after the last whole epoch", file=sys.stderr)
        return 1
    if find_spec("tensorflow") is None:
        raise CheckpointError(
            f"trained: the weights are in {plan.run}; the bundle needs TensorFlow: give the same command where it is"
        )
    from improvd.training import finish

    finish.finish(plan, result, best_weights(plan.stage_folders[-1])[0])
    print(f"wrote {plan.folder}", file=sys.stderr)
    return 0


@dataclass(frozen=True, slots=True)
class Shown:
    """This is what the network is shown: music to learn, and as much again of what it learnt before."""

    recipe: Recipe
    new: list[Score]
    before: list[Score]

    @property
    def notes(self) -> int:
        """Notes of an epoch, about."""
        times = dict(self.recipe.emphasis)
        learnt = sum(len(score) * times.get(STYLES[score.style], 1.0) for score in self.new)
        return round(learnt) * (2 if self.before else 1)

    def windows(self, epoch: int) -> Iterator[Window]:
        """Yield an epoch, another one each time."""
        recipe = self.recipe
        rng = np.random.default_rng((recipe.seed, epoch))
        shown = [*self._emphasised(rng), *self._rehearsed(rng)]
        return batches.training_windows(
            shown, rng, recipe.augmentation, rows=recipe.rows, length=recipe.length, span=recipe.span
        )

    def _emphasised(self, rng: np.random.Generator) -> list[Score]:
        times = dict(self.recipe.emphasis)
        return [s for s in self.new for _ in range(int(times.get(STYLES[s.style], 1.0) + rng.random()))]

    def _rehearsed(self, rng: np.random.Generator) -> list[Score]:
        wanted, drawn = self.notes // 2, list[Score]()
        for index in rng.permutation(len(self.before)):
            if sum(map(len, drawn)) >= wanted:
                break
            drawn.append(self.before[index])
        return drawn


def train(plan: Plan) -> Result:
    """Carry out a plan, going on where an earlier run of it stopped; return what came of it."""
    from improvd.training.fit import Fit, built

    recipe = plan.recipe
    music = Shown(recipe, _scores(plan.sides.train), _scores(plan.before.train if plan.before else ()))
    valid, test = _views(plan.sides.valid), _tests(plan)
    before: dict[str, Array] = {}
    start: Mapping[str, Array] = plan.base.weights() if plan.base else {}
    for stage, folder in zip(recipe.stages, plan.stage_folders, strict=True):
        fit = Fit(built(recipe, stage), recipe, stage)
        if start:
            fit.start_from(start)
        if plan.base and not before:
            before = _tested(fit, test)
        _fit(fit, music, valid, folder)
        start, _ = best_weights(folder)
    fit.start_from(start)
    return _result(plan, fit.best, _tested(fit, test), before)


def _fit(fit: Fit, music: Shown, valid: Mapping[str, list[Score]], folder: Path) -> None:
    """Carry out a stage, with its checkpoints and log in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    if (folder / "state.npz").exists():
        fit.load(folder / "state.npz")
        print(f"taken up after epoch {fit.epoch} of {fit.stage.epochs}", file=sys.stderr)
    kept = Log(folder, fit.stage.epochs)
    while fit.epoch < fit.stage.epochs:
        kept.epoch(_epoch(fit, music, valid, folder, kept))
        fit.save(folder / "state.npz")


def _scores(pieces: Sequence[Piece]) -> list[Score]:
    return grid.prepare(pieces, as_keys=False)


def _views(pieces: Sequence[Piece]) -> dict[str, list[Score]]:
    """Return pieces with their parts and styles, and as live playing arrives."""
    told = _scores(pieces)
    return {PARTS: told, KEYS: [grid.seen_as_keys(score) for score in told]}


def _tests(plan: Plan) -> dict[str, list[Score]]:
    """Return the held-out music in both views, by style, and that of the model gone on from."""
    tests = _views(plan.sides.test)
    for style in sorted({score.style for score in tests[PARTS]}):
        tests[STYLES[style]] = [score for score in tests[PARTS] if score.style == style]
    return tests | ({LEARNT_BEFORE: _scores(plan.before.test)} if plan.before else {})


def _epoch(fit: Fit, music: Shown, valid: Mapping[str, list[Score]], folder: Path, log: Log) -> Epoch:
    """Show everything once and evaluate; the best so far is kept apart."""
    started, nats, notes = time.monotonic(), 0.0, 0
    for window in music.windows(fit.epoch):
        window_nats, count = fit.learn(window, notes / music.notes)
        nats, notes = nats + window_nats, notes + count
        log.progress(fit.epoch + 1, notes / music.notes, nats / notes, notes / (time.monotonic() - started))
    seconds = time.monotonic() - started
    fit.epoch += 1
    scored = _tested(fit, valid)
    epoch = Epoch(fit.epoch, nats / notes, scored[PARTS], scored[KEYS], seconds, notes)
    if epoch.valid < fit.best:
        fit.best = epoch.valid
        _keep_best(fit, folder)
    return epoch


def _tested(fit: Fit, music: Mapping[str, list[Score]]) -> dict[str, Array]:
    """Return the nats per note of each group of music, a field a number (5,)."""
    rows, length = fit.recipe.rows, fit.recipe.length
    return {
        name: fit.evaluate(batches.evaluation_windows(scores, rows=rows, length=length))
        for name, scores in music.items()
    }


def _keep_best(fit: Fit, folder: Path) -> None:
    from improvd.model import network

    with fit.averaged():
        weights = network.weights_of(fit.model)
    checkpoint.write(folder / "best.npz", {"epoch": np.array(fit.epoch), **weights})


def best_weights(folder: Path) -> tuple[dict[str, Array], int]:
    """Return the best weights of a stage by name, and their epoch."""
    saved = checkpoint.read(folder / "best.npz")
    return saved, int(saved.pop("epoch"))


def _result(plan: Plan, valid: float, test: Mapping[str, Array], before: Mapping[str, Array]) -> Result:
    """Return what is to be said of a training."""
    import keras

    *earlier, _ = plan.recipe.stages
    spent = [log.spent(folder) for folder in plan.stage_folders]
    seconds, notes = sum(seconds for seconds, _ in spent), sum(notes for _, notes in spent)
    sides = {side: getattr(plan.sides, side) for side in SPLITS}
    return Result(
        epochs=plan.recipe.epochs,
        seconds=seconds,
        notes_per_s=notes / seconds,
        backend=keras.backend.backend(),
        best_epoch=sum(stage.epochs for stage in earlier) + best_weights(plan.stage_folders[-1])[1],
        valid=valid,
        test=test,
        before=before,
        pieces={side: len(pieces) for side, pieces in sides.items()},
        notes={side: sum(len(piece.notes) for piece in pieces) for side, pieces in sides.items()},
    )
