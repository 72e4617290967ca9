"""Weighing: how likely a network finds some readings of one phrase, all of them as rows of one batch.

Nothing is drawn: each row is forced note by note, as a window is read. Rows
are as many notes long as each other, so that none waits for another.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from improvd.model.cursor import Cursor, inputs_at, told
from improvd.model.step import Inputs, Outputs, Shape, Step
from improvd.music import codec
from improvd.music.codec import ADVANCE, DURATION, PITCH, GridNote
from improvd.protocol import Context, Weigh, Weighed

Array = NDArray[Any]
FIELDS_WEIGHED = (ADVANCE, PITCH, DURATION)
FLOOR = -8.0
"""A field that is less likely, or not legal at all, counts as this: one odd note must not decide."""


def weigh(step: Step, shape: Shape, request: Weigh) -> Weighed:
    """Return how likely each window of a request is, from its first note on; its first advance does not count."""
    windows = np.array(request.windows, np.int64)
    sums = np.zeros((len(windows), len(FIELDS_WEIGHED)))
    for note, outputs in enumerate(read(step, shape, windows, request.contexts)):
        found = np.maximum(outputs.log_prob[:, FIELDS_WEIGHED], FLOOR)
        found[:, 0] *= note > 0
        sums += found
    return Weighed(request.number, request.about, tuple((float(a), float(p), float(d)) for a, p, d in sums))


def read(step: Step, shape: Shape, windows: Array, contexts: Sequence[Context]) -> Iterator[Outputs]:
    """Yield what a network makes of each note of some windows (B, N, 5), all of them side by side.

    An output's state is that before its note: the network is fed the note at the next step.
    """
    told_rows = np.array([told(context) for context in contexts], np.int32)  # (B, 3)
    begin = windows[:, 0, 0] // told_rows[:, 0] * told_rows[:, 0]
    events = np.array([_events(window, int(origin)) for window, origin in zip(windows, begin, strict=True)], np.int32)
    cursor = Cursor.at_start(begin, shape)
    for note in range(windows.shape[1]):
        outputs = step(_inputs(cursor, told_rows)._replace(forced=np.ascontiguousarray(events[:, note])))
        yield outputs
        cursor = cursor.after(outputs, windows[:, note, 0])


def _inputs(cursor: Cursor, told_rows: Array) -> Inputs:
    """Return the inputs of the step that follows a cursor whose rows are told different things (B, 3)."""
    place = (cursor.onset_ticks % told_rows[:, 0]).astype(np.int32)
    return inputs_at(cursor, Context())._replace(context=np.column_stack([place, told_rows]))


def _events(window: Array, origin_ticks: int) -> list[codec.Event]:
    return codec.encode([GridNote(*note) for note in window.tolist()], origin_ticks=origin_ticks)
