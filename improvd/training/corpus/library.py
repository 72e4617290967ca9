"""The library: corpora by name and music of one's own, as pieces on the sides of a split."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from improvd.errors import CorpusError
from improvd.training.corpus import duplicates, packed, prepared, reading, sides, telling
from improvd.training.corpus.corpora import CORPORA, Corpus
from improvd.training.corpus.piece import Piece
from improvd.training.corpus.prepared import Row, data_folder
from improvd.training.corpus.sides import SPLITS, Sides
from improvd.training.corpus.sources import SOURCES

__all__ = ["Music", "Shelf", "Sides", "data_folder", "listing", "open_data", "prepare", "split", "split_pieces"]

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


@dataclass(frozen=True, slots=True)
class Shelf:
    """This is what is known of a corpus; numbers are None where its data are not at hand or not prepared."""

    name: str
    at_hand: bool
    pieces: int | None
    notes: int | None
    train: int | None
    valid: int | None
    test: int | None
    duplicates: int | None
    style: str
    licence: str
    trainable: bool
    why_not: str


def split(names: Sequence[str]) -> Sides:
    """Return the pieces of some corpora by side.

    Raises:
        CorpusError: if a corpus is unknown, not at hand, cannot be read or may not be trained on.
    """
    for name in names:
        if name in CORPORA and CORPORA[name].barred:
            raise CorpusError(f"corpus {name} is not to be trained on: {CORPORA[name].barred}")
    held = [piece for name in names for piece in _held(name)]
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


def _held(name: str) -> list[tuple[Piece, Row]]:
    """Return the pieces of a corpus with what the manifest says of them."""
    music = prepared.music(name)
    return list(zip(music.pieces(), prepared.manifest()[name], strict=True))


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
    names = [known for known in prepared.at_hand() if not CORPORA[known].barred] if name == ALL else [name]
    found = [piece for known in names for piece, row in _held(known) if row.side == (side or row.side)]
    if not found:
        raise CorpusError(f"corpus:{name} has no piece on the side {side!r}; see 'improvd corpus list'")
    return found


def _corpus_at(path: Path) -> Corpus:
    """Return the corpus in whose folder a path lies; for other music, what reads all of it in its own style."""
    try:
        inside = path.resolve().relative_to(data_folder().resolve())
    except (CorpusError, ValueError):
        return Corpus("any")
    return CORPORA.get(inside.parts[0] if inside.parts else "", Corpus("any"))


def prepare(names: Sequence[str]) -> None:
    """Read some corpora, else all at hand, and split those, unless it is done; what goes on is told on stderr.

    Raises:
        CorpusError: if a corpus is unknown, not at hand or holds no music.
    """
    for name in names or prepared.at_hand():
        count = len(prepared.music(name).counts)
        telling.say(f"{name}: {count:,} pieces are ready")
    if not names:
        prepared.manifest()


def listing() -> list[Shelf]:
    """Return what is known of each corpus, without reading any."""
    try:
        manifest = prepared.kept_manifest(prepared.manifest_version()) or {}
        here = prepared.at_hand()
    except CorpusError:
        manifest, here = {}, []
    return [_shelf(name, name in here, manifest.get(name)) for name in CORPORA]


def _shelf(name: str, at_hand: bool, rows: Sequence[Row] | None) -> Shelf:
    corpus = CORPORA[name]
    about = (corpus.style, SOURCES[name].licence, not corpus.barred, corpus.barred)
    if rows is None:
        return Shelf(name, at_hand, None, None, None, None, None, None, *about)
    counts = Counter(row.side for row in rows)
    return Shelf(
        name,
        at_hand,
        len(rows),
        sum(row.notes for row in rows),
        counts["train"],
        counts["valid"],
        counts["test"],
        len(rows) - len({row.cluster for row in rows}),
        *about,
    )
