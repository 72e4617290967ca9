from __future__ import annotations

import numpy as np
import pytest

from improvd.music.note import Note
from improvd.music.timing import steady
from improvd.training.corpus.piece import Piece
from improvd.training.metrics.passage import DRUMS
from improvd.training.pictures.similarity import self_similarity


def _piece(*notes: tuple[float, int], part: int = 0) -> Piece:
    return Piece("a", "any", steady(4, 4), tuple(Note(onset, pitch, 1, 80, part) for onset, pitch in notes))


def test_a_bar_that_returns_in_another_octave_is_the_same():
    matrix = self_similarity(_piece((0, 60), (2, 64), (4, 72), (6, 52)))
    assert matrix == pytest.approx(np.ones((2, 2)))


def test_the_two_halves_are_pitch_classes_and_places():
    same_rhythm = self_similarity(_piece((0, 60), (4, 61)))
    same_pitch = self_similarity(_piece((0, 60), (5, 60)))
    half_of_each = self_similarity(_piece((0, 60), (1, 62), (4, 60), (6, 64)))
    assert same_rhythm[0, 1] == pytest.approx(0.5)
    assert same_pitch[0, 1] == pytest.approx(0.5)
    assert half_of_each[0, 1] == pytest.approx((1 / 2 + 1 / 3) / 2)


def test_silence_is_like_silence_and_unlike_music():
    matrix = self_similarity(_piece((0, 60), (12, 60)))
    assert matrix[1, 2] == 1
    assert matrix[0, 1] == 0


def test_drums_are_told_apart_by_key_not_by_pitch_class():
    matrix = self_similarity(_piece((0, 36), (4, 48), part=DRUMS))
    assert matrix[0, 1] == pytest.approx(0.5)


def test_a_note_played_a_little_early_belongs_to_its_place():
    matrix = self_similarity(_piece((0, 60), (1, 60), (4, 60), (4.96, 60)))
    assert matrix[0, 1] == pytest.approx(1)


def test_a_picture_of_it_is_symmetric_and_one_on_the_diagonal():
    rng = np.random.default_rng(0)
    notes = sorted((60 * rng.random(), int(rng.integers(40, 80))) for _ in range(80))
    matrix = self_similarity(_piece(*notes))
    assert matrix == pytest.approx(matrix.T)
    assert np.diag(matrix) == pytest.approx(1)
    assert matrix.min() >= 0
