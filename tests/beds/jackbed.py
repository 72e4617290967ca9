"""A JACK server of our own with third-party programs around it: jack_midiseq plays, jack_midi_dump records.

    with JackServer("improvd-test-0") as jack:
        with jack.record("improvd-out:out") as take:
            jack.play_notes([(0.0, 60, 0.1)], loop_s=0.5, sink="improvd-in:in")
            take.wait_for(4)

Needs the Debian package jackd2. Times are seconds where a name ends in `_s`,
else JACK frames (1/48,000 s).
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import pytest

Event = tuple[int, bytes]
"""(frame, MIDI message)"""
SeqNote = tuple[float, int, float]
"""(onset in s, pitch, duration in s) for jack_midiseq"""
T = TypeVar("T")

PROGRAMS = ("jackd", "jack_lsp", "jack_connect", "jack_midiseq", "jack_midi_dump", "setpriv", "stdbuf")
_DIE_WITH_PARENT = ("setpriv", "--pdeathsig", "TERM", "--")  # else a killed test leaves a server to the next one


def poll(check: Callable[[], T], what: str, timeout_s: float = 10.0) -> T:
    """Call `check` every 20 ms and return its first true result."""
    end_s = time.monotonic() + timeout_s
    while not (result := check()):
        if time.monotonic() > end_s:
            raise TimeoutError(f"{what} within {timeout_s:g} s")
        time.sleep(0.02)
    return result


def end_process(process: subprocess.Popen[Any], sig: int = signal.SIGTERM, timeout_s: float = 5.0) -> int:
    """End one process by its handle and return its exit code (negative: the signal that it died of)."""
    if process.poll() is None:
        process.send_signal(sig)
        try:
            process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            process.kill()
    return process.wait()


class JackServer:
    """This is jackd without a sound card.

    `-S` (synchronous) is essential: in asynchronous mode an xrun drops MIDI
    events. JACK knows eight server names at most and forgets none, so keep to
    few names.
    """

    def __init__(self, name: str, period: int = 128, rate: int = 48_000) -> None:
        self.name, self.period, self.rate = name, period, rate
        self.env = {
            **os.environ,
            "JACK_DEFAULT_SERVER": name,  # obeyed by every client
            "JACK_NO_START_SERVER": "1",
            "JACK_NO_AUDIO_RESERVATION": "1",
        }
        self._log = Path(tempfile.gettempdir(), f"jackd-{name}.log")
        self._server: subprocess.Popen[bytes] | None = None
        self._clients: list[subprocess.Popen[Any]] = []

    def __enter__(self) -> JackServer:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.end_clients()
        self.stop()

    # --- the server ---------------------------------------------------------------------

    def start(self) -> None:
        """Start the server and wait until it answers (0.2 s)."""
        if self.answers():
            raise RuntimeError(f"a JACK server named {self.name} runs already")
        command = ["jackd", "-R", "-S", "-n", self.name, "-d", "dummy", "-r", str(self.rate), "-p", str(self.period)]
        with self._log.open("wb") as log:
            self._server = self._popen(*command, stdout=log, stderr=log)
        poll(self._is_up, f"no JACK server {self.name}")

    def stop(self, sig: int = signal.SIGTERM) -> None:
        """End the server alone."""
        if self._server:
            end_process(self._server, sig)
            self._server = None

    def answers(self) -> bool:
        """Return whether a server of this name runs."""
        return self._tool("jack_lsp").returncode == 0

    def is_wedged(self) -> bool:
        """Return whether the server goes on complaining: after a change of its graph, jackd2 can stop to run it."""
        before = self._complaints()
        if before:
            time.sleep(0.3)
        return self._complaints() > before

    def _complaints(self) -> int:
        return self._log.read_text(errors="replace").count("engine may now behave abnormally")

    def _is_up(self) -> bool:
        if self._server and self._server.poll() is not None:
            raise RuntimeError(f"jackd ended with {self._server.returncode}:\n{self._log.read_text()}")
        return self.answers()

    # --- processes ----------------------------------------------------------------------

    def spawn(self, *command: str, **options: Any) -> subprocess.Popen[Any]:
        """Start a client of this server; it ends with the test at the latest."""
        client = self._popen(*command, **options)
        self._clients.append(client)
        return client

    def end_clients(self) -> None:
        """End all clients, the youngest first."""
        while self._clients:
            end_process(self._clients.pop())

    def _popen(self, *command: str, **options: Any) -> subprocess.Popen[Any]:
        usual: dict[str, Any] = {"env": self.env, "stdin": subprocess.DEVNULL, "start_new_session": True}
        return subprocess.Popen([*_DIE_WITH_PARENT, *command], **(usual | options))

    def _tool(self, *command: str, told: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(command, env=self.env, input=told, capture_output=True, text=True, timeout=10)

    # --- ports --------------------------------------------------------------------------

    def ports(self) -> list[str]:
        """Return the names of all ports."""
        return self._tool("jack_lsp").stdout.splitlines()

    def wait_for_port(self, name: str, timeout_s: float = 10.0) -> None:
        """Wait until there is a port."""
        poll(lambda: name in self.ports(), f"no port {name}", timeout_s)

    def connections(self, port: str) -> list[str]:
        """Return what a port is connected to; jack_lsp indents it by three blanks."""
        lines = self._tool("jack_lsp", "-c", port).stdout.splitlines()
        after = lines[lines.index(port) + 1 :] if port in lines else []
        end = next((index for index, line in enumerate(after) if not line.startswith("   ")), len(after))
        return [line.strip() for line in after[:end]]

    def connect(self, source: str, sink: str) -> None:
        """Connect two ports once both exist."""
        self.wait_for_port(source)
        self.wait_for_port(sink)
        result = self._tool("jack_connect", source, sink)
        if result.returncode and sink not in self.connections(source):
            raise RuntimeError(result.stderr)

    # --- counterparts -------------------------------------------------------------------

    def play_notes(
        self, notes: Iterable[SeqNote], loop_s: float, sink: str = "", name: str = "seed"
    ) -> subprocess.Popen[Any]:
        """Play notes on the sample, again every `loop_s` (channel 0, velocity 64), from port `{name}:out`."""
        words = [str(round(loop_s * self.rate))]
        for onset_s, pitch, duration_s in notes:
            words += [str(round(onset_s * self.rate)), str(pitch), str(round(duration_s * self.rate))]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        player = self.spawn("jack_midiseq", name, *words, **quiet)
        if sink:
            self.connect(f"{name}:out", sink)
        return player

    @contextmanager
    def clock_master(self, bpm: float, sink: str) -> Iterator[None]:
        """Run a MIDI clock that follows the transport, into a port."""
        master = self.spawn("jack_midi_clock", "-b", str(bpm), "-B", stdout=subprocess.DEVNULL)
        try:
            self.connect("jack_midi_clock:mclk_out", sink)
            yield
        finally:
            end_process(master, signal.SIGINT)

    def transport(self, *commands: str) -> None:
        """Tell JACK's transport: play, stop, or locate FRAME."""
        self._tool("jack_transport", told="\n".join([*commands, "quit", ""]))

    def heard_bpm(self, source: str, seconds: float) -> float:
        """Return the tempo that another program hears in the MIDI clock of a port, filtered."""
        slave = self.spawn("stdbuf", "-oL", "jack_mclk_dump", "-n", stdout=subprocess.PIPE, text=True)
        self.connect(source, "jack_mclk_dump:mclk_in")
        time.sleep(seconds)
        slave.send_signal(signal.SIGINT)
        found = re.findall(r"flt:\s*([\d.]+)\[BPM\]", slave.communicate(timeout=5)[0])
        return float(found[-1])

    @contextmanager
    def record(self, *sources: str, name: str = "take") -> Iterator[Take]:
        """Record what these ports send, all on one time base."""
        with tempfile.TemporaryDirectory() as folder:
            dump = Path(folder, "dump")
            with dump.open("wb") as file:  # stdbuf: the output comes in blocks else
                recorder = self.spawn("stdbuf", "-oL", "jack_midi_dump", "-a", name, stdout=file)
            take = Take(dump)
            try:
                for source in sources:
                    self.connect(source, f"{name}:input")
                yield take
            finally:
                end_process(recorder, signal.SIGINT)
                take.keep()


