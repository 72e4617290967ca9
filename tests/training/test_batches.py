"""Batches: every note shown once, varied within reason, and nothing told that would betray the answer."""

from __future__ import annotations

import numpy as np

from improvd.music import codec
from improvd.music.codec import KEYS
from improvd.music.harmony import Chord
from improvd.music.note import Note
from improvd.music.timing import Meter, MeterChange, steady
from improvd.training import batches, grid
from improvd.training.corpus.piece import Piece
from improvd.training.variation import Augmentation


def piece(count=30, start=0.0, style="folk"):
    notes = tuple(Note(start + i * 0.5, 55 + (i * 5) % 17, 0.5, 80, part=1) for i in range(count))
    return Piece(f"piece {count}", style, steady(4, 4), notes)


def scores(*pieces):
    return grid.prepare(pieces, as_keys=False)


def shown_once(pieces, seed=0, augmentation=None, **sizes):
    sizes = {"rows": 1, "length": 64, "span": 64} | sizes
    return list(batches.training_windows(pieces, np.random.default_rng(seed), augmentation or Augmentation(), **sizes))


def test_a_batch_feeds_each_event_and_asks_for_the_next():
    told, weight = batches.batch(scores(piece(5)))
    assert told["event"][0, 0].tolist() == list(codec.START)
    assert np.array_equal(told["event"][0, 1:], told["target"][0, :-1])
    assert weight[0, :, codec.PITCH].tolist() == [1, 1, 1, 1, 1, 0]
    assert told["target"][0, 5, codec.ADVANCE] == codec.END


def test_only_the_end_of_a_piece_is_an_end():
    whole = scores(piece(300))
    for windows in (shown_once(whole), list(batches.evaluation_windows(whole, rows=8, length=100))):
        ends = sum(((w.told["target"][..., 1] == codec.END) & (w.weight[..., 1] > 0)).sum() for w in windows)
        assert ends == 1


def test_evaluation_shows_every_note_once_and_unvaried():
    pieces = scores(piece(300), piece(40), piece(7))
    shown = list(batches.evaluation_windows(pieces, rows=2, length=100))
    assert sum(window.weight[..., codec.PITCH].sum() for window in shown) == 347
    assert {len(window.weight) for window in shown} == {2}


def test_training_shows_every_note_of_every_piece():
    shown = shown_once(scores(piece(300), piece(40), piece(17)), seed=3)
    assert sum(window.weight[..., codec.PITCH].sum() for window in shown) == 357


def test_rows_go_on_from_window_to_window_of_a_span_and_never_into_another():
    shown = shown_once(scores(piece(300)), span=512, length=128)
    assert [window.carried for window in shown] == [False, True, True]
    events = np.concatenate([window.told["event"][0] for window in shown])
    targets = np.concatenate([window.told["target"][0] for window in shown])
    assert np.array_equal(events[1:], targets[:-1])


def test_an_excerpt_counts_from_its_bar_line():
    part = grid.excerpt(scores(piece(20, start=0.5))[0], 9, 20)
    assert part.position[0] == 24
    assert codec.STEPS[part.events[0, codec.ADVANCE]] == 24
    assert part.ends


def test_a_new_metre_begins_a_new_count_of_positions():
    meters = (*steady(4, 4), MeterChange(4.0, Meter(3, 4)))
    notes = tuple(Note(float(beat), 60 + beat, 1.0, 80) for beat in range(10))
    told, _ = batches.batch(scores(Piece("p", "folk", meters, notes)))
    assert told["position"][0, 1:11].tolist() == [0, 24, 48, 72, 0, 24, 48, 0, 24, 48]
    assert told["bar"][0, [1, 4, 5]].tolist() == [96, 96, 72]


def test_a_named_chord_is_the_harmony_from_its_place_on_until_it_is_taken_back():
    chords = (Chord(1.0, frozenset({2, 5, 9})), Chord(2.0, frozenset()))
    notes = tuple(Note(float(beat), 60 + beat, 1.0, 80) for beat in range(3))
    told, _ = batches.batch(scores(Piece("p", "jazz", steady(4, 4), notes, chords=chords)))
    classes = [np.flatnonzero(step).tolist() for step in told["harmony"][0]]
    assert classes[1:] == [[0], [2, 5, 9], [2]]


