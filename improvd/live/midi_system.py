"""The MIDI systems: which of ALSA, JACK, CoreMIDI and WinMM is there, and how it names its ports."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable
from typing import Any, Protocol

from improvd.errors import PortError
from improvd.muted import muted

try:
    import rtmidi
except ImportError as error:  # its wheel needs libasound2, which a machine without sound may lack
    rtmidi, UNLOADABLE, RtMidiError = None, str(error), OSError
else:
    UNLOADABLE, RtMidiError = "", rtmidi.RtMidiError

SEQUENCER = "/dev/snd/seq"
CLIENT_PREFIX = "improvd-"
Receive = Callable[[tuple[list[int], float], Any], None]
"""What rtmidi calls with ((message, seconds since the last), data), on a thread of its own."""


class Client(Protocol):
    """This is what inputs and outputs have in common; `rtmidi` says more about each method."""

    def get_ports(self) -> list[str]:
        """Return the ports of all programs that this client can be connected to."""

    def open_port(self, port: int, name: str) -> object:
        """Connect to the port at an index of `get_ports`."""

    def open_virtual_port(self, name: str) -> object:
        """Make a port that other programs can connect to."""

    def close_port(self) -> None:
        """Disconnect, when all has been sent; no callback is kept."""

    def delete(self) -> None:
        """End this client; nothing may be called after it."""


class InputClient(Client, Protocol):
    """This is `rtmidi.MidiIn`, or a fake."""

    def set_callback(self, func: Receive, data: Any) -> None:
        """Have `func` called with every message from now on."""

    def ignore_types(self, sysex: bool, timing: bool, active_sense: bool) -> None:
        """Choose the kinds of message that do not arrive."""


class OutputClient(Client, Protocol):
    """This is `rtmidi.MidiOut`, or a fake."""

    def send_message(self, message: tuple[int, ...]) -> None:
        """Send the bytes of one message."""


class Nowhere:
    """This is an input and an output where there is no MIDI system: nothing comes, and nothing is heard."""

    def get_ports(self) -> list[str]:
        """Return no ports."""
        return []

    def _nothing(self, *_: Any, **__: Any) -> None:
        """Do nothing."""

    open_port = open_virtual_port = close_port = delete = set_callback = ignore_types = send_message = _nothing


class MidiSystem:
    """This makes clients of one MIDI system.

    Attributes:
        name: alsa, jack, coremidi, winmm, or none.
        has_virtual_ports: whether others can connect to improvd.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.has_virtual_ports = name != "winmm"

    def input_client(self, name: str) -> InputClient:
        """Return a new client that receives."""
        client: InputClient = Nowhere() if self.name == "none" else rtmidi.MidiIn(_api(self.name), name=name)
        return client

    def output_client(self, name: str) -> OutputClient:
        """Return a new client that sends."""
        client: OutputClient = Nowhere() if self.name == "none" else rtmidi.MidiOut(_api(self.name), name=name)
        return client

    def virtual_port_name(self, client: str, port: str) -> str:
        """Return the name to give a virtual port: CoreMIDI shows no clients, so there the port tells whose it is."""
        return client if self.name == "coremidi" else port

    def plain_name(self, port: str) -> str:
        """Return a port's name without the numbers that change when it is plugged in again."""
        return _NUMBERS[self.name].sub("", port) if self.name in _NUMBERS else port


_APIS = {"alsa": "LINUX_ALSA", "jack": "UNIX_JACK", "coremidi": "MACOSX_CORE", "winmm": "WINDOWS_MM"}
_NUMBERS = {"alsa": re.compile(r" \d+:\d+$"), "winmm": re.compile(r" \d+$")}
_BY_PLATFORM = {"darwin": ("coremidi", "jack"), "win32": ("winmm",)}
_ELSEWHERE = ("alsa", "jack")


def find_system(backend: str) -> tuple[MidiSystem, InputClient]:
    """Return the MIDI system that a setting asks for, or the first one there is, and its first client.

    `backend`: auto, alsa, jack, coremidi, winmm or none.

    Raises:
        PortError: if it is missing, or none is there.
    """
    if backend == "none":
        raise PortError("MIDI is switched off: midi.backend = 'none'")
    if UNLOADABLE:
        raise PortError(f"no MIDI system: python-rtmidi cannot be loaded: {UNLOADABLE}")
    candidates = _BY_PLATFORM.get(sys.platform, _ELSEWHERE) if backend == "auto" else (backend,)
    faults = []
    for name in candidates:
        try:
            return _try_system(name)
        except PortError as error:
            faults.append(str(error))
    if backend == "auto":
        raise PortError(f"no MIDI system: {' and '.join(faults)}")
    raise PortError(f"midi.backend = '{backend}', but {faults[0]}; set it to 'auto' to take what is there")


def _api(name: str) -> int:
    number: int = getattr(rtmidi, f"API_{_APIS[name]}")
    return number


def _try_system(name: str) -> tuple[MidiSystem, InputClient]:
    if _api(name) not in rtmidi.get_compiled_api():
        raise PortError(f"this python-rtmidi was built without {name}")
    if name == "alsa" and not os.access(SEQUENCER, os.R_OK | os.W_OK):
        what = "cannot be opened by this user" if os.path.exists(SEQUENCER) else "is missing"
        raise PortError(f"the ALSA sequencer {SEQUENCER} {what}")
    system = MidiSystem(name)
    try:
        with muted():  # libjack tells the log in five lines that there is no server
            return system, system.input_client(CLIENT_PREFIX + "in")
    except RtMidiError as error:
        raise PortError("no JACK server answers" if name == "jack" else f"{name} fails: {error}") from error
