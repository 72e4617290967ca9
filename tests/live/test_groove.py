from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from improvd.live.groove import AS_DRAWN, Groove


def test_a_plain_groove_leaves_every_tick_where_it_is() -> None:
    assert [AS_DRAWN.place(ticks) for ticks in range(96)] == list(range(96))


def test_swing_moves_the_second_eighth_and_keeps_the_beats() -> None:
    swung = Groove(swing=2 / 3)
    assert [round(swung.place(ticks), 6) for ticks in (0, 12, 24, 36)] == [0, 16, 24, 40]


def test_timing_is_quantised_away_to_sixteenths_and_triplets() -> None:
    stiff = Groove(timing=0.0)
    assert [stiff.place(ticks) for ticks in (1, 5, 7, 9, 13, 17, 23, 25)] == [0, 6, 6, 8, 12, 16, 24, 24]


def test_half_of_the_timing_is_half_of_the_distance() -> None:
    assert Groove(timing=0.5).place(14) == 13


@given(st.floats(0.5, 0.75), st.floats(0.0, 1.0))
def test_what_comes_earlier_never_comes_later(swing: float, timing: float) -> None:
    places = [Groove(swing, timing).place(ticks) for ticks in range(97)]
    assert places == sorted(places)
