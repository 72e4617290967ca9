"""What the model is told about an answer: where its call begins, where it began itself, and when it closes."""

from __future__ import annotations

import pytest
from scores import PHRASE, asks, line, session

from improvd.model.ranking.rows import Heard


def test_every_piece_of_an_answer_is_told_where_its_call_and_the_answer_began():
    played = session(answer__start="bar")
    played.play(line([i * 0.25 for i in range(24)], 0.2))
    played.run()
    requests = [ask for _, ask in asks(played)]
    assert len({ask.begin_ticks for ask in requests}) > 2
    assert {(ask.call_ticks, ask.answer_ticks) for ask in requests} == {(0, requests[0].begin_ticks)}
    assert [ask.closes for ask in requests] == [False] * (len(requests) - 1) + [True]


def test_so_the_call_is_what_was_played_and_not_the_answer_itself():
    played = session(answer__start="bar")
    played.play(line([i * 0.25 for i in range(24)], 0.2))
    played.run()
    last = Heard.of(asks(played)[-1][1], None)
    assert len(last.call) == 24
    assert len(last.answer) > 8


@pytest.mark.parametrize(("seed", "candidates", "rows"), [(-1, 0, 0), (5, 0, 16), (5, 3, 3), (-1, 3, 3)])
def test_with_a_fixed_seed_how_many_are_drawn_is_no_matter_of_speed(seed: int, candidates: int, rows: int):
    played = session(sampling__seed=seed, answer__candidates=candidates)
    played.play(PHRASE)
    played.run()
    assert {ask.rows for _, ask in asks(played)} == {rows}
