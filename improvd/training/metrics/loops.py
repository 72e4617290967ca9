"""Loops: how much of the music is a passage said over and over."""

from __future__ import annotations

import numpy as np

from improvd.model.ranking.loops import NOTES, TIMES
from improvd.training.metrics.passage import Array, Passage


def looped(passage: Passage) -> Array:
    """Return which notes are caught in a loop, (N,) bool.

    A passage comes again when pitches, durations and the distances of onsets
    are the same; how loud it is does not matter. One note struck twelve times
    is a loop, three bars alike are one, a sequence on other pitches is none.
    """
    caught = np.zeros(len(passage.notes), bool)
    for period in range(1, len(caught) // TIMES + 1):
        for start, length in _alike(passage, period):
            if length + period >= max(TIMES * period, NOTES):
                caught[start : start + length + period] = True
    return caught


def share_looped(primer: Passage, answer: Passage) -> float:
    """Return the share of an answer's notes caught in loops, which may have begun in its primer; drums do not count.

    NaN for an answer of drums alone: a drum pattern is a loop by its nature.
    """
    caught = looped(primer.before(answer).tuned())
    count = len(answer.tuned().notes)
    return float(caught[len(caught) - count :].mean()) if count else float("nan")


def _alike(passage: Passage, period: int) -> list[tuple[int, int]]:
    """Return the start and length of each run of notes that come again, as far apart, `period` notes later."""
    same = (passage.pitches[period:] == passage.pitches[:-period]) & (
        passage.durations[period:] == passage.durations[:-period]
    )
    shift = np.where(same, passage.onsets[period:] - passage.onsets[:-period], -1)
    starts = np.flatnonzero(np.diff(shift, prepend=-2))
    lengths = np.diff(starts, append=len(shift))
    held = shift[starts] >= 0
    return list(zip(starts[held].tolist(), lengths[held].tolist(), strict=True))
