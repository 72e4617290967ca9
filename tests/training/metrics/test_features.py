"""Features: frozen scores of a passage worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from improvd.training.metrics import features
from improvd.training.metrics.features import FEATURES, measured
from improvd.training.metrics.passage import Passage


def passage(*notes, bar_ticks=96):
    """Return a passage of (onset in ticks, pitch, duration in ticks)."""
    return Passage(np.array([(onset, 1, pitch, length, 80) for onset, pitch, length in notes], np.int32), bar_ticks)


TUNE = passage((0, 60, 24), (24, 62, 24), (48, 64, 36), (84, 60, 12), (96, 67, 48), (96, 72, 48), (144, 60, 48))
"""C D E. C | a G and a c together, C."""


def test_what_is_counted_of_a_tune():
    assert features.pitch_count(TUNE).tolist() == [5]
    assert features.pitch_count_per_bar(TUNE).tolist() == [3]
    assert features.note_count_per_bar(TUNE).tolist() == [6 / (144 / 96)]
    assert features.pitch_range(TUNE).tolist() == [12]
    assert features.pitch_interval(TUNE).tolist() == [(2 + 2 + 4 + 7 + 5 + 12) / 6]
    assert features.inter_onset_interval(TUNE).tolist() == [144 / 5 / 24]


def test_pitch_classes_count_by_how_long_they_sound():
    shares = features.pitch_class_histogram(TUNE)
    assert shares[[0, 2, 4, 7]] == pytest.approx(np.array([24 + 12 + 48 + 48, 24, 36, 48]) / 240)
    assert shares.sum() == pytest.approx(1)


def test_transitions_are_the_shares_of_pairs_of_neighbours():
    pairs = features.pitch_class_transitions(TUNE).reshape(12, 12)
    found = {(int(a), int(b)): round(pairs[a, b] * 6) for a, b in np.argwhere(pairs)}
    assert found == {(0, 2): 1, (2, 4): 1, (4, 0): 1, (0, 7): 1, (7, 0): 1, (0, 0): 1}


def test_note_lengths_go_to_the_nearest_class():
    assert features.length_classes(np.array([96, 25, 12, 36, 16, 1])).tolist() == [0, 2, 3, 6, 10, 4]
    shares = features.note_length_histogram(TUNE)
    assert shares[[1, 2, 3, 6]] == pytest.approx(np.array([3, 2, 1, 1]) / 7)
    assert features.note_length_transitions(TUNE).reshape(12, 12)[2, 6] == pytest.approx(1 / 6)


def test_a_bar_without_notes_has_no_pitches_but_takes_its_time():
    sparse = passage((0, 60, 24), (24, 62, 24), (480, 60, 24), (504, 62, 24))
    assert features.pitch_count_per_bar(sparse).tolist() == [2]
    assert features.note_count_per_bar(sparse).tolist() == [3 / (504 / 96)]


def test_transposing_leaves_all_but_the_pitch_classes():
    higher = Passage(TUNE.notes + np.array([0, 0, 5, 0, 0], np.int32), 96)
    changed = [
        feature.name
        for feature, one, other in zip(FEATURES, measured([TUNE]), measured([higher]), strict=True)
        if not np.allclose(one, other)
    ]
    assert changed == ["pitch class histogram", "pitch class transitions"]
