"""What a training is to do, from the command line's words: network, music, where it starts and where it goes."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
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
from improvd.training.recipes import RECIPES, SHIPPED, Recipe, recipe_named

OWN = "own"
"""What a card calls music of the player's own."""

OWN_STYLE = "own 1"
"""The style of such music, see `codec.STYLES`."""

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
    def all_sides(self) -> Sides:
        """The music to learn, and what was learnt before."""
        before = self.before or Sides((), (), ())
        sides = self.sides
        return Sides(sides.train + before.train, sides.valid + before.valid, sides.test + before.test)

    @property
    def folder(self) -> Path:
        """Where the bundle goes: with the program where it is developed, else with the user's models."""
        return bundle_folder(self.name)

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
    if data is None and not _is_recipe(what) and Path(what).exists():
        raise UsageError(f"{what} is music, not a recipe: improvd train default --data {what}, or --from MODEL {what}")
    recipe = recipe_named(what)
    if data is None:
        if not recipe.corpora:
            raise UsageError(f"recipe {what!r} has no music of its own: improvd train --from MODEL FOLDER")
        return Plan(recipe, recipe.name, library.split(recipe.corpora), _sources(recipe.corpora))
    return Plan(recipe, name_for(data), *music_of(data))


def _tuning(data: str, base: Bundle) -> Plan:
    """Return the plan of going on from a model with music of one's own."""
    if _is_recipe(data):
        raise UsageError(f"--from {base.name}: which music? give a folder: improvd train --from {base.name} FOLDER")
    sides, sources = music_of(data)
    recipe = replace(recipe_named(TUNE), shape=base.shape)
    return Plan(recipe, name_for(data), sides, {**base.card.get("data", {}), **sources}, base, _learnt_before(base))


def music_of(data: str) -> tuple[Sides, dict[str, dict[str, str]]]:
    """Return the music to learn by side, and what the card says of it: of corpora by name, or of the player's own.

    Args:
        data: a file, a folder or an archive, or `corpus:NAME[:SIDE]`.

    Raises:
        CorpusError: if there is none, or too little.
    """
    if data.startswith(library.PREFIX):
        name, _, side = data.removeprefix(library.PREFIX).partition(":")
        corpora = library.corpora_named(name)
        sides = library.split(corpora)
        if side:
            sides = library.split_pieces(library.open_data(data).pieces, data)
        return sides, _sources(corpora)
    pieces = [replace(piece, style=OWN_STYLE) for piece in library.open_data(data).pieces]
    source = {"title": Path(data).name, "licence": "the player's own", "attribution": "none"}
    return library.split_pieces(pieces, data), {OWN: source}


def _sources(corpora: Sequence[str]) -> dict[str, dict[str, str]]:
    return {name: SOURCES[name].as_table() for name in corpora}


def learnt_corpora(model: Bundle) -> list[str]:
    """Return the corpora that a model was trained on; music of its player's own is none."""
    return [name for name in model.card.get("data", {}) if name in SOURCES]


def corpora_of_all(model: Bundle) -> list[str]:
    """Return the corpora that a model was trained on, where they are all that it was trained on.

    Raises:
        UsageError: if some of it was music of its player's own, or nobody knows which.
    """
    corpora = learnt_corpora(model)
    if not corpora or OWN in model.card["data"]:
        raise UsageError(
            f"model {model.name}: some of what it learnt from is music of its player's own, which is not at hand; "
            "only its training can write that"
        )
    return corpora


def _learnt_before(base: Bundle) -> Sides | None:
    """Return the music that a model was trained on, where it is at hand."""
    corpora = learnt_corpora(base)
    try:
        return library.split(corpora) if corpora else None
    except CorpusError:
        return None


def bundle_folder(name: str) -> Path:
    """Return where a bundle goes: one that ships with the program where that is developed, else among the user's."""
    root = Path(__file__).parents[2]
    if name in SHIPPED and (root / "pyproject.toml").exists():
        return root / "models" / name
    return bundle.user_folder() / name


def _is_recipe(name: str) -> bool:
    return name in {recipe.name for recipe in RECIPES}


def name_for(data: str) -> str:
    """Return the name of the model that some music makes."""
    name = re.sub(r"[^a-z0-9]+", "-", Path(data).name.split(".")[0].lower()).strip("-") or "own"
    return f"{name}-own" if _is_recipe(name) else name
