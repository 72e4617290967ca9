from __future__ import annotations

import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from masters import (
    PPQ,
    Tick,
    delayed,
    doubled,
    drifting,
    errors_ticks,
    follow,
    in_periods,
    jittered,
    paused,
    place,
    ramp,
    spread,
    stalling,
    started,
    steady,
    sudden,
    ticks,
    without,
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
    clock.tick(next_s)
    assert (clock.state, clock.rolling, song_ticks(clock)) == (ClockState.LOCKED, True, 192)


def test_a_start_while_rolling_begins_again_at_the_next_tick() -> None:
    clock = started(9.0)
    next_s = tick_for(clock, 4.0, 10.0)
    clock.start(next_s - 0.001)
    tick_for(clock, 1.0, next_s)
    assert song_ticks(clock) == 23


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


def test_a_tempo_beyond_300_bpm_is_read_as_300() -> None:
    clock = started()
    follow(clock, ticks(steady(310.0), 4.0))
    assert clock.reading().bpm == 300.0


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


# --- ticks that are lost, doubled or late ---------------------------------------------------------


@pytest.mark.parametrize(
    "flaw",
    [
        lambda sent: without(sent, 100),
        lambda sent: without(sent, 100, 101, 102),
        lambda sent: without(sent, 100, 130, 171),
        lambda sent: doubled(sent, 100),
        lambda sent: doubled(sent, 100, 0.5 * TICK_S),
        lambda sent: doubled(doubled(sent, 100, 0.9 * TICK_S), 103, 0.1 * TICK_S),
        lambda sent: delayed(sent, 100, 0.015),
        lambda sent: delayed(sent, 100, 0.070),
        lambda sent: delayed(delayed(delayed(sent, 100, 0.016), 102, 0.016), 104, 0.016),
        lambda sent: stalling(sent, 0.05, random.Random(8)),
    ],
    ids=["lost", "lost-3", "lost-far", "doubled", "between", "doubled-2", "late", "stall", "late-3", "stalls"],
)
def test_a_flaw_leaves_the_place_right(flaw: object) -> None:
    sent = ticks(steady(120.0), 12.0)
    errors = errors_ticks(follow(started(), in_periods(flaw(sent), 64, random.Random(9))), sent)  # type: ignore[operator]
    assert max(map(abs, errors[PPQ:])) < 1.1
    assert max(map(abs, errors[10 * PPQ :])) < 0.2


@pytest.mark.parametrize("pause_ticks", [0.4, 0.7, 1.5, 2.6])
def test_a_master_that_pauses_has_lost_no_ticks(pause_ticks: float) -> None:
    sent = paused(ticks(steady(120.0), 12.0), 5.0, pause_ticks * TICK_S)
    errors = errors_ticks(follow(started(), in_periods(sent, 64, random.Random(10))), sent)
    assert max(map(abs, errors[7 * PPQ :])) < 0.2


@pytest.mark.parametrize("number", [0, 1, 5])
def test_a_stall_at_the_start_costs_no_tick(number: int) -> None:
    sent = ticks(steady(120.0), 8.0)
    errors = errors_ticks(follow(started(), delayed(sent, number, 0.018)), sent)
    assert max(map(abs, errors[4 * PPQ :])) < 0.2


def test_a_stall_at_a_start_amid_ticks_costs_no_tick() -> None:
    clock = ClockIn()
    next_s = tick_for(clock, 4.0, 10.0)
    clock.start(next_s - 0.001)
    sent = ticks(steady(120.0), 4.0, next_s)
    errors = errors_ticks(follow(clock, delayed(sent, 0, 0.015)), sent)
    assert max(map(abs, errors[PPQ:])) < 0.2


@pytest.mark.parametrize("bpm", [90.0, 111.0, 120.0, 126.0, 160.0])
def test_periods_as_long_as_a_tick_lose_none_in_the_long_run(bpm: float) -> None:
    sent = ticks(steady(bpm), 64.0)
    errors = errors_ticks(follow(started(), in_periods(sent, 1024, random.Random(11))), sent)
    assert max(map(abs, errors)) < 6.5
    assert max(map(abs, errors[24 * PPQ :])) < 1.3


flaws = st.lists(
    st.tuples(
        st.sampled_from(["lost", "doubled", "between", "late"]), st.integers(2 * PPQ, 9 * PPQ), st.floats(0.0, 0.95)
    ),
    max_size=4,
)


@given(st.floats(30.0, 280.0), st.sampled_from([64, 128]), flaws, st.integers(0, 9))
@settings(max_examples=150, deadline=None)
def test_whatever_is_lost_doubled_and_late_the_place_is_right_again(
    bpm: float, frames: int, wrong: list[tuple[str, int, float]], seed: int
) -> None:
    sent = ticks(steady(bpm), 14.0)
    read = follow(started(), in_periods(_flawed(sent, wrong, 60 / bpm / PPQ), frames, random.Random(seed)))
    errors = errors_ticks(read, sent)
    grain_ticks = frames / 48_000 * bpm / 60 * PPQ
    assert max(map(abs, errors[12 * PPQ :])) < 0.25 + grain_ticks


def _flawed(sent: list[Tick], wrong: list[tuple[str, int, float]], tick_s: float) -> list[Tick]:
    heard: list[Tick] = list(sent)
    for kind, number, share in wrong:
        match kind:
            case "lost":
                heard = [tick for tick in heard if tick[1] != sent[number][1]]
            case "doubled":
                heard = sorted([*heard, sent[number]])
            case "between":
                heard = sorted([*heard, (sent[number][0] + share * tick_s, sent[number][1])])
            case "late":
                until_s = sent[number][0] + share * tick_s
                heard = [(until_s if sent[number][0] <= at_s < until_s else at_s, beats) for at_s, beats in heard]
    return heard


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
