"""How soon an answer is there, with the real model process.

    .venv/bin/python benchmarks/answering.py [--trials 200] [--rows 16] [--runtime litert-int8] [--json FILE]

From 'answer now' (the request as the control socket brings it) to the moment when the first committed note has left
the daemon for the player: *ready*, with the answer rehearsed while the phrase was played, and *cold*, with the window
read and nothing rehearsed. A phrase of two bars is played each time and the answer starts on a bar, so that its first
piece is one bar of 16 rows. The phrase is told faster than it would be played; after its last note time goes as it is.
Beside the time by the clock there is the processor time of daemon and model together: what an idle machine would take.

A real request may find a rehearsal of another answer under way, or the window not read yet: that is *hasty*, asked
right after the last note.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import select
import socket
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from improvd.config import Config
from improvd.control import Request
from improvd.live.band import percentile
from improvd.pipe import ONE_THREAD, Pipe, start_child
from improvd.protocol import Anchor, Ask, Heard, Opened, Play
from improvd.session import Session
from improvd.status import Facts

os.environ.update({**ONE_THREAD, **os.environ})  # before numpy is loaded

from improvd.model.bundle import open_bundle
from improvd.model.drawing import Chunk, Drawer, noise_of
from improvd.model.reading import Reading
from improvd.model.runtimes import open_drawer

BPM = 120.0
SCALE = (60, 62, 64, 65, 67, 69, 71, 72, 74, 76, 77, 79)
READY_MS, COLD_NOTE_MS, COLD_MS = 3.0, 1.0, 3.0
WAIT_S = 30.0
PROCESS_CLOCK = 2
"""Linux: the last bits of a clock that tells the processor time of another process."""
Notes = Sequence[tuple[float, tuple[int, ...]]]


def phrase(rng: random.Random) -> Notes:
    """Return a tune of two bars in eighths and quarters, as MIDI messages with their seconds."""
    at_s, step, messages = 0.0, 5, []
    while at_s < 3.7:
        step = min(max(step + rng.choice((-2, -1, -1, 1, 1, 2)), 0), len(SCALE) - 1)
        length_s = rng.choice((0.25, 0.25, 0.25, 0.5))
        messages += [(at_s, (0x90, SCALE[step], 80)), (at_s + 0.9 * length_s, (0x80, SCALE[step], 64))]
        at_s += length_s
    return messages


class Stage:
    """This is a daemon's session between the real model process and a socket in place of the player.

    Its clock can be set forward: a phrase need not take as long as it lasts.
    """

    def __init__(self, config: Config, model_pid: int, pipe: Pipe, folder: Path) -> None:
        ours, self._theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._player, self._model = Pipe(ours, framed=False), pipe
        self._ahead_s, self._model_clock = 0.0, (~model_pid << 3) | PROCESS_CLOCK
        self.asked: dict[int, Ask] = {}
        self.played_s: list[float] = []
        self._session = Session(
            config, Facts(self.now_s, os.getpid()), state=folder, seed=1, to_player=self._play, to_model=self._ask
        )
        self._session.hear(Opened("none", ""), self.now_s)

    @property
    def now_s(self) -> float:
        """The moment on the session's clock."""
        return time.monotonic() + self._ahead_s

    @property
    def ready(self) -> bool:
        """Whether the answer is there, should the phrase end now."""
        return self._session.status(self.now_s).ready

    def worked_s(self, *, alone: bool) -> float:
        """Return the processor time of this process, and the model's unless this one works alone."""
        return time.process_time() + (0.0 if alone else time.clock_gettime(self._model_clock))

    def set_forward(self, to_s: float) -> None:
        """Let it be later."""
        self._ahead_s += max(0.0, to_s - self.now_s)

    def hear(self, message: object) -> None:
        """Bring in a message of player or model, and do what is due."""
        self._session.hear(message, self.now_s)
        self._session.tick(self.now_s)

    def turn(self, longest_s: float) -> None:
        """Wait for the model or until something is due, and do it."""
        wait_s = min(max(self._session.next_s() - self.now_s, 0.0), longest_s)
        if select.select([self._model], [], [], wait_s)[0]:
            for message in self._model.receive():
                self._session.hear(message, self.now_s)
        self._session.tick(self.now_s)

    def run_for(self, seconds: float) -> None:
        """Go on for some time."""
        end_s = self.now_s + seconds
        while (left_s := end_s - self.now_s) > 0:
            self.turn(left_s)

    def do(self, what: str) -> None:
        """Do what a client asks for, as the loop does."""
        self._session.answer(Request(1, "do", what=what), self.now_s)
        self._session.tick(self.now_s)

    def _play(self, message: object) -> None:
        self._player.send(message)
        if isinstance(message, Play):
            self.played_s.append(time.perf_counter())
        self._theirs.recv(1 << 20)

    def _ask(self, message: object) -> None:
        if isinstance(message, Ask):
            self.asked[message.number] = message
        self._model.send(message)


