"""Texts: the pieces that a paper's recipe learns, as symbols of its codec, by side of the split."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from improvd.errors import CorpusError
from improvd.music import codec as metric
from improvd.music.symbols import CODECS
from improvd.training.corpus import abc, library
from improvd.training.corpus.files import Files, open_files
from improvd.training.corpus.piece import Piece
from improvd.training.corpus.sides import SPLITS, Sides
from improvd.training.corpus.sources import SOURCES
from improvd.training.plan import music_of
from improvd.training.recipes.papers import Picked

ABC = "abc"


@dataclass(frozen=True, slots=True)
class Text:
    """This is a piece as symbols.

    Attributes:
        name: of the piece.
        symbols: in order.
        notes: how many it has on the grid.
    """

    name: str
    symbols: tuple[str, ...]
    notes: int


@dataclass(frozen=True, slots=True)
class Texts:
    """This is music as symbols, for training, for choosing and for testing, none of it in two places.

    `sources`: what a card says of it, a table a corpus.
    """

    train: tuple[Text, ...]
    valid: tuple[Text, ...]
    test: tuple[Text, ...]
    sources: Mapping[str, Mapping[str, Any]]

    def by_name(self) -> Iterator[tuple[str, tuple[Text, ...]]]:
        """Yield the name and the texts of each side."""
        yield from zip(SPLITS, (self.train, self.valid, self.test), strict=True)


def of_corpus(picked: Picked, codec_name: str) -> Texts:
    """Return the music that a recipe picks from a corpus.

    Raises:
        CorpusError: if it is not at hand, or a side has none of it.
    """
    sides = picked_from(library.split([picked.corpus]), picked)
    tunes = tunes_of(open_files(library.data_folder() / picked.corpus)) if codec_name == ABC else {}
    return _texts(sides, codec_name, tunes, {picked.corpus: SOURCES[picked.corpus].as_table()})


def of_own(data: str, codec_name: str) -> Texts:
    """Return music of one's own, split by piece: a file, a folder, an archive, or `corpus:NAME[:SIDE]`.

    Raises:
        CorpusError: if there is none, or too little.
    """
    sides, sources = music_of(data)
    places = [library.data_folder() / name for name in sources] if data.startswith(library.PREFIX) else [Path(data)]
    tunes: dict[str, str] = {}
    for place in places if codec_name == ABC else ():
        tunes |= tunes_of(open_files(place))
    return _texts(sides, codec_name, tunes, sources)


def picked_from(sides: Sides, picked: Picked) -> Sides:
    """Return the pieces that are picked: of the training side the longest of each title, if only some are.

    Raises:
        CorpusError: if a side has none.
    """
    chosen = {side: [p for p in pieces if re.search(picked.pieces, p.name)] for side, pieces in sides.by_name()}
    for side, pieces in chosen.items():
        if not pieces:
            raise CorpusError(f"corpus {picked.corpus}: no piece on side {side!r} has {picked.pieces!r} in its name")
    return Sides(tuple(longest(chosen["train"], picked)), tuple(chosen["valid"]), tuple(chosen["test"]))


def longest(pieces: Sequence[Piece], picked: Picked) -> list[Piece]:
    """Return the longest pieces, one for each title, as many as are picked; all where no number is told."""
    if not picked.longest:
        return list(pieces)
    of_title: dict[str, Piece] = {}
    for piece in sorted(pieces, key=lambda piece: len(piece.notes), reverse=True):
        of_title.setdefault(picked.title(piece.name), piece)
    return list(of_title.values())[: picked.longest]


def tunes_of(files: Files) -> dict[str, str]:
    """Return the text of each tune in the ABC files of a place, by how the name of its piece begins."""
    found: dict[str, str] = {}
    for name in files.names:
        if name.lower().endswith(".abc"):
            _, tunes = abc.head_and_tunes(abc.text_of(files.read(name)))
            found |= {abc.prefix(name, number): tune.strip() + "\n\n" for number, tune in enumerate(tunes)}
    return found


def _texts(sides: Sides, codec_name: str, tunes: Mapping[str, str], sources: Mapping[str, Mapping[str, Any]]) -> Texts:
    train, valid, test = (
        tuple(written(piece, codec_name, tunes) for piece in pieces) for _, pieces in sides.by_name()
    )  # fmt: skip
    return Texts(train, valid, test, sources)


def written(piece: Piece, codec_name: str, tunes: Mapping[str, str]) -> Text:
    """Return a piece as symbols: a tune in ABC as it stands in its file, all else as the codec writes it."""
    notes = metric.snap(piece.notes)
    symbols = (codec_name == ABC and _tune(piece.name, tunes)) or CODECS[codec_name].write(notes, piece.meters[0].meter)
    return Text(piece.name, tuple(symbols), len(notes))


def _tune(name: str, tunes: Mapping[str, str]) -> str:
    """Return the text whose key is the beginning of a name up to some space; '' where there is none."""
    ends = (found.end() for found in re.finditer(" ", name)) if tunes else ()
    return next((tunes[name[:end]] for end in ends if name[:end] in tunes), "")
