"""Echoes: what improvd sent and gets back is not input, or a loop in the routing would play on its own."""

from __future__ import annotations

from improvd.live.ledger import NOTE_OFF, NOTE_ON

WINDOW_S = 0.030


class EchoGuard:
    """This remembers what was sent in the last 30 ms.

    Notes are told by status, channel and pitch. Other messages are told by all
    of their bytes: to lose a controller value that was just sent costs nothing.
    """

    def __init__(self) -> None:
        self._sent_s: dict[tuple[int, ...], float] = {}

    def sent(self, data: tuple[int, ...], now_s: float) -> None:
        """Note that a message goes out."""
        key = _key(data)
        self._sent_s.pop(key, None)
        self._sent_s[key] = now_s
        self._forget_before(now_s - WINDOW_S)

    def is_echo(self, data: tuple[int, ...], at_s: float) -> bool:
        """Return whether a message that came in at `at_s` went out less than 30 ms before."""
        sent_s = self._sent_s.get(_key(data))
        return sent_s is not None and at_s - sent_s <= WINDOW_S

    def _forget_before(self, then_s: float) -> None:
        """Drop what is old; the dict is in the order of sending."""
        while (key := next(iter(self._sent_s), None)) and self._sent_s[key] < then_s:
            del self._sent_s[key]


def is_note(data: tuple[int, ...]) -> bool:
    """Return whether a message is a note_on or note_off."""
    return data[0] & 0xF0 in (NOTE_ON, NOTE_OFF)


def _key(data: tuple[int, ...]) -> tuple[int, ...]:
    return data[:2] if is_note(data) else data
