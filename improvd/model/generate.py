"""Improvising: read a window, then draw what follows, a row a candidate.

What was read stays read: a window that begins as the last one did costs only
its new notes.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from improvd.model.bundle import open_bundle
from improvd.model.cursor import FREE, Cursor, bar_ticks, inputs_at
from improvd.model.runtimes import Step, open_step
from improvd.model.step import LEGAL_WIDTH, Outputs, Shape
from improvd.model.weigh import weigh
from improvd.music import codec
from improvd.music.codec import ADVANCE, END, FIELDS, KEYS, PITCH, STEPS, GridNote
from improvd.protocol import Ask, Context, Continued, Prefill, Weigh, Weighed
from improvd.protocol import GridNote as PlainNote

Array = NDArray[Any]
MAX_NOTES = 64
"""Notes drawn for one request at most: no beat holds more."""

_SLICES = {
    field.name: slice(sum(f.size for f in FIELDS[:i]), sum(f.size for f in FIELDS[: i + 1]))
    for i, field in enumerate(FIELDS)
}
_STEP_TICKS = np.array(STEPS, np.int64)


class Improviser:
    """This continues music with one model. It keeps what it has read, and nothing else."""

    def __init__(self, name: str, shape: Shape, step: Step, runtime: str) -> None:
        self.name = name
        self.runtime = runtime
        self._shape = shape
        self._step = step
        self._read: list[PlainNote] = []
        self._context = Context()
        self._cursor = self._start(0)

    @classmethod
    def open(cls, model: str, runtime: str = "auto") -> Improviser:
        """Return an improviser with a model, given by name or path, on a runtime.

        Raises:
            BundleError: if the bundle or the runtime cannot be used.
        """
        bundle = open_bundle(model)
        step: Any = open_step(bundle, runtime)
        improviser = cls(bundle.name, bundle.shape, step, step.name)
        improviser.prefill(Prefill(((0, KEYS, 60, 24, 80),), Context()))  # the first step is slow: have it done
        return improviser

    def prefill(self, request: Prefill) -> None:
        """Read a window, so that `ask` finds it read."""
        self._read_window(request.window, request.context)

    def ask(self, request: Ask) -> Continued:
        """Return what follows a window, a row a candidate, all onsets in [begin_ticks, until_ticks)."""
        started = time.perf_counter()
        cursor = self._read_window(request.window, request.context).for_rows(request.rows)
        drawing = _Drawing(request, self._step, cursor)
        rows, log_probs = drawing.draw()
        return Continued(request.number, rows, log_probs, time.perf_counter() - started)

    def weigh(self, request: Weigh) -> Weighed:
        """Return how likely some windows are; what was read stays read."""
        return weigh(self._step, self._shape, request)

    def _read_window(self, window: Sequence[PlainNote], context: Context) -> Cursor:
        known = len(self._read)
        if context != self._context or known > len(window) or list(window[:known]) != self._read or not known:
            bar = bar_ticks(context)
            origin = window[0][0] // bar * bar if window else 0
            self._cursor, self._read, self._context = self._start(origin), [], context
            known = 0
        for note in window[known:]:
            self._cursor = _fed(self._step, self._cursor, GridNote(*note), context)
            self._read.append(note)
        return self._cursor

    def _start(self, origin_ticks: int) -> Cursor:
        return Cursor.at_start(np.array([origin_ticks], np.int64), self._shape)


def _fed(step: Step, cursor: Cursor, note: GridNote, context: Context) -> Cursor:
    """Return the place after a note that was played."""
    event = codec.encode([note], origin_ticks=int(cursor.onset_ticks[0]))[0]
    inputs = inputs_at(cursor, context)._replace(forced=np.array([event], np.int32))
    return cursor.after(step(inputs), np.array([note.onset_ticks], np.int64))


class _Drawing:
    """This draws the answer to one request."""

    def __init__(self, request: Ask, step: Step, cursor: Cursor) -> None:
        self._request, self._step, self._cursor = request, step, cursor
        rows = len(cursor.event)
        self._settings = np.empty((rows, 3, len(FIELDS)), np.float32)
        self._settings[:] = np.array([request.temperature, request.top_p, request.min_p], np.float32)[:, None]
        self._legal = np.repeat(_allowed(request), rows, 0)
        self._noise = [np.random.default_rng((request.seed, row)) for row in range(rows)]
        self._rows: list[list[PlainNote]] = [[] for _ in range(rows)]
        self._log_probs = np.zeros(rows)

    def draw(self) -> tuple[tuple[tuple[PlainNote, ...], ...], tuple[float, ...]]:
        """Return the notes of each row, and their log-probability."""
        drawing = np.ones(len(self._rows), bool)
        for count in range(MAX_NOTES):
            drawing &= self._draw_note(drawing, strike=self._request.strike and not count)
            if not drawing.any():
                break
        return tuple(map(tuple, self._rows)), tuple(map(float, self._log_probs))

    def _draw_note(self, drawing: Array, *, strike: bool) -> Array:
        """Draw one event in each row; return which rows got a note inside the request."""
        request, cursor = self._request, self._cursor
        before = np.maximum(cursor.onset_ticks, request.begin_ticks - STEPS[-1])
        legal, forced, position = self._legal.copy(), np.repeat(FREE, len(drawing), 0), before
        if strike:
            steps = np.array([codec.nearest_step(int(gap)) for gap in request.begin_ticks - before])
            forced[:, ADVANCE] = steps
            position = request.begin_ticks - _STEP_TICKS[steps]
        else:
            legal[:, _SLICES["advance"]] *= self._reaching(before)
        inputs = inputs_at(cursor, request.context, position)._replace(
            legal=legal, settings=self._settings, noise=self._next_noise(), forced=forced
        )
        outputs = self._step(inputs)
        onsets = position + _STEP_TICKS[outputs.event[:, ADVANCE]]
        inside: Array = drawing & (onsets < request.until_ticks)
        self._keep(outputs, onsets, inside)
        self._cursor = cursor.after(outputs, onsets)
        return inside

    def _reaching(self, before: Array) -> Array:
        """Return which advances (B, 74) lead to the request's begin or beyond; the end of the piece never does."""
        reaching = before[:, None] + _STEP_TICKS >= self._request.begin_ticks
        return np.concatenate([reaching, np.zeros((len(before), 1), bool)], 1)

    def _next_noise(self) -> Array:
        return np.stack([rng.random(len(FIELDS), np.float32) for rng in self._noise]) * np.float32(0.99999)

    def _keep(self, outputs: Outputs, onsets: Array, inside: Array) -> None:
        for row in np.flatnonzero(inside):
            event = tuple(int(value) for value in outputs.event[row])
            note = codec.decode_event(event, int(onsets[row]) - STEPS[event[ADVANCE]])  # type: ignore[arg-type]
            self._rows[row].append(tuple(note))  # type: ignore[arg-type]  # five integers each
            self._log_probs[row] += float(outputs.log_prob[row].sum())


def _allowed(request: Ask) -> Array:
    """Return what may be drawn, (1, V): notes of the keyboard part, within the range of pitches, no end."""
    legal = np.ones((1, LEGAL_WIDTH), np.float32)
    legal[:, _SLICES["part"]] = np.arange(FIELDS[codec.PART].size) == KEYS
    pitches = np.arange(FIELDS[PITCH].size)
    legal[:, _SLICES["pitch"]] = (pitches >= request.lowest) & (pitches <= request.highest)
    legal[:, _SLICES["advance"].start + END] = 0
    return legal
