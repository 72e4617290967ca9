from __future__ import annotations

import math
import random

import pytest
from masters import (
    PPQ,
    errors_ticks,
    follow,
    in_periods,
    jittered,
    paused,
    place,
    started,
    steady,
    ticks,
)

from improvd.live.clock_in import ClockIn, ClockState

TICK_S = 0.5 / PPQ
"""At 120 bpm."""


def tick_for(clock: ClockIn, beats: float, from_s: float) -> float:
    """Let a clock hear ticks at 120 bpm; return when the next one would come."""
    for number in range(round(beats * PPQ)):
        clock.tick(from_s + number * TICK_S)
    return from_s + round(beats * PPQ) * TICK_S


def song_ticks(clock: ClockIn) -> float:
    return round(clock.reading().song_beats * PPQ, 6)


# --- messages -------------------------------------------------------------------------------------


def test_nothing_heard_is_no_clock() -> None:
    clock = ClockIn(90.0)
    assert (clock.state, clock.rolling, clock.next_s()) == (ClockState.NONE, False, math.inf)
    assert clock.reading().bpm == pytest.approx(90.0)


def test_the_first_tick_after_start_is_the_song_position_itself() -> None:
    clock = ClockIn()
    clock.start(9.0)
    assert (clock.state, clock.rolling) == (ClockState.WAITING, False)
    clock.tick(10.0)
    assert (clock.state, clock.rolling) == (ClockState.LOCKING, True)
    assert (clock.reading().at_s, song_ticks(clock)) == (10.0, 0)
    clock.tick(10.0 + TICK_S)
    assert song_ticks(clock) == 1


def test_ticks_alone_tell_the_tempo_and_roll_nothing() -> None:
    clock = ClockIn()
    follow(clock, ticks(steady(77.0), 2.0))
    assert (clock.state, clock.rolling, song_ticks(clock)) == (ClockState.LOCKED, False, 0)
    assert clock.reading().bpm == pytest.approx(77.0)


def test_a_start_amid_ticks_keeps_the_lock() -> None:
    clock = ClockIn()
    next_s = tick_for(clock, 2.0, 10.0)
    clock.start(next_s - 0.001)
    tick_for(clock, 1 / PPQ, next_s)
    assert (clock.state, song_ticks(clock)) == (ClockState.LOCKED, 0)


def test_a_stopped_song_goes_on_at_the_tick_after_its_last() -> None:
    clock = started(9.0)
    next_s = tick_for(clock, 2.5, 10.0)
    clock.stop(next_s - 0.001)
    assert (clock.state, clock.rolling, song_ticks(clock)) == (ClockState.STOPPED, False, 60)
    next_s = tick_for(clock, 1.0, next_s)
    assert (clock.state, song_ticks(clock)) == (ClockState.STOPPED, 60)
    clock.go_on(next_s - 0.001)
    assert clock.state is ClockState.WAITING
    tick_for(clock, 1.0, next_s)
    assert (clock.rolling, song_ticks(clock)) == (True, 83)


def test_a_pause_between_stop_and_continue_is_no_loss_of_ticks() -> None:
    clock = started(9.0)
    next_s = tick_for(clock, 2.0, 10.0)
    clock.stop(next_s - 0.001)
    clock.go_on(next_s + 60.0)
    tick_for(clock, 2.0, next_s + 60.013)
    assert song_ticks(clock) == 95


def test_a_song_position_while_stopped_is_where_continue_begins() -> None:
    clock = ClockIn()
    clock.locate(10, 9.0)
    assert song_ticks(clock) == 60
    clock.go_on(9.5)
    tick_for(clock, 1.0, 10.0)
    assert song_ticks(clock) == 83


def test_a_song_position_while_rolling_is_where_the_next_tick_stands() -> None:
    clock = started(9.0)
    next_s = tick_for(clock, 4.0, 10.0)
    clock.locate(32, next_s - 0.001)
    assert song_ticks(clock) == 95
    clock.go_on(next_s - 0.001)  # some masters say so; it rolls already
    assert (clock.state, clock.rolling) == (ClockState.LOCKED, True)
    clock.tick(next_s)
    assert (clock.state, clock.rolling, song_ticks(clock)) == (ClockState.LOCKED, True, 192)


