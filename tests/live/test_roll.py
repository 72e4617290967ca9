"""Notes as they sounded, from their messages."""

from __future__ import annotations

from improvd.live.roll import Roll, RollNote


def test_a_note_lasts_from_its_note_on_to_its_note_off() -> None:
    roll = Roll()
    assert roll.feed("call", 1.0, (0x90, 60, 80))
    assert roll.notes == [RollNote("call", 1.0, 60, 80, 0)]
    roll.feed("call", 1.5, (0x80, 60, 64))
    assert roll.notes == [RollNote("call", 1.0, 60, 80, 0, 1.5)]


def test_call_and_answer_do_not_end_each_others_notes() -> None:
    roll = Roll()
    roll.feed("call", 1.0, (0x90, 60, 80))
    roll.feed("answer", 1.0, (0x91, 60, 80))
    roll.feed("answer", 2.0, (0x81, 60, 64))
    assert [note.end_beats for note in roll.notes] == [None, 2.0]


def test_a_key_struck_again_ends_its_first_note() -> None:
    roll = Roll()
    roll.feed("call", 1.0, (0x90, 60, 80))
    roll.feed("call", 2.0, (0x90, 60, 90))
    assert [(note.onset_beats, note.end_beats) for note in roll.notes] == [(1.0, 2.0), (2.0, None)]


def test_what_is_no_note_is_not_taken() -> None:
    roll = Roll()
    assert not roll.feed("call", 1.0, (0xB0, 64, 127))
    assert not roll.feed("call", 1.0, (0xC0, 1))
    assert roll.notes == []


def test_what_ended_long_ago_is_forgotten_but_not_what_sounds() -> None:
    roll = Roll()
    for pitch in (60, 61, 62):
        roll.feed("call", 1.0, (0x90, pitch, 80))
    roll.feed("call", 2.0, (0x80, 60, 64))
    roll.feed("call", 9.0, (0x80, 61, 64))
    roll.forget_before(5.0)
    assert [note.pitch for note in roll.notes] == [61, 62]
