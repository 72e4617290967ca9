"""The comb: which tempo fits, whatever is played."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from improvd.live import belief
from improvd.live.comb import STEP, TEMPI, fits

TIMES = st.lists(st.floats(0, 100, allow_nan=False), min_size=1, max_size=40).map(sorted)


@pytest.mark.parametrize("bpm", [60.0, 97.0, 120.0, 180.0, 220.0])
def test_eighths_fit_their_tempo_best(bpm):
    found = fits([i * 30 / bpm for i in range(12)], [27 / bpm] * 12)
    best = max(range(len(TEMPI)), key=found.__getitem__)
    assert abs(math.log(TEMPI[best] / bpm)) < 2 * STEP


def test_notes_moved_in_time_fit_as_well():
    onsets_s = [0.0, 0.21, 0.5, 0.71, 1.3, 1.5]
    assert fits([at_s + 17 for at_s in onsets_s], [0.2] * 6) == pytest.approx(fits(onsets_s, [0.2] * 6))


def test_a_tempo_a_step_away_fits_what_is_played_a_step_slower():
    slower = math.exp(STEP)
    onsets_s, durations_s = [i * 0.3 for i in range(10)], [0.25] * 10
    now, then = (fits([at * by for at in onsets_s], [d * by for d in durations_s]) for by in (1.0, slower))
    usual_now, usual_then = (fits([i * 60.0 for i in range(10)], []) for _ in range(2))
    shares = [a - b for a, b in zip(now, usual_now, strict=True)]
    moved = [a - b for a, b in zip(then, usual_then, strict=True)]
    assert moved[:-1] == pytest.approx(shares[1:], abs=0.05)


@given(TIMES, st.lists(st.floats(0, 1000, allow_nan=False), max_size=40))
def test_any_times_at_all_give_every_tempo_a_number(onsets_s, durations_s):
    found = fits(onsets_s, durations_s)
    assert len(found) == len(TEMPI)
    assert all(math.isfinite(fit) for fit in found)


# --- the belief ------------------------------------------------------------------------------


def total(known):
    return math.exp(belief.log_sum(known))


def test_a_belief_is_a_probability_of_each_tempo():
    for known in (belief.when_told(97.0), belief.after(belief.NONE, range(len(TEMPI)))):
        assert total(known) == pytest.approx(1.0)
        assert total(belief.before_next(known)) == pytest.approx(1.0)


def test_half_of_the_belief_is_in_a_tempo_that_was_told():
    known = belief.when_told(97.0)
    assert math.exp(known[belief.index_of(97.0)]) == pytest.approx(0.5, abs=0.01)


def test_what_a_phrase_said_fades_but_stays_the_likeliest():
    before = belief.when_told(97.0)
    after = belief.before_next(before)
    index = belief.index_of(97.0)
    assert after[index] < before[index]
    assert after[index + 1] > before[index + 1]
    assert after[0] >= math.log(belief.ANEW / len(TEMPI)) - 0.01
    assert max(after) == after[index]


@pytest.mark.parametrize(("bpm", "index"), [(45.0, 0), (20.0, 0), (300.0, 95), (400.0, len(TEMPI) - 1)])
def test_every_tempo_has_a_place_the_nearest_one(bpm, index):
    assert belief.index_of(bpm) == index


def test_a_tempo_between_two_of_the_comb_is_their_mean():
    known = [-50.0] * len(TEMPI)
    known[10] = known[11] = math.log(0.5)
    assert belief.tempo(tuple(known), 10) == pytest.approx(math.sqrt(TEMPI[10] * TEMPI[11]))
