"""Draw a captured terminal screen as a PNG, without a browser; needs pyte, Pillow and the font DejaVu Sans Mono."""

from __future__ import annotations

from pathlib import Path

import pyte
from PIL import Image, ImageDraw, ImageFont

FONTS = Path("/usr/share/fonts/truetype/dejavu")
FONT_PIXELS, CELL_COLUMNS, CELL_ROWS, MARGIN = 20, 12, 24, 16
INK, PAPER = "#d0d0d0", "#121212"
NAMED = {"black": "#000000", "white": "#ffffff"}

BLOCKS = {
    "█": ((0, 0, 8, 8),), "▀": ((0, 0, 8, 4),), "▄": ((0, 4, 8, 8),), "▌": ((0, 0, 4, 8),),
    "▘": ((0, 0, 4, 4),), "▖": ((0, 4, 4, 8),), "▏": ((0, 0, 1, 8),), "▎": ((0, 0, 2, 8),), "▍": ((0, 0, 3, 8),),
    "▋": ((0, 0, 5, 8),), "▊": ((0, 0, 6, 8),), "▉": ((0, 0, 7, 8),),
}  # fmt: skip
"""Blocks as rectangles in eighths of a cell: terminals draw them without seams, fonts do not."""


def draw(ansi: str, columns: int, rows: int) -> Image.Image:
    """Return a picture of a screen captured by `tmux capture-pane -p -e`."""
    screen = pyte.Screen(columns, rows)
    # tmux separates lines by LF alone; a last LF would scroll the first line away.
    pyte.Stream(screen).feed(ansi.rstrip("\n").replace("\n", "\r\n"))
    size = (columns * CELL_COLUMNS + 2 * MARGIN, rows * CELL_ROWS + 2 * MARGIN)
    image = Image.new("RGB", size, PAPER)
    pen = ImageDraw.Draw(image)
    for row in range(rows):
        for column in range(columns):
            _draw_cell(pen, screen.buffer[row][column], MARGIN + column * CELL_COLUMNS, MARGIN + row * CELL_ROWS)
    return image


def _draw_cell(pen: ImageDraw.ImageDraw, cell: pyte.screens.Char, x: int, y: int) -> None:
    ink, paper = _colour(cell.fg, INK), _colour(cell.bg, PAPER)
    if cell.reverse:
        ink, paper = paper, ink
    pen.rectangle((x, y, x + CELL_COLUMNS - 1, y + CELL_ROWS - 1), fill=paper)
    if cell.data in BLOCKS:
        for left, top, right, bottom in BLOCKS[cell.data]:
            pen.rectangle((*_at(x, y, left, top), *(edge - 1 for edge in _at(x, y, right, bottom))), fill=ink)
    elif cell.data == "░":
        pen.rectangle((x, y, x + CELL_COLUMNS - 1, y + CELL_ROWS - 1), fill=_mixed(ink, paper, 0.3))
    elif cell.data.strip():
        pen.text((x, y), cell.data, font=_font(cell.bold), fill=ink)


def _at(x: int, y: int, across_eighths: int, down_eighths: int) -> tuple[int, int]:
    return x + round(across_eighths * CELL_COLUMNS / 8), y + round(down_eighths * CELL_ROWS / 8)


def _font(bold: bool) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(FONTS / ("DejaVuSansMono-Bold.ttf" if bold else "DejaVuSansMono.ttf"), FONT_PIXELS)


def _colour(name: str, default: str) -> str:
    """Return what pyte calls a colour as #rrggbb: it says "default", a name or six hexadecimal digits."""
    if name == "default":
        return default
    return NAMED.get(name) or f"#{name}"


def _mixed(ink: str, paper: str, share: float) -> tuple[int, ...]:
    inks, papers = (bytes.fromhex(colour[1:]) for colour in (ink, paper))
    return tuple(round(i * share + p * (1 - share)) for i, p in zip(inks, papers, strict=True))
