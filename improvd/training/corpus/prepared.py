"""Corpora made ready: each is read once, and all of them together are split into clusters and sides."""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from improvd.errors import CorpusError
from improvd.training.corpus import cache, duplicates, files, packed, reading, sides, telling
from improvd.training.corpus.corpora import CORPORA
from improvd.training.corpus.packed import Packed

SPLITTING = ("corpora", "duplicates", "prepared", "sides")
"""The modules beside this one on which it depends how music is split, and not how it is read."""
NEITHER = ("cache", "library", "sources", "telling")


class Row(NamedTuple):
    """This is what the manifest says of a piece.

    Attributes:
        sha256: of its notes on the grid.
        cluster: the same for pieces that are the same music.
        side: 'train', 'valid' or 'test'.
    """

    name: str
    sha256: str
    notes: int
    cluster: str
    side: str


Manifest = Mapping[str, Sequence[Row]]
"""The pieces of each corpus, in order."""


def data_folder() -> Path:
    """Return the folder of corpora: `$IMPROVD_DATA`, else ../shared/data.

    Raises:
        CorpusError: if there is none.
    """
    folder = Path(os.environ.get("IMPROVD_DATA", "../shared/data"))
    if not folder.is_dir():
        raise CorpusError(f"no music to train on: {folder} is no folder; set IMPROVD_DATA to the folder of corpora")
    return folder


def at_hand() -> list[str]:
    """Return the names of the corpora whose data are at hand."""
    folder = data_folder()
    return [name for name in CORPORA if (folder / name).is_dir()]


def version_of(name: str) -> str:
    """Return a hash of a corpus' files and of how they are read.

    Raises:
        CorpusError: if the corpus is unknown or its data are not at hand.
    """
    if name not in CORPORA:
        raise CorpusError(f"unknown corpus {name!r}; there are: {', '.join(CORPORA)}")
    folder = data_folder() / name
    if not folder.is_dir():
        raise CorpusError(f"corpus {name} is not at hand: there is no folder {folder}")
    about = f"{_source(splitting=False)} {CORPORA[name].files} {CORPORA[name].style} {files.fingerprint(folder)}"
    return hashlib.sha256(about.encode()).hexdigest()


def _source(*, splitting: bool) -> str:
    """Return a hash of the text of the modules that split music, or that read it: a change makes it anew."""
    here = Path(__file__).parent
    own = [path for path in here.glob("*.py") if path.stem not in NEITHER and (path.stem in SPLITTING) == splitting]
    paths = sorted([*own, *(here.parents[1] / "music").glob("*.py")])
    return hashlib.sha256(b"".join(path.read_bytes() for path in paths)).hexdigest()


def music(name: str) -> Packed:
    """Return the pieces of a corpus, read from its files unless they are kept; what goes on is told on stderr.

    Raises:
        CorpusError: if the corpus is unknown, not at hand or holds no music.
    """
    version = version_of(name)
    return kept(name, version) or _read(name, version)


def kept(name: str, version: str) -> Packed | None:
    """Return the pieces of a corpus if they are kept and sound."""
    data = cache.kept(name, version, ".npz")
    try:
        return packed.from_bytes(data) if data else None
    except CorpusError:
        return None


def _read(name: str, version: str) -> Packed:
    started = time.monotonic()
    corpus = CORPORA[name]
    try:
        found = reading.read(data_folder() / name, telling.progress(name), pattern=corpus.files, style=corpus.style)
    except CorpusError as error:
        raise CorpusError(f"corpus {name} cannot be read: {error}") from error
    pieces, notes = len(found.packed.counts), int(found.packed.counts[:, 0].sum())
    seconds = time.monotonic() - started
    telling.say(f"{name}: {pieces:,} pieces, {notes:,} notes, read in {seconds:.1f} s")
    telling.say_skipped(name, found.skipped)
    cache.keep(name, version, ".npz", packed.to_bytes(found.packed))
    return found.packed


def manifest() -> Manifest:
    """Return cluster and side of every piece of every corpus at hand, made anew when any of them changed.

    A corpus that cannot be read is left out, and that is told on stderr.
    """
    version = manifest_version()
    return kept_manifest(version) or _split(version)


def manifest_version() -> str:
    """Return a hash of all corpora at hand, and of how they are split."""
    versions = {name: version_of(name) for name in at_hand()}
    return hashlib.sha256(f"{_source(splitting=True)} {json.dumps(versions)}".encode()).hexdigest()


def kept_manifest(version: str) -> Manifest | None:
    """Return the manifest if it is kept and sound."""
    data = cache.kept("manifest", version, ".json")
    try:
        return {name: [Row(*row) for row in rows] for name, rows in json.loads(data).items()} if data else None
    except (ValueError, TypeError, AttributeError):
        return None


def _split(version: str) -> Manifest:
    found: dict[str, Packed] = {}
    for name in at_hand():
        try:
            found[name] = music(name)
        except CorpusError as error:
            telling.say(str(error))
    rows = {name: [piece.name for piece in held.pieces()] for name, held in found.items()}
    names = [(corpus, name) for corpus, own in rows.items() for name in own]
    prints = [piece for held in found.values() for piece in duplicates.fingerprints(held)]
    takes = [_take(corpus, name) for corpus, name in names]
    places = sides.places(prints, duplicates.clusters(prints, takes), [corpus for corpus, _ in names])
    made: dict[str, list[Row]] = {name: [] for name in found}
    counts = [int(count) for held in found.values() for count in held.counts[:, 0]]
    for (corpus, name), piece, notes, place in zip(names, prints, counts, places, strict=True):
        made[corpus].append(Row(name, piece.notes, notes, *place))
    cache.keep("manifest", version, ".json", json.dumps(made).encode())
    return made


def _take(corpus: str, name: str) -> str:
    take = duplicates.take(name, CORPORA[corpus].takes)
    return f"{corpus} {take}" if take else ""
