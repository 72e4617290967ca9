"""The end of a training: a bundle with its card, the facts of the run, and its place in docs/experiments.md."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from improvd.model import bundle
from improvd.model.runtimes.litert import LitertStep
from improvd.model.runtimes.tensorflow import convert
from improvd.model.step import Shape
from improvd.music import codec
from improvd.training import bundled_styles, grid, learnt, stepwise, writing
from improvd.training.corpus.sources import licence_of_weights
from improvd.training.grid import Array, Score
from improvd.training.plan import Plan
from improvd.training.recipes import Recipe
from improvd.training.report.run import Facts, Finding, write_facts
from improvd.training.result import KEYS, PARTS, Result


@dataclass(frozen=True, slots=True)
class Rounding:
    """This is what int8 weights cost: nats per note of the step in float32 and in int8, on the same pieces."""

    float32: float
    int8: float
    pieces: int


def finish(plan: Plan, result: Result, weights: Mapping[str, Array]) -> None:
    """Write the bundle and the facts of a training, and a recipe's line in the record of runs; say how it went."""
    write_bundle(plan, weights, result)
    write_facts(plan.run, facts(plan, result))
    if plan.name == plan.recipe.name and writing.EXPERIMENTS.exists():
        record(plan.recipe, result, plan.folder, writing.EXPERIMENTS)
    for group, nats in result.test.items():
        was = f", before {result.before[group].sum():.3f}" if group in result.before else ""
        print(f"held out, {group}: {nats.sum():.3f} nats/note{was}", file=sys.stderr)


def write_bundle(plan: Plan, weights: Mapping[str, Array], result: Result) -> None:
    """Write a trained model as a bundle, in place of an earlier one of its name.

    Args:
        plan: what was to be done.
        weights: by the names of `Shape.weights`.
        result: what came of it.
    """
    recipe = plan.recipe
    held_out = grid.prepare(plan.sides.test, as_keys=True)
    with writing.drafted(plan.folder) as draft:
        rounded = bundle.write_weights(draft, weights)
        convert(rounded, recipe.shape, draft / bundle.INT8, int8=True)
        rounding = measure_rounding(rounded, recipe.shape, draft / bundle.INT8, held_out)
        (draft / bundle.CARD).write_text(card(plan, result, rounding), encoding="utf-8")
        learnt.index_of(plan.sides.train, plan.base).save(draft / bundle.LEARNT)
        bundled_styles.add(draft, recipe.shape, plan.all_sides)
        bundle.write_sums(draft, bundle.FILES[bundle.METRIC])


def measure_rounding(weights: bundle.Weights, shape: Shape, int8: Path, held_out: list[Score]) -> Rounding:
    """Return the nats per note of both precisions on held-out pieces."""
    with tempfile.TemporaryDirectory() as folder:
        float32 = Path(folder) / "step.tflite"
        convert(weights, shape, float32, int8=False)
        steps = LitertStep(float32, "litert-float32", shape), LitertStep(int8, "litert-int8", shape)
        exact, rounded = (float(stepwise.nats_per_note(step, shape, held_out).sum()) for step in steps)
    return Rounding(exact, rounded, len(held_out))


def card(plan: Plan, result: Result, rounding: Rounding) -> str:
    """Return the text of a card."""
    recipe, shape = plan.recipe, plan.recipe.shape
    tables: dict[str, Mapping[str, Any]] = {
        "": {"format": bundle.FORMAT, "name": plan.name, "about": recipe.about, "licence": _licence(plan)},
        "architecture": {
            "units": shape.units, "layers": shape.layers, "head_units": shape.head_units,
            "parameters": _parameters(shape),
        },
        "codec": {"name": "metric", "fingerprint": codec.fingerprint()},
        "training": {
            "recipe": recipe.name, **({"from": plan.base.name} if plan.base else {}),
            "seed": recipe.seed, "epochs": result.epochs, "epoch_kept": result.best_epoch,
            "minutes": round(result.seconds / 60), "notes_per_second": round(result.notes_per_s),
            "backend": result.backend,
            "split": "by piece, versions of one piece on one side: about 80 % train, 10 % valid, 10 % test",
            "velocities": "played where the music has them, else drawn anew each time a piece is shown",
        },
        **{f"pieces.{side}": {"pieces": result.pieces[side], "notes": result.notes[side]} for side in result.pieces},
        "results": {
            "measure": "nats per note on the test split, chosen on valid, tested once",
            "valid": round(result.valid, 4),
            "float32": round(rounding.float32, 4), "int8": round(rounding.int8, 4), "int8_pieces": rounding.pieces,
        },
        **{f"results.test.{json.dumps(group)}": _by_field(nats) for group, nats in result.test.items()},
        **{f"results.before.{json.dumps(group)}": _by_field(nats) for group, nats in result.before.items()},
        **{f"data.{corpus}": source for corpus, source in plan.sources.items()},
    }  # fmt: skip
    return writing.as_toml(tables)


def facts(plan: Plan, result: Result) -> Facts:
    """Return what a report says of a run."""
    recipe = plan.recipe
    return Facts(
        name=plan.name,
        recipe=recipe.name,
        about=recipe.about,
        data=", ".join(plan.sources),
        epochs=result.epochs,
        seed=recipe.seed,
        minutes=round(result.seconds / 60, 1),
        parameters=_parameters(recipe.shape),
        findings=tuple(Finding(f"held out, {group}", round(float(n.sum()), 3)) for group, n in result.test.items()),
        settings=(("codec", "metric"), ("back end", result.backend), ("epoch kept", result.best_epoch)),
    )


def _parameters(shape: Shape) -> int:
    return sum(int(np.prod(size)) for size in shape.weights().values())


def _licence(plan: Plan) -> str:
    return licence_of_weights(str(source["licence"]) for source in plan.sources.values())


def _by_field(nats: Array) -> dict[str, float]:
    fields = {field.name: round(float(n), 4) for field, n in zip(codec.FIELDS, nats, strict=True)}
    return {"total": round(float(nats.sum()), 4), **fields}


def record(recipe: Recipe, result: Result, folder: Path, path: Path) -> None:
    """Add the run whose bundle lies in a folder to the table in the record of experiments, once."""
    results = bundle.read_card(folder)["results"]
    cells = (
        recipe.name,
        f"{recipe.shape.layers}×{recipe.shape.units}, heads {recipe.shape.head_units}",
        ", ".join(recipe.corpora),
        f"{result.epochs} ({result.best_epoch})",
        str(recipe.seed),
        f"{result.seconds / 60:.0f}",
        f"{result.notes_per_s:,.0f}",
        f"{result.valid:.3f}",
        *(f"{result.test[view].sum():.3f}" for view in (PARTS, KEYS)),
        f"{100 * (results['int8'] / results['float32'] - 1):+.2f} %",
    )
    writing.record(writing.row(cells), path)
