"""The follower: what is found in phrases, and what is left as it is."""

import math
import random
from itertools import pairwise
from statistics import median

import pytest

from improvd.live.follower import LEAST_ONSETS, Follower
from improvd.live.reading import Reading, fitted, likeliest

PLACES = (0, 1, 2, 4, 5, 6, 6.5, 7, 8, 10, 11, 12, 13, 14)
"""A melody's onsets in eighths."""


def played(bpm, places=PLACES, *, start_s=5.0, spread_s=0.0, seed=0):
    rng = random.Random(seed)
    return [start_s + place * 30 / bpm + rng.gauss(0, spread_s) for place in places]


def tell(follower, onsets_s, share=0.9):
    """Play notes that each last a share of the median gap; return when they can be judged."""
    length_s = share * median(later - at for at, later in pairwise(onsets_s))
    follower.begin()
    for number, at_s in enumerate(onsets_s):
        follower.strike(at_s, 60 + number)
        follower.end(at_s, 60 + number, at_s + length_s)
    return onsets_s[-1] + length_s + 0.2


def found(onsets_s, bpm=120.0):
    follower = Follower(bpm)
    return follower.find(tell(follower, onsets_s))


@pytest.mark.parametrize("bpm", [60.0, 80.0, 97.0, 120.0, 140.0, 180.0, 220.0])
@pytest.mark.parametrize("first", [0, 1])
def test_a_melody_played_straight_gives_its_tempo_and_its_beat(bpm, first):
    reading = found(played(bpm, PLACES[first:]))
    assert reading.bpm == pytest.approx(bpm, rel=0.001)
    assert reading.beats_at(5.0) % 1 == pytest.approx(0.0, abs=0.02) or reading.beats_at(5.0) % 1 > 0.98


def test_fingers_off_by_15_ms_give_about_the_same():
    reading = found(played(97.0, spread_s=0.015))
    assert reading.bpm == pytest.approx(97.0, rel=0.02)


def test_a_rubato_leaves_the_tempo():
    rng = random.Random(4)
    onsets_s = [0.0]
    for gap_s in (0.2, 0.8, 0.3, 0.5, 0.3, 0.8, 0.2, 0.5, 0.3, 0.2, 0.8):
        onsets_s.append(onsets_s[-1] + gap_s * rng.uniform(0.6, 1.6))
    assert found(onsets_s) is None


def test_one_note_again_and_again_at_once_gives_no_tempo():
    assert found([1.0 + i * 0.001 for i in range(40)]) is None


def test_too_short_a_phrase_is_not_judged():
    follower = Follower(120.0)
    tell(follower, played(97.0)[: LEAST_ONSETS - 1])
    assert follower.next_s() == math.inf
    tell(follower, played(97.0)[:LEAST_ONSETS])
    assert follower.next_s() < math.inf


def test_a_chord_is_one_onset():
    follower = Follower(120.0)
    tell(follower, [i * 0.01 for i in range(LEAST_ONSETS)])
    assert follower.next_s() == math.inf


def test_a_phrase_is_judged_once_it_is_quieter_than_its_notes_are():
    follower = Follower(120.0)
    tell(follower, [i * 0.5 for i in range(8)])
    assert follower.next_s() == pytest.approx(3.5 + 0.6)
    tell(follower, [i * 0.1 for i in range(8)])
    assert follower.next_s() == pytest.approx(0.7 + 0.15)


def test_the_tempo_so_far_decides_between_half_and_double():
    follower = Follower(120.0)
    assert follower.find(tell(follower, played(97.0), share=0.9)).bpm == pytest.approx(97.0, rel=0.001)
    assert follower.find(tell(follower, played(97.0), share=0.3)).bpm == pytest.approx(97.0, rel=0.001)
    other = Follower(120.0)
    assert other.find(tell(other, played(97.0), share=0.3)).bpm == pytest.approx(194.0, rel=0.001)


def test_another_tempo_is_gone_along_with():
    follower = Follower(120.0)
    for bpm in (97.0, 97.0, 140.0, 140.0, 140.0):
        reading = follower.find(tell(follower, played(bpm)))
        follower.bpm = reading.bpm if reading else follower.bpm
    assert follower.bpm == pytest.approx(140.0, rel=0.001)


def test_a_tempo_that_was_set_is_believed():
    follower = Follower(120.0)
    staccato = tell(follower, played(97.0), share=0.3)
    assert follower.find(staccato).bpm == pytest.approx(194.0, rel=0.001)
    follower.told(97.0)
    assert follower.find(tell(follower, played(97.0), share=0.3)).bpm == pytest.approx(97.0, rel=0.001)


def test_the_notes_held_when_it_is_judged_last_until_then():
    follower, other = Follower(120.0), Follower(120.0)
    for follows in (follower, other):
        for number, at_s in enumerate(played(97.0)):
            follows.strike(at_s, 60 + number)
    for number, at_s in enumerate(played(97.0)):
        other.end(at_s, 60 + number, 20.0)
    assert follower.find(20.0) == other.find(25.0)


# --- readings --------------------------------------------------------------------------------


def test_the_nearest_beat_may_lie_before_or_after():
    reading = Reading(120.0, beat_s=10.0)
    assert [reading.beat_near(at_s) for at_s in (10.1, 9.9, 8.6, 10.3)] == pytest.approx([10.0, 10.0, 8.5, 10.5])


def test_what_is_not_played_straight_is_not_fitted():
    reading = Reading(120.0, beat_s=0.0)
    loose = [0.0, 0.31, 0.55, 0.80, 1.06, 1.31]
    assert fitted(loose, reading) is reading


def test_notes_on_one_place_tell_no_tempo_to_fit():
    reading = Reading(120.0, beat_s=0.0)
    assert fitted([0.0, 0.001, 0.002, 0.003], reading) is reading


def test_the_likeliest_beat_has_straight_eighths_on_it_and_midway():
    reading = likeliest([i * 0.25 for i in range(9)], 121.0)
    assert reading.bpm == pytest.approx(120.0)
    assert reading.beats_at(1.0) % 0.5 == pytest.approx(0.0, abs=1e-6)
