"""Consistency: scores frozen against MusPy 0.5, and perfect inputs."""

from __future__ import annotations

import math

import numpy as np
import pytest

from improvd.music.codec import PARTS
from improvd.training.metrics.consistency import consistency
from improvd.training.metrics.passage import Passage

MELODY, DRUMS = PARTS.index("melody"), PARTS.index("drums")


def passage(pitches, *, step=24, bar_ticks=96, part=MELODY):
    rows = [(i * step, part, pitch, step // 2, 80) for i, pitch in enumerate(pitches)]
    return Passage(np.array(rows, np.int32), bar_ticks)


def test_one_note_in_even_beats_is_consistent_in_everything():
    kept = consistency(passage([60] * 16))
    assert (kept.pitch_class_entropy, kept.scale, kept.groove) == (0, 1, 1)


def test_all_twelve_pitch_classes_are_log2_12_bits_and_seven_twelfths_of_a_scale():
    kept = consistency(passage(range(60, 72)))
    assert kept.pitch_class_entropy == pytest.approx(math.log2(12))
    assert kept.scale == pytest.approx(7 / 12)


def test_the_scores_are_those_of_muspy():
    rng = np.random.default_rng(5)
    rows = np.stack([np.cumsum(rng.choice([0, 6, 12, 24], 40)), rng.choice([MELODY, DRUMS], 40),
                     rng.integers(48, 84, 40), rng.choice([6, 12, 24], 40), np.full(40, 80)], 1)  # fmt: skip
    kept = consistency(Passage(rows, 72))
    assert (kept.pitch_class_entropy, kept.scale, kept.groove) == pytest.approx((3.140361163698485, 9 / 11, 109 / 120))


def test_a_natural_minor_scale_is_one_too():
    assert consistency(passage([57, 59, 60, 62, 64, 65, 67])).scale == 1


def test_drums_have_a_groove_but_no_scale():
    kept = consistency(passage([36, 38] * 8, part=DRUMS))
    assert math.isnan(kept.pitch_class_entropy)
    assert math.isnan(kept.scale)
    assert kept.groove == 1


def test_music_within_one_bar_has_no_groove():
    assert math.isnan(consistency(passage([60, 62], step=12)).groove)
