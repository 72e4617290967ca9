"""A fake of the ports for tests of the performer, and a MIDI system without wires for tests of the ports."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from improvd.live.line import Lane


class FakeOutside:
    """These are ports that write down what is asked of them."""

    def __init__(self) -> None:
        self.sent: list[tuple[int, ...]] = []
        self.asked: list[tuple[Any, ...]] = []
        self.lost: list[str] = []
        self.there: tuple[Lane, ...] = (Lane(),)
        self.elsewhere: dict[Lane, list[tuple[int, ...]]] = defaultdict(list)
        self.clock: list[tuple[int, ...]] = []
        self.clock_late_s = 0.0

    def lanes(self) -> tuple[Lane, ...]:
        return self.there

    def send(self, data: tuple[int, ...], lane: Lane) -> None:
        (self.sent if lane == self.there[0] else self.elsewhere[lane]).append(data)

    def send_clock(self, data: tuple[int, ...]) -> None:
        self.clock.append(data)

    def clock_offset_s(self) -> float:
        return self.clock_late_s

    def route(self, offsets: tuple[tuple[str, float], ...], click_port: str) -> None:
        self.asked.append(("route", offsets, click_port))

    def open_clock(self, *, on: bool) -> None:
        self.asked.append(("clock", on))

    def connect(self, inputs: Iterable[str], outputs: Iterable[str]) -> None:
        self.asked.append(("connect", tuple(inputs), tuple(outputs)))

    def look(self) -> None:
        self.asked.append(("look",))

    def take_lost(self) -> list[str]:
        lost, self.lost = self.lost, []
        return lost

    def use_synth(self, *, on: bool) -> None:
        self.asked.append(("synth", on))


class FakeClient:
    """This is rtmidi.MidiIn or MidiOut, with the ports of a FakeSystem."""

    def __init__(self, name: str, there: list[str], log: list[tuple[Any, ...]]) -> None:
        self.name = name
        self.port = ""
        self.callback: Any = None
        self.sent: list[tuple[int, ...]] = []
        self._there = there
        self._log = log

    def get_ports(self) -> list[str]:
        return list(self._there)

    def open_port(self, port: int, name: str) -> None:
        self.port = self._there[port]

    def open_virtual_port(self, name: str) -> None:
        self.port = name

    def close_port(self) -> None:
        self.port, self.callback = "", None
        self._log.append(("close", self.name))

    def delete(self) -> None:
        self._log.append(("delete", self.name))

    def set_callback(self, func: Any, data: Any) -> None:
        self.callback = func, data

    def ignore_types(self, sysex: bool, timing: bool, active_sense: bool) -> None:
        self._log.append(("ignore", sysex, timing, active_sense))

    def send_message(self, message: tuple[int, ...]) -> None:
        self.sent.append(message)

    def arrives(self, *data: int) -> None:
        """Have a message come in."""
        func, name = self.callback
        func((list(data), 0.0), name)


class FakeSystem:
    """This is a MidiSystem whose ports are two lists."""

    def __init__(self, inputs: Iterable[str] = (), outputs: Iterable[str] = ()) -> None:
        self.name = "fake"
        self.has_virtual_ports = True
        self.inputs, self.outputs = list(inputs), list(outputs)
        self.clients: list[FakeClient] = []
        self.log: list[tuple[Any, ...]] = []

    def input_client(self, name: str) -> FakeClient:
        return self._client(name, self.inputs)

    def output_client(self, name: str) -> FakeClient:
        return self._client(name, self.outputs)

    def virtual_port_name(self, client: str, port: str) -> str:
        return port

    def plain_name(self, port: str) -> str:
        return port.rpartition(" ")[0]

    def client_on(self, port: str) -> FakeClient:
        """Return the client that is connected to a port."""
        return next(client for client in self.clients if client.port == port)

    def _client(self, name: str, there: list[str]) -> FakeClient:
        self.clients.append(FakeClient(name, there, self.log))
        return self.clients[-1]
