"""The cursor: a place in the music from which a network goes on, and what it is fed there."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from improvd.model.step import LEGAL_WIDTH, Fed, Inputs, Outputs, Shape
from improvd.music import codec
from improvd.music.codec import FIELDS, START, STYLES
from improvd.music.note import PITCHES
from improvd.music.timing import Meter
from improvd.protocol import Context

Array = NDArray[Any]
FREE = np.full((1, len(FIELDS)), -1, np.int32)


class Cursor(NamedTuple):
    """This is a place in the music from which it can go on, a row a candidate; what all share may have one row.

    Attributes:
        event: (B, 5) int32, the last event, not yet fed to the network.
        onset_ticks: (B,) int64, where that event lies.
        remaining: (B, 128) float32, ticks that each pitch still sounds from there on.
        state: (B, 2, L*U) float32, of the network before that event.
    """

    event: Array
    onset_ticks: Array
    remaining: Array
    state: Array

    @classmethod
    def at_start(cls, onset_ticks: Array, shape: Shape) -> Cursor:
        """Return the place before any music, in rows that count from `onset_ticks` (B,)."""
        rows = len(onset_ticks)
        return cls(
            np.repeat(np.array([START], np.int32), rows, 0),
            onset_ticks,
            np.zeros((rows, PITCHES), np.float32),
            np.zeros((rows, 2, shape.state_width), np.float32),
        )

    def after(self, outputs: Outputs, onset_ticks: Array) -> Cursor:
        """Return the place after one step, whose event lies at `onset_ticks` (B,)."""
        return Cursor(outputs.event.astype(np.int32), onset_ticks, outputs.remaining, outputs.state)


def bar_ticks(context: Context) -> int:
    """Return the length of a bar."""
    return Meter(context.numerator, context.denominator).bar_ticks


def told(context: Context) -> tuple[int, int, int]:
    """Return what a step is told beside the position: length of the bar in ticks, metre, style."""
    return bar_ticks(context), codec.meter_index(context.numerator, context.denominator), STYLES.index(context.style)


def fed_at(cursor: Cursor, context: Context) -> Fed:
    """Return what is fed at a cursor."""
    rows = len(cursor.event)
    place = np.empty((rows, 4), np.int32)
    place[:, 0] = cursor.onset_ticks % bar_ticks(context)
    place[:, 1:] = told(context)
    return Fed(cursor.event, place, np.zeros((rows, 12), np.float32), cursor.remaining, cursor.state)


def inputs_at(cursor: Cursor, context: Context) -> Inputs:
    """Return the inputs of the step that follows a cursor, with nothing forbidden and temperature 1."""
    rows = len(cursor.event)
    return Inputs(
        *fed_at(cursor, context),
        legal=np.ones((rows, LEGAL_WIDTH), np.float32),
        settings=np.ones((rows, 3, len(FIELDS)), np.float32),
        noise=np.zeros((rows, len(FIELDS)), np.float32),
        forced=np.repeat(FREE, rows, 0),
    )
