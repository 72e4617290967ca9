from __future__ import annotations

import itertools

import pytest

from improvd.live.clock import Clock, Shifted


def test_beats_count_from_the_origin_at_the_tempo() -> None:
    clock = Clock(120.0, origin_s=10.0)
    assert [clock.beats_at(s) for s in (10.0, 10.5, 12.0)] == [0.0, 1.0, 4.0]


def test_time_is_the_inverse_of_beats() -> None:
    clock = Clock(90.0, origin_s=100.0)
    clock.set_bpm(140.0, now_s=103.0)
    assert clock.beats_at(clock.time_at(17.25)) == pytest.approx(17.25)


def test_a_change_of_tempo_keeps_the_phase() -> None:
    clock = Clock(120.0, origin_s=0.0)
    clock.set_bpm(60.0, now_s=1.25)
    assert clock.bpm == 60.0
    assert clock.beats_at(1.25) == 2.5
    assert clock.beats_at(2.25) == 3.5
    assert clock.time_at(3.5) == 2.25


@pytest.mark.parametrize("bpm", [19.9, 300.5, 0.0, -120.0, float("nan")])
def test_a_tempo_nobody_can_play_is_refused_and_changes_nothing(bpm: float) -> None:
    clock = Clock(120.0, origin_s=0.0)
    with pytest.raises(ValueError, match="allowed are 20 to 300"):
        clock.set_bpm(bpm, now_s=5.0)
    assert (clock.bpm, clock.beats_at(6.0)) == (120.0, 12.0)


def test_a_tempo_is_reached_gradually_and_no_beat_is_skipped() -> None:
    clock = Clock(60.0, origin_s=0.0)
    clock.set_bpm(120.0, now_s=2.0, beats=3.0)
    assert [clock.beats_at(s) for s in (2.0, 3.0, 4.0, 5.0)] == pytest.approx([2.0, 3.25, 5.0, 7.0])
    assert [clock.bpm_at(s) for s in (1.0, 3.0, 4.0)] == pytest.approx([60.0, 90.0, 120.0])
    assert clock.bpm == 120.0
    assert [clock.is_steady(s) for s in (3.9, 4.1)] == [False, True]


@pytest.mark.parametrize("beats", [1.5, 2.0, 2.7, 3.25, 4.9, 5.0, 8.0])
def test_time_is_the_inverse_of_beats_while_the_tempo_glides(beats: float) -> None:
    clock = Clock(60.0, origin_s=0.0)
    clock.set_bpm(120.0, now_s=2.0, beats=3.0)
    assert clock.beats_at(clock.time_at(beats)) == pytest.approx(beats)


def test_a_glide_that_is_changed_on_its_way_goes_on_from_there() -> None:
    clock = Clock(60.0, origin_s=0.0)
    clock.set_bpm(120.0, now_s=0.0, beats=3.0)
    clock.set_bpm(90.0, now_s=1.0, beats=0.0)
    assert clock.beats_at(1.0) == pytest.approx(1.25)
    assert clock.beats_at(2.0) == pytest.approx(1.25 + 1.5)


@pytest.mark.parametrize("push", [0.5, -0.5, 2.0, -2.0])
def test_a_push_moves_the_beat_without_a_jump_and_keeps_the_tempo(push: float) -> None:
    clock = Clock(60.0, origin_s=0.0)
    clock.push(push, now_s=10.0)
    places = [clock.beats_at(10.0 + i / 100) for i in range(601)]
    steps = [later - sooner for sooner, later in itertools.pairwise(places)]
    assert places[0] == 10.0
    assert places[-1] == pytest.approx(16.0 + push)
    assert min(steps) >= 0.005 - 1e-9
    assert max(steps) <= 0.015 + 1e-9
    assert steps[-1] == pytest.approx(0.01)


def test_pushes_add_up() -> None:
    clock = Clock(120.0, origin_s=0.0)
    for now_s in (1.0, 1.1, 1.2):
        clock.push(0.25, now_s)
    assert clock.beats_at(20.0) == pytest.approx(40.75)


def test_it_follows_another_clock_from_where_that_stood() -> None:
    clock = Clock(60.0, origin_s=0.0)
    clock.follow(at_s=5.0, at_beats=5.1, bpm=120.0, now_s=5.5)
    assert clock.beats_at(5.5) == pytest.approx(6.1)
    assert clock.time_at(7.1) == pytest.approx(6.0)
    assert clock.beats_at(5.0) == 5.0


def test_an_output_hears_the_clock_later_or_earlier() -> None:
    late = Shifted(Clock(120.0, origin_s=0.0), 0.25)
    assert (late.time_at(2.0), late.beats_at(1.25)) == (1.25, 2.0)
