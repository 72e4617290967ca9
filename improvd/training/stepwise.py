"""Music read by the step that plays, note by note, as a musician's playing is: what it expected of each event.

Pieces are laid one after another in as many lanes as the batch has rows; the
state is carried from the first note of a piece to its last, and cleared before
the next.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from improvd.model.step import LEGAL_WIDTH, Inputs, Outputs, Shape, Step
from improvd.music.codec import FIELDS, PITCH
from improvd.music.note import PITCHES
from improvd.training.batches import batch
from improvd.training.grid import Array, Score
from improvd.training.likeliest import Guesses, lengthened

ROWS = 128
"""The rows of a batch with which LiteRT reads the most notes a second."""


class Reading(NamedTuple):
    """This is what a step made of a piece of N notes and the event that ends it; (N + 1, 5), a field a column.

    Attributes:
        nats: negative log-probability of each field, given everything before it.
        weight: 1 where a field counts, else 0.
        right: 1 where its value was the likeliest, else 0; nan where nobody asked.
    """

    nats: Array
    weight: Array
    right: Array


def read(step: Step, shape: Shape, scores: Sequence[Score], *, rows: int = ROWS, guess: bool = False) -> list[Reading]:
    """Return what a step makes of each piece.

    Args:
        rows: lanes side by side at most.
        guess: find out as well whether each value was the likeliest.
    """
    readings: list[Reading | None] = [None] * len(scores)
    lanes = _lanes([len(score) + 1 for score in scores], rows)
    told = _told(scores, lanes)
    whole = _read(step, shape, told, guess=guess)
    for row, lane in enumerate(lanes):
        start = 0
        for number in lane:
            part = slice(start, start := start + len(scores[number]) + 1)
            readings[number] = Reading(*(values[part, row] for values in whole))
    return [reading for reading in readings if reading]


def nats_per_note(step: Step, shape: Shape, scores: Sequence[Score]) -> Array:
    """Return the nats per note of a step over some scores, a field a number (5,)."""
    readings = read(step, shape, scores)
    notes = sum(reading.weight[:, PITCH].sum() for reading in readings)
    return np.asarray(sum((r.nats * r.weight).sum(0) for r in readings) / max(notes, 1.0))


@dataclass(frozen=True, slots=True)
class _Told:
    """This is what R lanes are told at each of T events: the step's own inputs, and which events begin a piece (T, R).

    `event` and `target` are (T, R, 5), `context` (T, R, 4), `chord` (T, R, 12), `weight` (T, R, 5).
    """

    event: Array
    context: Array
    chord: Array
    target: Array
    weight: Array
    first: Array


def _lanes(lengths: Sequence[int], rows: int) -> list[list[int]]:
    """Return the numbers of the pieces in each lane, so that all lanes are about as long."""
    lanes: list[list[int]] = [[] for _ in range(min(rows, len(lengths)))]
    filled = [(0, row) for row in range(len(lanes))]
    for number in sorted(range(len(lengths)), key=lambda n: -lengths[n]):
        length, row = filled[0]
        lanes[row].append(number)
        heapq.heapreplace(filled, (length + lengths[number], row))
    return lanes


def _told(scores: Sequence[Score], lanes: Sequence[Sequence[int]]) -> _Told:
    pieces = dict(_each_told(scores))
    joined = [[np.concatenate(part) for part in zip(*(pieces[n] for n in lane), strict=True)] for lane in lanes]
    longest = max(len(lane[0]) for lane in joined)
    columns = []
    for part in zip(*joined, strict=True):
        columns.append(np.stack([lengthened(values, longest) for values in part], 1))
    event, context, chord, target, weight, first = columns
    for row, lane in enumerate(joined):
        weight[len(lane[0]) :, row] = 0
    return _Told(event, context, chord, target, weight, first)


def _each_told(scores: Sequence[Score]) -> Iterator[tuple[int, list[Array]]]:
    """Yield the number of each score, and what its lane is told, in the order of `_Told`."""
    order = sorted(range(len(scores)), key=lambda number: len(scores[number]))
    for start in range(0, len(order), ROWS):
        group = order[start : start + ROWS]
        told, weight = batch([scores[number] for number in group])
        context = np.stack([told[name] for name in ("position", "bar", "meter", "style")], -1)
        first = np.arange(weight.shape[1]) == 0
        for row, number in enumerate(group):
            part = slice(len(scores[number]) + 1)
            values = [told["event"], context, told["chord"], told["target"], weight]
            yield number, [*(value[row, part] for value in values), first[part]]


def _read(step: Step, shape: Shape, told: _Told, *, guess: bool) -> Reading:
    """Return what a step makes of all lanes, (T, R, 5) each."""
    rows = told.first.shape[1]
    inputs = _plain(rows, shape)
    nats = np.zeros(told.weight.shape, np.float32)
    guesses = Guesses(step, nats.shape)
    for t in range(len(nats)):
        inputs = inputs._replace(
            event=told.event[t], context=told.context[t], chord=told.chord[t], forced=told.target[t]
        )
        outputs = step(inputs)
        nats[t] = -outputs.log_prob
        if guess:
            guesses.ask(t, inputs, nats[t], told.weight[t])
        inputs = inputs._replace(**_carried(outputs, told.first[(t + 1) % len(nats)]))
    guesses.settle()
    right = guesses.right if guess else np.full(nats.shape, np.nan, np.float32)
    return Reading(nats, told.weight, right)


def _plain(rows: int, shape: Shape) -> Inputs:
    """Return the inputs of a step that leaves nothing to chance, before the first event."""
    fields = len(FIELDS)
    return Inputs(
        event=np.zeros((rows, fields), np.int32),
        context=np.zeros((rows, 4), np.int32),
        chord=np.zeros((rows, 12), np.float32),
        remaining=np.zeros((rows, PITCHES), np.float32),
        state=np.zeros((rows, 2, shape.state_width), np.float32),
        legal=np.ones((rows, LEGAL_WIDTH), np.float32),
        settings=np.ones((rows, 3, fields), np.float32),
        noise=np.zeros((rows, fields), np.float32),
        forced=np.zeros((rows, fields), np.int32),
    )


def _carried(outputs: Outputs, first: Array) -> dict[str, Array]:
    """Return what goes on to the next event, cleared where it begins a piece; `first` is (R,)."""
    remaining, state = outputs.remaining, outputs.state
    if first.any():
        remaining = np.where(first[:, None], np.float32(0), remaining)
        state = np.where(first[:, None, None], np.float32(0), state)
    return {"remaining": remaining, "state": state}
