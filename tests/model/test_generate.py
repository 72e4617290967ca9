"""Improvising: answers lie where they were asked for, and depend on window and seed alone."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tiny import SHAPE, Counting, tiny_step

from improvd.model.drawing import MAX_NOTES
from improvd.model.generate import Improviser
from improvd.model.runtimes.stepwise import Stepwise
from improvd.music.codec import KEYS
from improvd.protocol import Ask, Context, Prefill, Taste

WINDOW = tuple((12 * i, KEYS, pitch, 12, 80) for i, pitch in enumerate([60, 62, 64, 65, 67, 65, 64, 62]))
ASK = Ask(
    number=3, window=WINDOW, context=Context(), begin_ticks=96, until_ticks=192, strike=True,
    temperatures=(1.0,), top_p=1.0, min_p=0.0, lowest=40, highest=80, seed=5, rows=1,
)  # fmt: skip


@pytest.fixture
def step():
    return Counting(tiny_step())


@pytest.fixture
def improviser(step):
    return Improviser("tiny", SHAPE, Stepwise(step, "numpy"))


def test_the_answer_starts_where_it_is_asked_to_strike_and_stays_inside(improviser):
    notes = improviser.ask(ASK).rows[0]
    assert notes[0][0] == 96
    assert all(96 <= onset < 192 for onset, *_ in notes)


@pytest.mark.parametrize("begin", [97, 140, 600, 5000])
def test_a_strike_falls_exactly_where_asked_even_off_the_grid_and_after_a_long_rest(improviser, begin):
    notes = improviser.ask(replace(ASK, begin_ticks=begin, until_ticks=begin + 1)).rows[0]
    assert notes
    assert {onset for onset, *_ in notes} == {begin}


def test_without_a_strike_nothing_comes_before_the_beginning(improviser):
    for seed in range(20):
        rows = improviser.ask(replace(ASK, strike=False, begin_ticks=150, until_ticks=400, seed=seed)).rows
        assert all(150 <= onset < 400 for onset, *_ in rows[0])


def test_pitches_stay_in_the_range_and_parts_are_keys(improviser):
    asks = [replace(ASK, seed=seed, lowest=55, highest=59) for seed in range(16)]
    notes = [n for ask in asks for n in improviser.ask(ask).rows[0]]
    assert notes
    assert {pitch for _, _, pitch, *_ in notes} <= set(range(55, 60))
    assert {part for _, part, *_ in notes} == {KEYS}


def test_the_same_request_gets_the_same_answer_and_another_seed_another(improviser):
    first = improviser.ask(ASK).rows
    assert improviser.ask(ASK).rows == first
    assert improviser.ask(replace(ASK, seed=6)).rows != first


def test_another_window_gets_another_answer(improviser):
    other = tuple((onset, part, pitch + 5, length, velocity) for onset, part, pitch, length, velocity in WINDOW)
    assert improviser.ask(replace(ASK, window=other)).rows != improviser.ask(ASK).rows


def test_the_answer_at_a_temperature_is_the_same_whatever_others_are_kept_warm(improviser):
    warmths = (1.0, 0.5, 2.0)
    together = improviser.ask(replace(ASK, temperatures=warmths, rows=4))
    alone = [improviser.ask(replace(ASK, temperatures=(warmth,), rows=4)).rows[0] for warmth in warmths]
    assert together.rows == tuple(alone)
    assert (len(set(alone)), len(together.log_probs), together.candidates) == (3, 3, 4)


def test_the_best_of_the_candidates_at_each_temperature_is_given(improviser):
    in_c = tuple((12 * i, KEYS, pitch, 12, 80) for i, pitch in enumerate([60, 64, 67, 72, 67, 64, 60, 48]))
    asks = [replace(ASK, window=in_c, seed=seed, temperatures=(1.0, 0.7), until_ticks=480) for seed in range(5)]
    first = [improviser.ask(ask).rows for ask in asks]
    best = [improviser.ask(replace(ask, rows=16, taste=Taste(key=1.0))).rows for ask in asks]
    for temperature in range(2):
        before, after = (sum(outside_c_major(rows[temperature]) for rows in each) for each in (first, best))
        assert after < before / 2
    assert [improviser.ask(replace(ask, rows=16)).rows for ask in asks] == first


def outside_c_major(notes):
    return sum(pitch % 12 not in (0, 2, 4, 5, 7, 9, 11) for _, _, pitch, *_ in notes) / len(notes)


def test_a_request_that_leaves_the_number_of_candidates_open_is_told_how_many_there_were(step):
    improviser = Improviser("tiny", SHAPE, Stepwise(step, "numpy"), candidates=6)
    open_ = improviser.ask(replace(ASK, rows=0))
    assert open_.candidates == 6
    assert open_.rows == improviser.ask(replace(ASK, rows=6)).rows


def test_what_was_read_is_not_read_again(improviser, step):
    improviser.prefill(Prefill(WINDOW, Context()))
    step.calls = 0
    improviser.prefill(Prefill((*WINDOW, (96, KEYS, 60, 12, 80)), Context()))
    assert step.calls == 1


def test_reading_ahead_changes_no_answer(step, improviser):
    fresh = improviser.ask(ASK)
    improviser.prefill(Prefill(WINDOW[:5], Context()))
    improviser.prefill(Prefill(WINDOW, Context()))
    assert improviser.ask(ASK).rows == fresh.rows


@pytest.mark.parametrize(
    "changed", [Context(3, 4), Context(style="folk"), Context(7, 16)], ids=["metre", "style", "unknown metre"]
)
def test_another_context_is_read_anew(improviser, step, changed):
    improviser.prefill(Prefill(WINDOW, Context()))
    step.calls = 0
    improviser.prefill(Prefill(WINDOW, changed))
    assert step.calls == len(WINDOW)


def test_a_note_corrected_in_the_window_is_read_anew(improviser, step):
    corrected = (*WINDOW[:-1], (*WINDOW[-1][:3], 24, 80))
    improviser.prefill(Prefill(WINDOW, Context()))
    after = improviser.ask(replace(ASK, window=corrected))
    fresh = Improviser("tiny", SHAPE, Stepwise(step, "numpy")).ask(replace(ASK, window=corrected))
    assert after.rows == fresh.rows


def test_an_empty_window_can_be_continued(improviser):
    assert improviser.ask(replace(ASK, window=())).rows[0][0][0] == 96


def test_a_wild_request_ends(improviser):
    answer = improviser.ask(replace(ASK, temperatures=(2.0, 1.9), until_ticks=10**6))
    assert all(0 < len(row) <= MAX_NOTES for row in answer.rows)
