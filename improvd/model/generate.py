"""Improvising: read a window, then draw what follows, candidates at each temperature, and give the best of each.

What was read stays read, see `reading.py`.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np

from improvd.model.bundle import open_bundle
from improvd.model.drawing import Chunk, Drawer, Drawn, noise_of
from improvd.model.probe import Probe
from improvd.model.ranking.index import Index
from improvd.model.ranking.rank import best
from improvd.model.ranking.rows import Heard, Rows
from improvd.model.reading import Reading
from improvd.model.runtimes import budget, open_drawer
from improvd.model.step import Shape
from improvd.model.style import ABOUT as ABOUT_STYLE
from improvd.model.style import find_style
from improvd.model.weigh import weigh
from improvd.music import codec
from improvd.music.codec import ADVANCE, KEYS, STEPS
from improvd.protocol import Ask, Context, Continued, Prefill, Weigh, Weighed
from improvd.protocol import GridNote as PlainNote


class Improviser:
    """This continues music with one model. It keeps what it has read, which changes no answer, and nothing else.

    Attributes:
        name: of the model.
        runtime: what computes it.
        why: one sentence, where that is not what was asked for; else empty.
    """

    def __init__(
        self,
        name: str,
        shape: Shape,
        drawer: Drawer,
        why: str = "",
        *,
        candidates: int = 1,
        learnt: Index | None = None,
        probe: Probe | None = None,
    ) -> None:
        """Improvise with a network.

        Args:
            candidates: how many are drawn at each temperature where a request leaves it open.
            learnt: the runs of the music that it learnt from, if they are at hand.
            probe: tells styles from what the network remembers, where it was fitted.
        """
        self._probe = probe
        self.name = name
        self.runtime = drawer.name
        self.why = why
        self._shape = shape
        self._drawer = drawer
        self._candidates, self._learnt = candidates, learnt
        self._reading = Reading(drawer, shape)

    @classmethod
    def open(cls, model: str, runtime: str = "auto") -> Improviser:
        """Return an improviser with a model, given by name or path, on a runtime.

        Raises:
            BundleError: if the bundle or the runtime cannot be used.
        """
        bundle = open_bundle(model)
        opened = open_drawer(bundle, runtime)
        candidates = budget.candidates(opened.drawer, bundle.shape)
        improviser = cls(
            bundle.name, bundle.shape, opened.drawer, opened.why,
            candidates=candidates, learnt=bundle.learnt(), probe=bundle.styles(),
        )  # fmt: skip
        improviser.prefill(Prefill(((0, KEYS, 60, 24, 80),), Context()))  # the first step is slow: have it done
        return improviser

    def prefill(self, request: Prefill) -> None:
        """Read a window, so that `ask` finds it read."""
        self._reading.read(request.window, request.context)

    def ask(self, request: Ask) -> Continued:
        """Return what follows a window, the best candidate of each temperature."""
        started = time.perf_counter()
        candidates = request.rows or self._candidates
        drawn = self._draw(replace(request, rows=candidates))
        best = self._ranked(drawn, request, candidates)
        log_probs = (drawn.log_probs[best].sum(2) * drawn.inside[best]).sum(1)
        took_s = time.perf_counter() - started
        return Continued(request.number, tuple(_notes_of(drawn, best)), tuple(log_probs.tolist()), candidates, took_s)

    def _draw(self, request: Ask) -> Drawn:
        chunk = Chunk.of(request)
        place = self._reading.read(request.window, request.context)
        cursor = self._drawer.take(place.cursor, [place.row])
        noise = np.tile(noise_of(request.seed, request.rows), (1, len(request.temperatures), 1))
        return self._drawer.draw(chunk, cursor, noise)

    def _ranked(self, drawn: Drawn, request: Ask, candidates: int) -> list[int]:
        """Return the best row of each temperature."""
        rows, heard = Rows.of(drawn), Heard.of(request, self._learnt)
        firsts = range(0, candidates * len(request.temperatures), candidates)
        return [first + best(rows.taken(slice(first, first + candidates)), heard, request.taste) for first in firsts]

    def weigh(self, request: Weigh) -> Weighed:
        """Return how likely some windows are; what was read stays read."""
        if request.about == ABOUT_STYLE:
            return find_style(self._drawer.step, self._shape, self._probe, request)
        return weigh(self._drawer.step, self._shape, request)


def _notes_of(drawn: Drawn, rows: Iterable[int]) -> Iterator[tuple[PlainNote, ...]]:
    """Yield the notes inside of some rows."""
    for row in rows:
        count = int(drawn.inside[row].sum())
        notes = zip(drawn.events[row, :count].tolist(), drawn.onset_ticks[row, :count].tolist(), strict=True)
        yield tuple(codec.decode_event(event, onset - STEPS[event[ADVANCE]]) for event, onset in notes)