def test_positions_are_those_of_the_onsets_in_the_bar():
    told, _ = batches.batch(scores(piece(4, start=3.0)))
    assert told["position"][0, :5].tolist() == [0, 72, 84, 0, 12]
    assert told["target_position"][0, :4].tolist() == [72, 84, 0, 12]


def test_the_harmony_told_is_what_sounds_before_the_note():
    notes = (Note(0.0, 60, 2.0, 80), Note(0.0, 64, 1.0, 80), Note(1.0, 67, 1.0, 80))
    told, _ = batches.batch(scores(Piece("p", "folk", steady(4, 4), notes)))
    classes = [np.flatnonzero(step).tolist() for step in told["harmony"][0]]
    assert classes[0] == []
    assert classes[1] == [0]
    assert classes[2] == [0, 4]
    assert classes[3] == [0, 7]


def test_a_sounding_pitch_is_illegal_until_it_ends():
    notes = (Note(0.0, 60, 2.0, 80), Note(1.0, 64, 1.0, 80), Note(2.0, 65, 1.0, 80))
    told, _ = batches.batch(scores(Piece("p", "folk", steady(4, 4), notes)))
    assert told["illegal"][0, 1, 60]
    assert not told["illegal"][0, 2, 60]


def test_transposition_moves_the_whole_piece_and_stays_on_the_keyboard():
    high = scores(Piece("p", "folk", steady(4, 4), tuple(Note(i * 0.5, 100 + i % 8, 0.5, 80) for i in range(20))))
    shifts = set()
    for seed in range(30):
        pitches = shown_once(high, seed)[0].told["target"][0, :20, codec.PITCH]
        assert pitches.max() <= 108
        assert np.array_equal(np.diff(pitches), np.diff(high[0].events[:, codec.PITCH]))
        shifts.add(pitches[0] - 100)
    assert (min(shifts), max(shifts)) == (-6, 1)


def test_named_chords_move_with_the_music():
    notes = tuple(Note(i * 0.5, 60 + i % 5, 0.5, 80) for i in range(20))
    jazz = scores(Piece("p", "jazz", steady(4, 4), notes, chords=(Chord(0.0, frozenset({0, 4, 7})),)))
    for seed in range(10):
        told = shown_once(jazz, seed, Augmentation(no_chords=0.0))[0].told
        shift = told["target"][0, 0, codec.PITCH] - 60
        assert set(np.flatnonzero(told["chord"][0, 5])) == {(c + shift) % 12 for c in (0, 4, 7)}


def test_drums_are_never_transposed_nor_taken_for_keys():
    beat = tuple(Note(i * 0.5, 36 + i % 3, 0.1, 80, grid.DRUMS) for i in range(20))
    for seed in range(10):
        target = shown_once(scores(Piece("p", "groove", steady(4, 4), beat)), seed)[0].told["target"][0, :20]
        assert set(target[:, codec.PITCH]) == {36, 37, 38}
        assert set(target[:, codec.PART]) == {grid.DRUMS}


def test_some_pieces_are_shown_as_keys_and_some_without_style():
    varied = Augmentation(keys=0.5, any_style=0.5)
    told = shown_once(scores(*[piece(20)] * 200), augmentation=varied, rows=200)[0].told
    assert 0.3 < (told["target"][:, 0, codec.PART] == KEYS).mean() < 0.7
    assert 0.3 < (told["style"][:, 0] == 0).mean() < 0.7


def test_live_playing_has_no_style_and_names_no_chords():
    notes = tuple(Note(i * 0.5, 60 + i % 5, 0.5, 80, part=1) for i in range(20))
    seen = grid.seen_as_keys(scores(Piece("p", "jazz", steady(4, 4), notes, chords=(Chord(0.0, frozenset({0})),)))[0])
    assert (seen.style, set(seen.events[:, codec.PART]), seen.chord.any()) == (0, {KEYS}, False)


def test_drawn_loudness_differs_between_showings_and_half_of_them_keep_one():
    levels = [shown_once(scores(piece(40)), seed)[0].told["target"][0, :40, codec.VELOCITY] for seed in range(60)]
    steady_ones = sum(len(set(level)) == 1 for level in levels)
    assert 15 < steady_ones < 45
    assert np.std([level.mean() for level in levels]) > 2
