"""Drawing a chunk of music for all rows: what is asked for, what comes of it, and the note in between.

The note is written over any array library, as the step is: `runtimes/stepwise.py`
goes from note to note in NumPy around any step, `runtimes/bar.py` draws the
whole chunk within one compiled loop. Both give the same notes.

Arrays, with B rows and V the sum of the field sizes; columns are (B, 1).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np

from improvd.model.cursor import FREE, Cursor, told
from improvd.model.step import LEGAL_WIDTH, Inputs, Ops, Outputs, Step
from improvd.music.codec import ADVANCE, END, FIELDS, KEYS, PART, PITCH, STEPS, GridNote
from improvd.protocol import Ask, Context

Array = Any
"""An array of whichever library computes."""

MAX_NOTES = 128
"""Notes drawn for one request at most: no bar holds more."""

STRIDE = 5
"""Rows are left out by so many, as they end: LiteRT multiplies five at a time, and makes room for another number."""

_BELOW_ONE = np.float32(0.99999)
_STEP_TICKS = np.array(STEPS, np.int64)
_MIDDLES = _STEP_TICKS[:-1] + _STEP_TICKS[1:]
"""Twice the distance in the middle of two steps."""

_FIRST = {field.name: sum(f.size for f in FIELDS[:index]) for index, field in enumerate(FIELDS)}
_REACH_TICKS = np.full((1, LEGAL_WIDTH), STEPS[-1], np.int64)
_REACH_TICKS[:, _FIRST["advance"] : _FIRST["advance"] + END] = _STEP_TICKS
"""How far each value of each field leads; what is no advance stands in nobody's way."""


class Chunk(NamedTuple):
    """This is what to draw: onsets in [begin_ticks, until_ticks).

    Attributes:
        begin_ticks, until_ticks: () int64.
        strike: () bool, whether the first onset falls exactly on `begin_ticks`.
        told: (B, 3) int32, length of the bar in ticks, metre, style.
        settings: (B, 3, 5) float32, as in `step.Inputs`.
        legal: (B, V) float32, 1 where a value may be drawn.
    """

    begin_ticks: Array
    until_ticks: Array
    strike: Array
    told: Array
    settings: Array
    legal: Array

    @classmethod
    def of(cls, request: Ask) -> Chunk:
        """Return what a request asks for: its rows at the first temperature, then those at the second, and so on."""
        rows = request.rows * len(request.temperatures)
        settings = np.array([(warmth, request.top_p, request.min_p) for warmth in request.temperatures], np.float32)
        each = np.repeat(settings, request.rows, 0)[..., None]
        return cls(
            np.int64(request.begin_ticks),
            np.int64(request.until_ticks),
            np.bool_(request.strike),
            np.repeat(np.array([told(request.context)], np.int32), rows, 0),
            np.ascontiguousarray(np.broadcast_to(each, (rows, 3, len(FIELDS)))),
            np.repeat(allowed(request.lowest, request.highest), rows, 0),
        )

    def taken(self, rows: Array) -> Chunk:
        """Return what to draw in some of the rows."""
        return self._replace(told=self.told[rows], settings=self.settings[rows], legal=self.legal[rows])


@dataclass(frozen=True, slots=True)
class Drawn:
    """This is what was drawn of N notes at most.

    Attributes:
        events: (B, N, 5) int32.
        onset_ticks: (B, N) int64.
        inside: (B, N) bool, whether a row's note belongs to the chunk: its first ones do.
        log_probs: (B, N, 5) float32, under what was allowed, at temperature 1.
    """

    events: Array
    onset_ticks: Array
    inside: Array
    log_probs: Array


class Drawer(Protocol):
    """This is a network that reads and draws. A cursor of its own goes to nobody else: its arrays may be elsewhere.

    Attributes:
        name: of the runtime.
        step: one step of the same network, for NumPy arrays.
    """

    name: str
    step: Step

    def read(self, cursor: Cursor, notes: Sequence[GridNote], context: Context) -> Cursor:
        """Return the places after each of some notes that were played, a row a note, from a place in one row."""

    def take(self, cursor: Cursor, rows: Sequence[int]) -> Cursor:
        """Return the places of some rows, each as often as it is named."""

    def draw(self, chunk: Chunk, cursor: Cursor, noise: Any) -> Drawn:
        """Return what follows a place in one row; `noise` (N, B, 5) float32 in [0, 1) is for N notes at most."""


