"""A player process for tests: no ports and no clock but real time at 120 bpm; it sounds plans at once.

Arguments after the end of the pipe: none, or words of
    hang      stop reading and speaking after a second
    log=FILE  write every message that arrives, and at last 'end', a line each
"""

from __future__ import annotations

import os
import select
import signal
import sys
import time
from typing import Any

from improvd.pipe import Pipe, PipeClosed
from improvd.protocol import (
    Alive,
    Anchor,
    Cancel,
    Finished,
    Heard,
    Inject,
    Opened,
    Play,
    PortsSeen,
    Setup,
    Sounded,
)

BPM = 120.0


class FakePlayer:
    """This does what a player does, without MIDI."""

    def __init__(self, end: str, words: tuple[str, ...]) -> None:
        self._pipe = Pipe.from_argument(end)
        self._hangs = "hang" in words
        self._log = next((word.removeprefix("log=") for word in words if word.startswith("log=")), os.devnull)
        self._origin_s = time.monotonic()
        self._notes = [0, 0]

    def run(self) -> None:
        """Play until the daemon is gone."""
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        with open(self._log, "a", buffering=1) as log:
            try:
                while True:
                    self._turn(log)
            except PipeClosed:
                log.write("end\n")

    def _turn(self, log: Any) -> None:
        select.select([self._pipe], [], [], 0.2)
        for message in self._pipe.receive():
            log.write(f"{message}\n")
            self._obey(message)
        now_s = time.monotonic()
        if self._hangs and now_s > self._origin_s + 1:
            time.sleep(60)
        self._pipe.send(Anchor(now_s, self._beats(now_s), BPM, 4, 4))
        self._pipe.send(Alive(0, 0, 0, 0.1, *self._notes))

    def _beats(self, at_s: float) -> float:
        return (at_s - self._origin_s) * BPM / 60

    def _obey(self, message: Any) -> None:
        now_s = time.monotonic()
        if isinstance(message, Setup):
            self._pipe.send(Opened("jack", ""))
            self._pipe.send(PortsSeen(("Keys", "Pads"), (), (), ()))
            for channel, pitch in message.owed:
                self._sound((0x80 | channel, pitch, 64), 0)
        elif isinstance(message, Inject):
            self._notes[0] += message.data[0] == 0x90
            self._pipe.send(Heard(now_s, self._beats(now_s), message.data, "computer keyboard"))
            self._sound(message.data, 0)
        elif isinstance(message, Play):
            for _onset, _duration, pitch, velocity, channel in message.notes:
                self._sound((0x90 | channel, pitch, velocity), message.answer)
                self._sound((0x80 | channel, pitch, 64), message.answer)
            self._pipe.send(Finished(message.answer))
        elif isinstance(message, Cancel):
            self._pipe.send(Finished(message.answer))

    def _sound(self, data: tuple[int, ...], answer: int) -> None:
        now_s = time.monotonic()
        self._notes[1] += data[0] & 0xF0 == 0x90
        self._pipe.send(Sounded(now_s, self._beats(now_s), data, answer, 0.001))


if __name__ == "__main__":
    FakePlayer(sys.argv[1], tuple(sys.argv[2:])).run()
