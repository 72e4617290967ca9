"""The ports: improvd's own two, the real ones connected by pattern, and what comes and goes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Generic, TypeVar

from improvd.live.line import Lane
from improvd.live.midi_system import (
    CLIENT_PREFIX,
    Client,
    InputClient,
    MidiSystem,
    OutputClient,
    RtMidiError,
    find_system,
)
from improvd.live.synth import Synth
from improvd.protocol import PortsSeen, Trouble

Arrive = Callable[[str, list[int]], None]
"""Takes the name of a port and the bytes of a message, on a thread of the MIDI system."""

Send = Callable[[tuple[int, ...]], None]
"""Takes the bytes of a message to send."""

OWN_INPUT = CLIENT_PREFIX + "in"
OWN_OUTPUT = CLIENT_PREFIX + "out"
OWN_CLOCK = CLIENT_PREFIX + "clock"
SYNTH = "fluidsynth"
_THROUGH = "midi through"
"""ALSA's loop: no keyboard, no instrument; connected only when asked for by name."""

C = TypeVar("C", bound=Client)


@dataclass(frozen=True, slots=True)
class PortList:
    """This lists the real ports of a MIDI system: `inputs` can be listened to, `outputs` played to."""

    midi: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]


class Ports:
    """This holds every port of the player.

    Clients are kept and used again: making new ones leaks them in ALSA.
    """

    def __init__(
        self, system: MidiSystem, first: InputClient, arrive: Arrive, say: Callable[[Any], None], synth: Synth
    ) -> None:
        self._arrive = arrive
        self._say = say
        self._synth = synth
        self._system = system
        self._inputs = _Side(system, first, system.input_client, OWN_INPUT, self._listen)
        self._outputs = _Side(system, system.output_client(OWN_OUTPUT), system.output_client, OWN_OUTPUT)
        self._clock: OutputClient | None = None
        self._offsets: tuple[tuple[str, float], ...] = ()
        self._click_port = ""
        self._routes: dict[Lane, list[Send]] = {}
        self._seen: PortsSeen | None = None
        self._lost: list[str] = []
        if system.has_virtual_ports:
            self._inputs.own.open_virtual_port(system.virtual_port_name(OWN_INPUT, "in"))
            self._listen(self._inputs.own, OWN_INPUT)
            self._outputs.own.open_virtual_port(system.virtual_port_name(OWN_OUTPUT, "out"))
        self._reroute()

    def lanes(self) -> tuple[Lane, ...]:
        """Return what the outputs ask for, the own output's first."""
        return tuple(self._routes)

    def route(self, offsets: tuple[tuple[str, float], ...], click_port: str) -> None:
        """Give outputs their lanes: how much later they get everything, and whether they click; by pattern."""
        self._offsets, self._click_port = offsets, click_port
        self._reroute()

    def send(self, data: tuple[int, ...], lane: Lane) -> None:
        """Send a MIDI message to the outputs of a lane."""
        for send in self._routes.get(lane, ()):
            send(data)

    def open_clock(self, *, on: bool) -> None:
        """Open the port that is for the MIDI clock alone, or close it; without virtual ports there is none."""
        if on and self._clock is None and self._system.has_virtual_ports:
            self._clock = self._system.output_client(OWN_CLOCK)
            self._clock.open_virtual_port(self._system.virtual_port_name(OWN_CLOCK, "out"))
        elif not on and self._clock is not None:
            self._clock.close_port()
            self._clock.delete()
            self._clock = None

    def send_clock(self, data: tuple[int, ...]) -> None:
        """Send a message of the MIDI clock to the port that is for it alone."""
        if self._clock is not None:
            self._clock.send_message(data)

    def clock_offset_s(self) -> float:
        """Return how much later that port gets everything."""
        return self._lane_of(OWN_CLOCK).offset_s

    def connect(self, inputs: Iterable[str], outputs: Iterable[str]) -> None:
        """Connect real ports by pattern, in place of those connected so far."""
        self._inputs.wanted, self._outputs.wanted = tuple(inputs), tuple(outputs)
        self.look()
        for what, side in (("inputs", self._inputs), ("outputs", self._outputs)):
            for pattern in side.unmatched():
                self._say(Trouble(_nothing_matches(what, pattern, side.seen)))

    def use_synth(self, *, on: bool) -> None:
        """Start or end the synth."""
        self._synth.use(on=on)

    def look(self) -> None:
        """Find what came and went, connect what is wanted, and report it."""
        self._lost += self._inputs.look()
        self._outputs.look()
        self._reroute()
        self._synth.check()
        seen = PortsSeen(
            self._inputs.listed(), self._outputs.listed(), tuple(self._inputs.open), tuple(self._outputs.open)
        )
        if seen != self._seen:
            self._seen = seen
            self._say(seen)

    def take_lost(self) -> list[str]:
        """Return the inputs that were connected and are no longer, each once."""
        lost, self._lost = self._lost, []
        return lost

    def close(self) -> None:
        """Close all ports, the outputs first: closing waits until what was sent has left."""
        self._synth.close()
        self.open_clock(on=False)
        self._outputs.close()
        self._inputs.close()

    def _listen(self, client: InputClient, name: str) -> None:
        """Hear a port from now on: all but sysex and active sensing."""
        client.ignore_types(sysex=True, timing=False, active_sense=True)
        client.set_callback(self._receive, name)

    def _reroute(self) -> None:
        """Sort the outputs by lane; the own output's is there even where the system has no virtual ports."""
        self._routes = {self._lane_of(OWN_OUTPUT): []}
        own = {OWN_OUTPUT: self._outputs.own.send_message} if self._system.has_virtual_ports else {}
        connected = {name: client.send_message for name, client in self._outputs.open.items()}
        for name, send in {**own, **connected, SYNTH: self._synth.send}.items():
            self._routes.setdefault(self._lane_of(name), []).append(send)

    def _lane_of(self, name: str) -> Lane:
        offset_s = next((offset_s for pattern, offset_s in self._offsets if matches(name, pattern)), 0.0)
        return Lane(offset_s, not self._click_port or matches(name, self._click_port))

    def _receive(self, event: tuple[list[int], float], name: Any) -> None:
        self._arrive(name, event[0])


