"""The figures: how far off what was heard is, as percentiles, counts and drift. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import linear_regression, median

from improvd.live.band import percentile
from improvd.live.scheduler import LATE_S


@dataclass(frozen=True, slots=True)
class Figures:
    """This is what was measured of one sender.

    Attributes:
        p50_ms … max_ms: of the deviations from the grid, or of the latencies.
        late: onsets more than 10 ms late.
        dropped: notes that were never heard.
        notes: those that were to be heard.
        slope_ppm: how much slower than the clock the notes went, in millionths; None of a latency.
        steady_p99_ms: the 99th percentile when that drift is taken out too.
    """

    p50_ms: float
    p95_ms: float
    p99_ms: float
    p999_ms: float
    max_ms: float
    late: int
    dropped: int
    notes: int
    slope_ppm: float | None = None
    steady_p99_ms: float | None = None


def of_onsets(due_s: Sequence[float], heard_s: Sequence[float], planned: int) -> Figures:
    """Return the figures of onsets against their grid, with one phase fitted: their median error is taken out.

    Args:
        due_s: when each note that was heard was due, in seconds.
        heard_s: when it was heard.
        planned: how many notes were to be heard.
    """
    errors_s = _centred([heard - due for due, heard in zip(due_s, heard_s, strict=True)])
    slope = linear_regression(due_s, errors_s).slope if len(errors_s) > 1 else 0.0
    steady_s = _centred([error - slope * due for due, error in zip(due_s, errors_s, strict=True)])
    return _figures(
        [abs(error) for error in errors_s],
        planned,
        late=_late(errors_s),
        slope_ppm=round(slope * 1e6, 2),
        steady_p99_ms=_ms(percentile([abs(error) for error in steady_s], 0.99)),
    )


def of_latencies(latencies_s: Sequence[float], planned: int) -> Figures:
    """Return the figures of the time that each note heard took from in to out."""
    return _figures(latencies_s, planned, late=_late(latencies_s))


def _figures(
    off_s: Sequence[float],
    planned: int,
    *,
    late: int,
    slope_ppm: float | None = None,
    steady_p99_ms: float | None = None,
) -> Figures:
    p50, p95, p99, p999 = (_ms(percentile(off_s, share)) for share in (0.5, 0.95, 0.99, 0.999))
    dropped = planned - len(off_s)
    return Figures(p50, p95, p99, p999, _ms(max(off_s, default=0.0)), late, dropped, planned, slope_ppm, steady_p99_ms)


def _centred(errors_s: Sequence[float]) -> list[float]:
    phase_s = median(errors_s) if errors_s else 0.0
    return [error - phase_s for error in errors_s]


def _late(errors_s: Sequence[float]) -> int:
    return sum(error > LATE_S for error in errors_s)


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 3)
