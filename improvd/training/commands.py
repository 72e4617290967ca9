"""`improvd train WHAT` and `improvd evaluate MODEL DATA`: sent to whoever does them, by recipe, model and data."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from improvd.errors import UsageError
from improvd.model import bundle
from improvd.training.recipes import recipe_of_any_kind
from improvd.training.recipes.benchmark import BenchmarkRecipe
from improvd.training.recipes.papers import PaperRecipe

if TYPE_CHECKING:
    from improvd.training.benchmark.evaluate import FramesEvaluation
    from improvd.training.evaluation import Evaluation

BENCHMARK = "benchmark:"
"""What DATA begins with that is a side of the benchmark."""


def train(what: str, *, data: str | None = None, base: str | None = None, summary: bool = False) -> int:
    """Train what the command line asks for, or print its network, and return the exit code.

    Args:
        what: a recipe; or, with `base`, a folder of music.
        data: music to learn in place of the recipe's.
        base: the model to go on from.
        summary: whether to print the network and end.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    recipe = recipe_of_any_kind(what)
    if isinstance(recipe, BenchmarkRecipe):
        if data or base:
            raise UsageError(f"recipe {what!r} is trained on its own set, from nothing: leave --data and --from out")
        from improvd.training.benchmark import command as benchmark

        return benchmark.main(recipe, summary=summary)
    if isinstance(recipe, PaperRecipe):
        if base:
            raise UsageError(f"recipe {what!r} is trained from nothing: leave --from out")
        from improvd.training.papers import command as papers

        return papers.main(recipe, data=data, summary=summary)
    from improvd.training import train as metric

    return metric.main(what, data=data, base=base, summary=summary)


def evaluate(
    model: str,
    data: str,
    *,
    runtime: str = "auto",
    style: str | None = None,
    as_keys: bool = False,
    continuations: int = 0,
) -> Evaluation | FramesEvaluation:
    """Return how well a model foresees some music.

    Args:
        model: a name or path.
        data: a file, folder or archive, `corpus:NAME[:SIDE]`, or for models of frames `benchmark:NAME[:SIDE]`.
        runtime: what computes, or 'auto'.
        style, as_keys, continuations: of models that play, see `evaluate.evaluate`.

    Raises:
        UsageError, BundleError, CorpusError: if there is no such model or music, or they do not go together.
    """
    codec = bundle.read_card(bundle.locate(model))["codec"]["name"]
    if (codec == bundle.FRAMES) != data.startswith(BENCHMARK):
        raise UsageError(_mismatch(model, data, codec))
    if codec == bundle.FRAMES:
        if style or as_keys or continuations:
            raise UsageError(f"{data} has neither styles nor parts: leave --style, --keys and --continuations out")
        from improvd.training.benchmark import evaluate as benchmark

        return benchmark.evaluate(model, data, runtime=runtime)
    from improvd.training import evaluate as metric

    return metric.evaluate(
        model, data, runtime=runtime, style=style, as_keys=as_keys, continuations=continuations
    )  # fmt: skip


def _mismatch(model: str, data: str, codec: str) -> str:
    if codec == bundle.FRAMES:
        return f"model {model} foresees frames of piano rolls, not {data}: give benchmark:jsb, …:nottingham or …:piano"
    return f"{data} has frames of piano rolls, model {model} is one of codec {codec!r}: give benchmark-jsb, say"
