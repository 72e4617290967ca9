"""The paper that pictures are drawn on: its size, letters and colours, and how a drawing becomes the bytes of a file.

A picture is four inches wide with letters of nine points, so that a phone shows it at about its own size. Colours are
those of Okabe and Ito, which colour-blind readers tell apart; what they tell is told by place or dash as well.
"""

from __future__ import annotations

import io
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure

Form = Literal["svg", "png", "pdf"]

WIDTH_INCHES = 4.0
PNG_DOTS_PER_INCH = 200
INK, GRID, SHADE, PAPER = "#222222", "#cccccc", "#f0f0f0", "#ffffff"

COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#5c5c5c", "#8c6d00")
"""One after the other. Source: Okabe and Ito, Color Universal Design, 2008; without yellow, grey for black."""

SEQUENTIAL, DIVERGING = "viridis", "PuOr"
"""Maps of colours: from little to much, from below to above zero."""

STYLE: dict[str, Any] = {
    "font.size": 9, "axes.titlesize": 9, "axes.labelsize": 9, "xtick.labelsize": 8, "ytick.labelsize": 8,
    "legend.fontsize": 8, "legend.frameon": False, "font.family": "DejaVu Sans",
    "axes.spines.top": False, "axes.spines.right": False, "axes.linewidth": 0.6,
    "axes.edgecolor": INK, "axes.labelcolor": INK, "text.color": INK, "xtick.color": INK, "ytick.color": INK,
    "axes.titlelocation": "left", "figure.facecolor": PAPER, "savefig.dpi": PNG_DOTS_PER_INCH,
    "svg.hashsalt": "improvd",
}  # fmt: skip

UNDATED: dict[Form, dict[str, None]] = {"svg": {"Date": None}, "png": {"Software": None}, "pdf": {"CreationDate": None}}
"""What is left out of a file, so that the same data give the same bytes."""


def drawn(draw: Callable[[Figure], None], form: Form, *, height: float, width: float = WIDTH_INCHES) -> bytes:
    """Return the file of what a function draws on an empty sheet; sizes in inches."""
    logging.getLogger("matplotlib").setLevel(logging.ERROR)  # that it makes a cache of fonts concerns nobody
    import matplotlib
    from matplotlib.figure import Figure

    file = io.BytesIO()
    with matplotlib.rc_context(STYLE):  # type: ignore[arg-type]  # it types each key of its own
        figure = Figure((width, height), layout="constrained")
        draw(figure)
        figure.savefig(file, format=form, metadata=UNDATED[form])
    return file.getvalue()


def colour(index: int) -> str:
    """Return the colour of the n-th thing shown."""
    return COLOURS[index % len(COLOURS)]


def count_whole(axis: Axis) -> None:
    """Mark an axis at whole numbers only."""
    from matplotlib.ticker import MaxNLocator

    axis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))


def bare(axes: Axes) -> None:
    """Take away the frame and the marks of some axes."""
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)