def test_a_start_while_rolling_begins_again_at_the_next_tick() -> None:
    clock = started(9.0)
    next_s = tick_for(clock, 4.0, 10.0)
    clock.start(next_s - 0.001)
    tick_for(clock, 1.0, next_s)
    assert song_ticks(clock) == 23


def test_a_tempo_beyond_300_bpm_is_read_as_300() -> None:
    clock = started()
    follow(clock, ticks(steady(310.0), 4.0))
    assert clock.reading().bpm == 300.0


# --- the master is gone ---------------------------------------------------------------------------


@pytest.mark.parametrize(("bpm", "silent_s"), [(30.0, 0.5), (120.0, 0.15), (240.0, 0.15)])
def test_a_master_that_stops_dead_is_lost_after_six_ticks_or_150_ms(bpm: float, silent_s: float) -> None:
    clock = started()
    last_s = follow(clock, ticks(steady(bpm), 4.0))[-1][0]
    assert clock.next_s() == pytest.approx(last_s + silent_s, abs=0.001)
    clock.check(clock.next_s() - 0.001)
    assert (clock.state, clock.rolling) == (ClockState.LOCKED, True)
    clock.check(clock.next_s())
    assert (clock.state, clock.rolling, clock.next_s()) == (ClockState.LOST, False, math.inf)


def test_a_stopped_master_may_be_silent() -> None:
    clock = started(9.0)
    next_s = tick_for(clock, 4.0, 10.0)
    clock.stop(next_s)
    clock.check(next_s + 60.0)
    assert (clock.state, clock.next_s()) == (ClockState.STOPPED, math.inf)


@pytest.mark.parametrize("away_beats", [1.0, 3.0, 60.0])
def test_a_cable_plugged_in_again_finds_the_song_where_it_would_be(away_beats: float) -> None:
    clock = started()
    sent = ticks(steady(120.0), 16.0 + away_beats)
    heard = in_periods(sent, 64, random.Random(12))
    follow(clock, heard[: 8 * PPQ])
    clock.check(clock.next_s())
    back = heard[round((8.0 + away_beats) * PPQ) :]
    follow(clock, back[:1])
    assert (clock.state, clock.rolling) == (ClockState.LOCKING, True)
    read = follow(clock, back[1:])
    assert (clock.state, clock.rolling) == (ClockState.LOCKED, True)
    assert place(read[-1][1], sent[-1][0]) == pytest.approx(sent[-1][1], abs=0.2 / PPQ)


@pytest.mark.parametrize("seed", range(6))
def test_a_cable_long_out_of_a_jittery_master_costs_a_few_ticks_at_most(seed: int) -> None:
    rng = random.Random(seed)
    sent = ticks(steady(120.0), 64.0)
    heard = jittered(sent, 0.2, rng)
    errors = errors_ticks(follow(started(), heard[: 8 * PPQ] + heard[56 * PPQ :]), sent)
    assert max(map(abs, errors[60 * PPQ :])) < 4


def test_a_master_that_hung_goes_on_where_it_was() -> None:
    sent = paused(ticks(steady(120.0), 16.0), 8.0, 50.5 * TICK_S)
    errors = errors_ticks(follow(started(), in_periods(sent, 64, random.Random(13))), sent)
    assert max(map(abs, errors[9 * PPQ :])) < 0.2


def test_a_lost_master_that_starts_again_starts_at_the_beginning() -> None:
    clock = started(9.0)
    next_s = tick_for(clock, 4.0, 10.0)
    clock.check(next_s + 1.0)
    clock.start(next_s + 5.0)
    assert clock.state is ClockState.WAITING
    tick_for(clock, 1.0, next_s + 5.1)
    assert (clock.rolling, song_ticks(clock)) == (True, 23)
