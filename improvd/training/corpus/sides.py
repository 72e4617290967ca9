"""The split: music that is the same falls on one side, the same one wherever it lies."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from improvd.errors import CorpusError
from improvd.training.corpus.duplicates import Fingerprint
from improvd.training.corpus.piece import Piece

SPLITS = ("train", "valid", "test")
TEST_PERCENT = 10
VALID_PERCENT = 10
LEAST_PIECES = 5
LABEL_DIGITS = 12


@dataclass(frozen=True, slots=True)
class Sides:
    """This is music for training, for choosing and for testing, none of it in two places."""

    train: tuple[Piece, ...]
    valid: tuple[Piece, ...]
    test: tuple[Piece, ...]

    def by_name(self) -> Iterator[tuple[str, tuple[Piece, ...]]]:
        """Yield the name and the pieces of each side."""
        yield from zip(SPLITS, (self.train, self.valid, self.test), strict=True)


class Place(NamedTuple):
    """This is where a piece belongs: its cluster, named by the first of its melodies' hashes, and its side."""

    cluster: str
    side: str


def places(pieces: Sequence[Fingerprint], clusters: Sequence[int], collections: Sequence[str]) -> list[Place]:
    """Return the place of each piece.

    Every cluster is drawn by its melodies. A collection that is left without
    a side gives it the smallest cluster of its fullest side.

    Args:
        clusters: of each piece, as `duplicates.clusters` numbers them.
        collections: the name of the corpus that each piece is from.
    """
    labels: dict[int, str] = {}
    for piece, cluster in zip(pieces, clusters, strict=True):
        labels[cluster] = min(labels.get(cluster, piece.melody), piece.melody)
    sides = {cluster: _drawn(label) for cluster, label in labels.items()}
    for collection in dict.fromkeys(collections):
        own = Counter(c for c, of in zip(clusters, collections, strict=True) if of == collection)
        for side in SPLITS:
            if side not in {sides[cluster] for cluster in own}:
                _give(side, sides, own, labels)
    return [Place(labels[cluster][:LABEL_DIGITS], sides[cluster]) for cluster in clusters]


def _drawn(label: str) -> str:
    number = int(label[-8:], 16) % 100
    if number < TEST_PERCENT:
        return "test"
    return "valid" if number < TEST_PERCENT + VALID_PERCENT else "train"


def _give(side: str, sides: dict[int, str], sizes: Counter[int], labels: dict[int, str]) -> None:
    """Move to a side that has none the smallest cluster of the side with most pieces, if that has another."""
    pieces: Counter[str] = Counter()
    for cluster, size in sizes.items():
        pieces[sides[cluster]] += size
    donors = [cluster for cluster in sizes if sides[cluster] == pieces.most_common(1)[0][0]]
    if len(donors) > 1:
        sides[min(donors, key=lambda cluster: (sizes[cluster], labels[cluster]))] = side


def sorted_out(pieces: Sequence[Piece], sides: Sequence[str], name: str) -> Sides:
    """Return pieces by side.

    Raises:
        CorpusError: if a side is left without a piece.
    """
    found = Sides(*(tuple(p for p, of in zip(pieces, sides, strict=True) if of == side) for side in SPLITS))
    if len(pieces) < LEAST_PIECES:
        raise CorpusError(
            f"{name}: {len(pieces)} pieces are too few to train, choose and test on; at least {LEAST_PIECES} are needed"
        )
    if not (found.train and found.valid and found.test):
        raise CorpusError(f"{name}: the {len(pieces)} pieces are versions of one or two; at least 3 different ones "
                          "are needed, to train, choose and test on")  # fmt: skip
    return found
