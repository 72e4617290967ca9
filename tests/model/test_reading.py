"""Reading a window bit by bit: always where reading it from its anchor leads, and never more than is new."""

from __future__ import annotations

import numpy as np
import pytest
from tiny import SHAPE, Counting, tiny_step

from improvd.model.bundle import open_bundle
from improvd.model.cursor import Cursor
from improvd.model.reading import MOST_NOTES, Reading, anchored
from improvd.model.runtimes import open_drawer
from improvd.model.runtimes.stepwise import Stepwise
from improvd.music.codec import KEYS, GridNote
from improvd.protocol import Context

IN_THREE = Context(3, 4)


def line(count, start_ticks=0):
    """A line of eighths that repeats nothing soon."""
    return tuple((start_ticks + 12 * i, KEYS, 48 + 7 * i % 31, 10, 40 + i % 60) for i in range(count))


@pytest.fixture
def step():
    return Counting(tiny_step())


@pytest.fixture
def reading(step):
    return Reading(Stepwise(step, "numpy"), SHAPE)


def assert_same_place(ours, theirs):
    for our, their in zip(ours.cursor, theirs.cursor, strict=True):
        np.testing.assert_allclose(np.asarray(our)[ours.row], np.asarray(their)[theirs.row], atol=1e-5)


NOTES = line(40)
HELD = (*NOTES[:-1], (*NOTES[-1][:3], 1, 80))
LATER = {
    "the same": NOTES,
    "more": (*NOTES, *line(5, 480)),
    "a held note became longer": (*NOTES[:-1], (*NOTES[-1][:3], 35, 80)),
    "a note long ago became longer": (*NOTES[:8], (*NOTES[8][:3], 70, 80), *NOTES[9:]),
    "a note landed between others": tuple(sorted((*NOTES, (300, KEYS, 90, 12, 99)))),
    "notes landed between planned ones": tuple(sorted((*NOTES, *((n, KEYS, 91, 6, 70) for n in range(414, 480, 12))))),
    "planned notes were taken back": NOTES[:31],
    "the anchor moved on": NOTES[25:],
    "nothing": (),
    "one note": NOTES[:1],
    "other music": line(7, 96),
}


@pytest.mark.parametrize("named", LATER)
@pytest.mark.parametrize("context", [Context(), IN_THREE], ids=["same metre", "another metre"])
def test_whatever_was_read_before_it_leads_where_reading_from_the_anchor_leads(reading, step, named, context):
    reading.read(HELD[:30], Context())
    reading.read(HELD, Context())
    place = reading.read(LATER[named], context)
    assert_same_place(place, Reading(Stepwise(step, "numpy"), SHAPE).read(LATER[named], context))
    more = (*LATER[named], *line(3, 960))
    assert_same_place(reading.read(more, context), Reading(Stepwise(step, "numpy"), SHAPE).read(more, context))


@pytest.mark.parametrize(
    ("named", "calls"),
    [("the same", 0), ("more", 5), ("planned notes were taken back", 0), ("a note landed between others", 15),
     ("a note long ago became longer", 32), ("nothing", 0), ("the anchor moved on", 15), ("one note", 0)],
)  # fmt: skip
def test_only_what_is_new_and_what_comes_after_it_is_read(reading, step, named, calls):
    reading.read(NOTES, Context())
    step.calls = 0
    reading.read(LATER[named], Context())
    assert step.calls == calls


def test_a_held_note_that_became_longer_costs_one_note(reading, step):
    reading.read(HELD, Context())
    step.calls = 0
    reading.read(NOTES, Context())
    assert step.calls == 1


def test_a_longer_window_is_read_from_an_anchor_that_moves_on_in_strides(reading, step):
    assert [len(anchored(line(n))) for n in (0, 1, 128, 129, 192, 193, 2000)] == [0, 1, 128, 65, 128, 65, 80]
    assert len(anchored(line(2000))) <= MOST_NOTES
    reading.read(line(1999), Context())
    step.calls = 0
    reading.read(line(2000), Context())
    assert step.calls == 1


@pytest.mark.parametrize("runtime", ["litert-float32", "numpy"])
@pytest.mark.parametrize("named", ["a note landed between others", "the anchor moved on", "more"])
def test_on_the_shipped_model_too(runtime, named):
    bundle = open_bundle("default")
    drawer = open_drawer(bundle, runtime).drawer
    reading = Reading(drawer, bundle.shape)
    reading.read(HELD, Context())
    start = Cursor.at_start(np.array([LATER[named][0][0] // 96 * 96]), bundle.shape)
    straight = drawer.read(start, [GridNote(*note) for note in LATER[named]], Context())
    place = reading.read(LATER[named], Context())
    for ours, theirs in zip(place.cursor, straight, strict=True):
        np.testing.assert_allclose(ours[place.row], theirs[-1], atol=1e-5)
