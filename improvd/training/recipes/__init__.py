"""Recipes: what `improvd train NAME` trains, and how."""

from __future__ import annotations

from improvd.training.recipes.metric import Recipe, Stage
from improvd.training.recipes.table import RECIPES, SHIPPED, recipe_named, recipe_of_any_kind

__all__ = ["RECIPES", "SHIPPED", "Recipe", "Stage", "recipe_named", "recipe_of_any_kind"]