@dataclass(frozen=True, slots=True)
class Trial:
    """This is one answer: how long it took by the clock and of the processors, and for what."""

    ms: float
    cpu_ms: float
    ask: Ask


def trials(stage: Stage, kind: str, count: int, rng: random.Random) -> Iterator[Trial]:
    """Yield answers to phrases."""
    for _ in range(count):
        stage.do("forget")
        begin_s = stage.now_s + 1.0
        stage.set_forward(begin_s)
        stage.hear(Anchor(begin_s, begin_s * BPM / 60, BPM, 4, 4))
        for at_s, data in phrase(rng):
            stage.set_forward(begin_s + at_s)
            stage.hear(Heard(stage.now_s, stage.now_s * BPM / 60, data, "keyboard"))
        if kind != "hasty":
            stage.run_for(0.3 + 0.4 * rng.random())
        if kind == "ready":
            wait_until_ready(stage)
        stage.played_s.clear()
        alone = kind == "ready"  # then the model may be rehearsing something else
        started_s, worked_s = time.perf_counter(), stage.worked_s(alone=alone)
        stage.do("your_turn")
        while not stage.played_s:
            stage.turn(WAIT_S)
        took_s, work_s = stage.played_s[0] - started_s, stage.worked_s(alone=alone) - worked_s
        yield Trial(1000 * took_s, 1000 * work_s, first_ask(stage))
        stage.do("stop")
        stage.run_for(0.3)


def wait_until_ready(stage: Stage) -> None:
    """Go on until an answer is rehearsed.

    Raises:
        TimeoutError: if none is for half a minute.
    """
    end_s = stage.now_s + WAIT_S
    while not stage.ready:
        if stage.now_s > end_s:
            raise TimeoutError(f"no answer is ready after {WAIT_S:g} s")
        stage.turn(0.01)


def first_ask(stage: Stage) -> Ask:
    """Return the request that began the last answer."""
    return next(ask for _, ask in sorted(stage.asked.items(), reverse=True) if ask.strike and not ask.closes)


@contextmanager
def on_stage(config: Config, runtime: str) -> Iterator[Stage]:
    """Have a session with a model process, and end it."""
    process, pipe = start_child("improvd.model.serve", config.model.name, runtime)
    try:
        with tempfile.TemporaryDirectory() as folder:
            stage = Stage(config, process.pid, pipe, Path(folder))
            while not stage._session.facts.loaded:
                stage.turn(1.0)
            yield stage
    finally:
        pipe.close()
        process.wait(10)


