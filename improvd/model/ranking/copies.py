"""Copies: whether a row goes on with a run of notes out of the music that the model learnt from."""

from __future__ import annotations

import numpy as np

from improvd.model.ranking.index import MOVES
from improvd.model.ranking.lines import Lines, moves_of, run_sums
from improvd.model.ranking.rows import ONSET, PITCH_OF, Array, Heard, Rows
from improvd.music.codec import FIELDS

LAST_NOTES = 24
"""Notes of the window with which a copy may begin."""

_APART_TICKS = 1 << 40
"""So that onsets rise from row to row."""


def copies(rows: Rows, heard: Heard) -> Array:
    """Return how many known runs follow each other in each row, a note apart, as a share of a run's moves, (B,)."""
    longest = np.zeros(len(rows.inside))
    if heard.learnt is None:
        return longest
    lines = _lines(rows.after(heard.window[-LAST_NOTES:]))
    at, sums = run_sums(lines, MOVES)
    known = np.zeros(len(lines.moves), bool)  # False wherever a run has no room: a stretch ends with its line
    known[at] = heard.learnt.knows(sums)
    np.maximum.at(longest, lines.owner, _stretches(known) / MOVES)
    return longest


def _lines(rows: Rows) -> Lines:
    """Return the lines of all rows, their highest notes, one behind the other; moves across two of them are in none."""
    last = rows.inside.copy()  # the highest note of an onset is the last one
    last[:, :-1] &= ~rows.inside[:, 1:] | (np.diff(rows.onsets, axis=1) != 0)
    owner = np.nonzero(last)[0]
    line = np.zeros((len(owner), len(FIELDS)), np.int64)
    line[:, ONSET] = rows.onsets[last] + owner * _APART_TICKS
    line[:, PITCH_OF] = rows.pitches[last]
    ends = np.searchsorted(owner, owner, "right") - 2
    return Lines(moves_of(line), ends[:-2], owner[:-2], len(rows.inside))


def _stretches(known: Array) -> Array:
    """Return how many places in a row, up to each, are known, (M,)."""
    at = np.arange(len(known))
    return np.asarray(at - np.maximum.accumulate(np.where(known, -1, at))) if len(known) else at
