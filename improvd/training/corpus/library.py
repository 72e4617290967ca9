"""The corpora by name: where their files are and how each is read."""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

from improvd.errors import CorpusError
from improvd.music.codec import PARTS
from improvd.music.note import Note
from improvd.music.timing import steady
from improvd.training.corpus import abc, chorales
from improvd.training.corpus.piece import Piece


def data_folder() -> Path:
    """Return the folder of corpora: `$IMPROVD_DATA`, else ../shared/data.

    Raises:
        CorpusError: if there is none.
    """
    folder = Path(os.environ.get("IMPROVD_DATA", "../shared/data"))
    if not folder.is_dir():
        raise CorpusError(f"no music to train on: {folder} is no folder; set IMPROVD_DATA to the folder of corpora")
    return folder


def _abc_folk(folder: Path) -> Iterator[Piece]:
    with zipfile.ZipFile(folder / "abc-folk-music21corpus.zip") as archive:
        texts = {name: archive.read(name) for name in sorted(archive.namelist()) if name.endswith(".abc")}
    texts["irish.abc"] = (folder / "irish.abc").read_bytes()
    for name, data in texts.items():
        for number, (title, meter, notes) in enumerate(abc.tunes(data.decode("latin-1"))):
            melody = tuple(Note(n.onset_beats, n.pitch, n.duration_beats, n.velocity, MELODY) for n in notes)
            yield Piece(f"abc-folk/{name}#{number} {title}", "folk", steady(*meter), melody)


MELODY = PARTS.index("melody")


def _jsb_chorales(folder: Path) -> Iterator[Piece]:
    with zipfile.ZipFile(folder / "jsb-chorales.zip") as archive:
        name = next(n for n in archive.namelist() if n.endswith("Jsb16thSeparated.json"))
        sides: dict[str, list[list[list[int]]]] = json.loads(archive.read(name))
    for side, pieces in sides.items():
        for number, frames in enumerate(pieces):
            yield Piece(f"jsb-chorales/{side}#{number}", "chorale", steady(4, 4), tuple(chorales.notes_of(frames)))


def _js_fakes(folder: Path) -> Iterator[Piece]:
    import symusic

    with zipfile.ZipFile(folder / "js-fakes-midi.zip") as archive:
        for name in sorted(n for n in archive.namelist() if n.endswith(".mid")):
            score = symusic.Score.from_midi(archive.read(name))
            notes = sorted(
                Note(n.time / score.tpq, n.pitch, n.duration / score.tpq, n.velocity, PARTS.index(f"voice {voice + 1}"))
                for voice, track in enumerate(score.tracks[:4])
                for n in track.notes
            )
            yield Piece(f"js-fakes/{name}", "chorale", steady(4, 4), tuple(notes))


READERS: dict[str, Callable[[Path], Iterator[Piece]]] = {
    "jsb-chorales": _jsb_chorales,
    "js-fakes": _js_fakes,
    "abc-folk": _abc_folk,
}


def read(name: str) -> list[Piece]:
    """Return the pieces of a corpus, those of fewer than 16 notes left out.

    Raises:
        CorpusError: if the corpus is unknown or its files are missing.
    """
    if name not in READERS:
        raise CorpusError(f"unknown corpus {name!r}; there are: {', '.join(READERS)}")
    try:
        pieces = list(READERS[name](data_folder() / name))
    except (OSError, zipfile.BadZipFile, json.JSONDecodeError) as error:
        raise CorpusError(f"corpus {name} cannot be read: {error}") from error
    return [piece for piece in pieces if len(piece.notes) >= 16]
