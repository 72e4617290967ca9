"""The player: the process that owns the MIDI ports and the clock, and nothing else, so that nothing delays a note.

`python -m improvd.live.player END`, where END is the daemon's end of the pipe.
"""

from __future__ import annotations

import math
import select
import signal
import socket
import sys
import time
from collections import deque
from typing import Any

from improvd.errors import PortError
from improvd.live.alarm import Alarm
from improvd.live.clock import Clock
from improvd.live.midi_system import MidiSystem, find_system
from improvd.live.performer import Performer
from improvd.live.ports import Ports
from improvd.live.priority import ADVICE, RealtimeKit, hurry, keep_from_pauses, tidy
from improvd.live.synth import Synth
from improvd.pipe import Pipe, PipeClosed
from improvd.protocol import Opened, Setup, Trouble

PULSE_S = 0.5
LOOK_S = 1.0
_LOOK_MARGIN_S, _PULSE_MARGIN_S = 0.020, 0.001
"""A look at the ports takes milliseconds, a pulse some tenths of one: they wait until no note is due so soon …"""
_LOOK_PATIENCE_S, _PULSE_PATIENCE_S = 5.0, 0.5
"""… but not for ever."""
_SWITCH_S = 0.0002
"""How long a MIDI callback may have to wait for the loop to let go of the interpreter; Python's default is 5 ms."""


class Inbox:
    """This takes what arrives on the threads of the MIDI system, stamps it, and wakes the loop."""

    def __init__(self) -> None:
        self._arrived: deque[tuple[str, tuple[int, ...], float]] = deque()
        self._wakes, self._wake = socket.socketpair()
        self._wakes.setblocking(False)
        self._wake.setblocking(False)

    def put(self, source: str, data: list[int]) -> None:
        """Take in a message; called on the MIDI system's own thread, so it does as little as possible."""
        self._arrived.append((source, tuple(data), time.monotonic()))
        self.wake()

    def wake(self) -> None:
        """Have the loop look; a full socket means that it will anyway."""
        try:
            self._wake.send(b"\0")
        except BlockingIOError:
            return

    def fileno(self) -> int:
        """Return what `select` waits on."""
        return self._wakes.fileno()

    def wake_by_signals(self) -> None:
        """Have every signal wake the loop too."""
        signal.set_wakeup_fd(self._wake.fileno(), warn_on_full_buffer=False)

    def take(self) -> list[tuple[str, tuple[int, ...], float]]:
        """Return what has arrived, as (source, data, seconds), in order."""
        try:
            self._wakes.recv(4096)
        except BlockingIOError:
            return []
        return [self._arrived.popleft() for _ in range(len(self._arrived))]


class Player:
    """This is the loop: it waits for keys, messages and due notes, and has the performer deal with them."""

    def __init__(self, pipe: Pipe, setup: Setup) -> None:
        self._pipe = pipe
        self._setup = setup
        self._inbox = Inbox()
        self._alarm, self._alarm_s = _alarm(), math.inf
        self._kit: RealtimeKit | None = None
        self._ended = False
        signal.signal(signal.SIGTERM, self._end)
        self._inbox.wake_by_signals()
        self._next_pulse_s = self._next_look_s = time.monotonic()
        self._ports, self._opened = self._open_ports(setup.backend)
        self._performer = Performer(setup, Clock(setup.bpm, time.monotonic()), self._ports, pipe.send)

    def run(self, messages: list[Any]) -> None:
        """Obey the messages, then play until the daemon goes or SIGTERM comes; end in silence with the ports closed.

        Raises:
            PipeClosed: if the daemon is gone.
        """
        try:
            self._begin()
            self._obey(messages)
            while not self._ended:
                self._turn()
        finally:
            self._performer.fall_silent(time.monotonic())
            self._ports.close()

    def _open_ports(self, backend: str) -> tuple[Ports, Opened]:
        try:
            system, first = find_system(backend)
            opened = Opened(system.name, "")
        except PortError as error:
            system, opened = MidiSystem("none"), Opened("none", str(error))
            first = system.input_client("")
        synth = Synth(self._pipe.send, jack=system.name == "jack")
        return Ports(system, first, self._inbox.put, self._pipe.send, synth), opened

    def _begin(self) -> None:
        setup, opened = self._setup, self._opened
        self._pipe.send(opened)
        if opened.backend == "none" and setup.backend not in ("auto", "none"):
            self._pipe.send(Trouble(opened.why))
        self._ports.connect(setup.inputs, setup.outputs)
        self._performer.owe(setup.owed, time.monotonic())
        keep_from_pauses()
        self._kit = None if hurry() else RealtimeKit()

    def _turn(self) -> None:
        """Wait for something to do, and do it: keys first, for somebody feels how long they take."""
        self._wait_until(self._next_s(time.monotonic()))
        for source, data, at_s in self._inbox.take():
            self._performer.hear(source, data, at_s, time.monotonic())
        self._performer.play_due(time.monotonic())
        self._obey(self._pipe.receive())
        self._report(time.monotonic())

    def _wait_until(self, at_s: float) -> None:
        """Wait for something to happen, or for a moment."""
        sources: list[Any] = [self._pipe, self._inbox]
        if self._alarm is None:
            select.select(sources, [], [], max(0.0, at_s - time.monotonic()))
            return
        if at_s != self._alarm_s:
            self._alarm.set(at_s)
            self._alarm_s = at_s
        select.select([*sources, self._alarm], [], [])

    def _obey(self, messages: list[Any]) -> None:
        for message in messages:
            self._performer.obey(message, time.monotonic())

    def _report(self, now_s: float) -> None:
        if self._may(now_s, self._next_pulse_s, _PULSE_MARGIN_S, _PULSE_PATIENCE_S):
            self._next_pulse_s = now_s + PULSE_S
            self._performer.pulse(now_s)
        if self._may(now_s, self._next_look_s, _LOOK_MARGIN_S, _LOOK_PATIENCE_S):
            self._next_look_s = now_s + LOOK_S
            self._performer.look(now_s)
            self._hear_kit()
            tidy()

    def _hear_kit(self) -> None:
        """Say once if there is no real-time priority."""
        refused = self._kit.refused() if self._kit else None
        if refused:
            self._pipe.send(Trouble(ADVICE))
        if refused is not None:
            self._kit = None

    def _next_s(self, now_s: float) -> float:
        """Return when to wake up at the latest; what waits for a note to be played is looked at after it."""
        due_s = self._performer.next_due_s()
        coming_s = [next_s for next_s in (self._next_pulse_s, self._next_look_s) if due_s is None or next_s > now_s]
        return min(coming_s) if due_s is None else min([*coming_s, due_s])

    def _may(self, now_s: float, since_s: float, margin_s: float, patience_s: float) -> bool:
        """Return whether it is time for something since a moment, and no note is due that it would delay."""
        due_s = self._performer.next_due_s() if since_s <= now_s < since_s + patience_s else None
        return now_s >= since_s and (due_s is None or due_s - now_s > margin_s)

    def _end(self, *_: Any) -> None:
        self._ended = True


def main(end: str) -> int:
    """Play for the daemon at the other end of the pipe; return the exit code."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the daemon: it closes the pipe
    sys.setswitchinterval(_SWITCH_S)
    pipe = Pipe.from_argument(end)
    try:
        select.select([pipe], [], [])
        setup, *messages = pipe.receive()
        Player(pipe, setup).run(messages)
    except PipeClosed:
        return 0
    pipe.close()
    return 0


def _alarm() -> Alarm | None:
    try:
        return Alarm()
    except OSError:
        return None  # `select` then waits for as long as is left


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
