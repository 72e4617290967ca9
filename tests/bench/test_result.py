from __future__ import annotations

from improvd.bench.figures import Figures
from improvd.bench.result import Result

IMPROVD = Figures(0.3, 0.6, 0.7, 0.8, 0.9, late=0, dropped=1, notes=480, slope_ppm=0.5, steady_p99_ms=0.7)
CONTROL = Figures(0.2, 0.5, 0.6, 0.7, 0.8, late=2, dropped=0, notes=480, slope_ppm=-0.5, steady_p99_ms=0.6)
RESULT = Result("jitter", "all", "jack", 1.333, 3, {"improvd": IMPROVD, "control": CONTROL})


def test_the_object_holds_improvds_figures_and_those_of_the_control_below():
    told = RESULT.as_object()
    assert told["control"].items() >= {"p99_ms": 0.6, "late": 2}.items()
    assert told.items() >= {
        "p50_ms": 0.3, "p95_ms": 0.6, "p99_ms": 0.7, "p999_ms": 0.8, "max_ms": 0.9, "late": 0, "dropped": 1,
        "notes": 480, "xruns": 3, "slope_ppm": 0.5, "load": "all", "period_ms": 1.333,
    }.items()  # fmt: skip


def test_the_table_has_a_row_each_under_what_was_measured():
    title, head, improvd, control = RESULT.as_text().splitlines()
    assert title == "jitter on jack, period 1.333 ms, 3 xruns, load: all"
    assert head.split() == ["p50", "p95", "p99", "p99.9", "max", "ms", "late", "dropped", "notes", "drift", "ppm"]
    assert improvd.split() == ["improvd", "0.300", "0.600", "0.700", "0.800", "0.900", "0", "1", "480", "0.5"]
    assert control.split()[0] == "control"


def test_a_latency_has_no_drift_and_a_system_without_periods_tells_none():
    plain = Figures(1.0, 1.0, 1.0, 1.0, 1.0, late=0, dropped=0, notes=20)
    title, head, _ = Result("latency", "idle", "alsa", None, None, {"improvd": plain}).as_text().splitlines()
    assert title == "latency on alsa, load: idle"
    assert "drift" not in head
