"""The folder of a run: all that a training leaves to be looked at. This file alone knows its format.

A run is a folder `NAME-SEED-DIGEST` below `checkpoint.runs_folder()`. Every file may be missing, but not all of them:

    run.toml         what was trained, see below; `write_facts` writes it
    log.csv          a row an epoch: epoch, train, valid (in the unit of run.toml, lower is better) and, where
                     measured, train_accuracy, valid_accuracy (0-1), seconds; an empty cell was not measured
    *.mid            pieces that the trained model played
    text.txt         text that it wrote, such as ABC
    activations.npz  its neurons over that text: activations (T, neurons) float, characters (T,) of one letter each
    *.table.csv      tables to show: a header, and rows that begin with their names; named by the file
    1/ 2/ …          instead of log.csv, a folder a stage with a log.csv each, as improvd's own recipes leave them

run.toml:

    [run]
    name = "songrnn rnn 100"            what legends call it
    recipe = "songrnn"
    about = "one sentence"
    data = "corpus:abc-folk"
    stand_in = ""                       a sentence on what stands in for the paper's own data; empty if nothing does
    unit = "nats per symbol"            of train and valid
    epochs = 100                        asked for; the log says how many there were
    seed = 1
    minutes = 12.5                      that it took
    parameters = 123456                 of the network

    [[figures]]                         as many as there are
    name = "accuracy"
    ours = 0.61                         a number or a text
    paper = "0.58"                      the same, or missing
    note = "on held-out pieces"

    [settings]                          whatever else a reader may want to know
    hidden = 100

A log of improvd's own recipes has columns `parts.*` and `keys.*` in place of `valid`, nats a field in two views of the
same notes; their mean counts.
"""

from __future__ import annotations

import csv
import json
import math
import os
import re
import tomllib
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from itertools import zip_longest
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from improvd.errors import CheckpointError

Array = NDArray[Any]
T = TypeVar("T")
Value = str | int | float | bool

FACTS, LOG, TEXT, ACTIVATIONS, TABLES, PLAYED = (
    "run.toml", "log.csv", "text.txt", "activations.npz", "*.table.csv", "*.mid",
)  # fmt: skip
VIEWS = ("parts.", "keys.")
MEASURED = ("train", "valid", "train_accuracy", "valid_accuracy", "seconds")
TABLES_OF_FACTS = ("findings", "settings")


@dataclass(frozen=True, slots=True)
class Finding:
    """This is one figure beside the paper's; `paper` is None where the paper gives none."""

    name: str
    ours: Value
    paper: Value | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """This is what run.toml says; see above. Empty texts and zeros are not known."""

    name: str = ""
    recipe: str = ""
    about: str = ""
    data: str = ""
    stand_in: str = ""
    unit: str = "nats per note"
    epochs: int = 0
    seed: int = 0
    minutes: float = 0.0
    parameters: int = 0
    findings: tuple[Finding, ...] = ()
    settings: tuple[tuple[str, Value], ...] = ()


@dataclass(frozen=True, slots=True)
class Epochs:
    """This is the log: a number an epoch and column, NaN where there is none; all of one length.

    `train`, `valid` in the unit of the run; accuracies 0-1.
    """

    numbers: tuple[int, ...] = ()
    train: tuple[float, ...] = ()
    valid: tuple[float, ...] = ()
    train_accuracy: tuple[float, ...] = ()
    valid_accuracy: tuple[float, ...] = ()
    seconds: tuple[float, ...] = ()

    @property
    def best(self) -> int | None:
        """Place of the epoch with the lowest `valid`; None where it was never measured."""
        measured = [place for place, value in enumerate(self.valid) if not math.isnan(value)]
        return min(measured, key=lambda place: self.valid[place], default=None)


@dataclass(frozen=True, slots=True)
class Activations:
    """These are neurons over a text: values (characters, neurons) float."""

    values: Array
    characters: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """This is a table to show; rows are as long as the header."""

    name: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Run:
    """This is all that a run left; what is missing is empty or None."""

    folder: Path
    facts: Facts
    epochs: Epochs
    played: tuple[Path, ...] = ()
    text: str = ""
    activations: Activations | None = None
    tables: tuple[Table, ...] = ()

    @property
    def minutes(self) -> float:
        """How long the training took; NaN where nothing tells."""
        logged = sum(second for second in self.epochs.seconds if not math.isnan(second)) / 60
        return self.facts.minutes or logged or math.nan


# --- reading ---------------------------------------------------------------------------------


def read_run(folder: Path) -> Run:
    """Return what a run left in its folder.

    Raises:
        CheckpointError: if the folder is no run, or one of its files is damaged.
    """
    if not is_run(folder):
        raise CheckpointError(f"{folder}: no run: neither {FACTS} nor {LOG} is in it; name a folder that training made")
    return Run(
        folder,
        _read(folder / FACTS, _facts, _facts_by_name(folder)),
        _joined([_read(log, _log, Epochs()) for log in _logs(folder)]),
        tuple(sorted(folder.glob(PLAYED))),
        _read(folder / TEXT, _text, ""),
        _read(folder / ACTIVATIONS, _activations, None),
        tuple(_read(path, _table, Table("", (), ())) for path in sorted(folder.glob(TABLES))),
    )


def is_run(folder: Path) -> bool:
    """Whether a folder is that of a run."""
    return (folder / FACTS).is_file() or bool(_logs(folder))


