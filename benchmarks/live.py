"""What a musician feels: start, memory, onsets on the grid, and how fast an answer comes.

    .venv/bin/python benchmarks/live.py [--answers 60] [--period 128] [--json]

Runs the real daemon with the shipped model on a jackd of its own (dummy
driver); jack_midiseq plays and jack_midi_dump records, so all times of notes
are JACK frames, stamped by another program. Needs the Debian package jackd2.
The dummy server loses frames in xruns, which count as error here.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "beds")]

import jack  # noqa: E402  # after the path to the bed
import rtmidi  # noqa: E402
from jackbed import Event, JackServer, poll  # noqa: E402

from improvd.control import Client  # noqa: E402
from improvd.errors import NotRunning  # noqa: E402

IN, OUT = "improvd-in:in", "improvd-out:out"
BPM = 240.0
PHRASE = [(0.5 + 0.25 * i, pitch, 0.2) for i, pitch in enumerate((62, 66, 69, 74, 73, 69))]
GAP_S, LOOP_S = 0.25, 4.5
TIMEOUT_S = min(max(0.3, 2 * GAP_S), 1.5 * 60 / BPM)
ANSWER = 1
"""Channel of the answers, 0-15."""

Figures = dict[str, float]


class Daemon:
    """This is improvd on a JACK server, with folders and settings of its own."""

    def __init__(self, server: JackServer, *, start: str = "auto") -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="improvd-bench-"))
        config = self.folder / "config.toml"
        config.write_text(f'[clock]\nbpm = {BPM}\n[answer]\nstart = "{start}"\n[sampling]\nseed = 1\n')
        self.env = {
            **server.env, "PYTHONPATH": str(ROOT), "HOME": str(self.folder), "IMPROVD_CONFIG": str(config),
            "XDG_RUNTIME_DIR": str(self.folder), "XDG_STATE_HOME": str(self.folder),
        }  # fmt: skip
        self.started_s = time.monotonic()
        self.process = server.spawn(
            sys.executable, "-m", "improvd", "run", "--headless", env=self.env, stderr=subprocess.DEVNULL
        )

    def status(self) -> dict[str, Any]:
        """Return the status object; empty where nobody answers."""
        try:
            with Client(self.folder / "improvd" / "control.sock") as client:
                return client.status()
        except NotRunning:
            return {}

    def wait_for_model(self) -> float:
        """Return how long after the start an answer is possible, in seconds."""
        poll(lambda: self.status().get("model"), "no model", 30.0)
        return time.monotonic() - self.started_s

    def private_mb(self) -> float:
        """Return the memory that its three processes share with nobody, in MB."""
        children = subprocess.run(
            ["ps", "-o", "pid=", "--ppid", str(self.process.pid)], capture_output=True, text=True, check=True
        ).stdout.split()
        return sum(map(private_mb, [str(self.process.pid), *children]))

    def end(self) -> float:
        """Return how long it takes to end, in seconds."""
        ended_s = time.monotonic()
        self.process.terminate()
        self.process.wait(5)
        return time.monotonic() - ended_s


def private_mb(pid: str) -> float:
    """Return the memory of a process less what it shares, in MB."""
    lines = Path("/proc", pid, "smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Private_")) / 1024


def percentiles(values: Sequence[float]) -> Figures:
    """Return p50, p95, p99 and the largest of some values, and how many there are."""
    ordered = sorted(values)

    def at(share: float) -> float:
        return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))], 3)

    return {"p50": at(0.5), "p95": at(0.95), "p99": at(0.99), "max": round(ordered[-1], 3), "count": len(ordered)}


# --- start and memory --------------------------------------------------------------------------


def cold_starts(server: JackServer, times: int = 5) -> tuple[Figures, Figures]:
    """Return medians: seconds from start to a key passed on and to a model that can answer, and to the end; memory."""
    thru_s, model_s, end_s, memory = [], [], [], []
    for _ in range(times):
        probe = Probe(server)
        daemon = Daemon(server)
        thru_s.append(probe.key_passes_after(daemon))
        model_s.append(daemon.wait_for_model())
        memory.append(daemon.private_mb())
        end_s.append(daemon.end())
        probe.close()
    medians = {"thru_s": thru_s, "model_s": model_s, "end_s": end_s}
    return {name: round(statistics.median(values), 3) for name, values in medians.items()}, {
        "private_mb": round(statistics.median(memory), 1)
    }


class Probe:
    """This is a keyboard and an ear on JACK, wired to the daemon as soon as its ports are there."""

    def __init__(self, server: JackServer) -> None:
        os.environ.update({key: server.env[key] for key in ("JACK_DEFAULT_SERVER", "JACK_NO_START_SERVER")})
        self._graph = jack.Client("probe", no_start_server=True)
        self._keyboard = rtmidi.MidiOut(rtmidi.API_UNIX_JACK, "probe-keyboard")
        self._keyboard.open_virtual_port("out")
        self._ear = rtmidi.MidiIn(rtmidi.API_UNIX_JACK, "probe-ear")
        self._ear.open_virtual_port("in")
        self._heard_s: list[float] = []
        self._ear.set_callback(lambda _event, _: self._heard_s.append(time.monotonic()))

    def key_passes_after(self, daemon: Daemon) -> float:
        """Return how long after its start the daemon passes a key on, in seconds."""
        for source, sink in (("probe-keyboard:out", IN), (OUT, "probe-ear:in")):
            while not {source, sink} <= {port.name for port in self._graph.get_ports()}:
                time.sleep(0.002)
            self._graph.connect(source, sink)
        while not self._heard_s:
            self._keyboard.send_message([0x90, 60, 1])
            self._keyboard.send_message([0x80, 60, 0])
            time.sleep(0.005)
        return self._heard_s[0] - daemon.started_s

    def close(self) -> None:
        """Take both off the graph."""
        self._keyboard.delete()
        self._ear.delete()
        self._graph.close()


# --- answers -----------------------------------------------------------------------------------


def answers(server: JackServer, count: int, *, start: str) -> list[Event]:
    """Return what was recorded of so many phrases (channel 0, as played) and their answers (channel 1)."""
    daemon = Daemon(server, start=start)
    daemon.wait_for_model()
    server.wait_for_port(OUT)
    seed = server.play_notes(PHRASE, LOOP_S)
    with server.record("seed:out", OUT) as take:
        daemon_thru_off(daemon)
        server.connect("seed:out", IN)
        time.sleep(count * LOOP_S)
    seed.kill()
    daemon.end()
    return take.events()


def daemon_thru_off(daemon: Daemon) -> None:
    """Keep the phrase itself out of the daemon's output: the recorder hears the player directly."""
    with Client(daemon.folder / "improvd" / "control.sock") as client:
        client.set("thru", "off")


