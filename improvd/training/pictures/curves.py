"""Curves of loss or accuracy over the epochs, of one run or of several side by side."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from improvd.training.pictures.paper import COLOURS, GRID, Form, colour, count_whole, drawn

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

DASHES: tuple[Any, ...] = ("-", (0, (5, 1.5)), (0, (1, 1)), (0, (5, 1, 1, 1)))
"""For more curves than there are colours: the next dash for each round of them."""


@dataclass(frozen=True, slots=True)
class Curve:
    """This is how a run went: a number an epoch, NaN where none was measured.

    Attributes:
        name: of the run.
        epochs: numbers of the epochs, rising.
        train, valid: while fitting, and on held-out music; either may be empty.
        number: of the run among those compared, which gives its colour in every picture.
    """

    name: str
    epochs: tuple[int, ...]
    train: tuple[float, ...] = ()
    valid: tuple[float, ...] = ()
    number: int = 0

    @property
    def line(self) -> dict[str, Any]:
        """Its colour and dashes."""
        return {"color": colour(self.number), "linestyle": DASHES[self.number // len(COLOURS) % len(DASHES)]}


def curves(
    runs: Sequence[Curve], measure: str, *, best: Literal["low", "high"] = "low", title: str = "", form: Form = "svg"
) -> bytes:
    """Return a picture of some runs: training thin, validation thick with its best epoch as a dot.

    Args:
        runs: at least one.
        measure: what is measured, with its unit: the name of the axis.
        best: whether low or high values are good.
        title: written above.
        form: of the file.
    """

    def draw(figure: Figure) -> None:
        axes = figure.add_subplot()
        for run in runs:
            _draw_run(axes, run, best)
        axes.set(xlabel="epoch", ylabel=measure, title=title)
        count_whole(axes.xaxis)
        axes.grid(color=GRID, linewidth=0.4)
        _draw_legend(figure, axes, runs)

    return drawn(draw, form, height=2.6 + 0.17 * len(runs))


def _draw_run(axes: Axes, run: Curve, best: str) -> None:
    alone: dict[str, Any] = (
        {"marker": "o", "markersize": 4.5, "markerfacecolor": "none"} if len(run.epochs) == 1 else {}
    )
    if run.train:
        axes.plot(run.epochs[: len(run.train)], run.train, linewidth=0.8, alpha=0.75, **run.line, **alone)
    if run.valid:
        axes.plot(run.epochs, run.valid, linewidth=1.8, **run.line)
    measured = [(value, epoch) for value, epoch in zip(run.valid, run.epochs, strict=False) if not math.isnan(value)]
    if measured:
        value, epoch = min(measured) if best == "low" else max(measured)
        axes.plot(epoch, value, "o", color=colour(run.number), markersize=4.5, markeredgecolor="white", zorder=3)


def _draw_legend(figure: Figure, axes: Axes, runs: Sequence[Curve]) -> None:
    """Write below what each colour is, and what thin and thick lines are."""
    from matplotlib.lines import Line2D

    shown = [Line2D([], [], linewidth=1.8, label=run.name, **run.line) for run in runs]
    if any(run.train for run in runs):
        shown.append(Line2D([], [], color="#555555", linewidth=0.8, label="training"))
    if any(run.valid for run in runs):
        shown.append(
            Line2D([], [], color="#555555", linewidth=1.8, marker="o", markersize=4.5, label="validation, best epoch")
        )
    columns = 1 if any(len(run.name) > 28 for run in runs) else 2
    figure.legend(handles=shown, loc="outside lower left", ncols=columns, handlelength=2.2)
