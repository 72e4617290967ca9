"""What stands in a session log: a header, then a line for each thing that reached the session or that it said.

Every line is JSON. The header is an object: what is no log of this format has
none. What reached the session is `[kind, at_s, what]`, what it said
`[kind, what]` right after what it was said to. Times are those of
`time.monotonic`, to the last bit.
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Sequence
from dataclasses import asdict, fields
from itertools import chain
from typing import Any, NamedTuple
from zlib import crc32

from improvd import __version__
from improvd.config import Config, check_value, settings
from improvd.control import Request
from improvd.live.wiring import Wiring
from improvd.protocol import encode
from improvd.status import Facts

FORMAT = 1
NAME = "session log"

TICK, HEARD, ASKED, SEEN, GREETED = "tick", "heard", "asked", "seen", "greeted"
PLAYER_LOST, MODEL_LOST = "player lost", "model lost"
REACHED = (TICK, HEARD, ASKED, SEEN, GREETED, PLAYER_LOST, MODEL_LOST)
TO_PLAYER, TO_MODEL = "to player", "to model"
SAID = (TO_PLAYER, TO_MODEL)

STEERS = ("set", "nudge", "do")
"""The requests that change anything; what else is asked for does not reach the log."""

WINDOWS = ("window", "windows")
"""Fields of which the log keeps the length and a sum: the model computes from them anew when the log is replayed."""

_START_FACTS = ("started_s", "pid", "remembered", "synth_available")


class Header(NamedTuple):
    """This is what a session began with.

    Attributes:
        version: of the improvd that wrote the log.
        seed: of the noise, where the settings fix none.
        config, facts: as `Session` takes them.
    """

    version: str
    seed: int
    config: Config
    facts: Facts


# --- to lines --------------------------------------------------------------------------------


def header_line(config: Config, facts: Facts, seed: int) -> bytes:
    """Return the first line of a log."""
    known = {name: getattr(facts, name) for name in _START_FACTS}
    told = {"improvd": NAME, "format": FORMAT, "version": __version__, "seed": seed, "facts": known}
    return _line(told | {"config": {key: config.get(key) for key in settings()}})


def tick_line(at_s: float) -> bytes:
    """Return the line of a tick."""
    return b'["tick",%r]\n' % at_s


def heard_line(at_s: float, message: Any) -> bytes:
    """Return the line of a message of the player or the model."""
    return b'["heard",%r,%b]\n' % (at_s, encode(message))


def asked_line(at_s: float, request: Request) -> bytes:
    """Return the line of a client's request."""
    return _line([ASKED, at_s, [getattr(request, field.name) for field in fields(request)]])


def seen_line(at_s: float, wiring: Wiring) -> bytes:
    """Return the line of a look at the wiring."""
    return _line([SEEN, at_s, asdict(wiring)])


def told_line(kind: str, at_s: float, sentence: str = "") -> bytes:
    """Return the line of a child that was lost, or greeted."""
    return _line([kind, at_s, sentence])


def said_line(kind: str, message: Any) -> bytes:
    """Return the line of what the session said."""
    return b'["%b",%b]\n' % (kind.encode(), said(message))


def said(message: Any) -> bytes:
    """Return a message as the log keeps it: as JSON, of windows their length and sum."""
    known = [field.name for field in fields(message)]
    if not any(name in known for name in WINDOWS):
        return encode(message)
    values = (_sum(value) if name in WINDOWS else value for name, value in zip(known, _values(message), strict=True))
    return json.dumps([type(message).__name__, *values], separators=(",", ":"), default=_values).encode()


def said_array(message: Any) -> list[Any]:
    """Return a message as it is read back from a log."""
    array: list[Any] = json.loads(said(message))
    return array


def _values(value: Any) -> list[Any]:
    return [getattr(value, field.name) for field in fields(value)]


def _sum(window: Sequence[Any]) -> tuple[int, int]:
    """Return the length and a check sum of a window of notes, or of several."""
    notes = window
    while notes and not isinstance(notes[0], int):
        notes = tuple(chain.from_iterable(notes))
    return len(window), crc32(array("q", notes))


def _line(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode() + b"\n"


# --- from lines ------------------------------------------------------------------------------


def header_of(told: Any) -> Header:
    """Return what a header says.

    Raises:
        ValueError, KeyError, TypeError, ConfigError: if it says something else.
    """
    config = Config()
    for key, value in told["config"].items():
        config = config.having(key, check_value(key, value))
    facts = told["facts"] | {"remembered": tuple(told["facts"]["remembered"])}
    return Header(str(told["version"]), int(told["seed"]), config, Facts(**facts))


def request_of(values: Sequence[Any]) -> Request:
    """Return the request in the line of one."""
    return Request(*values)


def wiring_of(told: dict[str, Any]) -> Wiring:
    """Return the wiring in the line of one."""
    known: dict[str, Any] = {name: None if value is None else tuple(value) for name, value in told.items()}
    return Wiring(**known)
