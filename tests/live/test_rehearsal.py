"""What is ready before it is asked for."""

from __future__ import annotations

from dataclasses import replace

import pytest
from scores import PHRASE, PHRASE_END_S, Eighths, asks, control, line, note, planned, session

from improvd.config import Config
from improvd.offline import VirtualSession
from improvd.protocol import Play


def rehearsed(*, took_s: float = 0.02, **settings: object) -> VirtualSession:
    return session(model=Eighths(), model_s=lambda _: took_s, **{"answer__rehearse": True, **settings})  # type: ignore[arg-type]


def first_play_s(played: VirtualSession, after_s: float) -> float:
    return next(at_s for at_s, action in played.actions if isinstance(action, Play) and at_s >= after_s)


@pytest.mark.parametrize("start", ["now", "beat", "bar"])
@pytest.mark.parametrize("press_s", [1.0, 1.1, 1.2, 1.3, 1.44])
def test_the_answer_to_your_turn_is_there_at_once(start: str, press_s: float):
    played = rehearsed(answer__start=start)
    played.play([*PHRASE, control(press_s, 67, 127)])
    played.run_until(press_s + 0.01)
    assert first_play_s(played, press_s) == press_s


@pytest.mark.parametrize("start", ["now", "beat", "bar"])
def test_the_answer_to_a_phrase_that_ends_by_itself_is_there_at_once(start: str):
    played = rehearsed(answer__start=start)
    played.play(PHRASE)
    played.run_until(PHRASE_END_S + 0.01)
    assert first_play_s(played, 0.0) == pytest.approx(PHRASE_END_S)


@pytest.mark.parametrize("press_s", [1.0, 2.2, 7.7, 20.1])
def test_with_keys_held_it_stays_ready_while_the_beats_pass(press_s: float):
    played = rehearsed(phrase__end="manual")
    played.play([*note(0.0, 25.0), *note(0.5, 25.0, 64), control(press_s, 67, 127)])
    played.run_until(press_s + 0.01)
    assert first_play_s(played, press_s) == press_s


def test_what_was_rehearsed_is_what_would_have_been_drawn():
    played, plain = rehearsed(), session()
    for each in (played, plain):
        each.play([*PHRASE, control(1.2, 67, 127)])
        each.run()
    assert planned(played) == planned(plain)
    first = asks(plain)[0][1]
    assert first in [replace(ask, number=first.number) for _, ask in asks(played)]


def test_what_is_being_rehearsed_when_it_is_asked_for_is_not_asked_for_again():
    played = rehearsed(took_s=0.2)
    played.play([*PHRASE, control(1.05, 67, 127)])
    played.run_until(1.3)
    assert [round(at_s, 3) for at_s, ask in asks(played) if at_s > 0.95] == [1.03, 1.23]
    assert asks(played)[-1][1].temperatures == (1.0,)
    assert first_play_s(played, 1.0) == pytest.approx(1.23)


def test_a_real_request_waits_for_one_rehearsal_at_most():
    played = rehearsed(took_s=0.5)
    played.play([*PHRASE, control(0.9, 67, 127)])
    played.run_until(2.0)
    times = [at_s for at_s, _ in asks(played)]
    assert 0.9 in times
    assert len([at_s for at_s in times if at_s < 0.9]) == 2


def test_nothing_is_rehearsed_where_the_settings_say_so_or_no_phrase_is_under_way():
    for played in (rehearsed(answer__rehearse=False), rehearsed()):
        played.play([])
        played.run_until(3.0)
        assert not asks(played)
    quiet = rehearsed(answer__rehearse=False)
    quiet.play(PHRASE)
    quiet.run_until(1.4)
    assert not asks(quiet)


def test_after_half_a_minute_without_a_note_nothing_more_is_rehearsed():
    played = rehearsed(phrase__end="manual")
    played.play(PHRASE)
    played.run_until(300.0)
    assert 30.0 < max(at_s for at_s, _ in asks(played)) < 31.5


def test_a_turned_knob_is_rehearsed_anew():
    played = rehearsed(phrase__end="manual")
    played.play(PHRASE)
    played.run_until(2.0)
    played.conductor.configure(Config().having("phrase.end", "manual").having("sampling.temperature", 0.7))
    played.run_until(3.0)
    assert played.conductor.view(3.0).ready
    played.conductor.your_turn(3.0)
    played.run_until(3.0)
    assert first_play_s(played, 3.0) == 3.0
    assert all(ask.temperatures == (0.7,) for at_s, ask in asks(played) if 2.1 < at_s < 3.0)


def test_a_chord_is_rehearsed_once_and_not_key_by_key():
    played = rehearsed()
    played.play([(i * 0.005, (0x90, 60 + i, 80)) for i in range(5)])
    played.run_until(0.1)
    assert [round(at_s, 6) for at_s, _ in asks(played)][:1] == [0.05]
    assert {len(ask.window) for _, ask in asks(played)} == {5}


def test_it_shows_whether_an_answer_is_ready_and_of_how_many_the_last_was_the_best():
    played = rehearsed(answer__candidates=16)
    assert not played.conductor.view(0.0).ready
    played.play(PHRASE)
    played.run_until(1.0)
    assert played.conductor.view(1.0).ready
    played.play(line([1.1], 0.2))
    played.run_until(1.11)
    assert not played.conductor.view(1.11).ready
    played.run()
    assert played.conductor.view(played.now_s).candidates == 16


def test_a_model_that_was_lost_has_rehearsed_nothing():
    played = rehearsed(phrase__end="manual")
    played.play(PHRASE)
    played.run_until(2.0)
    played.conductor.model_ready(False)
    assert not played.conductor.view(2.0).ready
    played.conductor.model_ready(True)
    played.run_until(2.01)
    assert not played.conductor.view(2.01).ready
    played.run_until(3.0)
    assert played.conductor.view(3.0).ready
