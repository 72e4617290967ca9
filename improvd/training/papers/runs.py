"""The runs of a paper's recipe: each of its networks with each of its music, or with music of one's own."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path

from improvd.model import bundle
from improvd.model.layered import Network
from improvd.training import checkpoint
from improvd.training.papers.texts import Texts
from improvd.training.plan import name_for
from improvd.training.recipes.papers import PaperRecipe, Picked, Table


@dataclass(frozen=True, slots=True)
class PaperRun:
    """This is one network with one music; it has a bundle of its own.

    Attributes:
        recipe: how it learns; table: the network.
        picked: which music of a corpus; None where it is one's own.
        own: where one's own lies.
    """

    recipe: PaperRecipe
    table: Table
    picked: Picked | None
    own: str = ""

    @property
    def name(self) -> str:
        """What its bundle is called."""
        music = self.picked.name if self.picked else name_for(self.own)
        return "-".join(filter(None, (self.recipe.name, self.table.name, music)))

    @property
    def data(self) -> str:
        """What it learns, as DATA."""
        return f"corpus:{self.picked.corpus}" if self.picked else self.own

    @property
    def stand_in(self) -> str:
        """What stands in for the paper's music; '' where it is one's own."""
        return self.recipe.stand_in if self.picked else ""

    @property
    def bundle_folder(self) -> Path:
        """Where its bundle goes: among the user's models, for it shows what a paper does and is not shipped."""
        return bundle.user_folder() / self.name

    def network(self, symbols: int) -> Network:
        """Return its network, for so many symbols."""
        return self.table.network(self.recipe.window, symbols)

    def record(self, texts: Texts) -> Path:
        """Return where checkpoints and record lie: another folder for whatever would train differently."""
        recipe = replace(self.recipe, about="", paper="", stand_in="", reported=(), measures=(), written=0)
        told = repr((replace(self, recipe=recipe), [(text.name, len(text.symbols)) for text in texts.train]))
        digest = hashlib.sha256(told.encode()).hexdigest()[:8]
        return checkpoint.runs_folder() / f"{self.name}-{self.recipe.seed}-{digest}"


def runs_of(recipe: PaperRecipe, data: str | None = None) -> list[PaperRun]:
    """Return the runs of a recipe; with music of one's own, one for each of its networks.

    Args:
        recipe: the recipe.
        data: a file, a folder or an archive, or `corpus:NAME[:SIDE]`.
    """
    if data is not None:
        return [PaperRun(recipe, table, None, data) for table in recipe.tables]
    return [PaperRun(recipe, table, picked) for table in recipe.tables for picked in recipe.music]