class Take:
    """This is what a recorder has written so far, and all of it when it has ended."""

    _LINE = re.compile(r"^\s*(\d+):((?: [0-9a-f]{2}\b)+).*\n", re.MULTILINE)

    def __init__(self, dump: Path) -> None:
        self._dump = dump
        self._text: str | None = None

    def keep(self) -> None:
        """Hold on to the recording beyond its file."""
        self._text = self._dump.read_text()

    def events(self) -> list[Event]:
        """Return all (frame, message); frame 0 is the recorder's start."""
        text = self._dump.read_text() if self._text is None else self._text
        return [(int(frame), bytes.fromhex(data)) for frame, data in self._LINE.findall(text)]

    def note_ons(self) -> list[Event]:
        """Return the note_ons."""
        return [(frame, data) for frame, data in self.events() if data[0] & 0xF0 == 0x90 and data[2] > 0]

    def hanging(self) -> list[tuple[int, int]]:
        """Return the (channel, pitch) of notes that were started and never ended."""
        sounding: dict[tuple[int, int], None] = {}
        for _, data in self.events():
            if data[0] & 0xE0 == 0x80:
                key = (data[0] & 0x0F, data[1])
                sounding.pop(key, None)
                if data[0] & 0xF0 == 0x90 and data[2]:
                    sounding[key] = None
        return list(sounding)

    def wait_for(self, count: int, timeout_s: float = 10.0) -> list[Event]:
        """Wait until so many events have arrived."""
        poll(lambda: len(self.events()) >= count, f"fewer than {count} events", timeout_s)
        return self.events()


@pytest.fixture(scope="session")
def jack_server() -> Iterator[JackServer]:
    """One server for the whole run."""
    missing = [program for program in PROGRAMS if shutil.which(program) is None]
    if missing:
        pytest.skip(f"needs {', '.join(missing)}: apt install jackd2")
    with _free_name() as name, JackServer(name) as server:
        yield server


@contextmanager
def _free_name() -> Iterator[str]:
    """Give the first of four names that no other test run holds: two runs may go on side by side."""
    for number in range(4):
        name = f"improvd-test-{number}"
        try:
            lock = Path(tempfile.gettempdir(), f"{name}.lock").open("w")  # noqa: SIM115 - closed below, held till then
        except PermissionError:  # another user's
            continue
        with lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            yield name
            return
    raise RuntimeError("four test runs have a JACK server each: wait for one to end")


@pytest.fixture
def jack(jack_server: JackServer) -> Iterator[JackServer]:
    """The server; the clients that a test starts end with it."""
    yield jack_server
    jack_server.end_clients()
    if not jack_server.answers() or jack_server.is_wedged():  # the next test gets a sound one
        jack_server.stop()
        jack_server.start()
