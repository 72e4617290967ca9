from __future__ import annotations

import pytest

from improvd.live.clock import Clock


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
