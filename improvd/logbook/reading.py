"""Reading a session log: its header and its lines, or one sentence saying what is wrong, and where."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from improvd.errors import ConfigError, LogError
from improvd.logbook import entry
from improvd.logbook.entry import Header
from improvd.logbook.writing import LARGEST_LOG_BYTES
from improvd.protocol import from_array

BREAKS = (ValueError, KeyError, TypeError, IndexError, AttributeError, ArithmeticError, RecursionError)
"""What a line that says something else than it should runs into, when it is read or later."""


class Entry(NamedTuple):
    """This is one line of a log.

    Attributes:
        line: its number, from 1.
        kind: one of `entry.REACHED` or `entry.SAID`.
        at_s: when it reached the session; of what was said, when the last thing before it did.
        what: a message, request, wiring or sentence; of what was said the array that JSON has of it.
    """

    line: int
    kind: str
    at_s: float
    what: Any


class Log(NamedTuple):
    """This is a log that was read; `torn`: its last line breaks off, as after a crash, and was left out."""

    header: Header
    entries: tuple[Entry, ...]
    torn: bool = False


def read(path: Path) -> Log:
    """Return a log.

    Raises:
        LogError: if it cannot be read, is no log, is too large for one, or is damaged; with the line where that shows.
    """
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST_LOG_BYTES + 1)
    except OSError as error:
        raise LogError(f"{path}: cannot be read: {error.strerror}") from None
    if len(data) > LARGEST_LOG_BYTES:
        raise LogError(
            f"{path}: more than {LARGEST_LOG_BYTES:,} bytes, which no session log has; give one that improvd wrote"
        )
    if not data.strip():
        raise LogError(f'{path}: the file is empty; give a session log, which improvd writes with [record] log = "on"')
    *lines, rest = data.split(b"\n")
    header = _header(path, lines[0] if lines else rest)
    return Log(header, tuple(_entries(path, lines[1:])), torn=bool(rest))


def _header(path: Path, line: bytes) -> Header:
    try:
        told = json.loads(line)
        if told["improvd"] != entry.NAME:
            raise ValueError(told["improvd"])
    except BREAKS:
        raise LogError(f"{path}: no session log: line 1 is not the header of one; give a file that improvd wrote "
                       "with [record] log = \"on\"") from None  # fmt: skip
    if told.get("format") != entry.FORMAT:
        raise LogError(
            f"{path}: a session log of format {told.get('format')!r}, written by improvd {told.get('version')}; "
            f"this improvd reads format {entry.FORMAT}: replay it with the one that wrote it"
        )
    try:
        return entry.header_of(told)
    except (*BREAKS, ConfigError) as error:
        raise _damaged(path, 1, error) from None


def _entries(path: Path, lines: list[bytes]) -> Iterator[Entry]:
    now_s = -math.inf
    for number, line in enumerate(lines, 2):
        try:
            found = _entry(number, json.loads(line), now_s)
        except BREAKS as error:
            raise _damaged(path, number, error) from None
        yield found
        now_s = found.at_s


def _entry(number: int, told: Any, now_s: float) -> Entry:
    kind, *values = told
    if kind in entry.SAID:
        (message,) = values
        return Entry(number, kind, now_s, message)
    at_s, *what = values
    if not isinstance(at_s, float) or not math.isfinite(at_s):
        raise ValueError(f"{at_s!r} is no time")
    return Entry(number, kind, at_s, _what(kind, what))


def _what(kind: str, told: list[Any]) -> Any:
    if kind == entry.TICK and not told:
        return None
    (what,) = told
    if kind == entry.HEARD:
        return from_array(what)
    if kind == entry.ASKED:
        return entry.request_of(what)
    if kind == entry.SEEN:
        return entry.wiring_of(what)
    if kind not in (entry.GREETED, entry.PLAYER_LOST, entry.MODEL_LOST):
        raise ValueError(f"{kind!r} is no kind of line")
    return str(what)


def _damaged(path: Path, line: int, error: Exception) -> LogError:
    return LogError(f"{path}, line {line}: the log is damaged there ({error}); nothing of it is replayed")
