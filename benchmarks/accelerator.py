"""A bar within one compiled loop on an accelerator, through JAX: what it takes, and that it draws the same notes.

    python benchmarks/accelerator.py [--rows 1 64 256 1024] [--tf32] [--json FILE]

It wants NumPy and JAX, and no TensorFlow: XLA compiles here the same step and the same note that `runtimes/bar.py`
has it compile, with the weights of the shipped model. A bar is 16 notes of each row, from NumPy arrays to NumPy arrays.
The bytes are those that have to be moved: all weights once a note, the states in and out; they are held against
a copy within the device's memory, measured in the same run.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from improvd.bench.step import BAR_NOTES, bar_bytes
from improvd.model.bundle import open_bundle
from improvd.model.cursor import Cursor
from improvd.model.drawing import Chunk, Note, aimed, draw_note, noise_of
from improvd.model.runtimes.numpy import NumpyStep
from improvd.model.runtimes.stepwise import Stepwise
from improvd.model.step import Shape, step
from improvd.music.codec import FIELDS
from improvd.protocol import Ask, Context

COMPARED_ROWS, ALIKE = 64, 1e-4
CALLS, COPIED_BYTES = 50, 1 << 31


class JaxOps:
    """This is the array library of the step, with JAX. Sums and maxima keep a last axis of 1."""

    constant = staticmethod(jnp.asarray)
    cast = staticmethod(lambda x, dtype: x.astype(dtype))
    gather = staticmethod(lambda table, index: jnp.take(table, index, 0))
    matmul = staticmethod(jnp.matmul)
    tanh = staticmethod(jnp.tanh)
    sigmoid = staticmethod(jax.nn.sigmoid)
    softmax = staticmethod(jax.nn.softmax)
    log_softmax = staticmethod(jax.nn.log_softmax)
    where = staticmethod(jnp.where)
    minimum = staticmethod(jnp.minimum)
    maximum = staticmethod(jnp.maximum)
    concat = staticmethod(lambda parts: jnp.concatenate(parts, -1))
    stack = staticmethod(lambda parts: jnp.stack(parts, 1))
    unstack = staticmethod(lambda x: list(jnp.unstack(x, axis=1)))
    split = staticmethod(lambda x, widths: jnp.split(x, np.cumsum(widths)[:-1], -1))
    flat = staticmethod(lambda column: column[:, 0])
    sum = staticmethod(lambda x: x.sum(-1, keepdims=True, dtype=x.dtype))
    max = staticmethod(lambda x: x.max(-1, keepdims=True))
    min = staticmethod(lambda x: x.min(-1, keepdims=True))
    pick = staticmethod(lambda x, column: jnp.take_along_axis(x, column, -1))
    cumsum = staticmethod(lambda x: jnp.cumsum(x, -1))
    falling = staticmethod(lambda x: jax.lax.top_k(x, x.shape[-1] - 1)[0])


OPS = JaxOps()


def draw(shape: Shape, weights: Any, chunk: Chunk, place: Cursor, noise: Any) -> tuple[Any, Note]:
    """Return how many notes were drawn after a place in one row, and the notes (N, B, …)."""
    most, rows = noise.shape[:2]
    stepped = partial(step, OPS, weights, shape)

    def draw_one(so_far: Any) -> Any:
        number, drawing, cursor, notes = so_far
        aim = aimed(OPS, chunk, cursor, first=number == 0)
        note, after = draw_note(OPS, stepped, chunk, aim, cursor, noise[number], drawing)
        return number + 1, note.inside, after, Note(*(p.at[number].set(n) for p, n in zip(notes, note, strict=True)))

    kinds = Note(("int32", len(FIELDS)), ("int64", 1), ("bool", 1), ("float32", len(FIELDS)))
    notes = Note(*(jnp.zeros((most, rows, width), kind) for kind, width in kinds))
    start = Cursor(*(jnp.repeat(part, rows, 0) for part in place))
    begun = (jnp.zeros((), "int64"), jnp.ones((rows, 1), bool), start, notes)
    number, _, _, notes = jax.lax.while_loop(lambda it: (it[0] < most) & it[1].any(), draw_one, begun)
    return number, notes


# --- the same music ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Alike:
    """This is how far the loop agrees with NumPy: rows with the same notes, and the largest difference along them."""

    rows: int
    same: int
    log_prob: float


def compared(drawn: Callable[..., Any], weights: Any, shape: Shape) -> Alike:
    """Compare bars of some rows at several temperatures, note by note until a row differs."""
    request = _endless(COMPARED_ROWS, temperatures=(0.2, 0.8, 1.0, 1.5))
    chunk, rows = Chunk.of(request), COMPARED_ROWS * 4
    noise = np.tile(noise_of(1, COMPARED_ROWS), (1, 4, 1))[:BAR_NOTES]
    start = Cursor.at_start(np.zeros(1, np.int64), shape)
    reference = Stepwise(NumpyStep(weights, shape), "numpy").draw(chunk, start, noise)
    _, notes = drawn(chunk, start, noise)
    same = (np.asarray(notes.event).swapaxes(0, 1) == reference.events).all(2)
    alike = np.logical_and.accumulate(same, 1)
    apart = np.abs(np.asarray(notes.log_prob).swapaxes(0, 1) - reference.log_probs)[alike]
    return Alike(rows, int(same.all(1).sum()), float(apart.max(initial=0.0)))


def _endless(rows: int, temperatures: tuple[float, ...] = (1.0,)) -> Ask:
    """Return a request for music without end."""
    return Ask(0, (), Context(), 0, 10**9, True, temperatures, 0.98, 0.02, 0, 127, 0, rows)


# --- what it takes ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Bar:
    """This is what a bar takes, times in ms; `gb_per_s` is in 10^9 bytes, `share` of what a copy moves."""

    rows: int
    compiled_s: float
    p50_ms: float
    p99_ms: float
    notes_per_s: int
    gb_per_s: float
    share: float
    tflop_per_s: float


def bar(compiled: Callable[..., Any], weights: Any, shape: Shape, rows: int, copied_gb_per_s: float) -> Bar:
    """Return what a bar of so many rows takes."""
    chunk, noise = Chunk.of(_endless(rows)), noise_of(0, rows)[:BAR_NOTES]
    start = jax.device_put(Cursor.at_start(np.zeros(1, np.int64), shape))

    def once() -> None:
        jax.tree.map(np.asarray, compiled(chunk, start, noise))

    began = time.perf_counter()
    once()
    compiled_s = time.perf_counter() - began
    p50, p99 = np.percentile([_took_s(once) for _ in range(CALLS)], (50, 99))
    gb_per_s = bar_bytes(shape, rows) / p50 / 1e9
    products = sum(weight.size for name, weight in weights.items() if "kernel" in name or "recurrent" in name)
    tflop_per_s = 2 * products * rows * BAR_NOTES / p50 / 1e12
    return Bar(
        rows, compiled_s, 1000 * p50, 1000 * p99, round(BAR_NOTES * rows / p50),
        gb_per_s, gb_per_s / copied_gb_per_s, tflop_per_s,
    )  # fmt: skip


def copied() -> float:
    """Return how many 10^9 bytes a second a copy within the device's memory reads and writes."""
    there = jax.random.uniform(jax.random.key(0), (COPIED_BYTES // 4,), "float32")
    add = jax.jit(lambda x: x + 1)
    took_s = [_took_s(lambda: add(there).block_until_ready()) for _ in range(11)]
    return 2 * COPIED_BYTES / float(np.median(took_s)) / 1e9


def _took_s(call: Callable[[], Any]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


# --- the whole --------------------------------------------------------------------------------


def table(bars: Sequence[Bar]) -> str:
    """Return bars as a table in Markdown."""
    head = "| rows | compiled s | ms a bar: p50 | p99 | notes a second | GB/s | of a copy | TFLOP/s |"
    lines = [head, "|---" * 8 + "|"]
    for it in bars:
        lines.append(
            f"| {it.rows} | {it.compiled_s:.1f} | {it.p50_ms:.2f} | {it.p99_ms:.2f} | {it.notes_per_s:,} "
            f"| {it.gb_per_s:,.0f} | {it.share:.1%} | {it.tflop_per_s:.2f} |"
        )
    return "\n".join(lines)


def main() -> None:
    """Compare, measure, print; fail if the loop draws other notes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="*", default=[1, 64, 256, 1024])
    parser.add_argument("--model", default="default")
    parser.add_argument("--tf32", action="store_true", help="multiply with 10 bits of mantissa, where the device can")
    parser.add_argument("--json", metavar="FILE", type=Path)
    told = parser.parse_args()
    jax.config.update("jax_enable_x64", True)  # ticks are int64
    jax.config.update("jax_default_matmul_precision", "tensorfloat32" if told.tf32 else "float32")
    bundle = open_bundle(told.model)
    weights, shape, device = bundle.weights(), bundle.shape, jax.devices()[0]
    compiled = partial(jax.jit(partial(draw, shape)), jax.device_put(weights))
    alike, copied_gb_per_s = compared(compiled, weights, shape), copied()
    bars = [bar(compiled, weights, shape, rows, copied_gb_per_s) for rows in told.rows]
    held_mb = (device.memory_stats() or {}).get("peak_bytes_in_use", 0) / 1e6
    print(f"{device.device_kind}, JAX {jax.__version__}, {'TF32' if told.tf32 else 'float32'}")
    print(f"the same notes as NumPy: {alike.same} of {alike.rows} rows; along them log-probabilities "
          f"within {alike.log_prob:.1e}")  # fmt: skip
    print(f"\n{table(bars)}\n\na copy moves {copied_gb_per_s:,.0f} GB/s; "
          f"held at most {held_mb:,.0f} MB, its arrays among it")  # fmt: skip
    if told.json:
        told.json.write_text(json.dumps({"alike": asdict(alike), "bars": [asdict(it) for it in bars]}, indent=1) + "\n")
    if (alike.same < alike.rows or alike.log_prob > ALIKE) and not told.tf32:
        raise SystemExit(f"the loop draws other notes, or log-probabilities differ by more than {ALIKE:g}")


if __name__ == "__main__":
    main()
