"""The log of a training: a line a moment on the screen, a row an epoch in a CSV file and in TensorBoard's."""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from improvd.music.codec import FIELDS
from improvd.training.grid import Array

LOG = "log.csv"


class Line(Protocol):
    """This is what one pass over the music came to, whatever is trained."""

    def row(self) -> dict[str, float]:
        """Return it by column; `epoch` and `seconds` are always there, and what was counted, as `notes`."""

    def text(self) -> str:
        """Return it in words, without its number."""


@dataclass(frozen=True, slots=True)
class Epoch:
    """This is what one pass over the music came to.

    `train`: nats per note while fitting; `told`, `keys`: on validation, a field a number (5,).
    """

    number: int
    train: float
    told: Array
    keys: Array
    seconds: float
    notes: int

    @property
    def valid(self) -> float:
        """Nats per note on validation, the mean of both views: what is chosen by."""
        return float(self.told.sum() + self.keys.sum()) / 2

    def row(self) -> dict[str, float]:
        """Return it by column."""
        fields = {f"parts.{f.name}": float(n) for f, n in zip(FIELDS, self.told, strict=True)}
        fields |= {f"keys.{f.name}": float(n) for f, n in zip(FIELDS, self.keys, strict=True)}
        return {"epoch": self.number, "train": self.train, **fields, "seconds": self.seconds, "notes": self.notes}

    def text(self) -> str:
        """Return it in words."""
        told, keys, speed = self.told.sum(), self.keys.sum(), self.notes / self.seconds
        return f"train {self.train:.3f}  valid {told:.3f} with parts, {keys:.3f} as keys  {speed:,.0f} notes/s"


class Log:
    """This keeps the log of one run in its folder, going on with what is there.

    `unit`: what nats are told by.
    """

    def __init__(self, run: Path, epochs: int, unit: str = "note") -> None:
        self.path = run / LOG
        self.epochs = epochs
        self.unit = unit
        self._tensorboard = _tensorboard(run / "tensorboard")

    def progress(self, epoch: int, share: float, nats: float, per_s: float) -> None:
        """Show how far an epoch is, where somebody looks on."""
        if sys.stderr.isatty():
            done = int(min(share, 1.0) * 30)
            print(f"\repoch {epoch}/{self.epochs} [{'#' * done:<30}] {nats:.3f} nats/{self.unit} "
                  f"{per_s:,.0f} {self.unit}s/s ", end="", file=sys.stderr, flush=True)  # fmt: skip

    def epoch(self, epoch: Line) -> None:
        """Add an epoch, and say what it came to."""
        row = epoch.row()
        fresh = not self.path.exists()
        with self.path.open("a", newline="") as file:
            table = csv.DictWriter(file, row)
            if fresh:
                table.writeheader()
            table.writerow({name: f"{value:.4f}".removesuffix(".0000") for name, value in row.items()})
        self._tensorboard(row)
        anew = "\r" if sys.stderr.isatty() else ""
        print(f"{anew}epoch {row['epoch']:g}/{self.epochs}  {epoch.text()}{' ' * 20}", file=sys.stderr, flush=True)


def tell(sentence: str) -> None:
    """Say something to whoever looks on."""
    print(sentence, file=sys.stderr, flush=True)


def spent(run: Path, unit: str = "note") -> tuple[float, int]:
    """Return the seconds of all epochs that a folder has the log of, and the notes, or whatever was counted."""
    with (run / LOG).open(newline="") as file:
        rows = list(csv.DictReader(file))
    return sum(float(row["seconds"]) for row in rows), sum(int(row[f"{unit}s"]) for row in rows)


def _tensorboard(folder: Path) -> Callable[[dict[str, float]], None]:
    """Return a function that writes a row for TensorBoard; one that does nothing where TensorFlow is missing."""
    try:
        import tensorflow as tf
    except ImportError:
        return lambda row: None
    with tf.Graph().as_default():  # TensorFlow's own writer outside a graph needs TensorBoard itself
        writer = tf.compat.v1.summary.FileWriter(str(folder))

    def write(row: dict[str, float]) -> None:
        values = [tf.compat.v1.Summary.Value(tag=name.replace(".", "/"), simple_value=n) for name, n in row.items()]
        writer.add_summary(tf.compat.v1.Summary(value=values), int(row["epoch"]))
        writer.flush()

    return write
