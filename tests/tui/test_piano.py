from __future__ import annotations

import pytest

from improvd.tui.piano import LETTERS, letter_pitch, piano_pane
from improvd.tui.status import ANSWER, CALL, RollNote, Status
from improvd.tui.text import plain, width_of
from improvd.tui.view import View


@pytest.mark.parametrize(("letter", "pitch"), [("z", 48), ("s", 49), ("m", 59), ("q", 60), ("2", 61), ("i", 72)])
def test_the_letters_are_two_octaves_and_a_note(letter, pitch):
    assert letter_pitch(letter, View()) == pitch


def test_the_octave_moves_all_letters():
    assert letter_pitch("z", View(octave=5)) == 72


@pytest.mark.parametrize("rows", [2, 4, 6])
def test_every_letter_stands_on_its_key(rows):
    picture = "".join(plain(line) for line in piano_pane(View(), 70, rows))
    assert sorted(c for c in picture if c.isalnum()) == sorted(LETTERS)


def test_black_keys_lie_above_the_joint_of_their_neighbours():
    black, white = (plain(line) for line in piano_pane(View(), 40, 2))
    assert white.index("z") < black.index("s") < white.index("x")
    assert "e" in white and black[white.index("e") + 1 : white.index("t")].split() == ["▏", "5"]


def test_keys_that_sound_are_lit_in_the_colour_of_who_plays_them():
    roll = (RollNote(1.0, None, 60, CALL), RollNote(1.0, None, 61, ANSWER), RollNote(0.0, 0.5, 62, CALL))
    styles = {text.strip(" ▏"): style for line in piano_pane(View(Status(roll=roll)), 78, 4) for style, text in line}
    assert (styles["q"], styles["2"]) == ("class:call-key", "class:answer-key")
    assert not any("call-key" in style and "w" in text for text, style in styles.items())


def test_the_range_and_its_keys_are_told_where_there_is_room():
    assert "C3 – C5" in "\n".join(plain(line) for line in piano_pane(View(), 78, 4))
    assert all(width_of(line) <= 38 for line in piano_pane(View(), 38, 2))
