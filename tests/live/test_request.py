"""What the model is asked for."""

from __future__ import annotations

import pytest
from scores import PHRASE, asks, session


@pytest.mark.parametrize(("seed", "candidates", "rows"), [(-1, 0, 0), (5, 0, 16), (5, 3, 3), (-1, 3, 3)])
def test_with_a_fixed_seed_how_many_are_drawn_is_no_matter_of_speed(seed: int, candidates: int, rows: int):
    played = session(sampling__seed=seed, answer__candidates=candidates)
    played.play(PHRASE)
    played.run()
    assert {ask.rows for _, ask in asks(played)} == {rows}
