from __future__ import annotations

from improvd.music.note import Note
from improvd.music.timing import Meter, MeterChange, steady
from improvd.training.corpus.piece import Piece
from improvd.training.pictures.bars import bars, bars_of, lines_of, opening


def test_bars_follow_the_metres_until_the_music_has_ended():
    changes = (MeterChange(0, Meter(3, 4)), MeterChange(6, Meter(2, 4)))
    found = [(bar.number, bar.start_beats, bar.end_beats) for bar in bars(changes, 9.5)]
    assert found == [(1, 0, 3), (2, 3, 6), (3, 6, 8), (4, 8, 10)]


def test_a_metre_that_comes_early_cuts_the_bar_before_it():
    changes = (MeterChange(0, Meter(4, 4)), MeterChange(5, Meter(2, 4)))
    assert [(bar.start_beats, bar.end_beats) for bar in bars(changes, 7)] == [(0, 4), (4, 5), (5, 7)]


def test_silence_is_one_bar():
    assert len(bars((), 0.0)) == 1


def test_a_note_that_ends_on_a_bar_line_begins_no_bar():
    assert len(bars(steady(4, 4), 8 + 1e-9)) == 2


def test_a_line_takes_as_many_bars_as_fit_and_never_none():
    lines = lines_of(bars(steady(3, 4), 15), beats=6)
    assert [[bar.number for bar in line] for line in lines] == [[1, 2], [3, 4], [5]]
    assert len(lines_of(bars(steady(3, 4), 15), beats=1)) == 5


def test_lines_are_of_one_length_where_they_can_be():
    assert [len(line) for line in lines_of(bars(steady(4, 4), 24), beats=22)] == [3, 3]


def test_an_opening_holds_what_begins_in_its_bars_and_ends_with_them():
    notes = (Note(0, 60, 1, 80), Note(3, 62, 4, 80), Note(4, 64, 1, 80))
    shown = opening(Piece("a", "any", steady(4, 4), notes), 1)
    assert shown.notes == (Note(0, 60, 1, 80), Note(3, 62, 1, 80))
    assert len(bars_of(shown)) == 1
