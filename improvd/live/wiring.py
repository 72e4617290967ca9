"""Who is wired to improvd: what reads its output, whether that hears the keyboard already, and which keyboards exist.

RtMidi does not tell connections, so ALSA's are read from /proc and JACK's by a client of
our own; elsewhere they are unknown. Reading them (`Watch`) is apart from judging them.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

OWN = "improvd-"
"""All clients of improvd begin so."""
ALSA_CLIENTS = Path("/proc/asound/seq/clients")


@dataclass(frozen=True, slots=True)
class Port:
    """This is a MIDI port: `name` in full, `physical` where hardware is behind it, `sends` where it gives MIDI."""

    client: str
    name: str
    physical: bool = False
    sends: bool = False


@dataclass(frozen=True, slots=True)
class Graph:
    """This is what a MIDI system tells of itself; a link goes from a sending port to a reading one."""

    ports: tuple[Port, ...]
    links: tuple[tuple[Port, Port], ...]


@dataclass(frozen=True, slots=True)
class Wiring:
    """This is how improvd is wired up.

    Attributes:
        players: ports that play into `improvd-in`.
        readers: ports that read `improvd-out`; None where the system does not tell.
        hearing: those of them that hear a player without improvd too.
        keyboards: physical ports that send; None where the system does not tell.
    """

    players: tuple[str, ...] = ()
    readers: tuple[str, ...] | None = None
    hearing: tuple[str, ...] = ()
    keyboards: tuple[str, ...] | None = None


def judge(graph: Graph) -> Wiring:
    """Return how improvd is wired up in a graph."""
    readers = [sink for source, sink in graph.links if _own(source) and not _own(sink)]
    players = dict.fromkeys(source for source, sink in graph.links if _own(sink) and not _own(source))
    fed = {_listener(sink) for source, sink in graph.links if source in players}
    return Wiring(
        players=tuple(port.name for port in players),
        readers=tuple(dict.fromkeys(port.name for port in readers)),
        hearing=tuple(dict.fromkeys(port.name for port in readers if _listener(port) in fed)),
        keyboards=tuple(port.name for port in graph.ports if port.physical and port.sends and not _own(port)),
    )


def _own(port: Port) -> bool:
    return port.client.startswith(OWN)


def _listener(port: Port) -> str:
    """Return who hears a port: a program through any of its ports, an instrument through this one."""
    return port.name if port.physical else port.client


# --- ALSA ----------------------------------------------------------------------------------

_CLIENT = re.compile(r'^Client\s+(\d+) : "(.*)" \[(\w+)')
_PORT = re.compile(r'^  Port\s+(\d+) : "(.*)" \((....)\)')
_LINKED = re.compile(r"(\d+:\d+)(?:\[[^\]]*\])?")
_SYSTEM, _THROUGH = "0", "Midi Through"


def parse_alsa(text: str) -> Graph:
    """Return the graph in the text of /proc/asound/seq/clients."""
    ports: dict[str, Port] = {}
    links: list[tuple[str, str]] = []
    number, client, kernel, address = "", "", False, ""
    for line in text.splitlines():
        if found := _CLIENT.match(line):
            number, client = found[1], found[2]
            kernel = found[3] == "Kernel" and number != _SYSTEM and client != _THROUGH
        elif found := _PORT.match(line):
            address = f"{number}:{found[1]}"
            ports[address] = Port(client, f"{client}:{found[2]}", physical=kernel, sends="R" in found[3])
        elif line.startswith("    Connecting To:"):
            links += [(address, sink) for sink in _LINKED.findall(line)]
    return Graph(tuple(ports.values()), tuple((ports[a], ports[b]) for a, b in links if {a, b} <= ports.keys()))


def _read_alsa() -> Graph:
    return parse_alsa(ALSA_CLIENTS.read_text(errors="replace"))


# --- JACK ----------------------------------------------------------------------------------


class JackReader:
    """This reads JACK's graph through one inactive client, kept open, and opened again after the server's death."""

    def __init__(self, open_client: Callable[[], Any] | None = None) -> None:
        self._open, self._dead = open_client or _open_jack, False
        self._client: Any = None

    def __call__(self) -> Graph:
        """Return the graph.

        Raises:
            OSError: if there is no server.
        """
        if self._dead:
            self.close()
        if self._client is None:
            self._client, self._dead = self._open(), False
            self._client.set_shutdown_callback(self._on_shutdown)
        return _jack_graph(self._client)

    def close(self) -> None:
        """Leave the server."""
        client, self._client = self._client, None
        if client is not None:
            client.close()

    def _on_shutdown(self, _status: object, _reason: str) -> None:
        self._dead = True  # called from JACK's thread: no more than this here


def _open_jack() -> Any:
    try:
        import jack
    except ImportError as error:
        raise OSError(f"the Python package JACK-Client is missing: {error}") from None
    jack.set_error_function(_say_nothing)  # libjack tells at length that there is no server
    jack.set_info_function(_say_nothing)
    try:
        return jack.Client("improvd-watch", no_start_server=True)
    except jack.JackOpenError as error:
        raise OSError(str(error)) from None


def _say_nothing(_text: str) -> None:
    pass


def _jack_graph(client: Any) -> Graph:
    """Return the MIDI ports, and all links of improvd's own and of what plays into it."""
    found = {port.name: _jack_port(port) for port in client.get_ports(is_midi=True)}
    own = [port for port in found.values() if _own(port)]
    links = {(a, b) for port in own for a, b in _jack_links(client, found, port)}
    players = {source for source, sink in links if _own(sink)}
    links |= {link for source in players for link in _jack_links(client, found, source)}
    return Graph(tuple(found.values()), tuple(sorted(links, key=str)))


def _jack_port(port: Any) -> Port:
    return Port(port.name.partition(":")[0], port.name, physical=port.is_physical, sends=port.is_output)


def _jack_links(client: Any, found: dict[str, Port], port: Port) -> list[tuple[Port, Port]]:
    others = [found[other.name] for other in client.get_all_connections(port.name) if other.name in found]
    return [(port, other) if port.sends else (other, port) for other in others]


# --- either --------------------------------------------------------------------------------


class Watch:
    """This looks at the wiring of one MIDI system; a look may hang with the system."""

    def __init__(self, backend: str) -> None:
        readers: dict[str, Callable[[], Callable[[], Graph]]] = {"alsa": lambda: _read_alsa, "jack": JackReader}
        self._read = readers[backend]() if backend in readers else None

    def look(self) -> Wiring:
        """Return the wiring now; what the system does not tell is None."""
        if self._read is None:
            return Wiring()
        try:
            return judge(self._read())
        except OSError:
            return Wiring()  # no server, no sequencer: nothing is known

    def close(self) -> None:
        """Leave the MIDI system."""
        if isinstance(self._read, JackReader):
            self._read.close()


class Lookout:
    """This looks at the wiring about once a second, on a thread of its own: a dead system may hang it, and no more.

    Attributes:
        seen: what it saw last.
    """

    def __init__(self, backend: str, every_s: float = 1.0) -> None:
        self.seen = Wiring()
        self._every_s, self._stopped = every_s, threading.Event()
        self._thread = threading.Thread(target=self._watch, args=(Watch(backend),), name="lookout", daemon=True)
        self._thread.start()

    def stop(self, wait_s: float = 0.2) -> None:
        """Stop looking; a thread that hangs is left behind."""
        self._stopped.set()
        self._thread.join(wait_s)

    def _watch(self, watch: Watch) -> None:
        self.seen = watch.look()
        while not self._stopped.wait(self._every_s):
            self.seen = watch.look()
        watch.close()
