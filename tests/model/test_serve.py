"""The model process: speaks through the pipe, refuses a bad bundle, ends with the daemon."""

from __future__ import annotations

import select
import time

from symbol_models import NOTES_AFTER_NOTES, SCALE, write_bundle

from improvd.model import serve
from improvd.model.opening import sums_of
from improvd.pipe import start_child
from improvd.protocol import Ask, Context, Continued, Loaded, Prefill, Refused, Weigh, Weighed

WINDOW = tuple((12 * i, 0, pitch, 12, 80) for i, pitch in enumerate([60, 62, 64, 65, 67, 65, 64, 62]))
ASK = Ask(1, WINDOW, Context(), 96, 120, True, (1.0,), 0.98, 0.02, 40, 90, 5, 1)


def next_message(pipe, timeout_s=20.0):
    end_s = time.monotonic() + timeout_s
    while time.monotonic() < end_s:
        select.select([pipe], [], [], 0.1)
        if messages := pipe.receive():
            return messages[0]
    raise TimeoutError("the model process says nothing")


def test_the_shipped_model_answers_through_the_pipe_and_ends_with_it():
    child, pipe = start_child("improvd.model.serve", "default", "auto")
    assert isinstance(next_message(pipe), Loaded)
    pipe.send(Prefill(WINDOW, Context()))
    pipe.send(ASK)
    answer = next_message(pipe)
    assert isinstance(answer, Continued)
    assert answer.rows[0][0][0] == 96
    pipe.close()
    assert child.wait(5) == 0


def test_the_shipped_model_weighs_readings_of_a_phrase_through_the_pipe():
    child, pipe = start_child("improvd.model.serve", "default", "auto")
    assert isinstance(next_message(pipe), Loaded)
    doubled = tuple((2 * onset, part, pitch, 2 * length, velocity) for onset, part, pitch, length, velocity in WINDOW)
    pipe.send(Weigh(7, "tempo", (WINDOW, doubled), (Context(3, 4, "folk"),) * 2))
    weighed = next_message(pipe)
    assert isinstance(weighed, Weighed)
    assert (weighed.number, weighed.about) == (7, "tempo")
    assert [len(row) for row in weighed.log_probs] == [3, 3]
    pipe.close()
    assert child.wait(5) == 0


def test_a_model_of_symbols_answers_through_the_pipe(tmp_path):
    model = write_bundle(tmp_path / "chords", "chords", SCALE, NOTES_AFTER_NOTES)
    child, pipe = start_child("improvd.model.serve", str(model), "auto")
    assert next_message(pipe) == Loaded("by hand", "window", sums=sums_of(str(model)))
    pipe.send(Prefill(WINDOW, Context()))
    pipe.send(ASK)
    assert [pitch for _, _, pitch, *_ in next_message(pipe).rows[0]] == [64, 65]
    pipe.close()
    assert child.wait(5) == 0


def test_a_model_that_is_not_there_is_refused_in_one_sentence():
    child, pipe = start_child("improvd.model.serve", "nosuch", "auto")
    refused = next_message(pipe)
    assert isinstance(refused, Refused)
    assert "no model 'nosuch'" in refused.text
    assert child.wait(5) == 0
    pipe.close()


def test_readings_that_a_later_message_outdates_are_left_out():
    first, second = Prefill(WINDOW[:4], Context()), Prefill(WINDOW, Context())
    assert serve.without_stale([first, second]) == [second]
    assert serve.without_stale([first, ASK, second]) == [ASK, second]
    assert serve.without_stale([first, ASK]) == [first, ASK]


def test_a_window_to_weigh_is_outdated_only_by_a_later_one_about_the_same():
    tempo, style = (Weigh(1, about, (WINDOW,), (Context(),)) for about in ("tempo", "style"))
    again = Weigh(2, "tempo", (WINDOW,), (Context(),))
    assert serve.without_stale([tempo, style, again]) == [style, again]
    assert serve.without_stale([tempo, ASK]) == [tempo, ASK]
    assert serve.without_stale([tempo, Prefill(WINDOW, Context())]) == [tempo, Prefill(WINDOW, Context())]
