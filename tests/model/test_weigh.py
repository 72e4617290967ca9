"""Weighing readings of one phrase: rows beside each other, bar lines, what is not legal, models that cannot tell."""

from __future__ import annotations

import numpy as np
import pytest
from symbol_models import NOTES_AFTER_NOTES, SCALE, write_bundle

from improvd.model.bundle import open_bundle
from improvd.model.generate import Improviser
from improvd.model.opening import open_player
from improvd.model.runtimes import open_step
from improvd.model.weigh import FLOOR, weigh
from improvd.music.codec import ADVANCE, DURATION, PITCH
from improvd.music.note import Note
from improvd.music.timing import steady
from improvd.protocol import Ask, Context, Prefill, Weigh
from improvd.training import grid, stepwise
from improvd.training.corpus.piece import Piece

COMMON_TIME = Context()
SCALE_UP = (60, 62, 64, 65, 67, 69, 71, 72)


def played(gap_ticks, first_ticks=0, pitches=SCALE_UP):
    return tuple((first_ticks + gap_ticks * i, 0, pitch, gap_ticks, 80) for i, pitch in enumerate(pitches))


@pytest.fixture(scope="module")
def improviser():
    return Improviser.open("default")


def weights(improviser, *windows, context=COMMON_TIME):
    return np.array(improviser.weigh(Weigh(1, "tempo", windows, (context,) * len(windows))).log_probs)


def test_a_window_weighs_the_same_beside_any_others(improviser):
    rows = weights(improviser, played(12), played(24), played(17), played(12, first_ticks=7))
    swapped = weights(improviser, played(17), played(12, first_ticks=7), played(24), played(12))
    np.testing.assert_allclose(rows, swapped[[3, 2, 0, 1]], atol=1e-4)


def test_it_weighs_what_reading_a_whole_piece_finds():
    bundle = open_bundle("default")
    step = open_step(bundle, "litert-int8")
    notes = tuple(Note(0.5 + 0.5 * i, pitch, 0.25, 80) for i, pitch in enumerate(SCALE_UP))
    score = grid.score_of(Piece("a scale", "folk", steady(3, 4), notes))
    nats = stepwise.read(step, bundle.shape, [score])[0].nats[: len(notes)]
    window = tuple((12 + 12 * i, 0, pitch, 6, 80) for i, pitch in enumerate(SCALE_UP))
    found = weigh(step, bundle.shape, Weigh(1, "tempo", (window,), (Context(3, 4, "folk"),))).log_probs[0]
    expected = -nats[1:, ADVANCE].sum(), -nats[:, PITCH].sum(), -nats[:, DURATION].sum()
    np.testing.assert_allclose(found, expected, rtol=1e-4)


def test_a_scale_in_eighths_is_likelier_than_the_same_off_every_beat_and_length(improviser):
    eighths, odd = weights(improviser, played(12), played(17))
    assert (eighths[[0, 2]] > odd[[0, 2]] + 5).all()


def test_what_lies_a_whole_bar_later_weighs_the_same(improviser):
    now, later = weights(improviser, played(12, first_ticks=12), played(12, first_ticks=12 + 96))
    np.testing.assert_allclose(now, later)


def test_the_bar_is_as_long_as_the_context_says(improviser):
    two_bars_in = played(12, first_ticks=2 * 72)
    in_three, in_four = (weights(improviser, two_bars_in, context=Context(n, 4))[0] for n in (3, 4))
    np.testing.assert_allclose(in_three, weights(improviser, played(12), context=Context(3, 4))[0])
    assert not np.allclose(in_four, weights(improviser, played(12))[0])


def test_rows_that_are_told_different_things_weigh_what_they_do_alone(improviser):
    contexts = Context(3, 4, "folk"), Context(4, 4, "jazz"), Context(6, 8)
    request = Weigh(1, "tempo", (played(12, first_ticks=2 * 72),) * 3, contexts)
    together = np.array(improviser.weigh(request).log_probs)
    alone = [weights(improviser, played(12, first_ticks=2 * 72), context=context)[0] for context in contexts]
    np.testing.assert_allclose(together, alone, atol=1e-4)
    assert len(np.unique(together.sum(1).round(1))) == 3


def test_it_weighs_what_numpy_computes_from_the_weights_unrounded(improviser):
    windows = played(12), played(8)
    exact = weights(Improviser.open("default", "numpy"), *windows)
    np.testing.assert_allclose(weights(improviser, *windows), exact, atol=1.0)


def test_a_note_that_cannot_be_counts_as_very_unlikely_and_no_more(improviser):
    twice_at_once = ((0, 0, 60, 12, 80), (0, 0, 60, 12, 80))
    advance, pitch, _ = weights(improviser, twice_at_once)[0]
    assert 2 * FLOOR < pitch < FLOOR
    assert advance >= FLOOR


def test_weighing_forgets_nothing_that_was_read(improviser):
    ask = Ask(1, played(12), COMMON_TIME, 96, 120, True, (1.0,), 0.98, 0.02, 40, 90, 5, 1)
    improviser.prefill(Prefill(played(12), COMMON_TIME))
    before = improviser.ask(ask).rows
    weights(improviser, *(played(gap) for gap in range(6, 38)))
    assert improviser.ask(ask).rows == before


def test_a_model_of_symbols_cannot_tell(tmp_path):
    player = open_player(str(write_bundle(tmp_path / "chords", "chords", SCALE, NOTES_AFTER_NOTES)))
    assert player.weigh(Weigh(3, "tempo", (played(12),), (COMMON_TIME,))).log_probs == ()
