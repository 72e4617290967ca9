"""Windows of frames: every symbol once, spans that begin with a frame, and rows that go on."""

from __future__ import annotations

import numpy as np
import pytest
from frame_music import scales

from improvd.model.frames import told
from improvd.music.frames import END, START
from improvd.training.benchmark.windows import evaluation_windows, training_windows


@pytest.fixture(scope="module")
def music():
    return [told.read(roll) for roll in scales(11, seed=5)]


def shown(music, rng=None, *, span=60):
    rng = rng or np.random.default_rng(0)
    return list(training_windows(music, rng, rows=4, length=64, span=span))


def counted(windows):
    """How often each symbol is asked for."""
    asked = [window.told["target"][window.weight[..., 0] > 0] for window in windows]
    return np.bincount(np.concatenate(asked), minlength=END + 1).tolist()


def whole(music):
    return np.bincount(np.concatenate([sequence["target"] for sequence in music]), minlength=END + 1).tolist()


@pytest.mark.parametrize("span", [30, 60, 10_000])
def test_an_epoch_asks_for_every_symbol_once(music, span):
    assert counted(shown(music, span=span)) == whole(music)


def test_evaluation_asks_for_every_symbol_once(music):
    assert counted(evaluation_windows(music, rows=4, length=32)) == whole(music)


def test_windows_count_their_frames(music):
    assert sum(window.counted for window in shown(music)) == whole(music)[END]


def test_spans_begin_with_a_frame(music):
    for window in shown(music):
        if not window.carried:
            assert set(window.told["symbol"][window.weight[:, 0, 0] > 0, 0].tolist()) <= {START, END}


def test_long_sequences_are_cut(music):
    starts = [w.told["symbol"][row, 0] for w in shown(music) if not w.carried for row in range(4)]
    assert starts.count(START) < len([start for start in starts if start >= END])


def test_another_epoch_cuts_elsewhere(music):
    first, second = (shown(music, np.random.default_rng(seed)) for seed in (1, 2))
    assert [w.told["target"].tolist() for w in first] != [w.told["target"].tolist() for w in second]


def test_a_window_that_is_carried_goes_on_where_the_one_before_ended(music):
    before = None
    for window in evaluation_windows(music, rows=4, length=64):
        if window.carried:
            goes_on = window.weight[:, 0, 0] > 0
            assert (window.told["symbol"][goes_on, 0] == before.told["target"][goes_on, -1]).all()
        before = window


def test_evaluation_never_cuts(music):
    windows = list(evaluation_windows(music, rows=4, length=64))
    begun = [w.told["symbol"][row, 0] for w in windows if not w.carried for row in range(4) if w.weight[row, 0, 0]]
    assert begun == [START] * len(music)


def test_windows_are_of_few_lengths(music):
    widths = {window.weight.shape[1] for window in evaluation_windows(music, rows=4, length=192)}
    assert all(width % 64 == 0 for width in widths)
