"""The list of corpora: what is known of each without reading it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from improvd.errors import CorpusError
from improvd.training.corpus import prepared
from improvd.training.corpus.corpora import CORPORA
from improvd.training.corpus.prepared import Manifest, Row
from improvd.training.corpus.sources import SOURCES


@dataclass(frozen=True, slots=True)
class Counts:
    """This is what a corpus that is prepared holds.

    `versions`: pieces that are the same music as another of the corpus.
    """

    pieces: int
    notes: int
    train: int
    valid: int
    test: int
    versions: int


@dataclass(frozen=True, slots=True)
class Shelf:
    """This is what is known of a corpus.

    Attributes:
        at_hand: whether its data are there.
        counts: None where it is not prepared.
        barred: why no model may be trained on it; empty where one may.
    """

    name: str
    style: str
    licence: str
    at_hand: bool
    barred: str
    counts: Counts | None

    def as_object(self) -> dict[str, object]:
        """Return it for JSON; numbers are null where it is not prepared."""
        numbers = {name: getattr(self.counts, name, None) for name in Counts.__slots__}
        about = {"name": self.name, "style": self.style, "licence": self.licence, "at_hand": self.at_hand}
        return {**about, "trainable": not self.barred, "barred": self.barred, **numbers}


def listing() -> list[Shelf]:
    """Return what is known of each corpus, without reading any."""
    try:
        here = prepared.at_hand()
        manifest: Manifest = prepared.kept_manifest(prepared.manifest_version()) or {}
    except CorpusError:
        here, manifest = [], {}
    return [
        Shelf(
            name,
            corpus.style,
            SOURCES[name].licence,
            name in here,
            corpus.barred,
            _counts(manifest[name]) if name in manifest else None,
        )
        for name, corpus in CORPORA.items()
    ]


def _counts(rows: Sequence[Row]) -> Counts:
    sides = Counter(row.side for row in rows)
    versions = len(rows) - len({row.cluster for row in rows})
    notes = sum(row.notes for row in rows)
    return Counts(len(rows), notes, sides["train"], sides["valid"], sides["test"], versions)


def table(shelves: Sequence[Shelf]) -> str:
    """Return a line for each corpus."""
    heads = ("corpus", "pieces", "notes", "train", "valid", "test", "style", "licence", "")
    rows = [heads, *map(_cells, shelves)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(heads))]
    aligned = [[_aligned(cell, width, column) for column, (cell, width) in enumerate(zip(row, widths, strict=True))]
               for row in rows]  # fmt: skip
    return "\n".join("  ".join(row).rstrip() for row in aligned)


def _aligned(cell: str, width: int, column: int) -> str:
    return cell.rjust(width) if 1 <= column <= 5 else cell.ljust(width)


def _cells(shelf: Shelf) -> tuple[str, ...]:
    counts = shelf.counts
    numbers = (counts.pieces, counts.notes, counts.train, counts.valid, counts.test) if counts else (None,) * 5
    shown = ("-" if number is None else f"{number:,}" for number in numbers)
    return (shelf.name, *shown, shelf.style, shelf.licence, _remark(shelf))


def _remark(shelf: Shelf) -> str:
    missing = "" if shelf.at_hand else "not at hand"
    unread = "not prepared: improvd corpus prepare" if shelf.at_hand and not shelf.counts else ""
    return "; ".join(filter(None, (missing, unread, f"not to be trained on: {shelf.barred}" if shelf.barred else "")))
