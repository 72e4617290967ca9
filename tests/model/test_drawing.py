"""Drawing a chunk: what is asked for as arrays, and where each row ends."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tiny import SHAPE, tiny_step

from improvd.model.cursor import Cursor
from improvd.model.drawing import MAX_NOTES, STRIDE, Chunk, narrowed, noise_of
from improvd.model.runtimes.stepwise import Stepwise
from improvd.music.codec import FIELDS, KEYS, GridNote, decode
from improvd.protocol import Ask, Context

WINDOW = tuple(GridNote(12 * i, KEYS, pitch, 12, 80) for i, pitch in enumerate([60, 62, 64, 65, 67, 65, 64, 62]))
ROWS = 12
ASK = Ask(
    number=1, window=WINDOW, context=Context(), begin_ticks=96, until_ticks=480, strike=False,
    temperatures=(1.0,), top_p=1.0, min_p=0.0, lowest=40, highest=80, seed=5, rows=ROWS,
)  # fmt: skip


class Rowwise:
    """A step that notes how many rows it was called for."""

    def __init__(self):
        self.step, self.rows = tiny_step(), []

    def __call__(self, inputs):
        self.rows.append(len(inputs.noise))
        return self.step(inputs)


@pytest.fixture(scope="module")
def drawer():
    return Stepwise(tiny_step(), "numpy")


@pytest.fixture(scope="module")
def read(drawer):
    places = drawer.read(Cursor.at_start(np.zeros(1, np.int64), SHAPE), WINDOW, ASK.context)
    return drawer.take(places, [len(WINDOW) - 1])


@pytest.fixture(scope="module")
def drawn(drawer, read):
    return drawer.draw(Chunk.of(ASK), read, noise_of(ASK.seed, ROWS))


def test_a_rows_noise_is_the_same_whatever_the_number_of_rows_and_as_drawn_note_by_note():
    many, few = noise_of(3, 8), noise_of(3, 2)
    assert np.array_equal(many[:, :2], few)
    rng = np.random.default_rng(3)
    each = [rng.random(len(FIELDS), np.float32) * np.float32(0.99999) for _ in range(2 * MAX_NOTES)]
    assert np.array_equal(few[:, 1], each[MAX_NOTES:])


def test_only_the_first_notes_of_a_row_are_inside(drawn):
    ends = drawn.inside.sum(1)
    assert len(set(ends)) > 2
    for row, end in enumerate(ends):
        assert drawn.inside[row].tolist() == [True] * end + [False] * (len(drawn.inside[row]) - end)


def test_a_row_goes_on_as_if_its_notes_had_been_played(drawer, read, drawn):
    noise, played = noise_of(ASK.seed, ROWS), 3
    for row, end in enumerate(drawn.inside.sum(1)):
        if end > played:
            notes = decode(drawn.events[row, :played].tolist(), origin_ticks=WINDOW[-1].onset_ticks)
            place = drawer.take(drawer.read(read, notes, ASK.context), [played - 1])
            rest = drawer.draw(Chunk.of(replace(ASK, rows=1)), place, noise[played:, row : row + 1])
            assert np.array_equal(rest.events[0, : end - played], drawn.events[row, played:end])
            assert rest.inside[0].sum() == end - played


@pytest.mark.parametrize("rows", [1, 2, 5, ROWS])
def test_a_row_is_drawn_as_it_is_alone_while_others_are_left_out(drawer, read, rows):
    asked, noise = replace(ASK, rows=rows), noise_of(ASK.seed, rows)
    counting = Rowwise()
    together = Stepwise(counting, "numpy").draw(Chunk.of(asked), read, noise)
    assert counting.rows == sorted(counting.rows, reverse=True)
    assert rows <= STRIDE or len(set(counting.rows)) > 1
    for row in range(rows):
        alone = drawer.draw(Chunk.of(replace(asked, rows=1)), read, noise[:, row : row + 1])
        end = int(alone.inside.sum())
        assert together.inside[row].tolist() == [True] * end + [False] * (together.inside.shape[1] - end)
        assert np.array_equal(together.events[row, :end], alone.events[0, :end])
        assert np.array_equal(together.onset_ticks[row, :end], alone.onset_ticks[0, :end])


@pytest.mark.parametrize(("rows", "going_on", "drawn"), [(1, 1, 1), (4, 2, 4), (16, 16, 16), (16, 15, 15), (16, 6, 10)])
def test_rows_that_have_ended_are_left_out_by_fives(rows, going_on, drawn):
    assert narrowed(rows, going_on) == drawn


def test_a_row_without_end_is_drawn_as_far_as_there_is_noise(drawer, read):
    begun = drawer.draw(Chunk.of(replace(ASK, until_ticks=10**6)), read, noise_of(5, ROWS)[:2])
    assert begun.inside.shape == (ROWS, 2)
    assert begun.inside.all()


def test_places_are_taken_in_any_order_and_as_often_as_wanted(drawer):
    places = drawer.read(Cursor.at_start(np.zeros(1, np.int64), SHAPE), WINDOW, ASK.context)
    taken = drawer.take(places, [3, 0, 3])
    for part, every in zip(taken, places, strict=True):
        assert np.array_equal(part, every[[3, 0, 3]])
