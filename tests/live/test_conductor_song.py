"""The conductor and the song: bars from a clock that others hear, songs that stand, jump and start, and grooves."""

from __future__ import annotations

import pytest
from scores import PHRASE, PHRASE_END_S, asks, cancels, heard_onsets, line, planned, session

from improvd.protocol import SetClick, SetClock, SetMeter, Transport


def obey(played, message, at_s):
    played.at(at_s, lambda: played.performer.obey(message, at_s))


def ticks(played, begin_s, count, bpm=120.0):
    played.play([(begin_s + i * 60 / bpm / 24, (0xF8,)) for i in range(count)], source="daw")


def test_with_a_click_bars_count_from_the_clock_and_answers_begin_on_bar_lines():
    played = session(click__on=True)
    played.play([(at_s + 0.25, data) for at_s, data in PHRASE])
    played.run_until(20.0)
    first = asks(played)[0][1]
    assert [n[0] for n in first.window] == [12, 24, 36, 48]
    assert (first.begin_ticks, planned(played)[0][0]) == (96, 4.0)


def test_while_the_song_stands_no_answer_begins_and_it_says_why():
    played = session()
    obey(played, Transport("stop"), 0.0)
    played.play(PHRASE)
    played.run_until(5.0)
    assert asks(played) == []
    assert played.conductor.view(5.0).reason.startswith("the song stands")


def test_a_song_that_stops_takes_its_answer_along():
    played = session()
    played.play(PHRASE)
    obey(played, Transport("stop"), 2.2)
    played.run_until(9.0)
    assert [at_s for at_s, _ in cancels(played)] == [2.2]
    assert played.conductor.view(9.0).state != "answering"
    assert max(at_beats for at_beats, _ in heard_onsets(played)) <= 2.2 * 2


def test_a_phrase_of_long_ago_is_not_answered_when_the_song_goes_on():
    played = session()
    obey(played, Transport("stop"), 0.0)
    played.play(PHRASE)
    obey(played, Transport("go on"), 60.0)
    played.run_until(70.0)
    assert asks(played) == []


def test_a_phrase_that_goes_on_while_the_song_starts_is_answered():
    played = session()
    obey(played, Transport("stop"), 0.0)
    obey(played, Transport("go on"), 0.6)
    played.play(PHRASE)
    played.run_until(9.0)
    assert asks(played)[0][0] == pytest.approx(PHRASE_END_S, abs=0.05)


def test_bars_count_from_where_the_masters_song_started():
    played = session()
    obey(played, SetClock("auto", "off", "wait", 0.0), 0.0)
    played.play([(1.13, (0xFA,))], source="daw")
    ticks(played, 1.13, 24 * 12)
    played.play(line((1.13 + 0.5, 1.13 + 0.75, 1.13 + 1.0), 0.2))
    played.run_until(6.0)
    first = asks(played)[0][1]
    assert [n[0] % 96 for n in first.window] == [24, 36, 48]
    assert first.begin_ticks % 96 == 0
    beats_after_start = [at_beats - 1.13 * 2 for at_beats, _ in heard_onsets(played)]
    assert beats_after_start[0] == pytest.approx(4.0, abs=0.05)


def test_after_a_change_of_metre_answers_begin_where_the_click_is_strong():
    played = session(click__on=True)
    obey(played, SetClick(True, "", 9, 77, 76), 0.0)
    obey(played, SetMeter(3, 4), 2.6)  # in the second bar of four: bars of three begin on beats 4, 7, 10 …
    played.play(line((2.75, 3.0), 0.2))
    played.run_until(8.0)
    strong = [round(sent.at_beats) for sent in played.sent if sent.data[:2] == (0x99, 76)]
    assert strong[:3] == [0, 4, 7]
    assert planned(played)[0][0] in strong


def test_the_bars_of_a_masters_song_count_from_its_beginning_in_every_metre():
    played = session()
    obey(played, SetClock("midi", "off", "wait", 0.0), 0.0)
    played.play([(0.0, (0xFA,))], source="daw")
    ticks(played, 0.001, 24 * 20)
    obey(played, SetMeter(3, 4), 2.6)
    played.run_until(4.01)
    view = played.conductor.view(4.01)
    assert view.beat == pytest.approx(2.0, abs=0.1)  # beat 8 of the song is the third of its third bar


def test_notes_after_a_jump_of_the_song_come_later_in_the_window_all_the_same():
    played = session()
    obey(played, SetClock("midi", "off", "wait", 0.0), 0.0)
    played.play([(0.0, (0xFA,))], source="daw")
    ticks(played, 0.001, 24 * 20)
    played.play(line((0.5, 0.75), 0.2))
    played.play([(1.0, (0xF2, 66, 0))], source="daw")
    played.play(line((1.25, 1.5), 0.2, pitch=70))
    played.run_until(8.0)
    onsets = [n[0] for n in asks(played)[0][1].window]
    assert onsets == sorted(onsets)
    assert len(onsets) == 4


def test_an_answer_swings_and_the_window_keeps_what_was_drawn():
    played = session(groove__swing=66)
    played.play(PHRASE)
    played.run()
    assert [onset % 1 for onset, *_ in planned(played)[:4]] == pytest.approx([0.0, 0.66, 0.0, 0.66])
    assert [n[0] % 24 for n in asks(played)[-1][1].window[4:8]] == [0, 12, 0, 12]
