"""The recorder: a process of its own that hears what was sent, and sends what is to come back.

    python -m improvd.bench.recorder BACKEND SOURCE,… [SINK,…]

SOURCES and SINKS are clients with one virtual port each. Its main thread sleeps meanwhile, so that nothing
takes the interpreter from the thread on which the MIDI system calls. All moments are CLOCK_MONOTONIC.
"""

from __future__ import annotations

import gc
import random
import sys
import time
from collections.abc import Callable, Sequence
from itertools import product
from typing import Any, Protocol

from improvd.bench.helper import leave_interrupts_to_parent, listen, say
from improvd.bench.notes import VELOCITY, pitch_of
from improvd.errors import PortError
from improvd.live.ledger import NOTE_OFF, NOTE_ON
from improvd.live.midi_system import Client, MidiSystem, OutputClient, find_system
from improvd.live.ports import OWN_OUTPUT

NAME = "improvd-bench"
"""Begins as improvd's own clients do, so that improvd does not take it for a keyboard."""
_WAIT_S = 10.0
_LOOK_S = 0.05
_ENDED = "the JACK server ended, or stopped to run, while it was measured"

Stamped = tuple[int, float, tuple[int, ...]]
"""(number of the source or sink, moment in seconds, message)"""
_Planned = tuple[int, int, int, tuple[int, ...]]
"""(cycle, number of the sink, frame in the cycle, message)"""


class Recorder(Protocol):
    """This is a recorder on one MIDI system.

    Attributes:
        heard, sent: what came from each source and went to each sink.
        period_ms: the grid on which it hands messages on; None where there is none.
    """

    heard: list[Stamped]
    sent: list[Stamped]
    period_ms: float | None

    @property
    def xruns_s(self) -> list[float] | None:
        """When the MIDI system lost time, in seconds; None where it does not tell."""

    def connect(self) -> None:
        """Connect every source and sink."""

    def send(self, count: int, gaps_s: tuple[float, float]) -> None:
        """Send so many notes to each sink, some seconds apart by chance between two bounds."""

    def close(self) -> None:
        """Leave the MIDI system."""


