from __future__ import annotations

import sys
from math import inf
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[2] / "benchmarks"))
import turning  # once the folder of scripts is on the path
from turning import DOWN, UP, Heard, Turn

from improvd.protocol import Continued

OLD, NEW, BOTH = frozenset({DOWN}), frozenset({UP}), frozenset({DOWN, UP})


def turns(*heard: tuple[float, float, frozenset[float]], presses: tuple[tuple[float, float], ...]) -> list[Turn]:
    """What is heard after presses in one answer of notes (sent at, with the player since, drawn at)."""
    return list(turning.turns([Heard(sent_s, 1, known_s, at) for sent_s, known_s, at in heard], presses))


def test_the_first_note_of_a_row_of_the_new_temperature_counts_from_the_key_press_in_beats():
    heard = (1.0, 0.9, OLD), (1.5, 1.4, OLD), (1.6, 1.55, NEW), (3.0, 2.9, NEW)
    assert turns(*heard, presses=((1.45, UP),)) == [Turn(*map(pytest.approx, (0.3, 0.1, 0.1)))]


def test_a_note_that_the_player_had_before_the_key_press_is_not_new_though_two_rows_agree_on_it():
    heard = (1.0, 0.9, OLD), (1.5, 1.4, BOTH), (2.0, 1.9, BOTH), (3.0, 2.9, NEW)
    assert turns(*heard, presses=((1.45, UP),))[0].new == pytest.approx(1.1)


def test_a_turn_at_the_end_of_an_answer_or_between_answers_does_not_count():
    heard = (1.0, 0.9, OLD), (2.0, 1.9, OLD)
    assert turns(*heard, presses=((0.5, UP), (1.6, UP), (2.5, UP))) == []
    assert turns(*heard, presses=((1.2, UP),)) == [Turn(inf, *map(pytest.approx, (1.6, 1.6)))]


def test_rows_tell_at_which_temperatures_a_note_was_drawn_and_where_a_row_begins():
    rows = turning.Rows()
    rows.asked(7, (DOWN, UP))
    rows.drawn(Continued(7, (((96, 0, 60, 6, 80), (108, 0, 62, 6, 70)), ((96, 0, 60, 6, 80),)), (0.0, 0.0), 1, 0.01))
    assert rows.beginning(60, 80) == 96
    assert rows.drawn_at(96, 60, 80) == BOTH
    assert rows.drawn_at(108, 62, 70) == OLD
    assert rows.drawn_at(109, 62, 70) == frozenset()
