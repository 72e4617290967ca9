"""What a run of the bench showed, as the object that --json prints and as a table. Pure."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from improvd.bench.figures import Figures

SUBJECT, CONTROL = "improvd", "control"


@dataclass(frozen=True, slots=True)
class Result:
    """This is one run.

    Attributes:
        what: jitter or latency.
        load: as in `loads.LOADS`.
        system: the MIDI system.
        period_ms: the grid on which it hands messages on; None where it does not tell.
        xruns: how often it lost time meanwhile; None where it does not tell.
        figures: of improvd, the control, and whoever else took part, by name.
    """

    what: str
    load: str
    system: str
    period_ms: float | None
    xruns: int | None
    figures: dict[str, Figures]

    def as_object(self) -> dict[str, Any]:
        """Return it as one object: improvd's figures at its top, those of the others below their names."""
        others = {name: asdict(figures) for name, figures in self.figures.items() if name != SUBJECT}
        return {
            "load": self.load, "system": self.system, "period_ms": self.period_ms, "xruns": self.xruns,
            **asdict(self.figures[SUBJECT]), **others,
        }  # fmt: skip

    def as_text(self) -> str:
        """Return it as a table under a line that says what was measured."""
        period = "" if self.period_ms is None else f", period {self.period_ms:.3f} ms, {self.xruns} xruns"
        title = f"{self.what} on {self.system}{period}, load: {self.load}"
        head = f"{'':<12}{'p50':>9}{'p95':>9}{'p99':>9}{'p99.9':>9}{'max ms':>9}{'late':>7}{'dropped':>9}{'notes':>7}"
        drifts = any(figures.slope_ppm is not None for figures in self.figures.values())
        rows = [_row(name, figures) for name, figures in self.figures.items()]
        return "\n".join([title, head + ("  drift ppm" if drifts else ""), *rows])


def _row(name: str, it: Figures) -> str:
    times = "".join(f"{value:9.3f}" for value in (it.p50_ms, it.p95_ms, it.p99_ms, it.p999_ms, it.max_ms))
    drift = "" if it.slope_ppm is None else f"{it.slope_ppm:11.1f}"
    return f"{name:<12}{times}{it.late:>7}{it.dropped:>9}{it.notes:>7}{drift}"
