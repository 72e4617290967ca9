from __future__ import annotations

import pytest
from fakedaemon import STATUS

from improvd.errors import ControlError
from improvd.music.timing import Meter
from improvd.tui.status import ANSWER, CALL, RollNote, Status, later, parse_status


def test_a_message_of_the_daemon_becomes_typed():
    status = parse_status(STATUS | {"roll": [[1.5, 0.5, 60, "call"], [2, None, 64, "answer"]], "readers": None})
    assert (status.word, status.bpm, status.keyboards) == ("LISTENING", 120.0, ("Keystation",))
    assert status.roll == (RollNote(1.5, 0.5, 60, CALL), RollNote(2.0, None, 64, ANSWER))
    assert status.readers is None


def test_what_the_daemon_leaves_out_keeps_its_default_and_what_it_adds_is_passed_over():
    assert parse_status({"bpm": 90, "mood": "blue"}) == Status(bpm=90.0)


def test_nobody_reading_differs_from_not_knowing_who_reads():
    assert parse_status({"readers": []}).readers == ()
    assert parse_status({"readers": None}).readers is None


@pytest.mark.parametrize("wrong", [{"bpm": "fast"}, {"roll": [[1, 2]]}, {"late": {}}])
def test_a_value_of_the_wrong_type_is_told_by_name(wrong):
    with pytest.raises(ControlError, match=f"status holds {next(iter(wrong))} = "):
        parse_status(wrong)


def test_the_clock_goes_on_between_two_statuses():
    then = Status(bpm=120.0, beats=10.0, beat=3.5, bar=2, last_in_s=0.1)
    now = later(then, 0.5)
    assert (now.beats, now.beat, now.bar) == (11.0, 1.0 + 3.5, 2)
    assert now.last_in_s == pytest.approx(0.6)
    assert now.last_out_s is None


def test_the_clock_passes_bar_lines_in_any_metre():
    now = later(Status(bpm=60.0, beat=2.0, bar=7, meter="3/4"), 8.0)
    assert (now.beat, now.bar) == (1.0, 10)


@pytest.mark.parametrize(("text", "metre"), [("6/8", Meter(6, 8)), ("", Meter()), ("free", Meter()), ("0/0", Meter())])
def test_the_metre_is_read_from_its_text(text, metre):
    assert Status(meter=text).metre == metre


def test_a_bar_line_lies_where_the_beat_says():
    assert Status(beats=10.5, beat=3.5).bar_start_beats == 8.0
