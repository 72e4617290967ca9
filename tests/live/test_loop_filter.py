from __future__ import annotations

import random

import pytest
from masters import (
    PPQ,
    drifting,
    errors_ticks,
    follow,
    in_periods,
    jittered,
    ramp,
    spread,
    started,
    steady,
    sudden,
    ticks,
)

from improvd.live.clock_in import ClockState

# --- locking --------------------------------------------------------------------------------------


@pytest.mark.parametrize("bpm", [20.0, 61.3, 120.0, 187.5, 300.0])
def test_it_locks_within_a_beat(bpm: float) -> None:
    clock = started()
    sent = ticks(steady(bpm), 1.0)
    read = follow(clock, in_periods(sent, 64, random.Random(1)))
    assert clock.state is ClockState.LOCKED
    assert clock.reading().bpm == pytest.approx(bpm, rel=0.01)
    assert abs(errors_ticks(read, sent)[-1]) * 60 / bpm / PPQ < 0.002


@pytest.mark.parametrize("frames", [64, 128, 256])
@pytest.mark.parametrize("bpm", [40.0, 99.0, 120.0, 121.7, 240.0])
def test_periods_are_smoothed(bpm: float, frames: int) -> None:
    sent = ticks(steady(bpm), 48.0)
    read = follow(started(), in_periods(sent, frames, random.Random(2)))
    period_ticks = frames / 48_000 * bpm / 60 * PPQ
    assert spread(errors_ticks(read, sent)[PPQ:], 0.99) < 0.6 * period_ticks
    assert spread([reading.bpm / bpm for _, reading in read[2 * PPQ :]], 0.99) < 0.01


@pytest.mark.parametrize("bpm", [60.0, 120.0, 220.0])
def test_jitter_is_more_than_halved(bpm: float) -> None:
    rng = random.Random(3)
    sent = ticks(steady(bpm), 96.0)
    read = follow(started(), in_periods(jittered(sent, 0.2, rng), 64, rng))
    assert spread(errors_ticks(read, sent)[PPQ:], 0.99) < 0.1
    assert spread([reading.bpm / bpm for _, reading in read[2 * PPQ :]], 0.99) < 0.01


def test_a_drifting_master_is_followed_and_no_tick_is_miscounted() -> None:
    rng = random.Random(4)
    sent = drifting(ticks(steady(120.0), 96.0), 0.2, rng)
    errors = errors_ticks(follow(started(), in_periods(sent, 64, rng)), sent)
    assert max(map(abs, errors[PPQ:])) < 0.7
    assert spread(errors[PPQ:], 0.5) < 0.1


# --- the tempo changes ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bpm", "to_bpm", "over_beats"), [(90.0, 150.0, 32.0), (150.0, 90.0, 32.0), (60.0, 180.0, 8.0)]
)
def test_a_ramp_is_followed(bpm: float, to_bpm: float, over_beats: float) -> None:
    sent = ticks(ramp(bpm, to_bpm, 8.0, over_beats), 16.0 + over_beats)
    errors = errors_ticks(follow(started(), in_periods(sent, 64, random.Random(5))), sent)
    assert max(map(abs, errors[PPQ:])) < 0.5
    assert max(map(abs, errors[round((10.0 + over_beats) * PPQ) :])) < 0.12


@pytest.mark.parametrize("to_bpm", [126.0, 134.0, 140.0, 160.0, 113.0, 100.0, 80.0])
@pytest.mark.parametrize("jitter", [0.0, 0.05])
def test_a_sudden_change_is_followed_within_a_beat(to_bpm: float, jitter: float) -> None:
    rng = random.Random(6)
    sent = ticks(sudden(120.0, to_bpm, 8.0), 16.0)
    errors = errors_ticks(follow(started(), in_periods(jittered(sent, jitter, rng), 64, rng)), sent)
    assert max(map(abs, errors[PPQ:])) < 0.25 * PPQ
    assert max(map(abs, errors[9 * PPQ :])) < 0.35


@pytest.mark.parametrize("to_bpm", [60.0, 240.0, 40.0, 180.0])
def test_a_multiple_of_the_tempo_is_no_clock_with_ticks_lost_or_doubled(to_bpm: float) -> None:
    sent = ticks(sudden(120.0, to_bpm, 8.0), 16.0)
    errors = errors_ticks(follow(started(), in_periods(sent, 64, random.Random(7))), sent)
    assert max(map(abs, errors[9 * PPQ :])) < 0.2


@pytest.mark.parametrize("to_bpm", [123.0, 126.0, 115.0])
def test_a_small_change_of_tempo_is_known_after_a_beat(to_bpm: float) -> None:
    rng = random.Random(14)
    sent = ticks(sudden(120.0, to_bpm, 8.0), 9.5)
    read = follow(started(), in_periods(jittered(sent, 0.03, rng), 64, rng))
    assert read[-1][1].bpm == pytest.approx(to_bpm, rel=0.006)


def test_ticks_all_at_once_are_survived() -> None:
    clock = started()
    follow(clock, [(100.0, 0.0)] * 40)
    assert clock.reading().bpm == 300.0
