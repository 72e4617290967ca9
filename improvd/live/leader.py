"""Leaders: the clocks outside that improvd can go by, each told as the place of the song and its tempo."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from improvd.live.clock_in import ClockIn, ClockState
from improvd.live.clock_out import CONTINUE, SONG_POSITION, START, STOP, TICK
from improvd.live.link import LinkPeer

POLL_S = 0.020
"""Link says nothing by itself: it is asked so often."""

_TICKING = (ClockState.LOCKING, ClockState.LOCKED)


@dataclass(frozen=True, slots=True)
class Lead:
    """This is where a leader stands at a moment.

    Attributes:
        at_s: seconds of `time.monotonic`.
        song_beats: from the song's beginning; None where only the tempo is known.
        bpm: quarters per minute.
        rolling: whether the song moves, or would as far as is known.
        state: how well it is heard, in a word.
    """

    at_s: float
    song_beats: float | None
    bpm: float
    rolling: bool
    state: str


class Leader(Protocol):
    """This is a clock outside.

    Attributes:
        name: what it is called as a source.
    """

    name: str

    def lead(self, now_s: float) -> Lead | None:
        """Return where it stands; None as long as nothing is heard of it."""

    def next_s(self) -> float:
        """Return when to ask again at the latest; infinite where it tells by itself."""


class MidiLeader:
    """This is a MIDI clock: of the first port that starts, or ticks if `at_once`; once lost, of the next to start."""

    name = "midi"

    def __init__(self, bpm: float, *, at_once: bool) -> None:
        self._clock = ClockIn(bpm)
        self._at_once = at_once
        self._port = ""

    def hear(self, port: str, data: tuple[int, ...], at_s: float) -> bool:
        """Take in a system message of a port; return whether it was meant for improvd."""
        starts = data[0] in (START, CONTINUE)
        if (not self._port and self._at_once and data[0] == TICK) or (self._is_free() and starts):
            self._port = port
        if port != self._port or data[0] not in _HEARD:
            return False
        _HEARD[data[0]](self._clock, data, at_s)
        return True

    def _is_free(self) -> bool:
        return not self._port or self._clock.state is ClockState.LOST

    def lead(self, now_s: float) -> Lead | None:
        """Return where it stands; None as long as nothing is heard of it."""
        if not self._port:
            return None
        self._clock.check(now_s)
        reading, rolling, state = self._clock.reading(), self._clock.rolling, self._clock.state
        place = reading.song_beats if rolling else None
        return Lead(reading.at_s, place, reading.bpm, rolling or state in _TICKING, state)

    def next_s(self) -> float:
        """Return when it counts as lost if no tick comes before."""
        return self._clock.next_s()


class LinkLeader:
    """This is a Link session that improvd is in."""

    name = "link"

    def __init__(self, peer: LinkPeer) -> None:
        self.peer = peer
        self._asked_s = -math.inf

    def lead(self, now_s: float) -> Lead:
        """Return where it stands."""
        self._asked_s = now_s
        reading = self.peer.reading(now_s)
        return Lead(now_s, reading.song_beats, reading.bpm, reading.playing, "locked" if reading.peers else "alone")

    def next_s(self) -> float:
        """Return when to ask again."""
        return self._asked_s + POLL_S


_HEARD: dict[int, Callable[[ClockIn, tuple[int, ...], float], None]] = {
    TICK: lambda clock, _, at_s: clock.tick(at_s),
    START: lambda clock, _, at_s: clock.start(at_s),
    CONTINUE: lambda clock, _, at_s: clock.go_on(at_s),
    STOP: lambda clock, _, at_s: clock.stop(at_s),
    SONG_POSITION: lambda clock, data, at_s: clock.locate(data[1] | data[2] << 7, at_s),
}
