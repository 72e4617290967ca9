"""What is ranked: the notes of some candidates, side by side as arrays; and what was heard before them.

Arrays with B rows and N notes at most: (B, N). Where a row has fewer, `inside` is False.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from improvd.model.cursor import bar_ticks
from improvd.model.drawing import Drawn
from improvd.model.ranking.index import Index
from improvd.music.codec import DURATION, FIELDS, PITCH, STEPS
from improvd.music.note import TICKS_PER_BEAT
from improvd.protocol import Ask

Array = NDArray[Any]
ONSET, _, PITCH_OF, LENGTH, _ = range(len(FIELDS))
"""Columns of notes, as `codec.GridNote` has them."""

_LENGTHS = np.array(STEPS[1:], np.int64)


class Rows(NamedTuple):
    """This is the notes of some candidates in order of onset and pitch, (B, N); `nats` are their log-probabilities."""

    onsets: Array
    pitches: Array
    lengths: Array
    inside: Array
    nats: Array

    @classmethod
    def of(cls, drawn: Drawn) -> Rows:
        """Return what was drawn."""
        return cls(
            drawn.onset_ticks,
            drawn.events[..., PITCH].astype(np.int64),
            _LENGTHS[drawn.events[..., DURATION]],
            drawn.inside,
            drawn.log_probs.sum(-1),
        )

    def taken(self, rows: slice) -> Rows:
        """Return some of the rows."""
        return Rows(*(part[rows] for part in self))

    def after(self, notes: Array) -> Rows:
        """Return the rows with the same notes (K, 5) before each."""
        before: tuple[Array | float, ...] = notes[:, ONSET], notes[:, PITCH_OF], notes[:, LENGTH], True, 0.0
        return Rows(*(_joined(column, len(notes), part) for column, part in zip(before, self, strict=True)))

    @property
    def counts(self) -> Array:
        """Notes of each row, (B,)."""
        return np.asarray(self.inside.sum(1))

    def mean(self, values: Array) -> Array:
        """Return the mean of some values (B, N) over the notes of each row, (B,); 0 where there are none."""
        return np.asarray((values * self.inside).sum(1) / np.maximum(self.counts, 1))


def _joined(before: Array | float, count: int, part: Array) -> Array:
    """Return each row of an array (B, N) with the same numbers before it, `count` of them."""
    whole = np.empty((len(part), count + part.shape[1]), part.dtype)
    whole[:, :count], whole[:, count:] = before, part
    return whole


@dataclass(frozen=True, slots=True)
class Heard:
    """This is what candidates are held against.

    Attributes:
        window: (W, 5) the notes before them, as `codec.GridNote`.
        call: (C, 5) those of the last call; answer: (A, 5) those of its answer so far.
        answer_ticks: where the answer began; until_ticks: where the candidates end.
        bar_ticks: length of a bar.
        closes: whether the answer ends with them.
        closeness: as in `Taste`.
        learnt: the runs of the music that the model learnt from, if they are at hand.
    """

    window: Array
    call: Array
    answer: Array
    answer_ticks: int
    until_ticks: int
    bar_ticks: int
    closes: bool
    closeness: float
    learnt: Index | None = None

    @classmethod
    def of(cls, request: Ask, learnt: Index | None) -> Heard:
        """Return what a request tells; without a call the whole window is one."""
        window = np.array(request.window, np.int64).reshape(-1, len(FIELDS))
        window = window[window[:, ONSET] < request.begin_ticks]  # what is played into the answer may lie further on
        window = window[np.lexsort((window[:, PITCH_OF], window[:, ONSET]))]
        began = request.begin_ticks if request.answer_ticks < 0 else request.answer_ticks
        earlier = window[:, ONSET] < began
        return cls(
            window,
            window[earlier & (window[:, ONSET] >= request.call_ticks)],
            window[~earlier],
            began,
            request.until_ticks,
            bar_ticks(request.context),
            request.closes,
            request.taste.closeness,
            learnt,
        )

    @property
    def call_beats(self) -> float:
        """How long the call lasted; a beat at least."""
        if not len(self.call):
            return 1.0
        end = int((self.call[:, ONSET] + self.call[:, LENGTH]).max())
        return max((end - int(self.call[0, ONSET])) / TICKS_PER_BEAT, 1.0)
