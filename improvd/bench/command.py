"""`improvd bench`: its arguments, checked, and what it prints. Whoever measures is imported when asked for."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from improvd.errors import UsageError

if TYPE_CHECKING:
    from improvd.bench.result import Result
    from improvd.config import MidiSettings, ModelSettings

LONGEST_S, MOST_NOTES = 86_400.0, 100_000


def add_to(commands: Any) -> None:
    """Add `step`, `jitter` and `latency` to a group of commands."""
    step = _add(commands, "step", _step, "Time one step of the network on every runtime.")
    step.add_argument("--units", type=int, default=512)
    step.add_argument("--layers", type=int, default=3)
    jitter = _add(commands, "jitter", _jitter, "Measure how far off the beat notes leave, on the real MIDI system.")
    jitter.add_argument("--seconds", type=float, default=60.0, help="of sixteenths (default: 60)")
    jitter.add_argument("--bpm", type=float, default=120.0, help="their tempo (default: 120)")
    latency = _add(commands, "latency", _latency, "Measure how long a key takes through improvd's ports and back.")
    latency.add_argument("--notes", type=int, default=500, help="how many to send through (default: 500)")
    for sub in (jitter, latency):
        sub.add_argument(
            "--load", default="idle", help="what else goes on: idle, model, screen, burners or all (default: idle)"
        )


def _add(commands: Any, name: str, command: Callable[[argparse.Namespace], None], doc: str) -> argparse.ArgumentParser:
    sub: argparse.ArgumentParser = commands.add_parser(name, help=doc, description=doc)
    sub.set_defaults(command=command)
    sub.add_argument("--json", action="store_true", help="print one JSON object")
    return sub


def _step(args: argparse.Namespace) -> None:
    from improvd.pipe import ONE_THREAD

    os.environ.update({**ONE_THREAD, **os.environ})  # as where it plays; before numpy is loaded
    from improvd.bench import step

    rows = step.step(units=args.units, layers=args.layers)
    _tell(json.dumps(step.as_json(rows)) if args.json else step.table(rows))


def _jitter(args: argparse.Namespace) -> None:
    from improvd.bench import jitter
    from improvd.live.clock import FASTEST_BPM, SLOWEST_BPM

    check_range("--seconds", args.seconds, 1.0, LONGEST_S)
    check_range("--bpm", args.bpm, SLOWEST_BPM, FASTEST_BPM)
    check_load(args.load)
    midi, model = _settings()
    result = jitter.measure(seconds=args.seconds, bpm=args.bpm, load=args.load, backend=midi.backend, model=model)
    _tell(_text_of(result, args))


def _latency(args: argparse.Namespace) -> None:
    from improvd.bench import latency

    check_range("--notes", args.notes, 1, MOST_NOTES)
    check_load(args.load)
    midi, model = _settings()
    _tell(_text_of(latency.measure(notes=args.notes, load=args.load, backend=midi.backend, model=model), args))


def check_range(name: str, value: float, low: float, high: float) -> None:
    """Refuse a number out of its range.

    Raises:
        UsageError: says what is allowed.
    """
    if not low <= value <= high:
        raise UsageError(f"{name} is {value:g}; allowed are {low:g} to {high:g}")


def check_load(name: str) -> None:
    """Refuse a load that does not exist.

    Raises:
        UsageError: says which do.
    """
    from improvd.bench.loads import LOADS

    if name not in LOADS:
        raise UsageError(f"--load {name!r} is unknown; there are: {', '.join(LOADS)}")


def _settings() -> tuple[MidiSettings, ModelSettings]:
    from improvd import configfile

    config = configfile.load(configfile.find(None, os.environ, Path.cwd()))
    return config.midi, config.model


def _text_of(result: Result, args: argparse.Namespace) -> str:
    return json.dumps(result.as_object()) if args.json else result.as_text()


def _tell(text: str) -> None:
    print(text)  # noqa: T201 - this is the command line
