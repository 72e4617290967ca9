"""`improvd train benchmark-…`: fit a network to a set of the benchmark, and write its bundle."""

from __future__ import annotations

from improvd.training import log
from improvd.training.benchmark import finish, train
from improvd.training.recipes.benchmark import BenchmarkRecipe


def main(recipe: BenchmarkRecipe, *, summary: bool) -> int:
    """Train a recipe to its bundle, or print its network; a training that was stopped goes on after its last epoch."""
    if summary:
        from improvd.model.frames import network

        network.build(recipe.shape).summary()
        return 0
    try:
        trained = train.train(recipe)
    except KeyboardInterrupt:
        log.tell("\nstopped; the same command goes on after the last whole epoch")
        return 1
    log.tell(f"wrote {finish.finish(recipe, trained)}")
    return 0