def exchanges(events: Sequence[Event]) -> list[tuple[int, list[int]]]:
    """Return the frame of each phrase's last note_off, with the frames of its answer's note_ons."""
    found: list[tuple[int, list[int]]] = []
    for frame, data in events:
        kind, channel = data[0] & 0xF0, data[0] & 0x0F
        if channel != ANSWER and kind == 0x80:
            if found and not found[-1][1]:
                found.pop()
            found.append((frame, []))
        elif channel == ANSWER and kind == 0x90 and found:
            found[-1][1].append(frame)
    return [exchange for exchange in found if exchange[1]]


def grid_errors_ms(events: Sequence[Event], rate: int) -> list[float]:
    """Return how far onsets of answers lie off the grid of 24 ticks a beat; one phase an answer."""
    tick = 60 / BPM / 24 * rate
    errors = []
    for _, onsets in exchanges(events):
        offsets = [(onset - onsets[0] + tick / 2) % tick - tick / 2 for onset in onsets]
        phase = statistics.median(offsets)
        errors += [abs(offset - phase) / rate * 1000 for offset in offsets]
    return errors


def response_ms(events: Sequence[Event], rate: int, period: int) -> list[float]:
    """Return how long after the phrase's timeout each answer began, beyond one and a half periods."""
    return [(onsets[0] - ended - 1.5 * period) / rate * 1000 - TIMEOUT_S * 1000 for ended, onsets in exchanges(events)]


def main() -> None:
    """Measure, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--answers", type=int, default=60)
    parser.add_argument("--period", type=int, default=128)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    with JackServer("improvd-bench", args.period) as server:
        start, memory = cold_starts(server)
        on_the_beat = answers(server, args.answers, start="beat")
        at_once = answers(server, args.answers, start="now")
        figures = {
            "period_ms": round(args.period / server.rate * 1000, 3),
            "cold_start": start,
            "memory": memory,
            "onset_error_ms": percentiles(grid_errors_ms(on_the_beat, server.rate)),
            "response_ms": percentiles(response_ms(at_once, server.rate, args.period)),
        }
    print(json.dumps(figures) if args.json else "\n".join(f"{name:<16}{value}" for name, value in figures.items()))


if __name__ == "__main__":
    main()
