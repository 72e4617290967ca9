"""Fitting what tells styles apart: which windows it is shown, and what comes of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from improvd.live.notation import PLACES
from improvd.model.bundle import open_bundle
from improvd.model.runtimes import open_step
from improvd.music.note import TICKS_PER_BEAT, Note
from improvd.music.timing import Meter, MeterChange, steady
from improvd.training import styles
from improvd.training.corpus.piece import Piece
from improvd.training.performed import performed, written
from improvd.training.styles import NOTES, accuracy, windows


def piece(name, style, pitches, gap_beats=0.5, notes=100):
    tune = (Note(1.0 + gap_beats * i, pitches[i % len(pitches)], gap_beats, 50 + i, part=1) for i in range(notes))
    return Piece(name, style, steady(3, 4), tuple(tune))


SCALE = (60, 62, 64, 65, 67, 69, 71, 72)
FOLK = [piece(f"tune {number}", "folk", SCALE[number % 5 :] + SCALE[: number % 5]) for number in range(8)]
JAZZ = [piece(f"solo {number}", "jazz", (58, 61, 63, 66, 68), gap_beats=1 / 3) for number in range(8)]


def test_windows_are_one_keyboard_part_of_one_velocity_counted_from_a_bar_line():
    for window in windows(FOLK[:1], 10, seed=0, as_written=True):
        assert set(window.notes[:, 1]) == {0}
        assert len(set(window.notes[:, 4])) == 1
        assert 0 <= window.notes[0, 0] < 3 * TICKS_PER_BEAT
        assert (window.context.numerator, window.context.denominator) == (3, 4)
        assert window.context.style == "any"


def test_windows_of_a_piece_do_not_overlap_and_pieces_take_turns():
    high = piece("high", "folk", tuple(pitch + 12 for pitch in SCALE))
    found = windows([FOLK[0], high], 4, seed=0, as_written=True)
    assert [len(window.notes) for window in found] == [NOTES] * 4
    assert sum(window.notes[:, 2].max() > 72 for window in found) == 2
    assert len(windows(FOLK[:1], 10, seed=0)) == 100 // NOTES


def test_chords_that_were_written_are_performed_now_and_then_and_read_as_improvd_writes_them():
    chords = [Note(1.0 + i // 3, (60, 64, 67)[i % 3] + i // 30, 1.0, 80) for i in range(200)]
    found = windows([Piece("chords", "folk", steady(3, 4), tuple(chords))] * 8, 20, seed=1)
    assert len({tuple(window.notes[:, 3]) for window in found}) > 1
    near = [onset % TICKS_PER_BEAT in PLACES for window in found for onset in window.notes[:, 0]]
    assert sum(near) > 0.95 * len(near)


def test_performing_moves_what_is_struck_together_together():
    chords = np.array([(24 * i, 0, pitch, 24, 80) for i in range(8) for pitch in (60, 64, 67)])
    played = performed(chords, 20.0, 0.7, np.random.default_rng(0))
    onsets = played[:, 0].reshape(8, 3)
    assert (onsets == onsets[:, :1]).all()
    assert (onsets[:, 0] != chords[::3, 0]).any()
    assert (played[:, 3] < 24).all()
    np.testing.assert_array_equal(written(played)[:, 2], chords[:, 2])


def test_accuracy_counts_each_style_alike():
    assert accuracy(np.array([[90, 10], [5, 5]])) == pytest.approx(0.7)


def test_two_styles_are_told_apart_after_a_few_notes():
    opened = open_bundle("default")
    step = open_step(opened, "litert-int8")
    fitted = styles.fitted(step, opened.shape, FOLK[:6] + JAZZ[:6], FOLK[6:] + JAZZ[6:])
    assert fitted.probe.styles == ("folk", "jazz")
    assert fitted.accuracy == 1.0
    assert set(fitted.shorter) == set(styles.HEARD_AT)


def test_one_style_alone_is_not_told_apart():
    opened = open_bundle("default")
    assert styles.fitted(open_step(opened, "litert-int8"), opened.shape, FOLK, FOLK) is None


def test_a_window_has_the_metre_that_it_stands_in():
    changes = (MeterChange(0.0, Meter(3, 4)), MeterChange(30.0, Meter(4, 4)))
    (first, *_, last) = windows([replace(FOLK[0], meters=changes)], 10, seed=0, as_written=True)
    assert (first.context.numerator, last.context.numerator) == (3, 4)
    assert 0 <= last.notes[0, 0] < 4 * TICKS_PER_BEAT
