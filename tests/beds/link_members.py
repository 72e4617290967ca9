"""Members of a Link session, each in a process of its own, on a network of their own where the system allows one.

    with Member("other", 100) as founder, Member("improvd", 140, beside=founder) as newcomer:
        newcomer.ask("set_bpm", 90, time.monotonic())

`improvd` is `improvd.live.link`, and `other` a program that shares none of its code. What is asked for is a method of
the one or the other, and what comes back is what it returns, dataclasses as dicts.
"""

from __future__ import annotations

import fcntl
import json
import socket
import struct
import subprocess
import sys
import time
from dataclasses import asdict, is_dataclass
from functools import cache
from typing import Any

BAR_BEATS = 4.0
_GET_FLAGS, _SET_FLAGS, _UP = 0x8913, 0x8914, 1


@cache
def _own_network() -> list[str]:
    """Return the command that gives a process a network with nobody on it; without a right to it, nothing."""
    command = ["unshare", "--user", "--map-root-user", "--net", "--"]
    allowed = subprocess.run([*command, "true"], capture_output=True).returncode == 0
    return command if allowed else []


class Member:
    """This is the near end of a member: it passes on what the member is asked to do."""

    def __init__(self, kind: str, bpm: float, *, beside: Member | None = None) -> None:
        self._kind = kind
        place = _own_network()
        if place and beside:
            place = ["nsenter", "--target", str(beside._process.pid), "--user", "--net", "--preserve-credentials", "--"]
        command = [*place, sys.executable, __file__, kind, str(bpm)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._answer()

    def __enter__(self) -> Member:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()  # the end of its input ends it

    def ask(self, method: str, *arguments: float) -> Any:
        """Return what the member's method returns."""
        assert self._process.stdin
        print(json.dumps([method, *arguments]), file=self._process.stdin, flush=True)
        return self._answer()

    def peers(self) -> int:
        """Return how many others are in its session."""
        return self.ask("peers") if self._kind == "other" else self.ask("reading", time.monotonic())["peers"]

    def _answer(self) -> Any:
        assert self._process.stdout
        return json.loads(self._process.stdout.readline())


class OtherProgram:
    """This does with Link what a DAW does, in Link's own time."""

    def __init__(self, bpm: float) -> None:
        from link import Link

        self._link = Link(bpm)
        self._link.startStopSyncEnabled = True
        self._link.enabled = True
        self._clock = self._link.clock()

    def peers(self) -> int:
        """Return how many others are there."""
        return self._link.numPeers()

    def bpm(self) -> float:
        """Return the tempo."""
        return self._link.captureSessionState().tempo()

    def playing(self) -> bool:
        """Return whether the transport is on."""
        return self._link.captureSessionState().isPlaying()

    def place(self) -> tuple[float, float, float]:
        """Return a moment of `time.monotonic`, and the place in the song and in the bar then."""
        state = self._link.captureSessionState()
        before_s, now_us, after_s = time.monotonic(), self._clock.micros(), time.monotonic()
        place = state.beatAtTime(now_us, BAR_BEATS), state.phaseAtTime(now_us, BAR_BEATS)
        return (before_s + after_s) / 2, *place

    def set_bpm(self, bpm: float) -> None:
        """Change the tempo."""
        state = self._link.captureSessionState()
        state.setTempo(bpm, self._clock.micros())
        self._link.commitSessionState(state)

    def move(self, beats: float) -> None:
        """Move everybody's music on."""
        state, now_us = self._link.captureSessionState(), self._clock.micros()
        state.forceBeatAtTime(state.beatAtTime(now_us, BAR_BEATS) + beats, now_us, BAR_BEATS)
        self._link.commitSessionState(state)

    def play(self, on: bool) -> None:
        """Start the transport at the next bar line, or stop it."""
        state = self._link.captureSessionState()
        state.setIsPlayingAndRequestBeatAtTime(on, self._clock.micros(), 0.0, BAR_BEATS)
        self._link.commitSessionState(state)


def _be_member(kind: str, bpm: float) -> None:
    _bring_up_loopback()
    if kind == "improvd":
        from improvd.live.link import join

        member: Any = join(bpm, BAR_BEATS)
    else:
        member = OtherProgram(bpm)
    print("null", flush=True)
    for line in sys.stdin:
        method, *arguments = json.loads(line)
        result = getattr(member, method)(*arguments)
        print(json.dumps(asdict(result) if is_dataclass(result) else result), flush=True)


def _bring_up_loopback() -> None:
    """Switch loopback on, which in a new network is off."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        name = struct.pack("16s", b"lo")
        (flags,) = struct.unpack_from("H", fcntl.ioctl(any_socket, _GET_FLAGS, name + bytes(16)), 16)
        if not flags & _UP:
            fcntl.ioctl(any_socket, _SET_FLAGS, name + struct.pack("H14x", flags | _UP))


if __name__ == "__main__":
    _be_member(sys.argv[1], float(sys.argv[2]))