class Rows:
    """This counts the notes of all rows that a request draws, the best of which alone comes back."""

    def __init__(self, model: str, runtime: str) -> None:
        bundle = open_bundle(model)
        self._drawer: Drawer = open_drawer(bundle, runtime).drawer
        self._reading = Reading(self._drawer, bundle.shape)

    def notes(self, ask: Ask) -> list[int]:
        """Return how many notes each row has."""
        chunk, place = Chunk.of(ask), self._reading.read(ask.window, ask.context)
        cursor = self._drawer.take(place.cursor, [place.row])
        drawn = self._drawer.draw(chunk, cursor, noise_of(ask.seed, ask.rows))
        return [int(count) for count in drawn.inside.sum(1)]


@dataclass(frozen=True, slots=True)
class Figures:
    """These are the figures of one kind of answer; `over` is processor time less what is allowed."""

    kind: str
    trials: int
    notes_p50: float
    longest_p50: float
    longest_max: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    max_ms: float
    cpu_p50_ms: float
    cpu_p99_ms: float
    over_p99_ms: float
    within: float


def figures_of(kind: str, found: Sequence[Trial], rows: Rows) -> Figures:
    """Return the figures of some answers."""
    counts = [rows.notes(trial.ask) for trial in found]
    longest = [max(count) for count in counts]
    allowed = [READY_MS if kind == "ready" else COLD_NOTE_MS * notes + COLD_MS for notes in longest]
    times, cpu = [trial.ms for trial in found], [trial.cpu_ms for trial in found]
    over = [ms - most for ms, most in zip(cpu, allowed, strict=True)]
    return Figures(
        kind, len(found), percentile((n for count in counts for n in count), 0.5), percentile(longest, 0.5),
        max(longest), *(percentile(times, share) for share in (0.5, 0.95, 0.99)), max(times),
        percentile(cpu, 0.5), percentile(cpu, 0.99), percentile(over, 0.99),
        sum(each <= 0 for each in over) / len(over),
    )  # fmt: skip


# --- the whole --------------------------------------------------------------------------------


def table(all_figures: Sequence[Figures]) -> str:
    """Return the figures as a table in Markdown."""
    lines = [
        "| kind | trials | notes a row | longest row | p50 | p95 | p99 | max ms | of the processors: p50 | p99 ms "
    ]
    lines[0] += "| p99 over what is allowed | within |"
    lines.append("|---" * 12 + "|")
    for it in all_figures:
        times = " | ".join(
            f"{ms:.2f}" for ms in (it.p50_ms, it.p95_ms, it.p99_ms, it.max_ms, it.cpu_p50_ms, it.cpu_p99_ms)
        )
        lines.append(
            f"| {it.kind} | {it.trials} | {it.notes_p50:g} | {it.longest_p50:g}, at most {it.longest_max:g} | {times} "
            f"| {it.over_p99_ms:+.2f} ms | {it.within:.0%} |"
        )
    return "\n".join(lines)


def main() -> int:
    """Measure, print, and return 0 if all is as it has to be."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--trials", type=int, default=200)
    parser.add_argument("--rows", type=int, default=16)
    parser.add_argument("--model", default="default")
    parser.add_argument("--runtime", default="litert-int8")
    parser.add_argument("--kinds", nargs="*", default=["ready", "cold", "hasty"])
    parser.add_argument("--json", metavar="FILE", type=Path)
    args = parser.parse_args()
    config = Config().having("answer.candidates", args.rows).having("model.name", args.model)
    config = config.having("answer.start", "bar").having("phrase.end", "manual").having("clock.phase", "free")
    rows, found = Rows(args.model, args.runtime), []
    load = os.getloadavg()[0]
    for kind in args.kinds:
        with on_stage(config.having("answer.rehearse", kind != "cold"), args.runtime) as stage:
            found.append(figures_of(kind, list(trials(stage, kind, args.trials, random.Random(1))), rows))
        print(table(found[-1:]), file=sys.stderr, flush=True)
    print(f"{args.rows} rows, {args.runtime}, {os.cpu_count()} cores, load average {load:.1f}\n\n{table(found)}")
    if args.json:
        args.json.write_text(json.dumps([asdict(it) for it in found], indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
