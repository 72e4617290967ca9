from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from masters import (
    PPQ,
    RATE,
    Tick,
    delayed,
    doubled,
    errors_ticks,
    follow,
    in_periods,
    jittered,
    paused,
    spread,
    stalling,
    started,
    steady,
    ticks,
    without,
)

from improvd.live.clock_in import ClockIn

TICK_S = 0.5 / PPQ
"""At 120 bpm."""

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
def test_a_flaw_leaves_the_place_right(flaw: Callable[[list[Tick]], list[Tick]]) -> None:
    sent = ticks(steady(120.0), 12.0)
    errors = errors_ticks(follow(started(), in_periods(flaw(sent), 64, random.Random(9))), sent)
    assert max(map(abs, errors[PPQ:])) < 1.1
    assert max(map(abs, errors[10 * PPQ :])) < 0.2


def test_ticks_lost_amid_jitter_leave_the_place_right() -> None:
    sent, wrong = ticks(steady(120.0), 14.0), []
    for seed in range(80):
        rng = random.Random(seed)
        heard = in_periods(jittered(sent, 0.2, rng), 64, rng)
        lost = without(heard, *rng.sample(range(2 * PPQ, 12 * PPQ), 4))
        errors = errors_ticks(follow(started(), lost), sent)
        wrong += [seed] if max(map(abs, errors[13 * PPQ :])) > 0.5 else []
    assert wrong == []


def test_a_late_tick_hardly_moves_the_place() -> None:
    sent = ticks(steady(120.0), 12.0)
    errors = errors_ticks(follow(started(), delayed(sent, 100, 0.6 * TICK_S)), sent)
    assert max(map(abs, errors[PPQ:])) < 0.03


def test_four_doubled_ticks_are_forgiven_where_their_distances_differ() -> None:
    sent = ticks(steady(120.0), 16.0)
    heard = sent
    for number in (60, 100, 148, 190):
        heard = doubled(heard, heard.index(sent[number]))
    errors = errors_ticks(follow(started(), heard), sent)
    assert max(map(abs, errors[PPQ:])) < 0.2


@pytest.mark.parametrize("pause_ticks", [0.4, 0.7, 1.5, 2.6])
def test_a_master_that_pauses_has_lost_no_ticks(pause_ticks: float) -> None:
    sent = paused(ticks(steady(120.0), 12.0), 5.0, pause_ticks * TICK_S)
    errors = errors_ticks(follow(started(), in_periods(sent, 64, random.Random(10))), sent)
    assert max(map(abs, errors[PPQ:])) < pause_ticks + 0.2
    assert max(map(abs, errors[6 * PPQ :])) < 0.2


@pytest.mark.parametrize(("share", "pause_ticks"), [(0.1, 0.67), (0.1, 1.3), (0.2, 0.5), (0.2, 1.5)])
def test_a_master_that_pauses_amid_jitter_has_lost_no_ticks(share: float, pause_ticks: float) -> None:
    wrong = []
    for seed in range(60):
        rng = random.Random(seed)
        sent = paused(ticks(steady(120.0), 24.0), 12.0 + rng.random(), pause_ticks * TICK_S)
        errors = errors_ticks(follow(started(), in_periods(jittered(sent, share, rng), 64, rng)), sent)
        wrong += [seed] if max(map(abs, errors[22 * PPQ :])) > 0.6 else []
    assert wrong == []


@pytest.mark.parametrize("clock", [ClockIn(), started()], ids=["standing", "rolling"])
def test_what_was_unsettled_before_a_start_moves_nothing_after_it(clock: ClockIn) -> None:
    follow(clock, ticks(steady(120.0), 4.0, 10.0))
    follow(clock, ticks(steady(60.0), 4 / PPQ, 12.0 + TICK_S))
    next_s = 12.0 + 9 * TICK_S
    clock.start(next_s - 0.001)
    sent = ticks(steady(60.0), 4.0, next_s)
    errors = errors_ticks(follow(clock, sent), sent)
    assert max(map(abs, errors[PPQ:])) < 0.1


@pytest.mark.parametrize("number", [0, 1, 5])
def test_a_stall_at_the_start_costs_no_tick(number: int) -> None:
    sent = ticks(steady(120.0), 8.0)
    errors = errors_ticks(follow(started(), delayed(sent, number, 0.018)), sent)
    assert max(map(abs, errors[4 * PPQ :])) < 0.2


def test_a_stall_at_a_start_amid_ticks_costs_no_tick() -> None:
    clock = ClockIn()
    follow(clock, ticks(steady(120.0), 4.0, 10.0))
    clock.start(11.999)
    sent = ticks(steady(120.0), 4.0, 12.0)
    errors = errors_ticks(follow(clock, delayed(sent, 0, 0.015)), sent)
    assert max(map(abs, errors[PPQ:])) < 0.2


@pytest.mark.parametrize("bpm", [90.0, 111.0, 120.0, 126.0, 160.0])
def test_periods_as_long_as_a_tick_lose_none_in_the_long_run(bpm: float) -> None:
    sent = ticks(steady(bpm), 64.0)
    errors = errors_ticks(follow(started(), in_periods(sent, 1024, random.Random(11))), sent)
    assert max(map(abs, errors)) < 5.3
    assert max(map(abs, errors[24 * PPQ :])) < 1.3


@pytest.mark.parametrize("bpm", [111.0, 120.0, 126.0])
def test_periods_known_to_be_as_long_as_a_tick_lose_none_at_all(bpm: float) -> None:
    clock, sent = ClockIn(grain_s=1024 / RATE), ticks(steady(bpm), 64.0)
    clock.start(99.0)
    errors = errors_ticks(follow(clock, in_periods(sent, 1024, random.Random(12))), sent)
    assert max(map(abs, errors[PPQ:])) < 1.3
    assert spread(errors[4 * PPQ :], 0.5) < 0.15


flaws = st.lists(
    st.tuples(
        st.sampled_from(["lost", "doubled", "between", "late"]), st.integers(2 * PPQ, 9 * PPQ), st.floats(0.0, 0.95)
    ),
    max_size=4,
)


@given(st.floats(30.0, 280.0), flaws, st.integers(0, 9))
@settings(max_examples=150, deadline=None)
def test_whatever_is_lost_doubled_and_late_the_place_is_right_again(
    bpm: float, wrong: list[tuple[str, int, float]], seed: int
) -> None:
    sent = ticks(steady(bpm), 14.0)
    read = follow(started(), in_periods(_flawed(sent, wrong, 60 / bpm / PPQ), 64, random.Random(seed)))
    assert max(map(abs, errors_ticks(read, sent)[12 * PPQ :])) < 0.25 + 64 / RATE * bpm / 60 * PPQ


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
