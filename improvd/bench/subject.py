"""The player under test: the real player process, told what to play as the conductor tells it."""

from __future__ import annotations

import select
import subprocess
import time
from types import TracebackType
from typing import Any

from improvd.bench.notes import CHANNEL, HELD, VELOCITY, pitch_of
from improvd.errors import ImprovdError
from improvd.live.timebase import Timebase
from improvd.pipe import PipeClosed, start_child
from improvd.protocol import Anchor, Opened, PlannedNote, Play, Setup

HORIZON_BEATS = 2
"""How far ahead of the playhead notes are told, as by the conductor."""
STEPS_PER_BEAT = 4
_OPEN_S = 30.0
_END_S = 5.0
_ANSWER = 1


class Subject:
    """This is a player with its ports open; what it reports is read, as a daemon does."""

    def __init__(self, backend: str, bpm: float) -> None:
        self._process, self._pipe = start_child("improvd.live.player")
        self._time = Timebase(bpm)
        self._opened = ""
        self._pipe.send(_setup(backend, bpm))

    def __enter__(self) -> Subject:
        end_s = time.monotonic() + _OPEN_S
        while not (self._opened and self._time.known):
            if time.monotonic() > end_s:
                raise ImprovdError(f"the player opened no ports within {_OPEN_S:g} s")
            self.listen_until(time.monotonic() + 0.1)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._pipe.close()
        try:
            self._process.wait(_END_S)
        except subprocess.TimeoutExpired:  # a dead JACK server can hold it for ever
            self._process.kill()
            self._process.wait()

    def beat_after(self, lead_s: float) -> int:
        """Return the first whole beat after some seconds from now."""
        return int(self._time.beats_at(time.monotonic() + lead_s)) + 1

    def time_of(self, beats: float) -> float:
        """Return the moment of a place on the player's clock, in seconds."""
        return self._time.time_of(beats)

    def play(self, begin_beats: int, count: int) -> None:
        """Have it play so many notes from a beat on, and return when they have sounded."""
        for first in range(0, count, STEPS_PER_BEAT):
            beat = begin_beats + first // STEPS_PER_BEAT
            self.listen_until(self.time_of(beat - HORIZON_BEATS))
            self._pipe.send(Play(_ANSWER, notes_of(begin_beats, first, min(first + STEPS_PER_BEAT, count))))
        self.listen_until(self.time_of(begin_beats + count / STEPS_PER_BEAT))

    def tell(self, message: Any) -> None:
        """Send it a message of `protocol`."""
        self._pipe.send(message)

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._process.pid

    def wait(self, seconds: float) -> None:
        """Read on for some seconds."""
        self.listen_until(time.monotonic() + seconds)

    def listen_until(self, until_s: float) -> None:
        """Read what the player says until a moment."""
        while (left_s := until_s - time.monotonic()) > 0:
            if select.select([self._pipe], [], [], left_s)[0]:
                self._hear()

    def _hear(self) -> None:
        try:
            for message in self._pipe.receive():
                self._take(message)
        except PipeClosed:
            raise ImprovdError("the player ended while it was measured") from None

    def _take(self, message: Any) -> None:
        if isinstance(message, Anchor):
            self._time.anchor(message)
        elif isinstance(message, Opened):
            self._opened = message.backend


def notes_of(begin_beats: int, first: int, end: int) -> tuple[PlannedNote, ...]:
    """Return some of the notes, from the first to before the end, as the player is told them."""
    step_beats = 1 / STEPS_PER_BEAT
    return tuple(
        (begin_beats + number * step_beats, HELD * step_beats, pitch_of(number), VELOCITY, CHANNEL)
        for number in range(first, end)
    )


def _setup(backend: str, bpm: float) -> Setup:
    return Setup(
        backend=backend, inputs=(), outputs=(), bpm=bpm, numerator=4, denominator=4,
        thru=True, thru_channel=0, answer_channel=CHANNEL, max_lateness_s=0.2,
    )  # fmt: skip
