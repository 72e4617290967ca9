"""The table of recipes: whatever `improvd train NAME` can train."""

from __future__ import annotations

import difflib

from improvd.errors import UsageError
from improvd.training.recipes.benchmark import BENCHMARKS, BenchmarkRecipe
from improvd.training.recipes.metric import METRIC, Recipe
from improvd.training.recipes.papers import PAPERS, SALSA_BAND, PaperRecipe

AnyRecipe = Recipe | BenchmarkRecipe | PaperRecipe

RECIPES: tuple[AnyRecipe, ...] = (*METRIC, *BENCHMARKS, *PAPERS, SALSA_BAND)

SHIPPED = frozenset(recipe.name for recipe in (*METRIC, *BENCHMARKS))
"""Those whose bundles come with the program; the others show what papers do."""


def recipe_of_any_kind(name: str) -> AnyRecipe | None:
    """Return the recipe of a name, None where there is none."""
    return next((recipe for recipe in RECIPES if recipe.name == name), None)


def recipe_named(name: str) -> Recipe:
    """Return the recipe of a name, among those of improvd's own network.

    Raises:
        UsageError: if there is none; says which there are and which was probably meant.
    """
    recipe = recipe_of_any_kind(name)
    if isinstance(recipe, Recipe):
        return recipe
    names = [recipe.name for recipe in RECIPES]
    close = difflib.get_close_matches(name, names, 1)
    hint = f"; did you mean {close[0]!r}?" if close else ""
    raise UsageError(f"unknown recipe {name!r}: there are {', '.join(names)}{hint}")
