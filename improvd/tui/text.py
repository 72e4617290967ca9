"""Lines of styled text: what panes are made of, cut and filled to a width."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from itertools import groupby

from prompt_toolkit.utils import get_cwidth

Piece = tuple[str, str]
"""(style, text), as in prompt_toolkit's formatted text."""

Line = tuple[Piece, ...]

EIGHTHS = " ▏▎▍▌▋▊▉"


def width_of(line: Line) -> int:
    """Return how many columns a line takes."""
    return sum(get_cwidth(text) for _, text in line)


def plain(line: Line) -> str:
    """Return a line without its styles."""
    return "".join(text for _, text in line)


def cut(line: Line, columns: int) -> Line:
    """Return a line of at most some columns; what is cut off ends in an ellipsis."""
    if width_of(line) <= columns:
        return line
    kept: list[Piece] = []
    left = columns - 1
    for style, text in line:
        fits = _head(text, left)
        kept.append((style, fits if fits == text else fits + "…"))
        left -= get_cwidth(fits)
        if fits != text:
            break
    return tuple(kept) if columns > 0 else ()


def _head(text: str, columns: int) -> str:
    """Return the longest beginning of a text that fits."""
    used = 0
    for index, character in enumerate(text):
        used += get_cwidth(character)
        if used > columns:
            return text[:index]
    return text


def wrap(line: Line, columns: int) -> list[Line]:
    """Return a line of one style as lines of at most some columns, broken at blanks."""
    style = line[0][0]
    return [((style, part),) for part in textwrap.wrap(plain(line), columns)]


def fill(line: Line, columns: int, style: str = "") -> Line:
    """Return a line of exactly some columns: cut, or blanks added in a style."""
    line = cut(line, columns)
    blank = columns - width_of(line)
    return (*line, (style, " " * blank)) if blank > 0 else line


def centred(line: Line, columns: int) -> Line:
    """Return a line with blanks on its left, so that it stands in the middle."""
    return (("", " " * max(0, (columns - width_of(line)) // 2)), *line)


def spread(left: Line, right: Line, columns: int, style: str = "") -> Line:
    """Return two lines as one: at the left and at the right margin; the left one gives way."""
    room = columns - width_of(right)
    return (*fill(left, room, style), *right) if room > 0 else fill(right, columns, style)


def joined(parts: Iterable[Line], gap: str = "   ") -> Line:
    """Return lines one after another with a gap between those that hold something."""
    full = [part for part in parts if part]
    return tuple(piece for i, part in enumerate(full) for piece in ((("", gap), *part) if i else part))


def from_cells(cells: Iterable[Piece]) -> Line:
    """Return single characters as a line in which neighbours of one style are one piece."""
    return tuple((style, "".join(text for _, text in run)) for style, run in groupby(cells, key=lambda cell: cell[0]))


def bar(share: float, columns: int, style: str, track: str) -> Line:
    """Return a bar filled to a share in 0-1, to an eighth of a column; `track` is the style of the rest."""
    eighths = round(min(max(share, 0.0), 1.0) * columns * 8)
    whole, part = divmod(eighths, 8)
    tip = EIGHTHS[part] if part else ""
    return ((style, "█" * whole), (f"{track} {style}", tip), (track, "░" * (columns - whole - len(tip))))
