"""Batches: every note shown once, varied within reason, and nothing told that would betray the answer."""

from __future__ import annotations

import numpy as np

from improvd.music import codec
from improvd.music.codec import KEYS
from improvd.music.note import Note
from improvd.music.timing import steady
from improvd.training import batches
from improvd.training.batches import Augmentation
from improvd.training.corpus.piece import Piece


def piece(count=30, start=0.0, style="folk"):
    notes = tuple(Note(start + i * 0.5, 55 + (i * 5) % 17, 0.5, 80, part=1) for i in range(count))
    return Piece(f"piece {count}", style, steady(4, 4), notes)


def scores(*pieces):
    return batches.prepare(pieces, as_keys=False)


def test_a_batch_feeds_each_event_and_asks_for_the_next():
    told, weight = batches.batch(scores(piece(5)))
    assert told["event"][0, 0].tolist() == list(codec.START)
    assert np.array_equal(told["event"][0, 1:], told["target"][0, :-1])
    assert weight[0, :, codec.PITCH].tolist() == [1, 1, 1, 1, 1, 0]
    assert told["target"][0, 5, codec.ADVANCE] == codec.END


def test_only_the_end_of_a_piece_is_an_end():
    whole = scores(piece(300))[0]
    shown = batches.training_batches([whole], np.random.default_rng(0), Augmentation(), rows=1, length=100)
    _, weight = next(shown)
    assert weight[0, :, codec.ADVANCE].sum() in (100, 101)
    cuts = list(batches.evaluation_batches([whole], rows=8, length=100))
    ends = sum(((t["target"][..., 1] == codec.END) & (w[..., 1] > 0)).sum() for t, w in cuts)
    assert ends == 1


def test_evaluation_shows_every_note_once_and_unvaried():
    pieces = scores(piece(300), piece(40), piece(7))
    shown = list(batches.evaluation_batches(pieces, rows=2, length=100))
    assert sum(weight[..., codec.PITCH].sum() for _, weight in shown) == 347


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
    high = Piece("p", "folk", steady(4, 4), tuple(Note(i * 0.5, 120 + i % 8, 0.5, 80) for i in range(20)))
    for seed in range(30):
        shown = batches.training_batches(scores(high), np.random.default_rng(seed), Augmentation(), rows=1, length=64)
        told, _ = next(shown)
        pitches = told["target"][0, :20, codec.PITCH]
        assert pitches.max() <= 127
        assert np.array_equal(np.diff(pitches), np.diff([n.pitch for n in high.notes]))


def test_some_pieces_are_shown_as_keys_and_some_without_style():
    shown = batches.training_batches(
        scores(*[piece(20)] * 200), np.random.default_rng(0), Augmentation(keys=0.5, any_style=0.5), rows=200, length=64
    )
    told, _ = next(shown)
    assert 0.3 < (told["target"][:, 0, codec.PART] == KEYS).mean() < 0.7
    assert 0.3 < (told["style"][:, 0] == 0).mean() < 0.7


def test_drawn_velocities_are_midi_velocities_and_differ_between_pieces():
    onsets = np.arange(0, 480, 12)
    drawn = [batches.drawn_velocities(onsets, 96, np.random.default_rng(seed)) for seed in range(50)]
    assert all(v.min() >= 1 and v.max() <= 127 for v in drawn)
    assert np.std([v.mean() for v in drawn]) > 5
