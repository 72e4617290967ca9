"""Whatever reaches the model, it answers: floods, every key held, one note, far too many, notes out of order."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest
from tiny import SHAPE, Counting, tiny_step

from improvd.model.drawing import MAX_NOTES
from improvd.model.generate import Improviser
from improvd.model.reading import MOST_NOTES
from improvd.model.runtimes.stepwise import Stepwise
from improvd.music.codec import KEYS
from improvd.protocol import Ask, Context, Prefill, Taste

EVERYTHING = Taste(*[1.0] * (len(fields(Taste)) - 1), closeness=0.7)
WINDOWS = {
    "nothing": (),
    "one note": ((0, KEYS, 60, 24, 80),),
    "300 notes within 10 ms": tuple((n // 150, KEYS, n % 128, 1, 100) for n in range(300)),
    "every key held": tuple((0, KEYS, pitch, 384, 127) for pitch in range(128)),
    "every key held for ever": tuple((0, KEYS, pitch, 10**6, 127) for pitch in range(128)),
    "2,000 notes": tuple((6 * n, KEYS, 30 + 7 * n % 60, 6, 64) for n in range(2000)),
    "one key 2,000 times": tuple((n, KEYS, 60, 1, 64) for n in range(2000)),
    "after a rest of an hour": ((0, KEYS, 60, 24, 80), (10**6, KEYS, 62, 24, 80)),
    "out of order": ((96, KEYS, 60, 24, 80), (0, KEYS, 64, 24, 80), (48, KEYS, 62, 24, 80)),
}


@pytest.fixture(scope="module")
def step():
    return Counting(tiny_step())


@pytest.fixture(scope="module")
def shipped():
    return Improviser.open("default", "litert-int8")


def ask(window, **given):
    begin = max((note[0] for note in window), default=0) + 1
    told = {"begin_ticks": begin, "until_ticks": begin + 96, "strike": True, "temperatures": (1.0, 2.0), "top_p": 0.98}
    told |= {"min_p": 0.02, "lowest": 28, "highest": 103, "seed": 3, "rows": 4, "call_ticks": 0, "taste": EVERYTHING}
    return Ask(1, window, Context(), **told | given)


@pytest.mark.parametrize("closes", [False, True])
@pytest.mark.parametrize("named", WINDOWS)
def test_it_answers_in_no_more_steps_than_notes(step, named, closes):
    improviser, window = Improviser("tiny", SHAPE, Stepwise(step, "numpy")), WINDOWS[named]
    step.calls = 0
    request = ask(window, closes=closes)
    answer = improviser.ask(request)
    assert step.calls <= min(len(window), MOST_NOTES) + MAX_NOTES
    assert [len(row) > 0 for row in answer.rows] == [True, True]
    assert all(request.begin_ticks <= note[0] < request.until_ticks for row in answer.rows for note in row)
    assert np.isfinite(answer.log_probs).all()


@pytest.mark.parametrize("named", WINDOWS)
def test_the_shipped_model_answers_too(shipped, named):
    answer = shipped.ask(ask(WINDOWS[named]))
    assert [len(row) > 0 for row in answer.rows] == [True, True]


def test_notes_played_into_the_answer_do_not_count_for_the_ranking(shipped):
    window = WINDOWS["2,000 notes"][:40]
    into = (*window, (260, KEYS, 61, 12, 80), (300, KEYS, 66, 12, 80))
    told = {"begin_ticks": 240, "until_ticks": 336, "rows": 8}
    assert len(shipped.ask(ask(into, **told)).rows[0]) > 0


def test_a_flood_that_arrives_note_by_note_is_read_once(step):
    improviser, flood = (
        Improviser("tiny", SHAPE, Stepwise(step, "numpy")),
        WINDOWS["300 notes within 10 ms"][:MOST_NOTES],
    )
    step.calls = 0
    for count in range(1, len(flood) + 1):
        improviser.prefill(Prefill(flood[:count], Context()))
    assert step.calls == len(flood)


def test_in_a_range_of_one_key_that_is_held_it_still_ends(step):
    improviser = Improviser("tiny", SHAPE, Stepwise(step, "numpy"))
    held = ((0, KEYS, 60, 384, 80),)
    assert improviser.ask(ask(held, lowest=60, highest=60, until_ticks=40)).candidates == 4
