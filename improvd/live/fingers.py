"""The fingers: which keys and sustain pedals are down, by source, so that they go up when their source is lost."""

from __future__ import annotations

from collections.abc import Iterable

from improvd.live.ledger import CONTROL, NOTE_OFF, NOTE_ON, SUSTAIN
from improvd.live.listener import PEDAL_DOWN

_FIRST_MODE_MESSAGE = 120
_RELEASE_VELOCITY = 64

_Down = tuple[int, int]
"""The first two bytes of what went down: a note_on, or the sustain pedal."""


class Fingers:
    """This follows keys and sustain pedals of every source, from message to message."""

    def __init__(self) -> None:
        self._down: dict[str, dict[_Down, None]] = {}

    def feed(self, source: str, data: tuple[int, ...]) -> None:
        """Take in a message of a source."""
        down = self._down.setdefault(source, {})
        if _presses(data):
            down[data[0], data[1]] = None
        for key in _lifted(data, down):
            del down[key]

    def lifts(self, source: str, data: tuple[int, ...]) -> bool:
        """Return whether a message of a source lifts a key or pedal that is down."""
        return bool(_lifted(data, self._down.get(source, {})))

    def let_go(self, source: str) -> list[tuple[int, ...]]:
        """Return the messages that lift all that a source has down, and forget it."""
        return [_lift(key) for key in self._down.pop(source, {})]


def _presses(data: tuple[int, ...]) -> bool:
    kind = data[0] & 0xF0
    return kind == NOTE_ON or (kind == CONTROL and data[1] == SUSTAIN and data[2] >= PEDAL_DOWN)


def _lifted(data: tuple[int, ...], down: Iterable[_Down]) -> list[_Down]:
    """Return what a message lifts of what is down: a key, the pedal, or all of a channel."""
    if _presses(data):
        return []
    if data[0] & 0xF0 == CONTROL and data[1] >= _FIRST_MODE_MESSAGE:
        return [key for key in down if key[0] & 0x0F == data[0] & 0x0F]
    status = NOTE_ON | data[0] & 0x0F if data[0] & 0xF0 == NOTE_OFF else data[0]
    return [key for key in down if key == (status, data[1])]


def _lift(key: _Down) -> tuple[int, ...]:
    status, number = key
    return (status, number, 0) if status & 0xF0 == CONTROL else (NOTE_OFF | status & 0x0F, number, _RELEASE_VELOCITY)
