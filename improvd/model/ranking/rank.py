"""The best of some candidates: what each term holds against them, weighed and added."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from improvd.model.ranking.cadence import cadence
from improvd.model.ranking.copies import copies
from improvd.model.ranking.density import density
from improvd.model.ranking.key import key
from improvd.model.ranking.loops import loops
from improvd.model.ranking.rows import Array, Heard, Rows
from improvd.model.ranking.similarity import call
from improvd.model.ranking.typical import typical
from improvd.protocol import Taste


@dataclass(frozen=True, slots=True)
class Term:
    """This is one thing that is held against candidates.

    Attributes:
        of: how much of it each row has, (B,), 0 is none.
        spread: how much of it rows usually differ by: their standard deviation in the mean. So weights compare.
    """

    of: Callable[[Rows, Heard], Array]
    spread: float


TERMS = {
    "typical": Term(typical, 0.4),
    "key": Term(key, 0.065),
    "density": Term(density, 0.1),
    "loops": Term(loops, 0.10),
    "copies": Term(copies, 0.1),
    "cadence": Term(cadence, 0.3),
    "call": Term(call, 0.02),
}
"""The terms, by the name of their weight in `Taste`."""

EMPTY = 1000.0
"""What is held against a row without a note, where others have some."""


def best(rows: Rows, heard: Heard, taste: Taste) -> int:
    """Return the number of the best of some candidates drawn at one temperature; the first one, where several are."""
    return int(against(rows, heard, taste).argmin()) if len(rows.inside) > 1 else 0


def against(rows: Rows, heard: Heard, taste: Taste) -> Array:
    """Return what is held against each of some candidates, (B,)."""
    found = EMPTY * (rows.counts == 0)
    for name, term in TERMS.items():
        if weight := getattr(taste, name):
            found = found + weight / term.spread * term.of(rows, heard)
    return np.asarray(found)
