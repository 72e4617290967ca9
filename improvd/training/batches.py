"""Batches: scores side by side, told what the network is told at each step, window after window."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from improvd.music import codec
from improvd.music.codec import ADVANCE, DURATION, FIELDS, PART, PITCH, STEPS
from improvd.music.note import PITCHES
from improvd.training.grid import Array, Score, excerpt
from improvd.training.variation import Augmentation, varied

Told = dict[str, Array]
"""What the network is told, by the names of its inputs, and beside it `bar` (B, T) and `chord` (B, T, 12)."""

ADVANCE_TICKS = np.array([*STEPS, 0, 0], np.int32)
DURATION_TICKS = np.array([*STEPS[1:], 0], np.int32)
SMALLEST_SPAN = 16


class Window(NamedTuple):
    """This is what the network is shown at once.

    `weight` (B, T, F) is 1 where the nats of a field count; `carried`: whether rows go on from the window before;
    `counted`: how many there are of what the nats are told by: notes, say.
    """

    told: Told
    weight: Array
    carried: bool
    counted: int


def training_windows(
    scores: Sequence[Score], rng: np.random.Generator, augmentation: Augmentation, *, rows: int, length: int, span: int
) -> Iterator[Window]:
    """Yield every note once: pieces cut at random into spans, varied, spans of like length side by side.

    Args:
        scores: pieces.
        rng: of all that is drawn.
        augmentation: how pieces are varied.
        rows: spans side by side, always so many.
        length: events a window; the state is carried from window to window of a span.
        span: notes of a span at most.
    """
    spans = [cut for score in scores for cut in _spans(score, span, rng)]
    order = sorted(range(len(spans)), key=lambda i: (len(spans[i]) // 32, rng.random()))
    order += rng.choice(order, -len(order) % rows).tolist()
    groups = [order[i : i + rows] for i in range(0, len(order), rows)]
    rng.shuffle(groups)
    for group in groups:
        yield from _windows([varied(spans[i], rng, augmentation) for i in group], rows, length)


def evaluation_windows(scores: Sequence[Score], *, rows: int, length: int) -> Iterator[Window]:
    """Yield every note of every piece once, unvaried, from the first to the last with the state carried."""
    order = sorted(scores, key=len)
    for start in range(0, len(order), rows):
        yield from _windows(order[start : start + rows], rows, length)


def _spans(score: Score, span: int, rng: np.random.Generator) -> Iterator[Score]:
    """Yield a score in pieces of `span` notes at most, cut somewhere else each time."""
    if len(score) <= span:
        yield score
        return
    start, stop = 0, int(rng.integers(SMALLEST_SPAN, span + 1))
    while start < len(score):
        if len(score) - stop < SMALLEST_SPAN:
            stop = len(score)
        yield excerpt(score, start, stop)
        start, stop = stop, stop + span


def _windows(scores: Sequence[Score], rows: int, length: int) -> Iterator[Window]:
    """Yield the windows of some scores side by side; rows without a score weigh nothing."""
    told, weight = batch(scores, round_up=64)
    spare = rows - len(scores)
    for start in range(0, weight.shape[1], length):
        part = slice(start, start + length)
        shown = {name: np.pad(values[:, part], _below(values, spare)) for name, values in told.items()}
        counts = np.pad(weight[:, part], _below(weight, spare))
        yield Window(shown, counts, carried=start > 0, counted=int(counts[..., PITCH].sum()))


def _below(values: Array, spare: int) -> list[tuple[int, int]]:
    return [(0, spare), *[(0, 0)] * (values.ndim - 1)]


def batch(scores: Sequence[Score], *, round_up: int = 1) -> tuple[Told, Array]:
    """Return scores side by side as the network is told them, and the weight (B, T, 5) of each field's nats.

    Each starts with `codec.START` on its bar line; one that ends its piece ends with the event that says so.
    """
    longest = max(map(len, scores)) + 1
    rows, steps = len(scores), -(-longest // round_up) * round_up
    target = np.zeros((rows, steps, len(FIELDS)), np.int32)
    weight = np.zeros((rows, steps, len(FIELDS)), np.float32)
    place = np.zeros((rows, steps, 3), np.int32)
    chord = np.zeros((rows, steps, 12), np.float32)
    for row, score in enumerate(scores):
        count = len(score)
        target[row, :count] = score.events
        target[row, count] = codec.end_event(int(score.events[-1, PART]))
        weight[row, :count] = 1
        weight[row, count, :PITCH] = score.ends
        columns = np.stack([score.position, score.bar, score.meter], 1)
        place[row, 0] = 0, *columns[0, 1:]
        place[row, 1 : count + 1] = columns
        place[row, count + 1 :] = columns[-1]
        chord[row, : count + 1] = score.chord[np.maximum(np.arange(count + 1) - 1, 0)]
    start = np.broadcast_to(np.array(codec.START, np.int32), (rows, 1, len(FIELDS)))
    event = np.concatenate([start, target[:, :-1]], 1)
    position, bar, meter = place[..., 0], place[..., 1], place[..., 2]
    sounding, illegal = _sounding(event, target, weight[:, :, PITCH] > 0)
    styles = np.array([score.style for score in scores], np.int32)
    told = {
        "event": event,
        "position": position,
        "bar": bar,
        "meter": meter,
        "style": np.repeat(styles[:, None], steps, 1),
        "chord": chord,
        "harmony": np.where(chord.any(2, keepdims=True), chord, sounding),
        "target": target,
        "target_position": (position + ADVANCE_TICKS[target[..., ADVANCE]]) % bar,
        "illegal": illegal,
    }
    return told, weight


def _sounding(event: Array, target: Array, is_note: Array) -> tuple[Array, Array]:
    """Return the pitch classes sounding at each event (B, T, 12) and the pitches that may not follow (B, T, 128)."""
    rows, steps = event.shape[:2]
    harmony = np.zeros((rows, steps, 12), np.float32)
    illegal = np.zeros((rows, steps, PITCHES), bool)
    remaining = np.zeros((rows, PITCHES), np.int32)
    every, pitches = np.arange(rows), np.arange(PITCHES)
    for t in range(steps):
        if t:
            struck = is_note[:, t - 1]
            remaining[every[struck], event[struck, t, PITCH]] = DURATION_TICKS[event[struck, t, DURATION]]
        for octave in range(0, PITCHES, 12):
            harmony[:, t, : PITCHES - octave] = np.maximum(
                harmony[:, t, : PITCHES - octave], remaining[:, octave : octave + 12] > 0
            )
        advance = ADVANCE_TICKS[target[:, t, ADVANCE], None]
        remaining = np.maximum(remaining - advance, 0)
        previous = event[:, t, PITCH, None]
        in_chord = (advance == 0) & (pitches <= previous) & (previous < PITCHES)
        illegal[:, t] = ((remaining > 0) | in_chord) & is_note[:, t, None]
    return harmony, illegal
