"""Copies: whether a row goes on with a run of notes out of the music that the model learnt from."""

from __future__ import annotations

import numpy as np

from improvd.model.ranking.index import MOVES
from improvd.model.ranking.lines import lines_of, run_sums
from improvd.model.ranking.rows import LENGTH, ONSET, PITCH_OF, Array, Heard, Rows
from improvd.music.codec import FIELDS

LAST_NOTES = 24
"""Notes of the window with which a copy may begin."""


def copies(rows: Rows, heard: Heard) -> Array:
    """Return how many notes more than a known run has each row copies at a stretch, as a share of that run, (B,)."""
    longest = np.zeros(len(rows.inside))
    if heard.learnt is None:
        return longest
    before = heard.window[-LAST_NOTES:]
    lines = lines_of([np.concatenate([before, notes]) for notes in _notes(rows)])
    at, sums = run_sums(lines, MOVES)
    known = np.zeros(len(lines.moves), bool)  # False wherever a run has no room: a stretch ends with its line
    known[at] = heard.learnt.knows(sums)
    np.maximum.at(longest, lines.owner, _stretches(known) / MOVES)
    return longest


def _notes(rows: Rows) -> list[Array]:
    """Return the notes of each row, (N, 5)."""
    notes = np.zeros((*rows.inside.shape, len(FIELDS)), np.int64)
    for column, part in ((ONSET, rows.onsets), (PITCH_OF, rows.pitches), (LENGTH, rows.lengths)):
        notes[..., column] = part
    return [own[inside] for own, inside in zip(notes, rows.inside, strict=True)]


def _stretches(known: Array) -> Array:
    """Return how many places in a row, up to each, are known, (M,)."""
    at = np.arange(len(known))
    return np.asarray(at - np.maximum.accumulate(np.where(known, -1, at))) if len(known) else at
