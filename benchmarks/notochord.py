"""How many notes a second beside Notochord: its network with random weights through PyTorch, improvd's as it plays.

    python benchmarks/notochord.py SOURCE     SOURCE: the folder `src` of a checkout of Notochord

Each computes in a process of its own, in one thread; they take turns of a tenth of a second, so that whatever else
the machine does meets both. Counted is the processor time of the process. `step` is Notochord's own, `feed` and
`query`, for one row; `network` is its network alone, with sampling, for many rows: embeddings, GRU, projection, and
the four heads one after another. Notochord needs two events a note, one that begins it and one that ends it.

Source: github.com/Intelligent-Instruments-Lab/notochord, version 0.8.1 (MIT).
"""

from __future__ import annotations

import argparse
import importlib
import json
import subprocess
import sys
import time
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

BATCHES = (1, 16, 64, 256)
ROUNDS, SECONDS_A_TURN = 20, 0.1
EVENTS_A_NOTE = 2
Step = Callable[[], Any]


def notochord_steps(source: str) -> dict[str, Step]:
    """Return what Notochord computes, by name and number of rows."""
    import torch

    torch.set_num_threads(1)
    model = _their_model(source)
    noto = model.Notochord().eval()
    noto.reset()
    steps: dict[str, Step] = {"step 1": lambda: noto.feed_query(1, 60, 0.1, 80.0)}
    return steps | {f"network {rows}": _network(torch, model, noto, rows) for rows in BATCHES}


def _their_model(source: str) -> Any:
    """Return their module `model`, without what their package imports for data and training."""
    package = types.ModuleType("notochord")
    package.__path__ = [str(Path(source) / "notochord")]
    sys.modules["notochord"] = package
    if "appdirs" not in sys.modules and not importlib.util.find_spec("appdirs"):
        sys.modules["appdirs"] = types.ModuleType("appdirs")
        sys.modules["appdirs"].user_data_dir = lambda *_: "/tmp/notochord"  # type: ignore[attr-defined]
    return importlib.import_module("notochord.model")


def _network(torch: Any, model: Any, noto: Any, rows: int) -> Step:
    """Return one event of their network in so many rows: `feed`, then `_deep_query` in their order of fields."""
    state = tuple(part.expand(-1, rows, -1).contiguous() for part in noto.cell_state)
    event = [torch.full((rows, 1), value) for value in (1, 60, 0.1, 80.0)]
    order = ((3, noto.vel_dist.sample), (2, noto.time_dist.sample), (0, None), (1, None))

    def step() -> Any:
        with torch.inference_mode():
            h, _ = noto.rnn(sum(embed(part) for embed, part in zip(noto.embeddings, event, strict=True)), state)
            hidden = noto.h_proj(h)[:, 0]
            for field, sample in order:
                drawn = (sample or model.categorical_sample)(noto.projections[field](hidden.tanh()))
                hidden = hidden + noto.embeddings[field](drawn)
            return hidden

    return step


def improvd_steps(runtime: str) -> dict[str, Step]:
    """Return improvd's step, sampling within, by number of rows."""
    from improvd.model import bundle
    from improvd.model.cursor import Cursor, inputs_at
    from improvd.model.runtimes import open_step
    from improvd.protocol import Context

    opened = bundle.open_bundle("default")
    steps: dict[str, Step] = {}
    for rows in BATCHES:
        step = open_step(opened, runtime)
        inputs = inputs_at(Cursor.at_start(np.zeros(rows, np.int64), opened.shape), Context())
        settings = np.ascontiguousarray(np.broadcast_to(np.float32([[1.0], [0.98], [0.02]]), (rows, 3, 5)))
        noise = np.random.default_rng(1).random((rows, 5), np.float32)
        inputs = inputs._replace(settings=settings, noise=noise)
        steps[f"step {rows}"] = lambda step=step, inputs=inputs: step(inputs)  # type: ignore[misc]
    return steps


def work(steps: dict[str, Step]) -> None:
    """Take a turn for each name that is asked for, and say the processor time of a step in seconds."""
    for step in steps.values():
        step()
        step()
    sys.stdout.write(json.dumps(list(steps)) + "\n")
    sys.stdout.flush()
    for name in sys.stdin:
        calls, started = 0, time.process_time()
        while calls == 0 or time.process_time() - started < SECONDS_A_TURN:
            steps[name.strip()]()
            calls += 1
        sys.stdout.write(json.dumps((time.process_time() - started) / calls) + "\n")
        sys.stdout.flush()


class Worker:
    """This is one of the two, in a process of its own."""

    def __init__(self, *told: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, __file__, "--work", *told], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.names: list[str] = self._answer()
        self.spent: dict[str, list[float]] = {name: [] for name in self.names}

    def take_turn(self, name: str) -> None:
        """Let it compute a step for a while."""
        assert self._process.stdin
        self._process.stdin.write(f"{name}\n")
        self._process.stdin.flush()
        self.spent[name].append(self._answer())

    def end(self) -> None:
        """Let it go."""
        self._process.communicate()

    def _answer(self) -> Any:
        assert self._process.stdout
        return json.loads(self._process.stdout.readline())


def main() -> None:
    """Print a row for each number of rows."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", nargs="+")
    parser.add_argument("--work", action="store_true")
    parser.add_argument("--runtime", default="litert-int8")
    told = parser.parse_args()
    if told.work:
        who, argument = told.source
        work(notochord_steps(argument) if who == "notochord" else improvd_steps(argument))
        return
    theirs, ours = Worker("notochord", told.source[0]), Worker("improvd", told.runtime)
    for _ in range(ROUNDS):
        for worker in (theirs, ours):
            for name in worker.names:
                worker.take_turn(name)
    print(
        "| rows | improvd, µs a step | notes/s | Notochord, µs an event | notes/s | improvd / Notochord |\n"
        + "|---" * 6
        + "|"
    )
    for name in theirs.names:
        rows = int(name.split()[1])
        mine, their = (float(np.median(w.spent[n])) for w, n in ((ours, f"step {rows}"), (theirs, name)))
        notes, events = rows / mine, rows / their / EVENTS_A_NOTE
        print(
            f"| {name} | {mine * 1e6:,.0f} | {notes:,.0f} | {their * 1e6:,.0f} | {events:,.0f} | {notes / events:.1f} |"
        )
    for worker in (theirs, ours):
        worker.end()


if __name__ == "__main__":
    main()
