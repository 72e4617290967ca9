from __future__ import annotations

import pytest

from improvd.bench.figures import Figures, of_latencies, of_onsets

GRID_S = [number * 0.125 for number in range(1000)]


def test_onsets_that_are_all_late_alike_are_on_their_grid():
    figures = of_onsets(GRID_S, [due + 7.003 for due in GRID_S], planned=1000)
    assert figures == Figures(0.0, 0.0, 0.0, 0.0, 0.0, late=0, dropped=0, notes=1000, slope_ppm=0.0, steady_p99_ms=0.0)


def test_early_and_late_count_alike_and_each_percentile_is_a_deviation_that_was_heard():
    errors_s = [0.0] * 960 + [0.001, -0.001] * 15 + [0.002, -0.002] * 4 + [0.003, -0.003]
    figures = of_onsets(GRID_S, [due + error for due, error in zip(GRID_S, errors_s, strict=True)], planned=1000)
    assert (figures.p50_ms, figures.p95_ms, figures.p99_ms, figures.p999_ms, figures.max_ms) == (0, 0, 2, 3, 3)


def test_more_than_ten_milliseconds_is_late_and_too_early_is_not():
    errors_s = [0.0] * 996 + [0.0101, 0.0099, -0.02, 0.05]
    assert of_onsets(GRID_S, [d + e for d, e in zip(GRID_S, errors_s, strict=True)], planned=1000).late == 2


def test_a_slow_clock_shows_as_a_slope_in_millionths_and_can_be_taken_out():
    figures = of_onsets(GRID_S, [due * (1 + 50e-6) for due in GRID_S], planned=1000)
    assert figures.slope_ppm == pytest.approx(50)
    assert figures.p99_ms == pytest.approx(GRID_S[-1] * 50e-6 / 2 * 1000, rel=0.02)
    assert figures.steady_p99_ms == pytest.approx(0, abs=0.001)


def test_a_note_that_was_never_heard_is_dropped():
    assert of_onsets(GRID_S[:990], GRID_S[:990], planned=1000).dropped == 10


def test_where_nothing_was_heard_all_is_dropped():
    figures = of_onsets([], [], planned=8)
    assert (figures.dropped, figures.max_ms, figures.slope_ppm) == (8, 0, 0)


def test_latencies_are_taken_as_they_are_and_have_no_drift():
    figures = of_latencies([0.001, 0.002, 0.003, 0.011], planned=5)
    assert (figures.p50_ms, figures.max_ms, figures.late, figures.dropped) == (3, 11, 1, 1)
    assert figures.slope_ppm is None