class _Side(Generic[C]):
    """The inputs, or the outputs: the own client, and a kept client for each real port connected."""

    def __init__(
        self,
        system: MidiSystem,
        own: C,
        make: Callable[[str], C],
        client_name: str,
        opened: Callable[[C, str], None] = lambda client, name: None,
    ) -> None:
        self.own = own
        self.open: dict[str, C] = {}
        self.wanted: tuple[str, ...] = ()
        self.seen: tuple[str, ...] = ()
        self._system = system
        self._make = make
        self._client_name = client_name
        self._opened = opened
        self._idle: list[C] = []

    def look(self) -> list[str]:
        """Open what is wanted and there, close what is not; return the names that were closed."""
        ports = foreign_ports(self._system, self.own)
        self.seen = tuple(ports)
        target = [name for name in ports if self._is_wanted(name)]
        lost = [name for name in self.open if name not in target]
        for name in lost:
            self._close(name)
        for name in target:
            if name not in self.open:
                self._open(name, ports[name])
        return lost

    def listed(self) -> tuple[str, ...]:
        """Return the ports to show: ALSA's own loop only where it is connected."""
        return tuple(name for name in self.seen if name in self.open or not _is_through(name))

    def unmatched(self) -> list[str]:
        """Return the patterns that match no port there is."""
        return [pattern for pattern in self.wanted if not any(matches(name, pattern) for name in self.seen)]

    def close(self) -> None:
        """Close all clients; those that send have sent all when this returns."""
        for client in (self.own, *self.open.values(), *self._idle):
            client.close_port()
            client.delete()
        self.open.clear()
        self._idle.clear()

    def _is_wanted(self, name: str) -> bool:
        return any(matches(name, pattern) for pattern in self.wanted)

    def _open(self, name: str, index: int) -> None:
        client = self._idle.pop() if self._idle else self._make(f"{self._client_name}-{len(self.open) + 1}")
        try:
            client.open_port(index, "port")
            self._opened(client, name)
            self.open[name] = client
        except RtMidiError:
            self._idle.append(client)  # it went away just now; the next look sees whether it is back

    def _close(self, name: str) -> None:
        client = self.open.pop(name)
        client.close_port()
        self._idle.append(client)


def foreign_ports(system: MidiSystem, client: Client) -> dict[str, int]:
    """Return the index of each port that is not improvd's, by a name of its own."""
    found: dict[str, int] = {}
    for index, port in enumerate(client.get_ports()):
        plain = system.plain_name(port)
        if not plain.startswith(CLIENT_PREFIX):
            found[_distinct(plain, found)] = index
    return found


def list_ports(backend: str) -> PortList:
    """Return the real ports there are, under the names that patterns match.

    Raises:
        PortError: if there is no such MIDI system.
    """
    system, receiver = find_system(backend)
    sender = system.output_client(OWN_OUTPUT)
    found = PortList(system.name, tuple(foreign_ports(system, receiver)), tuple(foreign_ports(system, sender)))
    sender.delete()
    receiver.delete()
    return found


def matches(name: str, pattern: str) -> bool:
    """Return whether a port is meant by a pattern: the very name, or with * ? [] in it; case is ignored."""
    name, pattern = name.lower(), pattern.lower()
    return name == pattern or fnmatchcase(name, pattern)


def _distinct(name: str, taken: Iterable[str]) -> str:
    """Return a name that is not taken: of two equal keyboards the second is 'Name #2'."""
    names = [name, *(f"{name} #{number}" for number in range(2, 100))]
    return next(candidate for candidate in names if candidate not in taken)


def _is_through(name: str) -> bool:
    return name.lower().startswith(_THROUGH)


def _nothing_matches(what: str, pattern: str, seen: tuple[str, ...]) -> str:
    there = ", ".join(repr(name) for name in seen) or "none"
    return f"midi.{what}: no port matches {pattern!r}; there are: {there}. It is connected when it appears."
