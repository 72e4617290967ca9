from __future__ import annotations

from itertools import pairwise

import pytest

from improvd.tui.roll import roll_pane
from improvd.tui.status import ANSWER, CALL, RollNote, Status
from improvd.tui.text import plain, width_of

COLUMNS, ROWS = 36, 4
"""Two characters a beat on 32 columns of music: the last 16 beats."""


def _rows(*notes: RollNote, beats: float = 16.0, **status: object) -> list[str]:
    return [plain(line) for line in roll_pane(Status(beats=beats, roll=notes, **status), COLUMNS, ROWS)]


def test_a_call_is_solid_and_an_answer_is_dashed():
    rows = _rows(RollNote(2.0, 2.0, 64, CALL), RollNote(9.0, 2.0, 64, ANSWER))
    music = next(row for row in rows if "▄" in row or "▀" in row)
    assert "▄▄▄▄" in music or "▀▀▀▀" in music
    assert "▖▖▖▖" in music or "▘▘▘▘" in music


def test_call_and_answer_have_the_colours_of_their_words():
    lines = roll_pane(Status(beats=16.0, roll=(RollNote(2, 2, 64, CALL), RollNote(9, 2, 64, ANSWER))), COLUMNS, ROWS)
    styles = {style for line in lines for style, text in line if text.strip("▀▄▘▖") == "" and text}
    assert styles == {"class:call-onset", "class:call", "class:answer-onset", "class:answer"}


def test_a_note_that_sounds_reaches_the_playhead():
    rows = _rows(RollNote(14.0, None, 60, CALL))
    assert any(row.endswith(("▄▄▄▄", "▀▀▀▀")) for row in rows)


def test_the_picture_moves_left_with_the_playhead():
    before = _rows(RollNote(8.0, 1.0, 64, CALL), beats=12.0)
    after = _rows(RollNote(8.0, 1.0, 64, CALL), beats=13.0)
    row = next(i for i, text in enumerate(before) if "▀" in text or "▄" in text)
    glyph = "▀" if "▀" in before[row] else "▄"
    assert after[row].index(glyph) == before[row].index(glyph) - 2


def test_the_picture_scrolls_by_half_beats_and_the_playhead_moves_between():
    note = RollNote(8.0, 1.0, 64, CALL)
    then, soon, later = (plain(roll_pane(Status(beats=beats, roll=(note,)), 68, 1)[0]) for beats in (12.0, 12.25, 12.5))
    assert then.index("▀") == soon.index("▀") == later.index("▀") + 2
    assert [row.index("│") for row in (then, soon, later)] == [66, 67, 66]


def test_a_note_that_has_scrolled_out_leaves_nothing():
    assert not any(set(row) & set("▀▄▘▖█▌") for row in _rows(RollNote(1.0, 1.0, 60, CALL), beats=40.0))


def test_an_empty_roll_invites_and_stands_still():
    assert _rows(beats=16.0) == _rows(beats=17.3)
    assert _rows()[2].strip() == "play a phrase and pause: improvd answers"


def test_two_pitches_share_a_row():
    rows = _rows(RollNote(4.0, 1.0, 61, CALL), RollNote(4.0, 1.0, 62, CALL))
    assert sum("█" in row for row in rows) == 1


def test_a_call_over_an_answer_shows_both_colours():
    lines = roll_pane(Status(beats=16.0, roll=(RollNote(4, 1, 62, CALL), RollNote(4, 1, 61, ANSWER))), COLUMNS, ROWS)
    assert "class:both" in {style for line in lines for style, _ in line}


def test_higher_notes_stand_higher_and_all_fit():
    rows = _rows(*(RollNote(float(i), 0.9, 24 + 7 * i, CALL) for i in range(12)), beats=13.0)
    marked = [next(i for i, row in enumerate(rows) if row[column] in "▀▄█") for column in (12, 20, 32)]
    assert marked == sorted(marked, reverse=True)
    assert sum(len(set(row) & set("▀▄█")) > 0 for row in rows) == ROWS


def test_bar_lines_stand_a_bar_apart():
    row = _rows(RollNote(8.0, 1.0, 60, CALL), beats=16.0, beat=1.0)[0]
    bars = [i for i, character in enumerate(row) if character == "┊"]
    assert {b - a for a, b in pairwise(bars)} == {8}


def test_c_is_named_at_the_left():
    assert any(row.startswith("C4 ") for row in _rows(RollNote(4.0, 1.0, 60, CALL)))


@pytest.mark.parametrize("pitch", [0, 127])
def test_the_ends_of_the_range_of_pitches_fit(pitch):
    assert any(set(row) & set("▀▄") for row in _rows(RollNote(4.0, 1.0, pitch, CALL)))


@pytest.mark.parametrize(("columns", "rows"), [(5, 1), (36, 2), (200, 60)])
def test_the_roll_keeps_its_size(columns, rows):
    lines = roll_pane(Status(beats=3.7, roll=(RollNote(1.0, None, 60, CALL),)), columns, rows)
    assert [width_of(line) for line in lines] == [columns] * rows
