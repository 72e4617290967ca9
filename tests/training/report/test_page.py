from __future__ import annotations

import re
import shutil
from html.parser import HTMLParser

import pytest
from browser import CHROMIUM, browser
from runs import leave_run

from improvd import cli

pytestmark = pytest.mark.slow

VOID = ("meta", "link", "img")
SIZES = [(390, 844), (1280, 800)]
WIDER = "document.documentElement.scrollWidth - innerWidth"
OUTSIDE = """[...document.querySelectorAll('body *')].filter(e => !e.closest('.scrolls, pre')
    && e.getBoundingClientRect().right > innerWidth + 1).map(e => e.outerHTML.slice(0, 80))"""
COLUMNS = "new Set([...document.querySelectorAll('.gallery img')].map(i => Math.round(i.x))).size"
UNSEEN = "[...document.images].filter(i => !i.naturalWidth || !i.width || !i.alt || !i.getAttribute('height')).length"


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """Return the page of three runs, made by the command line."""
    root = tmp_path_factory.mktemp("runs")
    folders = [leave_run(root / name, name, start=4 + n) for n, name in enumerate(("film", "salsa", "piano"))]
    (folders[1] / "broken.mid").write_bytes(b"MThd")
    shutil.rmtree(folders[2] / "activations.npz", ignore_errors=True)
    (folders[2] / "activations.npz").unlink()
    page = root / "report.html"
    assert cli.main(["report", *map(str, folders), "-o", str(page)]) == 0
    return page


class Tags(HTMLParser):
    """This reads a page and holds what is open."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.fixture(scope="module")
def tags(report):
    parser = Tags()
    parser.feed(report.read_text())
    assert parser.open == []
    return parser.seen


def test_the_page_needs_nothing_from_outside_and_no_script(report, tags):
    for tag, attributes in tags:
        assert tag != "script"
        for name in ("src", "href"):
            assert (attributes.get(name) or "data:").startswith(("data:", "#"))
    assert "url(" not in re.search("<style>(.*?)</style>", report.read_text(), re.S)[1]


def test_every_picture_has_words_and_a_size(tags):
    images = [attributes for tag, attributes in tags if tag == "img"]
    assert len(images) > 10
    assert all(image["alt"] and int(image["width"]) > 100 and int(image["height"]) > 50 for image in images)
    words = " ".join(image["alt"] for image in images)
    for kind in ("Loss by epoch", "Accuracy by epoch", "Piano roll", "Sheet music", "Self-similarity", "Heat map"):
        assert kind in words


def test_the_music_can_be_saved_in_every_form(tags):
    names = [attributes["download"] for tag, attributes in tags if tag == "a" and "download" in attributes]
    assert names == ["played.mid", "played.musicxml", "played.pdf"] * 3


def test_a_damaged_piece_is_told_and_the_rest_is_shown(report):
    assert "broken.mid: damaged MIDI file" in report.read_text()


def test_the_same_runs_give_the_same_page(report):
    again = report.with_name("again.html")
    folders = [str(report.parent / name) for name in ("film", "salsa", "piano")]
    assert cli.main(["report", *folders, "-o", str(again)]) == 0
    assert again.read_bytes() == report.read_bytes()


def test_the_command_prints_where_the_page_is(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    folder = tmp_path / "improvd" / "runs" / "film-1-00000001"
    folder.mkdir(parents=True)
    (folder / "log.csv").write_text("epoch,train,valid\n1,2,2\n")
    page = tmp_path / "page.html"
    assert cli.main(["report", "film", "-o", str(page)]) == 0
    assert capsys.readouterr().out == f"{page}\n"
    assert cli.main(["report", "film", "-o", str(tmp_path / "no" / "page.html")]) == 1
    assert capsys.readouterr().err.endswith("name another file with -o\n")
    assert cli.main(["report", "nothing"]) == 2


@pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium: requirements/install dev browser")
@pytest.mark.parametrize(("width", "height"), SIZES)
@pytest.mark.parametrize("dark", [False, True])
def test_a_browser_shows_it_whole_at_every_size(report, tmp_path, width, height, dark):
    with browser(tmp_path / "profile") as page:
        page.open(report, width=width, height=height, dark=dark)
        assert page.value(WIDER) <= 0
        assert page.value(OUTSIDE) == []
        assert page.value(UNSEEN) == 0
        assert page.complaints == []
        assert page.asked == []


@pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium: requirements/install dev browser")
def test_a_phone_shows_one_column_and_a_wide_screen_several(report, tmp_path):
    with browser(tmp_path / "profile") as page:
        page.open(report, width=390, height=844)
        assert page.value(COLUMNS) == 1
        page.open(report, width=1280, height=800)
        assert page.value(COLUMNS) > 1
        assert page.paper().startswith(b"%PDF")