class JackRecorder:
    """This records and sends within JACK's process callback, so that every moment is exact to the frame.

    An event's moment is the start of the cycle that carried it, and its frame in it. Frames are not counted over
    many cycles: a server loses some in an xrun.
    """

    def __init__(self, sources: Sequence[str], sinks: Sequence[str]) -> None:
        import jack

        self._client = jack.Client(NAME, no_start_server=True)
        self._rate, self._period = self._client.samplerate, self._client.blocksize
        self._sources, self._sinks = sources, sinks
        self._ins = [self._client.midi_inports.register(f"in-{number}") for number, _ in enumerate(sources)]
        self._outs = [self._client.midi_outports.register(f"out-{number}") for number, _ in enumerate(sinks)]
        self._due: list[_Planned] = []
        self._cycles, self._ended = 0, False
        self.heard: list[Stamped] = []
        self.sent: list[Stamped] = []
        self.xruns_s: list[float] = []
        self.period_ms: float | None = self._period / self._rate * 1000
        self._client.set_process_callback(self._process)
        self._client.set_xrun_callback(self._note_xrun)
        self._client.set_shutdown_callback(self._note_end)
        self._client.activate()

    def connect(self) -> None:
        """Connect every source and sink."""
        for client, port in zip(self._sources, self._ins, strict=True):
            self._client.connect(_wait_for(client, self._ports), port)
        for client, port in zip(self._sinks, self._outs, strict=True):
            self._client.connect(port, _wait_for(client, self._ports))

    def send(self, count: int, gaps_s: tuple[float, float]) -> None:
        """Send so many notes to each sink, to each in turn, and to all at the same frames of their cycles."""
        cycles_a_s = self._rate / self._period
        at, due = self._cycles + round(cycles_a_s), list[_Planned]()
        rng = random.Random(0)
        frames = [rng.randrange(self._period) for _ in range(count)]
        for (number, frame), sink in product(enumerate(frames), range(len(self._sinks))):
            gap = round(rng.uniform(*gaps_s) * cycles_a_s)
            due.append((at, sink, frame, (NOTE_ON, pitch_of(number), VELOCITY)))
            due.append((at + gap // 2, sink, 0, (NOTE_OFF, pitch_of(number), 0)))
            at += gap
        due.reverse()  # popped from the end
        self._due = due
        end_s = time.monotonic() + count * len(self._sinks) * gaps_s[1] + _WAIT_S
        while self._due:
            time.sleep(_LOOK_S)
            if self._ended or time.monotonic() > end_s:
                raise PortError(_ENDED)

    def close(self) -> None:
        """Leave the server.

        Raises:
            PortError: if it has gone before.
        """
        if self._ended:
            raise PortError(_ENDED)
        self._client.deactivate()
        self._client.close()

    def _ports(self) -> list[str]:
        return [port.name for port in self._client.get_ports(is_midi=True)]

    def _process(self, _frames: int) -> None:
        start_s = time.monotonic() - self._client.frames_since_cycle_start / self._rate
        for source, port in enumerate(self._ins):
            for frame, data in port.incoming_midi_events():
                self.heard.append((source, start_s + frame / self._rate, tuple(bytes(data))))
        for port in self._outs:
            port.clear_buffer()
        while self._due and self._due[-1][0] <= self._cycles:
            _, sink, frame, message = self._due.pop()
            self._outs[sink].write_midi_event(frame, message)
            self.sent.append((sink, start_s + frame / self._rate, message))
        self._cycles += 1

    def _note_xrun(self, _delay_us: float) -> None:
        self.xruns_s.append(time.monotonic())

    def _note_end(self, _status: object, _reason: str) -> None:
        self._ended = True


class RtMidiRecorder:
    """This records and sends by RtMidi, where there is no JACK: it stamps in the callback, and before the send."""

    def __init__(self, system: MidiSystem, sources: Sequence[str], sinks: Sequence[str]) -> None:
        self._sources = [(name, system.input_client(f"{NAME}-in-{number}")) for number, name in enumerate(sources)]
        self._sinks = [(name, system.output_client(f"{NAME}-out-{number}")) for number, name in enumerate(sinks)]
        self.heard: list[Stamped] = []
        self.sent: list[Stamped] = []
        self.xruns_s = None
        self.period_ms: float | None = None

    def connect(self) -> None:
        """Connect every source and sink."""
        for number, (client, listener) in enumerate(self._sources):
            self._open(client, listener)
            listener.set_callback(self._hear, number)
        for client, sender in self._sinks:
            self._open(client, sender)

    def send(self, count: int, gaps_s: tuple[float, float]) -> None:
        """Send so many notes to each sink, to each in turn."""
        rng = random.Random(0)
        for number in range(count):
            for sink, (_, client) in enumerate(self._sinks):
                gap_s = rng.uniform(*gaps_s)
                self._send(sink, client, (NOTE_ON, pitch_of(number), VELOCITY))
                time.sleep(gap_s / 2)
                self._send(sink, client, (NOTE_OFF, pitch_of(number), 0))
                time.sleep(gap_s / 2)

    def close(self) -> None:
        """Close all ports."""
        for _, client in (*self._sinks, *self._sources):
            client.close_port()
            client.delete()

    @staticmethod
    def _open(other: str, client: Client) -> None:
        port = _wait_for(other, client.get_ports)
        client.open_port(client.get_ports().index(port), "port")

    def _hear(self, event: tuple[list[int], float], source: Any) -> None:
        self.heard.append((source, time.monotonic(), tuple(event[0])))

    def _send(self, sink: int, client: OutputClient, message: tuple[int, ...]) -> None:
        self.sent.append((sink, time.monotonic(), message))
        client.send_message(message)


def open_recorder(backend: str, sources: Sequence[str], sinks: Sequence[str]) -> tuple[str, Recorder]:
    """Return the name of the MIDI system that a setting asks for, and a recorder on it.

    Raises:
        PortError: if it is missing, has no virtual ports, or another improvd has its ports there.
    """
    system, first = find_system(backend)
    taken = any(system.plain_name(port).startswith(OWN_OUTPUT) for port in first.get_ports())
    first.delete()
    if taken:
        raise PortError("another improvd has its ports open; end it with 'improvd ctl do quit', and measure again")
    if not system.has_virtual_ports:
        raise PortError(f"{system.name} has no virtual ports, so that nothing can be looped back")
    return system.name, JackRecorder(sources, sinks) if _by_jack(system) else RtMidiRecorder(system, sources, sinks)


def _by_jack(system: MidiSystem) -> bool:
    """Return whether JACK itself can be asked: its library may be missing even where RtMidi brings its own."""
    try:
        import jack  # noqa: F401
    except (ImportError, OSError):
        return False
    return system.name == "jack"


def _wait_for(client: str, ports: Callable[[], list[str]]) -> str:
    """Return the name of a client's first port, `client:port` or on CoreMIDI the client's, once it is open.

    Of a client with several ports one may be named in full.
    """
    end_s = time.monotonic() + _WAIT_S
    while time.monotonic() < end_s:
        for port in ports():
            if client in (port, port.partition(":")[0]):
                return port
        time.sleep(_LOOK_S)
    raise PortError(f"{client} opened no port within {_WAIT_S:g} s")


def main(backend: str, sources: str, sinks: str = "") -> None:
    """Record until told to report."""
    leave_interrupts_to_parent()
    try:
        name, recorder = open_recorder(backend, sources.split(","), sinks.split(",") if sinks else [])
        say(system=name, period_ms=recorder.period_ms)
        gc.disable()  # all that is made is kept
        while (told := listen())["do"] != "report":
            if told["do"] == "connect":
                recorder.connect()
            else:
                recorder.send(told["count"], (told["shortest_s"], told["longest_s"]))
            say(done=told["do"])
        recorder.close()  # before the long line: to write it would hold up the MIDI system
        say(heard=recorder.heard, sent=recorder.sent, xruns_s=recorder.xruns_s)
    except PortError as error:
        say(error=str(error))


if __name__ == "__main__":
    main(*sys.argv[1:])
