"""Recipes: what `improvd train NAME` trains, and how."""

from __future__ import annotations

from improvd.training.recipes.recipe import RECIPES, Recipe, Stage, recipe_named

__all__ = ["RECIPES", "Recipe", "Stage", "recipe_named"]
