"""`improvd train salsa` and the other papers: each run of a recipe, to its bundle and record."""

from __future__ import annotations

from improvd.training import log
from improvd.training.papers import finish, train
from improvd.training.papers.runs import PaperRun, runs_of
from improvd.training.recipes.papers import PaperRecipe


def main(recipe: PaperRecipe, *, data: str | None = None, summary: bool = False) -> int:
    """Train every run of a recipe to its bundle and record, or print its networks; return the exit code.

    What was stopped goes on after its last whole epoch.

    Args:
        recipe: the recipe.
        data: music to learn in place of the recipe's.
        summary: whether to print the networks and end.
    """
    runs = runs_of(recipe, data)
    if summary:
        return _print_networks(recipe)
    try:
        for run in runs:
            _train_one(run)
    except KeyboardInterrupt:
        log.tell("\nstopped; the same command goes on after the last whole epoch")
        return 1
    return 0


def _print_networks(recipe: PaperRecipe) -> int:
    from improvd.model.layered import fitting

    for table in recipe.tables:
        name = "-".join(filter(None, (recipe.name, table.name)))
        fitting.build(table.network(recipe.window, recipe.symbols), name).summary()
    return 0


def _train_one(run: PaperRun) -> None:
    log.tell(f"{run.name}: {run.recipe.codec} of {run.data}")
    music = train.read(run)
    trained = train.train(run, music)
    log.tell(f"wrote {finish.finish(run, music, trained)}")
