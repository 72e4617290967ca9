from __future__ import annotations

import pytest

from improvd.live.tap import Taps


def tapped(*taps_s: float) -> list[float | None]:
    taps = Taps()
    return [taps.tap(at_s) for at_s in taps_s]


def test_the_first_tap_says_nothing_and_the_second_the_tempo() -> None:
    assert tapped(1.0, 1.5) == [None, 120.0]


def test_taps_are_averaged_over_the_last_four_beats() -> None:
    assert tapped(0.0, 0.4, 1.0, 1.5, 2.0, 2.5)[-1] == pytest.approx(114.3)


def test_a_long_pause_begins_anew() -> None:
    assert tapped(0.0, 0.5, 10.0, 10.25) == [None, 120.0, None, 240.0]


def test_tempi_nobody_can_play_are_kept_in_range() -> None:
    assert tapped(0.0, 0.05) == [None, 300.0]
