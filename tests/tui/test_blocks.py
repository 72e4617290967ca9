from __future__ import annotations

import pytest

from improvd.tui.blocks import LETTERS, ROWS, block_word


@pytest.mark.parametrize("character", LETTERS)
def test_every_letter_is_a_rectangle_of_five_rows(character):
    rows = LETTERS[character]
    assert len(rows) == ROWS
    assert len({len(row) for row in rows}) == 1


@pytest.mark.parametrize("word", ["LISTENING", "ANSWER IN 2", "ANSWERING 2/4", "YOUR TURN", "NO MODEL", "NO DAEMON"])
def test_the_words_of_the_screen_fit_on_eighty_columns(word):
    assert all(len(row) <= 78 for row in block_word(word))


def test_letters_stand_beside_each_other_with_a_gap():
    assert block_word("I-I") == ("██      ██", "██      ██", "██ ████ ██", "██      ██", "██      ██")


def test_twice_the_size_is_twice_as_wide_and_high():
    assert block_word("I", 2) == ("████",) * 10


def test_enlarging_keeps_half_blocks_sharp():
    assert block_word("1", 2)[:2] == ("  ████", "██████")


def test_an_unknown_character_is_a_blank():
    assert block_word("I~I") == block_word("I I")
