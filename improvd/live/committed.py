"""What of an answer has gone to the player: in the window as planned, until it has sounded or is taken back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import inf

from improvd.live.window import Window, WindowNote
from improvd.protocol import Sounded

_NOTE_ON = 0x90


@dataclass(slots=True)
class _Planned:
    """This is a note that the player has; `note` is its place in the window."""

    onset_beats: float
    note: WindowNote
    sounded: bool = False
    ended: bool = False
    withdrawn: bool = False


class Committed:
    """This follows the notes of one answer from their plan to their end."""

    def __init__(self) -> None:
        self._notes: list[_Planned] = []

    def plan(self, onset_beats: float, note: WindowNote) -> None:
        """Take in a note that goes to the player."""
        self._notes.append(_Planned(onset_beats, note))

    def sounded(self, message: Sounded, window: Window) -> WindowNote | None:
        """Take in that a note has begun or ended; return the one that has ended."""
        same = [planned for planned in self._notes if planned.note.pitch == message.data[1]]
        if message.data[0] & 0xF0 == _NOTE_ON and message.data[2] > 0:
            self._begin(same, message.at_beats, window)
            return None
        ending = next((planned for planned in same if planned.sounded and not planned.ended), None)
        if ending is None:
            return None
        ending.ended = True
        return ending.note

    def withdraw(self, window: Window, after_beats: float = -inf) -> None:
        """Take what has not sounded out of the window, as far as it begins after a place of the clock."""
        for planned in self._still_planned(after_beats):
            planned.withdrawn = True
            window.discard(planned.note)

    def _begin(self, same: Iterable[_Planned], at_beats: float, window: Window) -> None:
        waiting = [planned for planned in same if not planned.sounded]
        if waiting:
            _confirm(min(waiting, key=lambda planned: abs(planned.onset_beats - at_beats)), window)

    def _still_planned(self, after_beats: float) -> Iterator[_Planned]:
        return (planned for planned in self._notes if planned.note.planned and planned.onset_beats > after_beats)


def _confirm(planned: _Planned, window: Window) -> None:
    note = planned.note
    planned.sounded, note.planned = True, False
    if planned.withdrawn:
        planned.note = window.add(note.onset_ticks, note.pitch, note.velocity, duration_ticks=note.duration_ticks)
