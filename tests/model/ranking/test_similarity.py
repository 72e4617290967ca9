"""Closeness to the call: measured as seed dependence is, and steered over its range."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from ranked import eighths, heard_of, notes, rows_of

from improvd.model.ranking.similarity import call, similarity
from improvd.training.metrics.dependence import similarities
from improvd.training.metrics.passage import Passage

CALL = eighths([60, 62, 64, 65, 67, 65, 64, 62])
SAME_KEY = eighths([67, 65, 64, 62, 60, 62, 64, 65], 96)
CHORDS = notes([61, 65, 68, 61, 66, 70], [96, 96, 96, 144, 144, 144])
FAR = notes([61, 63, 66], [97, 119, 139])
ROWS = (CALL, SAME_KEY, CHORDS, FAR)


def test_it_is_what_seed_dependence_is_measured_by():
    rng = np.random.default_rng(3)
    drawn = [notes(rng.integers(40, 90, n).tolist(), np.cumsum(rng.integers(0, 30, n)).tolist()) for n in (3, 20, 48)]
    expected = similarities([Passage(own, 96) for own in (*ROWS, *drawn)], [Passage(CALL, 96)])[:, 0]
    np.testing.assert_allclose(similarity(rows_of(*ROWS, *drawn), CALL), expected, atol=1e-12)


def test_what_is_the_same_is_as_like_as_can_be_and_nothing_is_like_nothing():
    assert similarity(rows_of(CALL), CALL).tolist() == [1.0]
    assert similarity(rows_of(notes([], [])), CALL).tolist() == [0.0]


@pytest.mark.parametrize(("closeness", "best"), [(1.0, 0), (0.0, 3)])
def test_an_echo_is_the_closest_row_and_a_contrast_the_farthest(closeness, best):
    found = call(rows_of(*ROWS), heard_of(call=CALL, closeness=closeness))
    assert found.argmin() == best
    assert found.min() == 0


def test_between_them_closeness_rises_with_the_setting():
    rows = rows_of(*ROWS)
    close = similarity(rows, CALL)
    chosen = [close[call(rows, heard_of(call=CALL, closeness=c)).argmin()] for c in (0.0, 0.25, 0.5, 0.75, 1.0)]
    assert chosen == sorted(chosen)
    assert len(set(chosen)) > 2


def test_what_the_answer_has_played_so_far_counts():
    close_so_far = heard_of(call=CALL, answer=eighths(CALL[:, 2].tolist()), closeness=0.0)
    rows = rows_of(SAME_KEY, FAR)
    apart = np.ptp(call(rows, replace(close_so_far, answer=close_so_far.answer[:0])))
    assert 0 < np.ptp(call(rows, close_so_far)) < apart


def test_without_a_call_no_row_is_too_close():
    assert call(rows_of(*ROWS), heard_of()).tolist() == [0.0] * 4
