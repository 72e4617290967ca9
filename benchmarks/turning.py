"""How soon a turned temperature is heard: from the key press in the screen to the first note drawn at the new one.

    .venv/bin/python benchmarks/turning.py [--turns 100] [--json FILE]

The real daemon with the shipped model on a jackd of its own (dummy driver), and the real screen in a pseudo terminal.
jack_midiseq plays a call of four bars again and again; while the answer sounds, `+` and `-` are pressed at any time.
The session's log tells afterwards which notes came of which row and when they were sent. A turn counts if the answer
goes on for a beat at least. Needs the Debian package jackd2.
"""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import pty
import random
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, fields
from math import inf
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "beds")]

from daemon_on_jack import DaemonOnJack  # noqa: E402  # after the path to the bed
from jackbed import JackServer, SeqNote, poll  # noqa: E402

from improvd.control import Client  # noqa: E402
from improvd.live.band import percentile  # noqa: E402
from improvd.logbook import entry, reading  # noqa: E402
from improvd.music.note import TICKS_PER_BEAT  # noqa: E402
from improvd.protocol import Ask, Continued, Sounded  # noqa: E402

BPM = 120.0
CONFIG = f"""
[clock]
source = "internal"
bpm = {BPM}
[answer]
start = "bar"
max_bars = 4
candidates = 16
[sampling]
temperature = 0.8
[record]
log = "on"
"""
CALL_S, AGAIN_S = 8.0, 18.0
UP, DOWN = 0.85, 0.8
NOTE_ON = 0x9


def call() -> list[SeqNote]:
    """Return four bars of a tune in eighths and quarters."""
    rng, notes, at_s, pitch = random.Random(3), list[SeqNote](), 0.2, 64
    while at_s < CALL_S - 0.4:
        length_s = rng.choice((0.25, 0.25, 0.5))
        notes.append((at_s, pitch, 0.9 * length_s))
        at_s, pitch = at_s + length_s, min(max(pitch + rng.choice((-4, -2, -1, 1, 2, 3)), 52), 79)
    return notes


