"""`improvd bench step`: what one note costs on every runtime, side by side in one run.

The weights are drawn at random: what a step costs does not depend on them.
The runtimes take turns, so that whatever else the machine does meets all of
them alike. `keras-predict` is the way most programs go: a stateful Keras model
asked by `predict` for one event after another, without sampling. A `bar` is
16 notes drawn one after another: within one compiled loop on TensorFlow, and
on LiteRT note by note.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from improvd.errors import UsageError
from improvd.model.cursor import FREE, Cursor
from improvd.model.drawing import Chunk, Drawer, noise_of
from improvd.model.runtimes import gpu
from improvd.model.runtimes.numpy import NumpyStep
from improvd.model.runtimes.stepwise import Stepwise
from improvd.model.step import LEGAL_WIDTH, Inputs, Shape, Step
from improvd.music.codec import FIELDS, START
from improvd.music.note import PITCHES
from improvd.protocol import Ask, Context

BATCHES = (1, 16, 64)
BAR_BATCHES = (1, 16, 64, 256)
BAR_NOTES = 16
SECONDS_EACH = 1.5
"""Time given to each runtime and batch."""


@dataclass(frozen=True, slots=True)
class Row:
    """This is one line of the table; times are of one call, for all rows of the batch, in µs.

    `gb_per_s`: weights and states that were read and written, 10^9 bytes a second; 0 but for a bar on a GPU.
    """

    runtime: str
    batch: int
    calls: int
    p50_us: float
    p99_us: float
    notes_per_s: int
    gb_per_s: float = 0.0


def step(*, units: int, layers: int) -> list[Row]:
    """Return how long a step of a network takes, for each batch and each runtime that is installed.

    Args:
        units: of each LSTM layer, 8-4096.
        layers: 1-16.

    Raises:
        UsageError: if the network is out of range.
    """
    for name, value, low, high in (("--units", units, 8, 4096), ("--layers", layers, 1, 16)):
        if not low <= value <= high:
            raise UsageError(f"{name} is {value}; allowed are {low} to {high}")
    shape = Shape(units, layers, max(1, units // 2))
    rng = np.random.default_rng(0)
    weights = {
        name: (rng.standard_normal(size) / np.sqrt(size[0])).astype(np.float32)
        for name, size in shape.weights().items()
    }
    with tempfile.TemporaryDirectory() as folder:
        loops = _loops(weights, shape, Path(folder))
        rows = [row for batch in BATCHES for row in _take_turns(_calls(weights, shape, batch, Path(folder)), batch)]
        for batch in BAR_BATCHES:
            bars = _take_turns({f"bar {loop.name}": _bar(loop, shape, batch) for loop in loops}, batch, BAR_NOTES)
            rows += [_with_bytes(row, shape) if row.runtime.endswith("gpu") else row for row in bars]
        return rows


def table(rows: Sequence[Row]) -> str:
    """Return rows as text."""
    lines = [f"{'runtime':<20}{'batch':>6}{'p50 µs':>12}{'p99 µs':>12}{'notes/s':>10}{'calls':>8}"]
    for r in rows:
        moved = f"{r.gb_per_s:>8,.0f} GB/s" if r.gb_per_s else ""
        lines.append(
            f"{r.runtime:<20}{r.batch:>6}{r.p50_us:>12,.0f}{r.p99_us:>12,.0f}{r.notes_per_s:>10,}{r.calls:>8}{moved}"
        )
    return "\n".join(lines)


def as_json(rows: Sequence[Row]) -> dict[str, Any]:
    """Return rows as the object that --json prints."""
    return {"rows": [asdict(row) for row in rows]}


def _calls(weights: dict[str, Any], shape: Shape, batch: int, folder: Path) -> dict[str, Callable[[], Any]]:
    """Return one call of each runtime, by name."""
    inputs = _inputs(shape, batch)
    steps: dict[str, Step] = {"numpy": NumpyStep(weights, shape)}
    if find_spec("tensorflow"):
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
        from improvd.model.runtimes.tensorflow import TensorflowStep

        steps["tensorflow"] = TensorflowStep(weights, shape)
    if find_spec("tensorflow") and find_spec("ai_edge_litert"):
        steps |= _litert(weights, shape, folder)
    calls: dict[str, Callable[[], Any]] = {name: lambda run=run: run(inputs) for name, run in steps.items()}  # type: ignore[misc]
    if find_spec("keras"):
        calls["keras-predict"] = _predict(shape, batch)
    return calls


def _litert(weights: dict[str, Any], shape: Shape, folder: Path) -> dict[str, Step]:
    from improvd.model.runtimes.litert import LitertStep
    from improvd.model.runtimes.tensorflow import convert

    steps: dict[str, Step] = {}
    for name in ("litert-int8", "litert-float32"):
        path = folder / f"{name}.tflite"
        if not path.exists():
            convert(weights, shape, path, int8=name == "litert-int8")
        steps[name] = LitertStep(path, name, shape)
    return steps


def _loops(weights: dict[str, Any], shape: Shape, folder: Path) -> list[Drawer]:
    """Return what draws bars. TensorFlow must not have computed before: it is told here to use the GPU."""
    if not find_spec("tensorflow"):
        return []
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    from improvd.model.runtimes.bar import BarLoop

    loops: list[Drawer] = [BarLoop(weights, shape, "CPU:0" if gpu.take() else "GPU:0")]
    if find_spec("ai_edge_litert"):
        loops.append(Stepwise(_litert(weights, shape, folder)["litert-int8"], "litert-int8"))
    return loops


def _bar(loop: Drawer, shape: Shape, batch: int) -> Callable[[], Any]:
    """Return one bar of music without end, drawn from its beginning on."""
    request = Ask(0, (), Context(), 0, 10**9, True, (1.0,), 0.98, 0.02, 0, 127, 0, batch)
    chunk, noise = Chunk.of(request), noise_of(0, batch)[:BAR_NOTES]
    start = Cursor.at_start(np.zeros(1, np.int64), shape)
    return lambda: loop.draw(chunk, start, noise)


def _with_bytes(row: Row, shape: Shape) -> Row:
    """Return a row with what its bars moved."""
    return replace(row, gb_per_s=round(bar_bytes(shape, row.batch) / row.p50_us / 1000, 1))


def bar_bytes(shape: Shape, batch: int) -> int:
    """Return what a bar has to move in float32: all weights once a note, the states in and out."""
    weights = sum(int(np.prod(size)) for size in shape.weights().values())
    return 4 * BAR_NOTES * (weights + 2 * batch * 2 * shape.state_width)


def _predict(shape: Shape, batch: int) -> Callable[[], Any]:
    """Return one `predict` of a stateful Keras LSTM of the same size, with a softmax a field."""
    import keras

    event = keras.Input(batch_shape=(batch, 1, len(FIELDS)), dtype="int32")
    x = keras.layers.add([keras.layers.Embedding(f.size + 1, shape.units)(event[..., i]) for i, f in enumerate(FIELDS)])
    for layer in range(shape.layers):
        last = layer == shape.layers - 1
        x = keras.layers.LSTM(shape.units, return_sequences=not last, stateful=True)(x)
    model = keras.Model(event, [keras.layers.Dense(f.size, activation="softmax")(x) for f in FIELDS])
    fed = np.repeat(np.array([[START]], np.int32), batch, 0) - 1
    return lambda: model.predict(fed, batch_size=batch, verbose=0)


def _inputs(shape: Shape, batch: int) -> Inputs:
    rows = np.ones((batch, 1), np.float32)
    settings = np.array([[1.0] * len(FIELDS), [0.98] * len(FIELDS), [0.02] * len(FIELDS)], np.float32)
    return Inputs(
        np.repeat(np.array([START], np.int32), batch, 0),
        np.repeat(np.array([[0, 96, 1, 0]], np.int32), batch, 0),
        np.zeros((batch, 12), np.float32),
        np.zeros((batch, PITCHES), np.float32),
        np.zeros((batch, 2, shape.state_width), np.float32),
        rows * np.ones(LEGAL_WIDTH, np.float32),
        np.repeat(settings[None], batch, 0),
        np.random.default_rng(1).random((batch, len(FIELDS)), np.float32) * np.float32(0.99999),
        np.repeat(FREE, batch, 0),
    )


def _take_turns(calls: dict[str, Callable[[], Any]], batch: int, notes: int = 1) -> list[Row]:
    """Time the calls, of so many notes, in turn, in rounds of a tenth of the time each has."""
    for call in calls.values():
        call()  # compiles, allocates
        call()
    spent: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(10):
        for name, call in calls.items():
            spent[name] += _timed(call, SECONDS_EACH / 10)
    return [_row(name, batch, times, notes) for name, times in spent.items()]


def _timed(call: Callable[[], Any], seconds: float) -> list[float]:
    times: list[float] = []
    end = time.perf_counter() + seconds
    while not times or time.perf_counter() < end:
        started = time.perf_counter()
        call()
        times.append(time.perf_counter() - started)
    return times


def _row(runtime: str, batch: int, times: list[float], notes: int) -> Row:
    p50, p99 = map(float, np.percentile(times, [50, 99]) * 1e6)
    return Row(runtime, batch, len(times), round(p50, 1), round(p99, 1), round(notes * batch / p50 * 1e6))
