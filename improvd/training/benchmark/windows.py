"""Windows of frames: sequences side by side, cut into what the network is shown at once, its state carried on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np

from improvd.model.frames.told import Told
from improvd.music.frames import END
from improvd.training.batches import Window
from improvd.training.grid import Array

ROUND_UP = 64
"""Symbols that a window's length is a multiple of, so that few lengths occur."""

NUMBERS, ROLLS = np.int32, np.float32
"""What the network takes its inputs as: numbers (B, T), and rolls (B, T, 88)."""


def training_windows(
    music: Sequence[Told], rng: np.random.Generator, *, rows: int, length: int, span: int
) -> Iterator[Window]:
    """Yield every symbol once: sequences cut at random into spans, spans of like length side by side.

    Args:
        music: sequences, as `told.read` gives them.
        rng: of all that is drawn.
        rows: spans side by side, always so many.
        length: symbols a window; the state is carried from window to window of a span.
        span: symbols of a span, about.
    """
    spans = [cut for sequence in music for cut in _spans(sequence, span, rng)]
    order = sorted(range(len(spans)), key=lambda i: (len(spans[i]["target"]) // ROUND_UP, rng.random()))
    groups = [order[start : start + rows] for start in range(0, len(order), rows)]
    rng.shuffle(groups)
    for group in groups:
        yield from _windows([spans[i] for i in group], rows, length)


def evaluation_windows(music: Sequence[Told], *, rows: int, length: int) -> Iterator[Window]:
    """Yield every symbol of every sequence once, from the first to the last with the state carried."""
    order = sorted(music, key=lambda sequence: len(sequence["target"]))
    for start in range(0, len(order), rows):
        yield from _windows(order[start : start + rows], rows, length)


def _spans(sequence: Told, span: int, rng: np.random.Generator) -> Iterator[Told]:
    """Yield a sequence in pieces of about `span` symbols, cut between frames and somewhere else each time."""
    count = len(sequence["target"])
    starts = np.flatnonzero(sequence["symbol"] >= END)
    wanted = np.arange(int(rng.integers(span // 4, span + 1)), count - span // 4, span)
    cuts = [0, *starts[np.searchsorted(starts, wanted, "right") - 1].tolist(), count] if count > span else [0, count]
    for start, stop in pairwise(cuts):
        if start < stop:
            yield {name: values[start:stop] for name, values in sequence.items()}


def _windows(music: Sequence[Told], rows: int, length: int) -> Iterator[Window]:
    """Yield the windows of some sequences side by side; what no sequence reaches weighs nothing."""
    counts = [len(sequence["target"]) for sequence in music]
    for start in range(0, max(counts), length):
        width = min(length, -(-(max(counts) - start) // ROUND_UP) * ROUND_UP)
        weight = np.zeros((rows, width, 1), np.float32)
        for row, count in enumerate(counts):
            weight[row, : max(0, count - start)] = 1
        told = {name: _side_by_side([s[name][start : start + width] for s in music], rows, width) for name in music[0]}
        ended = int((weight[..., 0] * (told["target"] == END)).sum())
        yield Window(told, weight, carried=start > 0, counted=ended)


def _side_by_side(parts: Sequence[Array], rows: int, width: int) -> Array:
    """Return arrays (S, …) as one (rows, width, …), zeros where they are shorter."""
    first = parts[0]
    whole = np.zeros((rows, width, *first.shape[1:]), NUMBERS if first.ndim == 1 else ROLLS)
    for row, part in zip(whole, parts, strict=False):
        row[: len(part)] = part
    return whole
