"""Corpora made ready: each is read once, and all of them together are split into clusters and sides."""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from improvd.errors import CorpusError
from improvd.training.corpus import cache, codehash, duplicates, files, packed, reading, sides, telling
from improvd.training.corpus.corpora import CORPORA
from improvd.training.corpus.packed import Packed

HERE = __name__.rpartition(".")[0]


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
    """Return a hash of a corpus' files and of the code that reads them.

    Raises:
        CorpusError: if the corpus is unknown or its data are not at hand.
    """
    if name not in CORPORA:
        raise CorpusError(f"unknown corpus {name!r}; there are: {', '.join(CORPORA)}")
    folder = data_folder() / name
    if not folder.is_dir():
        raise CorpusError(f"corpus {name} is not at hand: there is no folder {folder}")
    corpus = CORPORA[name]
    code = codehash.of_modules(f"{HERE}.reading", f"{HERE}.{reading.reader_of(corpus.files)}")
    return _sha256(code, corpus.files, corpus.style, files.fingerprint(folder))


def _sha256(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


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
    """Return a hash of all corpora at hand, and of the code that splits them."""
    versions = {name: version_of(name) for name in at_hand()}
    return _sha256(codehash.of_modules(__name__), json.dumps(versions))


def kept_manifest(version: str) -> Manifest | None:
    """Return the manifest if it is kept and sound."""
    data = cache.kept("manifest", version, ".json")
    try:
        return {name: [Row(*row) for row in rows] for name, rows in json.loads(data).items()} if data else None
    except (ValueError, TypeError, AttributeError):
        return None


def _split(version: str) -> Manifest:
    found = dict(_all_at_hand())
    names = [(corpus, name) for corpus, held in found.items() for name in held.names()]
    counts = [count for held in found.values() for count in held.counts[:, 0].tolist()]
    prints = [piece for held in found.values() for piece in duplicates.fingerprints(held)]
    clusters = duplicates.clusters(prints, [_take(*name) for name in names])
    made: dict[str, list[Row]] = {name: [] for name in found}
    places = sides.places(prints, clusters, [corpus for corpus, _ in names])
    for (corpus, name), piece, notes, place in zip(names, prints, counts, places, strict=True):
        made[corpus].append(Row(name, piece.notes, notes, *place))
    if set(made) == set(at_hand()):  # what could not be read this time may be read the next
        cache.keep("manifest", version, ".json", json.dumps(made).encode())
    return made


def _all_at_hand() -> Iterator[tuple[str, Packed]]:
    for name in at_hand():
        try:
            yield name, music(name)
        except CorpusError as error:
            telling.say(str(error))


def _take(corpus: str, name: str) -> str:
    take = duplicates.take(name, CORPORA[corpus].takes)
    return f"{corpus} {take}" if take else ""
