"""From files of any format to pieces; many files are read by several processes."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from functools import partial
from importlib import import_module
from multiprocessing import get_context
from pathlib import Path

from improvd.errors import CorpusError, ImprovdError
from improvd.training.corpus.files import Files, is_archive, open_files
from improvd.training.corpus.packed import Packed, joined, pack
from improvd.training.corpus.piece import Piece
from improvd.training.corpus.telling import Progress

READERS: Mapping[str, str] = {
    ".mid": "midi",
    ".midi": "midi",
    ".kar": "midi",
    ".rmi": "midi",
    ".abc": "abc",
    ".json": "chorales",
    ".csv": "jazz",
    ".mxl": "musicxml",
    ".musicxml": "musicxml",
    ".xml": "musicxml",
}
"""The module that reads each kind of file."""

MIN_NOTES = 16
FILES_AT_ONCE = 24
MAX_CHUNKS = 64
"""Each means opening the archives again."""


@dataclass(frozen=True, slots=True)
class Reading:
    """This is what came of reading some files.

    Attributes:
        packed: the pieces.
        skipped: damaged files, each as 'name: why'.
        strange: number of files that are not music.
        short: number of pieces left out because they have fewer than `MIN_NOTES` notes.
    """

    packed: Packed
    skipped: tuple[str, ...]
    strange: int
    short: int


def read(path: Path, progress: Progress, *, pattern: str = "*", style: str = "any") -> Reading:
    """Return the music of a file, folder or archive.

    Args:
        pattern: which of its files are read, where any match; '*' stands for any letters.
        style: of all the music; 'any' keeps each piece's own.

    Raises:
        CorpusError: if there is none, with what was found instead.
    """
    files = open_files(path)
    names = [name for name in files.names if fnmatchcase(name, pattern)] or files.names
    music = [name for name in names if reader_of(name) or is_archive(name)]
    parts = list(_parts(path, files, music, style, progress))
    reading = Reading(
        joined([part.packed for part in parts]),
        tuple(why for part in parts for why in part.skipped),
        len(names) - len(music),
        sum(part.short for part in parts),
    )
    if not len(reading.packed.counts):
        raise CorpusError(_nothing(path, len(names), reading))
    return reading


def _nothing(path: Path, count: int, reading: Reading) -> str:
    why = f"; the first: {reading.skipped[0]}" if reading.skipped else ""
    return (
        f"{path} holds no music to work with: {count} files, of which {reading.strange} are no music and "
        f"{len(reading.skipped)} damaged{why}; {reading.short} pieces have fewer than {MIN_NOTES} notes. "
        f"Allowed are {', '.join(READERS)}, zip and tar archives, and folders of them"
    )


def _parts(path: Path, files: Files, names: Sequence[str], style: str, progress: Progress) -> Iterator[Reading]:
    """Yield what is read, in order: by this process where it is little."""
    progress(0, len(names))
    if len(names) <= FILES_AT_ONCE:
        yield _read_names(files, names, style)
        progress(len(names), len(names))
        return
    size = max(FILES_AT_ONCE, len(names) // MAX_CHUNKS)
    chunks = [names[start : start + size] for start in range(0, len(names), size)]
    done = 0
    with ProcessPoolExecutor(os.cpu_count(), get_context("spawn"), _leave_interrupts) as pool:
        for chunk, part in zip(chunks, _mapped(pool, partial(_read_at, path, style), chunks), strict=True):
            yield part
            done += len(chunk)
            progress(done, len(names))


def _leave_interrupts() -> None:
    """Leave it to the process that waits to say that Ctrl-C was pressed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _mapped(
    pool: Executor, work: Callable[[Sequence[str]], Reading], chunks: Sequence[Sequence[str]]
) -> Iterator[Reading]:
    try:
        yield from pool.map(work, chunks)
    except BrokenProcessPool as error:
        raise CorpusError("the music cannot be read: a process that read it died; is there memory enough?") from error


def _read_at(path: Path, style: str, names: Sequence[str]) -> Reading:
    return _read_names(open_files(path), names, style)


def _read_names(files: Files, names: Sequence[str], style: str) -> Reading:
    pieces: list[Piece] = []
    skipped = []
    for name in names:
        try:
            pieces += pieces_of(files, name)
        except ImprovdError as error:
            skipped.append(str(error) if name in str(error) else f"{name}: {error}")
    long = [
        replace(piece, style=style) if style != "any" else piece for piece in pieces if len(piece.notes) >= MIN_NOTES
    ]
    return Reading(pack(long), tuple(skipped), 0, len(pieces) - len(long))


def pieces_of(files: Files, name: str) -> list[Piece]:
    """Return the pieces of one file, read as the end of its name says.

    Raises:
        CorpusError: if it is damaged or no music.
    """
    module = reader_of(name)
    if not module:
        files.read(name)
        raise CorpusError(f"{name} is no music; allowed are {', '.join(READERS)}")
    found: list[Piece] = import_module(f"improvd.training.corpus.{module}").pieces(files, name)
    return found


def reader_of(name: str) -> str:
    """Return the module that reads a file, by the end of its name; '' where it is no music."""
    return READERS.get(os.path.splitext(name.lower())[1], "")
