"""Rows in time: the most that a machine draws within a budget."""

from __future__ import annotations

import time

import numpy as np
import pytest

from improvd.model.drawing import MAX_NOTES
from improvd.model.runtimes import budget
from improvd.model.runtimes.numpy import NumpyStep
from improvd.model.runtimes.stepwise import Stepwise
from improvd.model.step import Shape

SHAPE = Shape(units=8, layers=1, head_units=4)
STEP_MS = {1: 0.1, 4: 0.12, 8: 0.2, 16: 0.4, 32: 0.7, 64: 1.4}
"""As LiteRT takes with int8 weights, about."""
WAITS_S = 1.0


@pytest.mark.parametrize(("budget_ms", "rows"), [(1000.0, 64), (8.0, 16), (6.4, 16), (6.3, 8), (1.7, 1), (0.5, 1)])
def test_it_is_the_largest_number_whose_notes_fit(budget_ms, rows):
    assert budget.rows_within(budget_ms, 16, STEP_MS.__getitem__) == rows


def test_larger_numbers_than_one_too_slow_are_not_measured():
    asked = []
    budget.rows_within(3.0, 16, lambda rows: asked.append(rows) or STEP_MS[rows])
    assert asked == [1, 4, 8]


class Counting:
    """A drawer that counts the rows of each bar."""

    name = "counting"

    def __init__(self):
        self.step = NumpyStep({name: np.zeros(size) for name, size in SHAPE.weights().items()}, SHAPE)
        self._drawer, self.rows = Stepwise(self.step, "numpy"), []

    def draw(self, chunk, cursor, noise):
        self.rows.append(len(chunk.told))
        return self._drawer.draw(chunk, cursor, noise)


def test_a_note_is_measured_over_bars_of_as_many_rows_as_asked():
    drawer = Counting()
    assert 0 < budget.note_ms(drawer, SHAPE, 4) < 100
    assert drawer.rows == [4] * budget.CALLS


class Waiting(Counting):
    """A drawer that other programs keep from the processor."""

    def draw(self, chunk, cursor, noise):
        time.sleep(WAITS_S)
        return super().draw(chunk, cursor, noise)


def test_what_other_programs_take_does_not_count():
    assert budget.note_ms(Waiting(), SHAPE, 1) < 1000 * WAITS_S / MAX_NOTES


def test_candidates_are_as_many_as_the_machine_draws_in_time(monkeypatch):
    drawn = []
    monkeypatch.setattr(budget, "note_ms", lambda drawer, shape, rows: drawn.append(rows) or STEP_MS.get(rows))
    assert budget.candidates(Counting(), SHAPE) == 32
    assert drawn == [1, 4, 8, 16, 32, 64]
