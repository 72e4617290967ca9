"""What a training is to do, from the command line's words: network, music, where it starts and where it goes."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from improvd.errors import CorpusError, UsageError
from improvd.model import bundle
from improvd.model.bundle import Bundle
from improvd.training import checkpoint
from improvd.training.corpus import library
from improvd.training.corpus.library import Sides
from improvd.training.corpus.sources import SOURCES
from improvd.training.recipes import RECIPES, Recipe, recipe_named

OWN_STYLE = "own 1"
"""The style of music of the player's own, see `codec.STYLES`."""

TUNE = "tune"
"""The recipe that goes on from a model."""


@dataclass(frozen=True, slots=True)
class Plan:
    """This is one training to be done.

    Attributes:
        recipe: network, optimiser and length.
        name: of the model.
        sides: the music to learn.
        base: the model to go on from, if any.
        before: what that model was trained on, where it is at hand: shown on, so that it is not forgotten.
        sources: what the card says of the music, a table a corpus.
    """

    recipe: Recipe
    name: str
    sides: Sides
    sources: Mapping[str, Mapping[str, Any]]
    base: Bundle | None = None
    before: Sides | None = None

    @property
    def folder(self) -> Path:
        """Where the bundle goes: with the program where it is developed, else with the user's models."""
        root = Path(__file__).parents[2]
        if self.name in {recipe.name for recipe in RECIPES} and (root / "pyproject.toml").exists():
            return root / "models" / self.name
        return bundle.user_folder() / self.name

    @property
    def run(self) -> Path:
        """Where the checkpoints lie: another folder for whatever would train differently."""
        pieces = [(piece.name, len(piece.notes)) for piece in self.sides.train]
        told = repr((self.recipe, self.base and self.base.card, bool(self.before), pieces))
        digest = hashlib.sha256(told.encode()).hexdigest()[:8]
        return checkpoint.runs_folder() / f"{self.name}-{self.recipe.seed}-{digest}"

    @property
    def stage_folders(self) -> list[Path]:
        """Where the checkpoints of each stage lie."""
        return [self.run / str(number) for number in range(1, len(self.recipe.stages) + 1)]


def planned(what: str, *, data: str | None, base: str | None) -> Plan:
    """Return what a training is to do.

    Args:
        what: a recipe; or, with `base`, a folder of music.
        data: music to learn in place of the recipe's.
        base: the model to go on from.

    Raises:
        UsageError, CorpusError, BundleError: if there is no such recipe, music or model.
    """
    if base is not None:
        return _tuning(what if data is None else data, bundle.open_bundle(base))
    if Path(what).exists() and data is None:
        raise UsageError(f"{what} is music, not a recipe: improvd train default --data {what}, or --from MODEL {what}")
    recipe = recipe_named(what)
    if data is None:
        if not recipe.corpora:
            raise UsageError(f"recipe {what!r} has no music of its own: improvd train --from MODEL FOLDER")
        sources = {name: SOURCES[name].as_table() for name in recipe.corpora}
        return Plan(recipe, recipe.name, library.split(recipe.corpora), sources)
    return Plan(recipe, _name_for(data), _own(data), {"own": _own_source(data)})


def _tuning(data: str, base: Bundle) -> Plan:
    """Return the plan of going on from a model with music of one's own."""
    if data in {recipe.name for recipe in RECIPES}:
        raise UsageError(f"--from {base.name}: which music? give a folder: improvd train --from {base.name} FOLDER")
    sides = _own(data)
    recipe = replace(recipe_named(TUNE), shape=base.shape)
    sources = {**base.card.get("data", {}), "own": _own_source(data)}
    return Plan(recipe, _name_for(data), sides, sources, base, _learnt_before(base))


def _own(data: str) -> Sides:
    music = library.open_data(data)
    own = data.startswith(library.PREFIX)
    pieces = [piece if own else replace(piece, style=OWN_STYLE) for piece in music.pieces]
    return library.split_pieces(pieces, data)


def _learnt_before(base: Bundle) -> Sides | None:
    """Return the music that a model was trained on, where it is at hand."""
    corpora = [name for name in base.card.get("data", {}) if name in SOURCES]
    try:
        return library.split(corpora) if corpora else None
    except CorpusError:
        return None


def _own_source(data: str) -> dict[str, str]:
    return {"title": Path(data).name, "licence": "the player's own", "attribution": "none"}


def _name_for(data: str) -> str:
    """Return the name of the model that some music makes."""
    name = re.sub(r"[^a-z0-9]+", "-", Path(data).name.split(".")[0].lower()).strip("-") or "own"
    return f"{name}-own" if name in {recipe.name for recipe in RECIPES} else name
