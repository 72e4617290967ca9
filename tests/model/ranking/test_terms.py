"""What is held against a candidate, term by term."""

from __future__ import annotations

import numpy as np
import pytest
from ranked import eighths, heard_of, notes, rows_of

from improvd.model.ranking.cadence import cadence
from improvd.model.ranking.density import density
from improvd.model.ranking.key import Key, key, key_of
from improvd.model.ranking.loops import going_on, loops
from improvd.model.ranking.typical import typical
from improvd.training.metrics.loops import looped
from improvd.training.metrics.passage import Passage

C_MAJOR = [60, 62, 64, 65, 67, 69, 71, 72, 67, 64, 60, 64, 67, 72, 60]


def test_the_mean_row_is_typical_the_likeliest_and_the_unlikeliest_are_not():
    each = [eighths([60, 62, 64])] * 3
    assert typical(rows_of(*each, nats=[-1.0, -3.0, -5.0]), heard_of()).tolist() == [2.0, 0.0, 2.0]


def test_what_is_typical_does_not_depend_on_how_long_a_row_is():
    rows = rows_of(eighths([60] * 2), eighths([60] * 20), nats=[-3.0, -3.0])
    assert typical(rows, heard_of()).tolist() == [0.0, 0.0]


@pytest.mark.parametrize("shift", range(12))
def test_a_key_is_found_in_any_transposition(shift):
    minor = [57, 59, 60, 62, 64, 65, 68, 69, 64, 60, 57, 60, 64, 69, 57]
    assert key_of(eighths([p + shift for p in C_MAJOR])) == Key(shift, 0)
    assert key_of(eighths([p + shift for p in minor])) == Key((9 + shift) % 12, 1)


def test_notes_outside_the_key_are_held_against_a_row_by_their_share():
    rows = rows_of(eighths([60, 64, 67, 72]), eighths([60, 61, 67, 66]), eighths([61, 63, 66, 68]))
    assert key(rows, heard_of(window=eighths(C_MAJOR))).tolist() == [0.0, 0.5, 1.0]


def test_as_much_outside_the_key_as_was_played_is_nobodys_fault():
    played = eighths([*C_MAJOR, 61, 63, 66, 68, 70])
    assert key(rows_of(eighths([60, 61, 67, 64])), heard_of(window=played)).tolist() == [0.0]


def test_without_a_window_there_is_no_key():
    assert key(rows_of(eighths([61])), heard_of()).tolist() == [0.0]
    assert cadence(rows_of(eighths([61])), heard_of(closes=True)).tolist() == [0.0]


def test_half_or_twice_as_many_notes_a_beat_as_in_the_call_are_one_off():
    call = eighths([60] * 8)
    rows = rows_of(*(notes([60] * n, list(range(0, 96, 96 // n))) for n in (8, 16, 4)))
    found = density(rows, heard_of(call=call, until_ticks=96))
    np.testing.assert_allclose(found, [0.0, 1.0, 1.0], atol=0.2)
    assert density(rows, heard_of()).tolist() == [0.0] * 3


def test_what_the_answer_played_before_counts_for_the_density():
    told = {"call": eighths([60] * 16), "answer_ticks": 0, "until_ticks": 192}
    thin, dense = rows_of(notes([60] * 4, [96, 120, 144, 168])), rows_of(eighths([60] * 12, 96))
    so_far = heard_of(answer=eighths([60] * 4), **told)
    assert density(dense, so_far) < density(thin, so_far)


LOOP = [60, 62, 64, 62]


def test_a_loop_is_one_from_its_third_time_on():
    ends = going_on(rows_of(eighths(LOOP * 4 + [71, 73])))[0]
    assert np.flatnonzero(ends).tolist() == [11, 12, 13, 14, 15]


@pytest.mark.parametrize(
    "pitches",
    [LOOP * 3, [60] * 12, [60, 62] * 6, LOOP * 2 + [60, 62, 64], [60] * 11, [*LOOP, 65] * 2, list(range(60, 90))],
)
def test_there_is_a_loop_where_the_measure_of_loops_finds_one(pitches):
    line = eighths(pitches)
    assert going_on(rows_of(line)).any() == looped(Passage(line, 96)).any()


def test_a_loop_may_have_begun_in_the_window_and_a_row_that_breaks_it_is_better():
    rows = rows_of(eighths(LOOP, 96), eighths([65, 67, 69, 71], 96))
    assert loops(rows, heard_of(window=eighths(LOOP * 2))).tolist() == [0.25, 0.0]
    assert loops(rows, heard_of(window=eighths(LOOP * 3))).tolist()[1] == 0.0


def test_where_the_answer_closes_the_tonic_is_best_then_its_triad():
    rows = rows_of(*(eighths([65, last]) for last in (60, 72, 64, 67, 62, 61)))
    told = {"window": eighths(C_MAJOR)}
    assert cadence(rows, heard_of(**told, closes=True)).tolist() == [0.0, 0.0, 0.5, 0.5, 1.0, 1.0]
    assert cadence(rows, heard_of(**told)).tolist() == [0.0] * 6


def test_of_a_last_chord_the_lowest_note_counts():
    rows = rows_of(notes([62, 60, 64, 67], [0, 48, 48, 48]), notes([60, 62, 64, 72], [0, 48, 48, 48]))
    assert cadence(rows, heard_of(window=eighths(C_MAJOR), closes=True)).tolist() == [0.0, 1.0]
