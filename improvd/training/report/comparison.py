"""Runs beside each other: one table, their figures beside the papers', and their curves on one axis."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Literal

from improvd.training.pictures.curves import Curve, curves
from improvd.training.report.markup import Picture, table
from improvd.training.report.run import Epochs, Finding, Run, Value

NOTHING = "–"
SUMMARY = ("run", "recipe", "data", "epochs", "best validation", "unit", "accuracy", "parameters", "minutes")


def summary(runs: Sequence[Run]) -> str:
    """Return a row a run."""
    return table(SUMMARY, [_summary_row(run, name) for run, name in zip(runs, names(runs), strict=True)])


def names(runs: Sequence[Run]) -> list[str]:
    """Return what each run is called: its name, or its folder's where others have the same."""
    told = [run.facts.name for run in runs]
    return [run.folder.name if told.count(name) > 1 else name for run, name in zip(runs, told, strict=True)]


def _summary_row(run: Run, name: str) -> list[str]:
    facts, epochs = run.facts, run.epochs
    best = epochs.best
    data = f"{facts.data} (stand-in)" if facts.stand_in else facts.data
    valid = f"{epochs.valid[best]:.3f} at epoch {epochs.numbers[best]}" if best is not None else NOTHING
    accuracy = epochs.valid_accuracy[best] if best is not None else math.nan
    return [
        name, facts.recipe or NOTHING, data or NOTHING, f"{len(epochs.numbers) or facts.epochs}", valid, facts.unit,
        NOTHING if math.isnan(accuracy) else f"{accuracy:.1%}",
        f"{facts.parameters:,}" if facts.parameters else NOTHING,
        NOTHING if math.isnan(run.minutes) else f"{run.minutes:,.1f}",
    ]  # fmt: skip


def figures(runs: Sequence[Run]) -> str:
    """Return the figures of all runs beside the papers'; nothing if no run has any."""
    rows = [
        [name, finding.name, _ours(finding), NOTHING if finding.paper is None else shown(finding.paper),
         finding.note]
        for run, name in zip(runs, names(runs), strict=True)
        for finding in run.facts.findings
    ]  # fmt: skip
    return table(("run", "figure", "ours", "paper", "note"), rows, noted=True) if rows else ""


def _ours(finding: Finding) -> str:
    """Return a run's own figure; an accuracy, which is a share, in percent."""
    share = isinstance(finding.ours, float) and finding.name.startswith("accuracy")
    return f"{finding.ours:.1%}" if share else shown(finding.ours)


def shown(value: Value) -> str:
    """Return a value as it is read: whole numbers by thousands, fractions with four figures."""
    if isinstance(value, bool | str):
        return str(value).lower() if isinstance(value, bool) else value
    return f"{value:,}" if isinstance(value, int) else f"{value:.4g}"


def loss_and_accuracy(runs: Sequence[Run]) -> Iterator[Picture]:
    """Yield the curves of the loss, a picture a unit, and those of the accuracy where any run measured it."""
    called = list(zip(runs, names(runs), range(len(runs)), strict=True))
    for unit in dict.fromkeys(run.facts.unit for run in runs):
        of_unit = [told for told in called if told[0].facts.unit == unit]
        losses = [_curve(name, run.epochs, run.epochs.train, run.epochs.valid, place) for run, name, place in of_unit]
        yield from _picture([curve for curve in losses if curve.train or curve.valid], "loss", unit, "low")
    accuracies = [
        _curve(name, run.epochs, _percent(run.epochs.train_accuracy), _percent(run.epochs.valid_accuracy), place)
        for run, name, place in called
    ]
    yield from _picture([curve for curve in accuracies if curve.train or curve.valid], "accuracy", "%", "high")


def _picture(found: Sequence[Curve], measure: str, unit: str, best: Literal["low", "high"]) -> Iterator[Picture]:
    if found:
        drawn = curves(found, f"{measure}, {unit}", best=best)
        told = "; ".join(_told(curve, best) for curve in found)
        yield Picture(drawn, f"{measure.title()} by epoch in {unit}: {told}.", f"{measure}, {unit}")


def _told(curve: Curve, best: Literal["low", "high"]) -> str:
    """Return the end of a curve in words."""
    values, kind = (curve.valid, "validation") if curve.valid else (curve.train, "training")
    chosen = (min if best == "low" else max)(value for value in values if not math.isnan(value))
    return f"{curve.name}, {len(curve.epochs)} epochs, best {kind} {chosen:.4g}"


def _curve(name: str, epochs: Epochs, train: Sequence[float], valid: Sequence[float], place: int) -> Curve:
    """Return a curve, without what was never measured."""
    fitted, held_out = (() if all(map(math.isnan, values)) else tuple(values) for values in (train, valid))
    return Curve(name, epochs.numbers, fitted, held_out, place)


def _percent(shares: Sequence[float]) -> list[float]:
    return [100 * share for share in shares]
