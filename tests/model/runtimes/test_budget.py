"""Rows in time: the most that a machine draws within a budget."""

from __future__ import annotations

import numpy as np
import pytest

from improvd.model.runtimes import budget
from improvd.model.runtimes.numpy import NumpyStep
from improvd.model.step import Shape

STEP_MS = {1: 0.1, 4: 0.12, 8: 0.2, 16: 0.4, 32: 0.7, 64: 1.4}
"""As LiteRT takes with int8 weights, about."""


@pytest.mark.parametrize(("budget_ms", "rows"), [(1000.0, 64), (8.0, 16), (6.4, 16), (6.3, 8), (1.7, 1), (0.5, 1)])
def test_it_is_the_largest_number_whose_notes_fit(budget_ms, rows):
    assert budget.rows_within(budget_ms, 16, STEP_MS.__getitem__) == rows


def test_larger_numbers_than_one_too_slow_are_not_measured():
    asked = []
    budget.rows_within(3.0, 16, lambda rows: asked.append(rows) or STEP_MS[rows])
    assert asked == [1, 4, 8]


def test_a_step_is_measured_with_as_many_rows_as_asked_its_first_call_left_out():
    shape = Shape(units=8, layers=1, head_units=4)
    step = NumpyStep({name: np.zeros(size) for name, size in shape.weights().items()}, shape)
    seen = []
    took_ms = budget.step_ms(lambda inputs: seen.append(len(inputs.event)) or step(inputs), shape, 4)
    assert seen == [4] * (budget.CALLS + 1)
    assert took_ms > 0
