from __future__ import annotations

from improvd.bench.notes import Heard, Onset, onsets, pitch_of
from improvd.bench.subject import notes_of


def heard(*numbers: int, source: int = 0, status: int = 0x91) -> list[Heard]:
    return [Heard(source, float(number), (status, pitch_of(number), 80)) for number in numbers]


def test_notes_are_known_by_their_pitch():
    assert onsets(heard(0, 1, 2), 0, planned=3) == [Onset(0, 0.0), Onset(1, 1.0), Onset(2, 2.0)]


def test_a_lost_note_leaves_the_others_in_their_place():
    assert [onset.number for onset in onsets(heard(0, 3, 4, 99, 100), 0, planned=200)] == [0, 3, 4, 99, 100]


def test_pitches_come_again_after_96_notes():
    assert [onset.number for onset in onsets(heard(*range(300)), 0, planned=300)] == list(range(300))


def test_a_note_heard_again_leaves_the_others_in_their_place():
    again = [*heard(0, 1), Heard(0, 1.01, (0x91, pitch_of(1), 80)), *heard(2, 3)]
    assert onsets(again, 0, planned=200) == onsets(heard(0, 1, 2, 3), 0, planned=200)


def test_only_note_ons_of_the_source_count():
    others = (
        heard(5, source=1) + heard(6, status=0x81) + [Heard(0, 0.0, (0x91, pitch_of(7), 0)), Heard(0, 0.0, (0xF8,))]
    )
    assert onsets(others, 0, planned=10) == []


def test_what_comes_after_the_end_does_not_count():
    assert [onset.number for onset in onsets(heard(7, 8, 9), 0, planned=8)] == [7]


def test_the_player_is_told_sixteenths_that_sound_for_half_their_step():
    assert notes_of(8, first=3, end=5) == ((8.75, 0.125, 27, 80, 1), (9.0, 0.125, 28, 80, 1))
