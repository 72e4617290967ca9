"""The table of recipes: whatever `improvd train NAME` can train."""

from __future__ import annotations

import difflib

from improvd.errors import UsageError
from improvd.training.recipes.metric import METRIC, Recipe

RECIPES = METRIC


def recipe_named(name: str) -> Recipe:
    """Return the recipe of a name.

    Raises:
        UsageError: if there is none; says which there are and which was probably meant.
    """
    names = [recipe.name for recipe in RECIPES]
    if name in names:
        return RECIPES[names.index(name)]
    close = difflib.get_close_matches(name, names, 1)
    hint = f"; did you mean {close[0]!r}?" if close else ""
    raise UsageError(f"unknown recipe {name!r}: there are {', '.join(names)}{hint}")
