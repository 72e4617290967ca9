"""Neurons over a text: a heat map of all of them, and the text coloured by what one of them does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from improvd.training.pictures.paper import DIVERGING, Form, bare, drawn

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Array = NDArray[Any]

COLUMNS = 40
"""Characters in a line of either picture."""

SIGNS = {"\n": "↵", " ": "·", "\t": "→", "\r": "←"}
"""How characters are shown that would not be seen."""

MONO: dict[str, Any] = {"family": "DejaVu Sans Mono", "ha": "center", "va": "center"}


def heat_map(
    activations: Array, characters: Sequence[str], *, columns: int = COLUMNS, title: str = "", form: Form = "svg"
) -> bytes:
    """Return a heat map: a row a neuron, a column a character, which is written below; long texts go on beneath.

    Args:
        activations: (characters, neurons) float.
        characters: each of length 1.
        columns: characters in a line.
        title: written above.
        form: of the file.
    """
    starts = range(0, len(characters), columns)
    limit = _limit(activations)
    height = (min(max(0.016 * activations.shape[1], 0.6), 3.5) + 0.2) * len(starts) + 0.95

    def draw(figure: Figure) -> None:
        grid = figure.subplots(len(starts), squeeze=False)[:, 0]
        for axes, start in zip(grid, starts, strict=True):
            line = slice(start, start + columns)
            shown = _draw_cells(axes, activations[line].T, columns, limit, aspect="auto")
            axes.set_xticks(range(len(characters[line])), [SIGNS.get(c, c) for c in characters[line]])
            axes.tick_params(length=0, pad=1)
            for label in axes.get_xticklabels():
                label.set(family=MONO["family"], fontsize=8)
        figure.supylabel("neuron", fontsize=9)
        figure.supxlabel("character of the text, · a space, ↵ the end of a line", fontsize=8)
        if title:
            figure.suptitle(title, x=0.01, ha="left", fontsize=9)
        figure.colorbar(
            shown, ax=list(grid), label="activation", location="top", shrink=0.6, aspect=40, pad=0.08 / height
        )

    return drawn(draw, form, height=height)


def coloured_text(
    activation: Array, characters: Sequence[str], *, columns: int = COLUMNS, title: str = "", form: Form = "svg"
) -> bytes:
    """Return a text whose characters are coloured by the activation of one neuron, (characters,) float.

    The other arguments are those of `heat_map`.
    """
    places = _places(characters, columns)
    rows = places[-1][0] + 1
    cells = np.full((rows, columns), np.nan)
    for place, value in zip(places, activation, strict=True):
        cells[place] = value
    limit = _limit(activation)

    def draw(figure: Figure) -> None:
        axes = figure.add_subplot()
        shown = _draw_cells(axes, cells, columns, limit, aspect=1.7)
        for (row, column), character, value in zip(places, characters, activation, strict=True):
            ink = "white" if abs(value) > 0.75 * limit else "black"
            axes.text(column, row, SIGNS.get(character, character), fontsize=7.5, color=ink, **MONO)
        axes.set(xticks=[], yticks=[])
        axes.set_title(title)
        figure.colorbar(shown, label="activation", location="bottom", shrink=0.6, aspect=40)

    return drawn(draw, form, height=0.158 * rows + 0.85)


def liveliest(activations: Array, count: int) -> list[int]:
    """Return the numbers of the neurons that do most: of the largest spread over the text, (characters, neurons)."""
    return [int(number) for number in np.argsort(-activations.std(axis=0), kind="stable")[:count]]


def watched(activation: Array, characters: Sequence[str], count: int = 3) -> str:
    """Return the characters on which a neuron is highest and lowest in the mean, as a sentence of a caption."""
    texts = np.array(characters)
    means = sorted((float(activation[texts == character].mean()), str(character)) for character in np.unique(texts))
    low = " ".join(SIGNS.get(character, character) for _, character in means[:count])
    high = " ".join(SIGNS.get(character, character) for _, character in means[: -count - 1 : -1])
    return f"highest on {high}; lowest on {low}"


def _limit(activations: Array) -> float:
    """Return the end of the scale on either side of zero: 1 for what tanh gives, else what there is."""
    largest = float(np.abs(activations).max())
    return largest if largest > 1 else 1.0


def _draw_cells(axes: Axes, cells: Array, columns: int, limit: float, *, aspect: float | str) -> Any:
    shown = axes.imshow(
        cells, cmap=DIVERGING, vmin=-limit, vmax=limit, aspect=aspect, interpolation="nearest"  # type: ignore[arg-type]
    )  # fmt: skip
    axes.set_xlim(-0.5, columns - 0.5)
    bare(axes)
    return shown


def _places(characters: Sequence[str], columns: int) -> list[tuple[int, int]]:
    """Return row and column of each character: a new row after the end of a line, and where a row is full."""
    places, row, column = [], 0, 0
    for character in characters:
        places.append((row, column))
        row, column = (row + 1, 0) if character == "\n" or column + 1 == columns else (row, column + 1)
    return places
