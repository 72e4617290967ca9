from __future__ import annotations

import math
import re
import subprocess
import sys
from xml.etree import ElementTree

import numpy as np
import pytest

from improvd.music.note import Note
from improvd.music.timing import steady
from improvd.training.corpus.piece import Piece
from improvd.training.metrics.passage import DRUMS
from improvd.training.pictures.curves import Curve, curves
from improvd.training.pictures.neurons import coloured_text, heat_map, liveliest, watched
from improvd.training.pictures.paper import colour
from improvd.training.pictures.pianoroll import layers_of, piano_roll
from improvd.training.pictures.similarity import similarity_picture

TUNE = Piece("tune", "any", steady(4, 4), tuple(Note(i / 2, 60 + i % 7, 0.5, 80) for i in range(40)))


def _curves(form="svg"):
    return curves([Curve("a", (1, 2, 3), (3, 2, 1), (3, 2, 2.5)), Curve("b", (1,), (), (math.nan,))], "loss", form=form)


def _size(svg: bytes) -> tuple[float, float]:
    return tuple(map(float, ElementTree.fromstring(svg).attrib["viewBox"].split()[2:]))


def test_the_same_data_give_the_same_bytes():
    assert _curves() == _curves()


@pytest.mark.parametrize(("form", "head"), [("svg", b"<?xml"), ("png", b"\x89PNG"), ("pdf", b"%PDF")])
def test_a_picture_is_the_file_that_is_asked_for(form, head):
    assert _curves(form).startswith(head)


def test_each_run_has_its_own_colour_and_they_come_again_dashed():
    runs = [Curve(f"run {n}", (1, 2), (), (2, 1), number=n) for n in range(9)]
    drawn = curves(runs, "loss").decode()
    assert {colour(n) for n in range(8)} <= set(re.findall(r"#[0-9a-f]{6}", drawn))
    assert "stroke-dasharray" in drawn
    assert "stroke-dasharray" not in curves(runs[:8], "loss").decode()


def test_a_piano_roll_breaks_into_lines_and_grows_with_them():
    short, long = (piano_roll(layers_of(piece), piece.meters) for piece in (_bars(2), _bars(12)))
    assert _size(short)[0] == _size(long)[0] == 4 * 72
    assert _size(long)[1] > 2 * _size(short)[1]


def _bars(count: int) -> Piece:
    return Piece("a", "any", steady(4, 4), tuple(Note(4.0 * bar, 60, 4, 80) for bar in range(count)))


def test_a_piano_roll_shows_each_part_in_its_colour():
    notes = (Note(0, 60, 1, 80, 5), Note(0, 55, 1, 80, 6), Note(0, 36, 1, 80, DRUMS))
    piece = Piece("a", "any", steady(4, 4), notes)
    drawn = piano_roll(layers_of(piece), piece.meters).decode()
    assert [layer.name for layer in layers_of(piece)] == ["drums", "voice 1", "voice 2"]
    assert all(colour(n) in drawn for n in range(3))
    assert colour(3) not in drawn


def test_a_similarity_of_one_bar_can_be_drawn():
    assert _size(similarity_picture(np.ones((1, 1))))[0] == 4 * 72


def test_a_long_text_goes_on_in_further_lines():
    text = list("abc|" * 30)
    values = np.tanh(np.random.default_rng(0).normal(size=(120, 8)))
    assert _size(heat_map(values, text))[1] > _size(heat_map(values[:40], text[:40]))[1]
    assert _size(coloured_text(values[:, 0], text))[1] > _size(coloured_text(values[:40, 0], text[:40]))[1]


def test_the_liveliest_neurons_are_those_that_change():
    values = np.stack([np.zeros(4), np.array([1, -1, 1, -1]), np.array([0, 1, 0, 1])], axis=1)
    assert liveliest(values, 2) == [1, 2]


def test_what_a_neuron_watches_is_told_by_its_means():
    assert watched(np.array([1.0, -1.0, 0.0, 1.0]), list("|a\n|"), 1) == "highest on |; lowest on a"


def test_drawing_needs_no_display_and_says_nothing(tmp_path):
    code = (
        "from improvd.training.pictures.curves import *; curves([Curve('a', (1, 2), (2, 1))], 'loss'); "
        "import sys; assert 'matplotlib.pyplot' not in sys.modules"
    )
    home = {"HOME": str(tmp_path), "MPLCONFIGDIR": str(tmp_path), "PATH": "/usr/bin"}  # an empty cache of fonts
    done = subprocess.run([sys.executable, "-c", code], env=home, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