@contextmanager
def screen(bed: DaemonOnJack) -> Iterator[int]:
    """Show the screen in a terminal of 100 x 30; yield where to write what is typed."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
    shown = subprocess.Popen(
        [sys.executable, "-m", "improvd", "tui"], stdin=theirs, stdout=theirs, stderr=theirs,
        env=bed.env | {"TERM": "xterm-256color"}, start_new_session=True,
    )  # fmt: skip
    os.close(theirs)
    threading.Thread(target=_drain, args=(ours,), daemon=True).start()
    try:
        yield ours
    finally:
        shown.terminate()
        shown.wait(10)


def _drain(terminal: int) -> None:
    """Read what is shown, so that the screen is never held up."""
    with suppress(OSError):
        while os.read(terminal, 65536):
            pass


def press(client: Client, terminal: int, count: int) -> list[tuple[float, float]]:
    """Turn the temperature up and down while answers sound; return when, and to what."""
    rng, presses = random.Random(4), list[tuple[float, float]]()
    while len(presses) < count:
        if client.status()["state"] != "answering":
            time.sleep(0.05)
            continue
        time.sleep(rng.uniform(0.1, 1.0))
        up = len(presses) % 2 == 0
        presses.append((time.monotonic(), UP if up else DOWN))
        os.write(terminal, b"+" if up else b"-")
        poll(lambda: client.get("sampling.temperature") == presses[-1][1], "the key was not heard", 5.0)
        time.sleep(1.2)
    return presses


def session(server: JackServer, folder: Path, count: int) -> tuple[Path, list[tuple[float, float]]]:
    """Play a session; return its log, and the turns."""
    bed = DaemonOnJack(server, folder, CONFIG)
    daemon = bed.start()
    with bed.client() as client, screen(bed) as terminal:
        server.play_notes(call(), AGAIN_S, sink="improvd-in:in")
        presses = press(client, terminal, count)
        poll(lambda: client.status()["state"] != "answering", "the answer does not end", 30.0)
    daemon.terminate()
    daemon.wait(10)
    bed.close()
    (log,) = (folder / "state" / "improvd" / "logs").iterdir()
    return log, presses


# --- what the log tells -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Heard:
    """This is a note of an answer: when it was sent, and when the player got it.

    `drawn_at` are the temperatures of all rows that have it; two rows may agree.
    """

    at_s: float
    answer: int
    planned_s: float
    drawn_at: frozenset[float]


class Rows:
    """These are the rows that the model drew, for each note the temperatures at which one has it."""

    def __init__(self) -> None:
        self._temperatures: dict[int, Sequence[float]] = {}
        self._beginnings: dict[tuple[int, int], int] = {}
        self._notes: dict[tuple[int, int, int], set[float]] = {}

    def asked(self, number: int, temperatures: Sequence[float]) -> None:
        """Take in a request."""
        self._temperatures[number] = temperatures

    def drawn(self, message: Continued) -> None:
        """Take in what came of one."""
        for warmth, row in zip(self._temperatures[message.number], message.rows, strict=False):
            for onset, _, pitch, _, velocity in row:
                self._notes.setdefault((onset, pitch, velocity), set()).add(warmth)
            for onset, _, pitch, _, velocity in row[:1]:
                self._beginnings[pitch, velocity] = onset

    def beginning(self, pitch: int, velocity: int) -> int:
        """Return the tick of the last row that begins with a note."""
        return self._beginnings[pitch, velocity]

    def drawn_at(self, ticks: int, pitch: int, velocity: int) -> frozenset[float]:
        """Return the temperatures of the rows that have a note."""
        return frozenset(self._notes.get((ticks, pitch, velocity), ()))


def heard_in(log: Path) -> list[Heard]:
    """Return the notes of all answers, in order."""
    rows, begins, heard = Rows(), dict[int, float](), list[Heard]()
    planned_s: dict[tuple[int, int, int], float] = {}
    warmths = 1 + [field.name for field in fields(Ask)].index("temperatures")
    for _, kind, at_s, what in reading.read(log).entries:
        if kind == entry.TO_MODEL and what[0] == "Ask":
            rows.asked(what[1], what[warmths])
        elif isinstance(what, Continued):
            rows.drawn(what)
        elif kind == entry.TO_PLAYER and what[0] == "Play":
            _, answer, notes = what
            if answer not in begins:
                begins[answer] = notes[0][0] - rows.beginning(*notes[0][2:4]) / TICKS_PER_BEAT
            for beats, _, pitch, *_ in notes:
                planned_s[answer, round((beats - begins[answer]) * TICKS_PER_BEAT), pitch] = at_s
        elif isinstance(what, Sounded) and what.answer and what.data[0] >> 4 == NOTE_ON:
            due_beats = what.at_beats - what.lateness_s * BPM / 60
            ticks = round((due_beats - begins[what.answer]) * TICKS_PER_BEAT)
            known_s = planned_s[what.answer, ticks, what.data[1]]
            heard.append(Heard(what.at_s, what.answer, known_s, rows.drawn_at(ticks, *what.data[1:])))
    return heard


@dataclass(frozen=True, slots=True)
class Turn:
    """This is what is heard after a key press, in beats after it.

    Attributes:
        new: the first note that the player got after it and that is of a row of the new temperature.
        old: the last one of no such row; 0 if there was none.
        first: the first note at all: the music may rest.
    """

    new: float
    old: float
    first: float


def turns(heard: Sequence[Heard], presses: Sequence[tuple[float, float]]) -> Iterator[Turn]:
    """Yield what was heard after the presses that an answer went on after."""
    for (pressed_s, warmth), (next_s, _) in zip(presses, [*presses[1:], (inf, 0.0)], strict=True):
        playing = [note.answer for note in heard if note.at_s <= pressed_s]
        notes = [note for note in heard if playing and note.answer == playing[-1] and note.at_s > pressed_s]
        if not notes or notes[-1].at_s - pressed_s < 60 / BPM:
            continue
        until_next = [note for note in notes if note.at_s < next_s]
        new = [note.at_s for note in notes if note.planned_s > pressed_s and warmth in note.drawn_at]
        old = max((note.at_s for note in until_next if warmth not in note.drawn_at), default=pressed_s)
        yield Turn(*((at_s - pressed_s) * BPM / 60 for at_s in (new[0] if new else inf, old, notes[0].at_s)))


def table(found: Sequence[Turn]) -> str:
    """Return what was heard after turns as a table in Markdown, in beats."""
    lines = [f"| {len(found)} turns, beats later | p50 | p95 | p99 | max |", "|---" * 5 + "|"]
    said = {"new": "first note at the new temperature", "old": "last note at the old one", "first": "first note at all"}
    for name, words in said.items():
        shares = (percentile([getattr(it, name) for it in found], share) for share in (0.5, 0.95, 0.99, 1.0))
        lines.append(f"| {words} | {' | '.join(f'{beats:.2f}' for beats in shares)} |")
    return "\n".join(lines)


def main() -> int:
    """Measure, print, and return 0 if a turned temperature is heard within a beat."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--turns", type=int, default=100)
    parser.add_argument("--json", metavar="FILE", type=Path)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, JackServer("bench", 256) as server:
        log, presses = session(server, Path(folder), args.turns)
        heard = heard_in(log)
    found = list(turns(heard, presses))
    unknown = sum(not note.drawn_at for note in heard)
    print(f"{len(heard)} notes of answers, {unknown} of no row that was found\n\n{table(found)}")
    if args.json:
        args.json.write_text(json.dumps([asdict(it) for it in found], indent=1) + "\n")
    return 0 if percentile([it.new for it in found], 0.99) <= 1.0 else 1


if __name__ == "__main__":
    sys.exit(main())
