"""The library: corpora by name and music of one's own, as pieces on the sides of a split."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from improvd.errors import CorpusError
from improvd.training.corpus import duplicates, packed, prepared, reading, sides, telling
from improvd.training.corpus.corpora import CORPORA, Corpus
from improvd.training.corpus.piece import Piece
from improvd.training.corpus.prepared import Row, data_folder
from improvd.training.corpus.sides import SPLITS, Sides

__all__ = ["Music", "Sides", "corpora_named", "data_folder", "open_data", "prepare", "split", "split_pieces"]

PREFIX = "corpus:"
ALL = "all"


@dataclass(frozen=True, slots=True)
class Music:
    """This is music to work with, and where it is from.

    Attributes:
        name: what was asked for.
        skipped: damaged files that were left out, each as 'name: why'.
    """

    name: str
    pieces: tuple[Piece, ...]
    skipped: tuple[str, ...] = ()


def split(names: Sequence[str]) -> Sides:
    """Return the pieces of some corpora by side.

    Raises:
        CorpusError: if a corpus is unknown, not at hand, cannot be read or may not be trained on.
    """
    for name in names:
        if name in CORPORA and CORPORA[name].barred:
            raise CorpusError(f"corpus {name} is not to be trained on: {CORPORA[name].barred}")
    held = list(_held(names))
    return sides.sorted_out([piece for piece, _ in held], [row.side for _, row in held], ", ".join(names))


def split_pieces(pieces: Sequence[Piece], name: str = "own music") -> Sides:
    """Return music of one's own by side.

    Raises:
        CorpusError: if it is too little.
    """
    prints = duplicates.fingerprints(packed.pack(pieces))
    clusters = duplicates.clusters(prints, [""] * len(prints))
    found = sides.places(prints, clusters, [name] * len(prints))
    return sides.sorted_out(pieces, [place.side for place in found], name)


def _held(names: Sequence[str]) -> Iterator[tuple[Piece, Row]]:
    """Yield the pieces of some corpora, each with what the manifest says of it."""
    music = {name: prepared.music(name) for name in names}
    manifest = prepared.manifest()
    for name, packed_pieces in music.items():
        yield from zip(packed_pieces.pieces(), manifest[name], strict=True)


def open_data(text: str) -> Music:
    """Return the music of DATA: a file, a folder, an archive, or `corpus:NAME[:train|valid|test]`.

    NAME may be `all`: every corpus at hand that may be trained on.

    Raises:
        CorpusError: if there is none.
    """
    if text.startswith(PREFIX):
        return Music(text, tuple(_named(*text.removeprefix(PREFIX).split(":"))))
    path = Path(text)
    corpus = _corpus_at(path)
    found = reading.read(path, telling.progress(text), pattern=corpus.files, style=corpus.style)
    telling.say_skipped(text, found.skipped)
    return Music(text, tuple(found.packed.pieces()), found.skipped)


def _named(name: str, side: str = "", *rest: str) -> list[Piece]:
    if rest or (side and side not in SPLITS):
        raise CorpusError(f"{':'.join([side, *rest])!r} is no side; allowed: corpus:NAME, or corpus:NAME:SIDE with "
                          f"{', '.join(SPLITS)}")  # fmt: skip
    found = [piece for piece, row in _held(corpora_named(name)) if row.side == (side or row.side)]
    if not found:
        raise CorpusError(f"corpus:{name} has no piece on the side {side!r}; see 'improvd corpus list'")
    return found


def corpora_named(name: str) -> list[str]:
    """Return the corpora of NAME in `corpus:NAME`: that one, or for `all` those at hand that may be trained on.

    Raises:
        CorpusError: if none is at hand.
    """
    names = [known for known in prepared.at_hand() if not CORPORA[known].barred] if name == ALL else [name]
    if not names:
        raise CorpusError(f"corpus:{ALL}: {data_folder()} has none of the corpora; see 'improvd corpus list'")
    return names


def _corpus_at(path: Path) -> Corpus:
    """Return the corpus in whose folder a path lies; for other music, what reads all of it in its own style."""
    try:
        inside = path.resolve().relative_to(data_folder().resolve())
    except (CorpusError, ValueError):
        return Corpus("any")
    return CORPORA.get(inside.parts[0] if inside.parts else "", Corpus("any"))


def prepare(names: Sequence[str]) -> None:
    """Read some corpora, and split all if none is named, unless it is done; what goes on is told on stderr.

    Raises:
        CorpusError: if a corpus is unknown, not at hand or holds no music.
    """
    for name in names:
        prepared.music(name)
    if not names:
        prepared.manifest()
