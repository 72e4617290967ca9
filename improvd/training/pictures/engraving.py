"""Engraving: MusicXML as pages of SVG by Verovio, and such pages as one PDF."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

SVG = "http://www.w3.org/2000/svg"
LINK = "{http://www.w3.org/1999/xlink}href"
A4_POINTS = (595.28, 841.89)
PIXELS = {"phone": (400, 900), "a4": (794, 1123)}
"""Width and height of a page: what a phone shows, and paper."""

UNDATED = datetime(2000, 1, 1, tzinfo=UTC)
"""The same music gives the same PDF."""

SCALE = {"phone": 36, "a4": 40}
"""Per cent of Verovio's size of the staves."""


def phone_pages(musicxml: bytes) -> list[str]:
    """Return sheet music as pages in SVG, as wide as a phone shows without loss, each as high as what stands on it."""
    return _pages(musicxml, "phone", adjusted=True)


def paper_pages(musicxml: bytes) -> list[str]:
    """Return sheet music as pages of A4 in SVG."""
    return _pages(musicxml, "a4", adjusted=False)


def _pages(musicxml: bytes, paper: str, *, adjusted: bool) -> list[str]:
    import verovio

    width, height = PIXELS[paper]
    verovio.enableLog(verovio.LOG_OFF)
    toolkit = verovio.toolkit()
    toolkit.setOptions(
        {
            "pageWidth": width * 100 // SCALE[paper], "pageHeight": height * 100 // SCALE[paper], "scale": SCALE[paper],
            "pageMarginLeft": 40, "pageMarginRight": 40, "pageMarginTop": 60, "pageMarginBottom": 60,
            "adjustPageHeight": adjusted, "breaks": "auto", "header": "none", "footer": "none",
            "svgViewBox": True, "xmlIdSeed": 1, "mnumInterval": 0,
        }
    )  # fmt: skip
    toolkit.loadData(musicxml.decode())
    return [toolkit.renderToSVG(number + 1) for number in range(toolkit.getPageCount())]


def pdf(pages: Sequence[str]) -> bytes:
    """Return pages of `paper_pages` as one PDF."""
    from fpdf import FPDF
    from fpdf.svg import SVGObject

    document = FPDF(unit="pt", format=A4_POINTS)
    document.set_margin(0)
    document.set_auto_page_break(False)
    document.set_creation_date(UNDATED)
    for page in pages:
        document.add_page()
        SVGObject(_plain(page)).draw_to_page(document, 0, 0)
    return bytes(document.output())


# --- what fpdf2 understands of Verovio's SVG ---------------------------------------------------


def _plain(page: str) -> bytes:
    """Return a page without style sheet and inner page: colours and scale stand on a group, letters on their text."""
    root = ElementTree.fromstring(page)
    inner = next(child for child in root if child.tag == _named("svg"))
    scale = float(_box(root)[2]) / float(_box(inner)[2])
    root.set("width", f"{A4_POINTS[0]}pt")
    root.set("height", f"{A4_POINTS[1]}pt")
    for parent in list(root.iter()):
        for child in [child for child in parent if _unseen(child)]:
            parent.remove(child)
    inner.tag = _named("g")
    inner.attrib = {"transform": f"scale({scale})", "stroke": "#000000", "fill": "#000000"}
    for text in root.iter(_named("text")):
        _flatten(text)
    return ElementTree.tostring(root)


def _unseen(element: Element) -> bool:
    return element.tag in (_named("style"), _named("desc")) or "placeholder" in element.get("class", "").split()


def _flatten(text: Element) -> None:
    """Take the letters, place and size of a text from what is nested in it."""
    inside = list(text.iter())
    letters = "".join(text.itertext()).strip()
    sizes = [element.get("font-size", "0px") for element in inside]
    for place in ("x", "y", "text-anchor"):
        text.attrib |= next(({place: e.attrib[place]} for e in inside if place in e.attrib), {})
    text.set("font-size", next((size for size in sizes if size != "0px"), "0px"))
    text.set("stroke", "none")
    for child in list(text):
        text.remove(child)
    text.text = letters


def _box(svg: Element) -> list[str]:
    return svg.get("viewBox", "0 0 1 1").split()


def _named(tag: str) -> str:
    return f"{{{SVG}}}{tag}"
