"""Words, tables and pictures as HTML; whatever is given as text is escaped here."""

from __future__ import annotations

import base64
import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

POINT_PIXELS = 4 / 3


@dataclass(frozen=True, slots=True)
class Picture:
    """This is a picture in SVG.

    Attributes:
        svg: the file.
        alt: what it shows, in words for who cannot see it.
        caption: what stands below it.
        map: whether its colours are values, which a dark page must not turn round.
    """

    svg: bytes
    alt: str
    caption: str = ""
    map: bool = False


def escaped(text: object) -> str:
    """Return a text as HTML."""
    return html.escape(str(text))


def paragraph(text: str, kind: str = "") -> str:
    """Return a text as a paragraph, of a class where one is named; nothing if it is empty."""
    return f"<p{_class(kind)}>{escaped(text)}</p>" if text else ""


def table(header: Sequence[str], rows: Sequence[Sequence[str]], *, caption: str = "", noted: bool = False) -> str:
    """Return a table in a box that scrolls; the first cell of a row is its name, numbers stand at the right.

    `noted`: the last column holds sentences, which on a phone stand below their row.
    """
    heads = "".join(f'<th scope="col"{_numeric(rows, n)}>{escaped(cell)}</th>' for n, cell in enumerate(header))
    lines = "".join(_row(row, rows) for row in rows)
    titled = f"<caption>{escaped(caption)}</caption>" if caption else ""
    label = escaped(caption or ", ".join(header))
    inside = f"{titled}<thead><tr>{heads}</tr></thead><tbody>{lines}</tbody>"
    kind = _class("noted" if noted else "")
    return f'<div class="scrolls" tabindex="0" role="region" aria-label="{label}"><table{kind}>{inside}</table></div>'


def _row(row: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    name, *rest = row or ("",)
    cells = "".join(f"<td{_numeric(rows, n)}>{escaped(cell)}</td>" for n, cell in enumerate(rest, 1))
    return f'<tr><th scope="row">{escaped(name)}</th>{cells}</tr>'


def _numeric(rows: Sequence[Sequence[str]], column: int) -> str:
    """Return the class of a column: that of numbers where every cell begins like one."""
    cells = [row[column] for row in rows if column < len(row) and row[column] not in ("", "–")]
    numbers = column > 0 and cells and all(re.match(r"[-−]?\d", cell) for cell in cells)
    return _class("number" if numbers else "")


def _class(kind: str) -> str:
    return f' class="{kind}"' if kind else ""


def figure(picture: Picture) -> str:
    """Return a picture with its caption, held in the page itself."""
    width, height = size(picture.svg)
    image = (
        f'<img src="{data_url("image/svg+xml", picture.svg)}" width="{width:.0f}" height="{height:.0f}" '
        f'alt="{escaped(picture.alt)}">'
    )
    caption = f"<figcaption>{escaped(picture.caption)}</figcaption>" if picture.caption else ""
    return f"<figure{_class('map' if picture.map else '')}>{image}{caption}</figure>"


def size(svg: bytes) -> tuple[float, float]:
    """Return width and height of a picture in CSS pixels, as its first tag says."""
    head = svg[: svg.index(b">", svg.index(b"<svg"))].decode()
    found = re.search(r'viewBox="[\d.]+ [\d.]+ ([\d.]+) ([\d.]+)"', head)
    width, height = (float(found[1]), float(found[2])) if found else (1.0, 1.0)
    unit = POINT_PIXELS if re.search(r'width="[\d.]+pt"', head) else 1.0
    return width * unit, height * unit


def download(name: str, mime: Literal["audio/midi", "application/pdf", "application/xml"], data: bytes) -> str:
    """Return a link that saves a file which the page holds."""
    return f'<a class="file" download="{escaped(name)}" href="{data_url(mime, data)}">{escaped(name)}</a>'


def folded(title: str, inside: str) -> str:
    """Return something that a reader opens when it is wanted."""
    return f"<details><summary>{escaped(title)}</summary>{inside}</details>"


def data_url(mime: str, data: bytes) -> str:
    """Return data as an address that is the data."""
    return f"data:{mime};base64,{base64.b64encode(data).decode()}"
