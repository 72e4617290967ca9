"""What measures look at and what they find: a trained network with what its numbers mean; figures and tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from improvd.model.layered import Network
from improvd.music.symbols import SymbolCodec
from improvd.training.grid import Array
from improvd.training.recipes.papers import PaperRecipe
from improvd.training.report.run import Finding, Table


@dataclass(frozen=True, slots=True)
class Named:
    """This is a text as numbers of symbols, (N,) int, and whose it is."""

    name: str
    numbers: Array


@dataclass(frozen=True, slots=True)
class Writer:
    """This is a trained network with what its numbers mean.

    Attributes:
        recipe: by which it learnt; codec: of its symbols.
        network, weights: what writes; last: the weights of the last epoch.
        vocabulary: its symbols, in the order of their numbers.
        learnt, held_out: the pieces of the training and of the test side.
    """

    recipe: PaperRecipe
    codec: SymbolCodec
    network: Network
    weights: Mapping[str, Array]
    last: Mapping[str, Array]
    vocabulary: Sequence[str]
    learnt: Sequence[Named]
    held_out: Sequence[Named]

    def symbols(self, numbers: Array) -> list[str]:
        """Return the symbols of some numbers."""
        return [self.vocabulary[number] for number in numbers]


@dataclass(frozen=True, slots=True)
class Measures:
    """This is what was found.

    Attributes:
        findings: figures, beside the paper's.
        tables: to be shown.
        text: what was written, where it is to be read; neurons: over it, (N, neurons).
    """

    findings: tuple[Finding, ...] = ()
    tables: tuple[Table, ...] = ()
    text: str = ""
    neurons: Array | None = None