class Note(NamedTuple):
    """This is one event drawn in each row; `onset_ticks` and `inside` are columns."""

    event: Array
    onset_ticks: Array
    inside: Array
    log_prob: Array


class Aim(NamedTuple):
    """This is where the next event may lie, in one row where it is the same in all.

    Attributes:
        position: column int64, from where its advance counts.
        legal, forced: as in `step.Inputs`.
    """

    position: Array
    legal: Array
    forced: Array


def draw_note(
    ops: Ops, step: Callable[[Inputs], Outputs], chunk: Chunk, aim: Aim, cursor: Cursor, noise: Array, drawing: Array
) -> tuple[Note, Cursor]:
    """Draw one event in each row, and return it with the place after it.

    Args:
        noise: (B, 5).
        drawing: column, whether the row's earlier events were all inside.
    """
    position = aim.position
    place = chunk.told[: position.shape[0]]
    in_bar = ops.cast(position % ops.cast(place[:, :1], "int64"), "int32")
    chord = ops.constant(np.zeros((position.shape[0], 12)), "float32")
    outputs = step(
        Inputs(
            cursor.event, ops.concat([in_bar, place]), chord, cursor.remaining, cursor.state,
            aim.legal, chunk.settings, noise, aim.forced,
        )
    )  # fmt: skip
    event = ops.cast(outputs.event, "int32")
    onset = position + ops.gather(ops.constant(_STEP_TICKS, "int64"), event[:, ADVANCE : ADVANCE + 1])
    inside = drawing & (onset < chunk.until_ticks)
    after = Cursor(event, onset[:, 0], outputs.remaining, outputs.state)
    return Note(event, onset, inside, outputs.log_prob), after


def aimed(ops: Ops, chunk: Chunk, cursor: Cursor, *, first: Array) -> Aim:
    """Return where the next event may lie, the first of the chunk or another: advances lead to the begin or on."""
    striking = chunk.strike & first
    before = ops.maximum(cursor.onset_ticks[:, None], chunk.begin_ticks - STEPS[-1])
    gap = chunk.begin_ticks - before
    nearest = ops.sum(ops.cast(2 * gap > ops.constant(_MIDDLES, "int64"), "int32"))
    struck_from = chunk.begin_ticks - ops.gather(ops.constant(_STEP_TICKS, "int64"), nearest)
    reaching = striking | (ops.constant(_REACH_TICKS, "int64") >= gap)
    is_advance = ops.constant([[index == ADVANCE for index in range(len(FIELDS))]], "bool")
    return Aim(
        ops.where(striking, struck_from, before),
        chunk.legal * ops.cast(reaching, "float32"),
        ops.where(striking & is_advance, ops.cast(nearest, "int32"), -1),
    )


def begun(chunk: Chunk, cursor: Cursor) -> Aim:
    """Return what `aimed` does where no row is before the begin any more."""
    return Aim(cursor.onset_ticks[:, None], chunk.legal, FREE)


def allowed(lowest: int, highest: int) -> Array:
    """Return what may be drawn, (1, V): notes of the keyboard part, within a range of pitches, no end."""
    legal = np.ones((1, LEGAL_WIDTH), np.float32)
    legal[:, : FIELDS[PART].size] = np.arange(FIELDS[PART].size) == KEYS
    pitches = np.arange(FIELDS[PITCH].size)
    legal[:, _FIRST["pitch"] : _FIRST["pitch"] + len(pitches)] = (pitches >= lowest) & (pitches <= highest)
    legal[:, _FIRST["advance"] + END] = 0
    return legal


def narrowed(rows: int, going_on: int) -> int:
    """Return how many of some rows to draw, where so many go on: the rest has ended."""
    return min(-(-going_on // STRIDE) * STRIDE, rows)


def noise_of(seed: int, rows: int) -> Array:
    """Return the noise of a chunk, (N, B, 5) float32; a row's does not depend on how many there are."""
    each = np.random.default_rng(seed).random((rows, MAX_NOTES, len(FIELDS)), np.float32)
    return each.swapaxes(0, 1) * _BELOW_ONE