def _logs(folder: Path) -> list[Path]:
    """Return the log of a run, or those of its stages in order."""
    stages = sorted((path for path in folder.glob(f"*/{LOG}") if path.parent.name.isdigit()), key=_stage)
    return [folder / LOG] if (folder / LOG).is_file() else stages


def _stage(log: Path) -> int:
    return int(log.parent.name)


def _read(path: Path, read: Callable[[Path], T], missing: T) -> T:
    """Return what a file holds."""
    if not path.is_file():
        return missing
    try:
        return read(path)
    except (OSError, ValueError, TypeError, LookupError, EOFError, csv.Error, zipfile.BadZipFile) as fault:
        reason = " ".join(str(fault).split())
        raise CheckpointError(f"{path}: cannot be read: {reason}; mend it, or remove it and look again") from None


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _facts(path: Path) -> Facts:
    told = tomllib.loads(_text(path))
    kinds = {field.name: type(field.default) for field in fields(Facts) if field.name not in TABLES_OF_FACTS}
    run = {name: _as(kind, told["run"][name], name) for name, kind in kinds.items() if name in told.get("run", {})}
    findings = tuple(Finding(**figure) for figure in told.get("figures", ()))
    settings = tuple(told.get("settings", {}).items())
    return Facts(**{"name": path.parent.name, **run, "findings": findings, "settings": settings})


def _facts_by_name(folder: Path) -> Facts:
    """Return what the name of a folder tells of its run."""
    told = re.fullmatch(r"(.+)-(\d+)-[0-9a-f]{8}", folder.resolve().name)
    return Facts(folder.resolve().name, told[1], seed=int(told[2])) if told else Facts(folder.resolve().name)


def _as(kind: type, value: object, name: str) -> Any:
    """Return a value of run.toml if it is of its kind; a whole number may stand for a fraction."""
    if isinstance(value, kind) or (kind is float and isinstance(value, int)):
        return value
    raise ValueError(f"[run] {name} is {value!r}, not of type {kind.__name__}")


def _log(path: Path) -> Epochs:
    """Return a log; a last row that is still being written is left out."""
    with path.open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if None not in row.values()]
    names = list(rows[0]) if rows else []
    columns = {name: tuple(_number(row[name]) for row in rows) for name in names}
    if any(math.isnan(number) for number in columns.get("epoch", ())) or (rows and "epoch" not in columns):
        raise ValueError("a row has no epoch")
    if "valid" not in columns and (views := [name for name in names if name.startswith(VIEWS)]):
        columns["valid"] = tuple(sum(numbers) / 2 for numbers in zip(*(columns[name] for name in views), strict=True))
    told = {name: columns.get(name, (math.nan,) * len(rows)) for name in MEASURED}
    return Epochs(tuple(int(number) for number in columns.get("epoch", ())), **told)


def _number(cell: str) -> float:
    return float(cell) if cell.strip() else math.nan


def _joined(stages: Sequence[Epochs]) -> Epochs:
    """Return the logs of stages as one, the epochs counted through."""
    numbers: list[int] = []
    for stage in stages:
        done = numbers[-1] if numbers else 0
        numbers += [done + number for number in stage.numbers]
    rest = {name: tuple(value for stage in stages for value in getattr(stage, name)) for name in MEASURED}
    return Epochs(tuple(numbers), **rest)


def _activations(path: Path) -> Activations:
    with np.load(path, allow_pickle=False) as arrays:
        values, characters = np.asarray(arrays["activations"], float), arrays["characters"]
    if values.ndim != 2 or not values.size or characters.shape != values.shape[:1]:
        raise ValueError(f"activations {values.shape} and characters {characters.shape} do not fit each other")
    return Activations(values, tuple(map(str, characters)))


def _table(path: Path) -> Table:
    with path.open(newline="", encoding="utf-8") as file:
        header, *rows = csv.reader(file)
    filled = (tuple(cell or "" for cell, _ in zip_longest(row[: len(header)], header)) for row in rows)
    return Table(path.name.removesuffix(TABLES[1:]).replace("-", " "), tuple(header), tuple(filled))


# --- writing ---------------------------------------------------------------------------------


def write_facts(folder: Path, facts: Facts) -> None:
    """Write the facts of a run into its folder, in place of those that are there.

    Raises:
        CheckpointError: if that cannot be done.
    """
    told = {field.name: getattr(facts, field.name) for field in fields(Facts) if field.name not in TABLES_OF_FACTS}
    lines = ["[run]", *_assigned(told)]
    for finding in facts.findings:
        figure = {field.name: getattr(finding, field.name) for field in fields(Finding)}
        lines += ["", "[[figures]]", *_assigned({name: value for name, value in figure.items() if value is not None})]
    if facts.settings:
        lines += ["", "[settings]", *_assigned(dict(facts.settings))]
    draft = folder / f"{FACTS}.part"
    try:
        draft.write_text("\n".join([*lines, ""]), encoding="utf-8")
        os.replace(draft, folder / FACTS)
    except OSError as fault:
        raise CheckpointError(f"{folder / FACTS}: cannot be written: {fault.strerror or fault}") from None


def _assigned(values: Mapping[str, Value]) -> list[str]:
    return [f"{_quoted(name)} = {_toml(value)}" for name, value in values.items()]


def _quoted(name: str) -> str:
    return name if name.isascii() and name.replace("_", "").replace("-", "").isalnum() else _toml(name)


def _toml(value: Value) -> str:
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return str(value).lower() if isinstance(value, bool) else repr(value)
