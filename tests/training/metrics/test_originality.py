"""Originality: copies are found in any key, at any tempo, in any voice; and nothing else is."""

from __future__ import annotations

import numpy as np
import pytest

from improvd.model.ranking.lines import lines_of
from improvd.music.codec import PARTS
from improvd.training.metrics.originality import longest_runs

KEYS, DRUMS = PARTS.index("keys"), PARTS.index("drums")


def melody(count, seed, part=1):
    rng = np.random.default_rng(seed)
    onsets = np.cumsum(rng.choice([6, 12, 24, 48], count))
    columns = (onsets, np.full(count, part), rng.integers(50, 80, count), np.full(count, 6), np.full(count, 80))
    return np.stack(columns, 1)


def longest(music, training):
    return longest_runs(lines_of(music), lines_of(training)).tolist()


def test_the_music_itself_is_copied_but_for_its_first_note():
    assert longest([melody(40, 1)], [melody(50, 0), melody(40, 1)]) == [39]


def test_a_copy_is_found_in_another_key_and_at_another_tempo():
    source = melody(60, 1)
    copy = source[20:50].copy()
    copy[:, 0] = copy[:, 0] * 2 + 96
    copy[:, 2] -= 7
    own = melody(20, 2)
    own[:, 0] -= own[-1, 0] + 6
    music = np.concatenate([own, copy - [copy[0, 0], 0, 0, 0, 0]])
    assert longest([music], [melody(500, 3), source]) == [29]


def test_other_pitches_or_another_rhythm_are_no_copy():
    source = melody(40, 1)
    bent, swung = source.copy(), source.copy()
    bent[10::10, 2] += 1
    swung[:, 0] = np.cumsum(np.tile([6, 24, 6, 48], 10))
    assert max(longest([bent, swung], [source])) <= 10


def test_each_music_has_its_own_longest_run_and_one_without_a_line_none():
    drums = melody(30, 1, part=DRUMS)
    assert longest([melody(40, 1)[:12], drums, melody(40, 1)[5:25]], [melody(40, 1)]) == [11, 0, 19]


def test_a_copy_does_not_go_on_from_one_piece_into_the_next():
    one, next_one = melody(20, 1), melody(20, 2)
    next_one[:, 0] += one[-1, 0]
    assert longest([np.concatenate([one, next_one])], [one, next_one]) == [19]


def test_a_melody_on_top_of_chords_is_heard_and_so_is_each_voice():
    tune, bass = melody(40, 1), melody(40, 2, part=3)
    bass[:, 2] -= 40
    both = np.concatenate([tune, bass])
    both = both[np.lexsort((both[:, 2], both[:, 0]))]
    assert longest([tune, bass], [both]) == [39, 39]
    below = melody(40, 1)
    below[:, 2] = 40 - melody(40, 3)[:, 2] // 4
    chords = np.concatenate([tune, below])
    chords = chords[np.lexsort((chords[:, 2], chords[:, 0]))]
    chords[:, 1] = KEYS
    assert longest([chords], [tune]) == [39]


def test_training_music_without_a_line_holds_no_copy():
    assert longest([melody(20, 1)], []) == [0]


@pytest.mark.slow
def test_two_million_notes_are_searched():
    training = [melody(1000, seed) for seed in range(2000)]
    assert longest([training[1234][300:348]], training) == [47]
