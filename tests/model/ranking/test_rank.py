"""The best of some candidates: what is held against them, weighed and added."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest
from ranked import eighths, heard_of, notes, rows_of

from improvd.config import RankingSettings
from improvd.model.ranking.rank import TERMS, against, best
from improvd.model.ranking.rows import Heard
from improvd.protocol import Ask, Context, Taste

HEARD = heard_of(window=eighths([60, 64, 67, 72] * 4), call=eighths([60, 64, 67, 72] * 2))
IN_KEY, OUTSIDE, THIN = eighths([60, 62, 64, 65]), eighths([61, 63, 66, 68]), eighths([72])


def test_every_weight_has_its_term_and_its_setting():
    weights = {item.name for item in fields(Taste)} - {"closeness"}
    assert weights == TERMS.keys()
    assert {item.name for item in fields(RankingSettings)} == {item.name for item in fields(Taste)}


def test_a_term_without_weight_is_not_even_looked_at(monkeypatch):
    def broken(rows, heard):
        raise AssertionError

    for name, term in TERMS.items():
        monkeypatch.setitem(TERMS, name, replace(term, of=broken))
    assert best(rows_of(OUTSIDE, IN_KEY), HEARD, Taste()) == 0


def test_the_weights_decide():
    rows = rows_of(OUTSIDE, THIN)
    assert best(rows, HEARD, Taste(key=1.0)) == 1
    assert best(rows, HEARD, Taste(density=1.0)) == 0
    assert best(rows, HEARD, Taste(key=0.01, density=1.0)) == 0


def test_twice_the_weight_is_twice_as_much():
    rows = rows_of(IN_KEY, OUTSIDE)
    np.testing.assert_allclose(against(rows, HEARD, Taste(key=2.0)), 2 * against(rows, HEARD, Taste(key=1.0)))


def test_a_row_without_a_note_is_the_last_choice():
    assert best(rows_of(notes([], []), OUTSIDE), HEARD, Taste(key=10.0)) == 1
    assert best(rows_of(notes([], [])), HEARD, Taste()) == 0


def test_of_equals_the_first_is_taken():
    assert best(rows_of(IN_KEY, IN_KEY, IN_KEY), HEARD, Taste(key=1.0, density=1.0)) == 0


@pytest.mark.parametrize("count", [0, 1, 300])
def test_whatever_was_heard_rows_can_be_ranked(count):
    window = tuple((i // 30, 0, 30 + i % 90, 1, 80) for i in range(count))
    everything = Taste(*[1.0] * (len(fields(Taste)) - 1), closeness=0.7)
    ask = Ask(
        1,
        window,
        Context(7, 16),
        96,
        97,
        True,
        (1.0,),
        1.0,
        0.0,
        0,
        127,
        1,
        2,
        call_ticks=0,
        closes=True,
        taste=everything,
    )
    found = against(rows_of(IN_KEY, notes([60], [96]), notes([], [])), Heard.of(ask, None), everything)
    assert np.isfinite(found).all()


def test_a_call_is_what_was_played_from_its_beginning_to_its_answer():
    window = tuple((24 * i, 0, 60 + i, 12, 80) for i in range(8))
    ask = Ask(1, window, Context(), 192, 288, False, (1.0,), 1.0, 0.0, 0, 127, 1, 2)
    told = Heard.of(replace(ask, call_ticks=48, answer_ticks=120), None)
    assert told.call[:, 2].tolist() == [62, 63, 64]
    assert told.answer[:, 2].tolist() == [65, 66, 67]
    assert told.call_beats == 2.5
    whole = Heard.of(ask, None)
    assert (len(whole.call), len(whole.answer), whole.answer_ticks) == (8, 0, 192)
