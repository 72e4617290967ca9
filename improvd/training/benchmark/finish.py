"""The end of a training on the benchmark: its test, read once, a bundle with its card, and its row in the record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from improvd.errors import BundleError
from improvd.model import bundle
from improvd.model.frames.forward import Forward
from improvd.music import frames
from improvd.training import log, writing
from improvd.training.benchmark import reading, rolls, unigram
from improvd.training.benchmark.train import Trained
from improvd.training.corpus.sides import SPLITS
from improvd.training.corpus.sources import licence_of_weights
from improvd.training.plan import bundle_folder
from improvd.training.recipes.benchmark import BenchmarkRecipe

MAX_BYTES = 8_000_000
"""What the weights of such a model may come to."""

HEAD = "benchmark"
"""The first word of the table of these runs in docs/experiments.md."""


@dataclass(frozen=True, slots=True)
class Tested:
    """This is what a training came to on the test side: nats per frame of its rounded weights, and of the 1-gram."""

    model: float
    unigram: float


def finish(recipe: BenchmarkRecipe, trained: Trained) -> Path:
    """Write a bundle and its row in the record of experiments; return the bundle's folder.

    Raises:
        BundleError: if it were larger than `MAX_BYTES`.
    """
    folder = bundle_folder(recipe.name)
    with writing.drafted(folder) as draft:
        weights = bundle.write_weights(draft, trained.weights)
        size = (draft / bundle.WEIGHTS).stat().st_size
        if size > MAX_BYTES:
            raise BundleError(f"{recipe.name}: weights of {size / 1e6:.1f} MB; at most {MAX_BYTES / 1e6:.0f} MB may be")
        tested = test(recipe, weights)
        (draft / bundle.CARD).write_text(card(recipe, trained, tested), encoding="utf-8")
        bundle.write_sums(draft, bundle.FILES[bundle.FRAMES])
    record(recipe, trained, tested)
    log.tell(f"test: {tested.model:.4f} nats/frame; 1-gram {tested.unigram:.2f}")
    return folder


def test(recipe: BenchmarkRecipe, weights: bundle.Weights) -> Tested:
    """Return what weights come to on the test side of a recipe's set."""
    held_out = rolls.load(recipe.benchmark, "test")
    scored = reading.nats(Forward(weights, recipe.shape), held_out)
    marginals = unigram.marginals(rolls.load(recipe.benchmark, "train"))
    return Tested(scored.per_frame, unigram.nats_per_frame(held_out, marginals))


def card(recipe: BenchmarkRecipe, trained: Trained, tested: Tested) -> str:
    """Return the text of a card."""
    shape, music = recipe.shape, rolls.SETS[recipe.benchmark]
    sides = {side: rolls.load(recipe.benchmark, side) for side in SPLITS}
    tables: dict[str, Mapping[str, Any]] = {
        "": {
            "format": bundle.FORMAT, "name": recipe.name, "about": recipe.about,
            "licence": licence_of_weights([music.source.licence]),
        },
        "architecture": {
            "units": shape.units, "layers": shape.layers, "told": shape.told,
            "parameters": sum(int(np.prod(size)) for size in shape.weights().values()),
        },
        "codec": {"name": bundle.FRAMES, "fingerprint": frames.fingerprint()},
        "training": {
            "recipe": recipe.name, "seed": recipe.seed, "epochs": recipe.epochs, "epoch_kept": trained.epoch,
            "minutes": round(trained.seconds / 60, 1), "frames_per_second": round(trained.frames_per_s),
            "backend": trained.backend, "split": "the benchmark's own",
        },
        **{f"pieces.{side}": {"pieces": len(music), "frames": sum(map(len, music))} for side, music in sides.items()},
        "results": {
            "measure": "nats per frame over all frames of the test split pooled together, chosen on valid, tested once",
            "valid": round(trained.valid, 4), "test": round(tested.model, 4), "unigram": round(tested.unigram, 4),
        },
        f"data.{recipe.benchmark}": {**music.source.as_table(), "frame": music.frame},
    }  # fmt: skip
    return writing.as_toml(tables)


def record(recipe: BenchmarkRecipe, trained: Trained, tested: Tested) -> None:
    """Add a run to the table of runs on the benchmark, once."""
    if not writing.EXPERIMENTS.exists():
        return
    cells = (
        recipe.name,
        f"{recipe.shape.layers}×{recipe.shape.units}",
        ", ".join(recipe.shape.told) or "-",
        f"{recipe.epochs} ({trained.epoch})",
        str(recipe.seed),
        f"{trained.seconds / 60:.1f}",
        f"{trained.frames_per_s:,.0f}",
        f"{trained.valid:.3f}",
        f"{tested.model:.3f}",
    )
    writing.record(writing.row(cells), writing.EXPERIMENTS, HEAD)
