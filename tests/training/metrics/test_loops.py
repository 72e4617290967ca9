"""Loops: what is said three times in a row, and what only sounds alike."""

from __future__ import annotations

import math

import numpy as np

from improvd.music.codec import PARTS
from improvd.training.metrics.loops import looped, share_looped
from improvd.training.metrics.passage import Passage


def passage(pitches, *, steps=(12,), start=0, part=1):
    """Return a passage of pitches, whose distances go round `steps`; each note sounds six ticks."""
    rows, onset = [], start
    for number, pitch in enumerate(pitches):
        rows.append((onset, part, pitch, 6, 80))
        onset += steps[number % len(steps)]
    return Passage(np.array(rows, np.int32), 96)


CELL = [60, 64, 67, 64]
VARIED = [50, 53, 57, 61, 52, 58, 55]


def test_a_passage_three_times_in_a_row_is_a_loop_and_what_surrounds_it_is_not():
    caught = looped(passage(VARIED + CELL * 3 + VARIED))
    assert np.flatnonzero(caught).tolist() == list(range(7, 19))


def test_twice_is_no_loop():
    assert not looped(passage(VARIED * 2)).any()
    assert looped(passage(VARIED * 3)).all()


def test_one_note_is_a_loop_from_the_twelfth_time_on():
    assert not looped(passage([60] * 11)).any()
    assert looped(passage([60] * 12)).all()


def test_the_same_pitches_in_another_rhythm_are_no_loop():
    assert not looped(passage(CELL * 3, steps=(12, 12, 12, 12, 12, 24, 12))).any()
    assert looped(passage(CELL * 3, steps=(12, 6, 18, 12))).all()


def test_the_same_pitches_held_for_longer_are_no_loop():
    music = passage(CELL * 3)
    music.notes[5, 3] = 9
    assert not looped(music).any()


def test_a_sequence_on_other_pitches_is_no_loop():
    assert not looped(passage([pitch + 2 * time for time in range(4) for pitch in CELL])).any()


def test_how_loud_a_loop_is_does_not_matter():
    music = passage(CELL * 3)
    music.notes[:, 4] = np.arange(12) + 60
    assert looped(music).all()


def test_an_answer_is_caught_in_a_loop_that_began_in_its_primer():
    primer, answer = passage(VARIED + CELL * 2), passage(CELL + VARIED[:4], start=15 * 12)
    assert share_looped(primer, answer) == 0.5
    assert share_looped(passage(VARIED), answer) == 0


def test_drums_are_no_loop():
    drums = passage([36, 42] * 12, part=PARTS.index("drums"))
    assert math.isnan(share_looped(drums, drums))
