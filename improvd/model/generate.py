"""Improvising: read a window, then draw what follows, a row a candidate.

What was read stays read: a window that begins as the last one did costs only
its new notes.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

import numpy as np

from improvd.model.bundle import open_bundle
from improvd.model.cursor import Cursor, bar_ticks
from improvd.model.drawing import Chunk, Drawer, Drawn, noise_of
from improvd.model.runtimes import open_drawer
from improvd.model.step import Shape
from improvd.model.weigh import weigh
from improvd.music import codec
from improvd.music.codec import ADVANCE, KEYS, STEPS, GridNote
from improvd.protocol import Ask, Context, Continued, Prefill, Weigh, Weighed
from improvd.protocol import GridNote as PlainNote


class Improviser:
    """This continues music with one model. It keeps what it has read, and nothing else.

    Attributes:
        name: of the model.
        runtime: what computes it.
        why: one sentence, where that is not what was asked for; else empty.
    """

    def __init__(self, name: str, shape: Shape, drawer: Drawer, why: str = "") -> None:
        self.name = name
        self.runtime = drawer.name
        self.why = why
        self._shape = shape
        self._drawer = drawer
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
        opened = open_drawer(bundle, runtime)
        improviser = cls(bundle.name, bundle.shape, opened.drawer, opened.why)
        improviser.prefill(Prefill(((0, KEYS, 60, 24, 80),), Context()))  # the first step is slow: have it done
        return improviser

    def prefill(self, request: Prefill) -> None:
        """Read a window, so that `ask` finds it read."""
        self._read_window(request.window, request.context)

    def ask(self, request: Ask) -> Continued:
        """Return what follows a window, a row a candidate, all onsets in [begin_ticks, until_ticks)."""
        started = time.perf_counter()
        cursor = self._drawer.take(self._read_window(request.window, request.context), [0] * request.rows)
        drawn = self._drawer.draw(Chunk.of(request), cursor, noise_of(request.seed, request.rows))
        log_probs = (drawn.log_probs.sum(2) * drawn.inside).sum(1)
        return Continued(
            request.number, tuple(_rows_of(drawn)), tuple(log_probs.tolist()), time.perf_counter() - started
        )

    def weigh(self, request: Weigh) -> Weighed:
        """Return how likely some windows are; what was read stays read."""
        return weigh(self._drawer.step, self._shape, request)

    def _read_window(self, window: Sequence[PlainNote], context: Context) -> Cursor:
        known = len(self._read)
        if context != self._context or known > len(window) or list(window[:known]) != self._read or not known:
            bar = bar_ticks(context)
            origin = window[0][0] // bar * bar if window else 0
            self._cursor, self._read, self._context = self._start(origin), [], context
            known = 0
        self._cursor = self._drawer.read(self._cursor, [GridNote(*note) for note in window[known:]], context)
        self._read += window[known:]
        return self._cursor

    def _start(self, origin_ticks: int) -> Cursor:
        return Cursor.at_start(np.array([origin_ticks], np.int64), self._shape)


def _rows_of(drawn: Drawn) -> Iterator[tuple[PlainNote, ...]]:
    """Yield the notes inside of each row."""
    for events, onsets, inside in zip(drawn.events.tolist(), drawn.onset_ticks.tolist(), drawn.inside, strict=True):
        notes = zip(events[: inside.sum()], onsets, strict=False)
        yield tuple(codec.decode_event(event, onset - STEPS[event[ADVANCE]]) for event, onset in notes)
