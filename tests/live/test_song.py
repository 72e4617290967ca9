"""The song, the click, MIDI clock out and outputs that hear later or earlier, as the performer plays them."""

from __future__ import annotations

from typing import Any

import pytest
from fake_outside import FakeOutside

from improvd.live.clock import Clock
from improvd.live.line import Lane
from improvd.live.performer import Performer
from improvd.protocol import (
    Anchor,
    Downbeat,
    Finished,
    Panic,
    Play,
    Push,
    SetClick,
    SetClock,
    SetMeter,
    SetOffsets,
    SetTempo,
    Setup,
    Sounded,
    Transport,
)

CLICK = SetClick(True, "", 9, 77, 76)
START, CONTINUE, STOP, TICK = (0xFA,), (0xFB,), (0xFC,), (0xF8,)
NOTE = (0x91, 60, 90)


class Stage:
    """This is a performer whose beat is a second, beat 0 at 0 s; `at` does something when its time comes."""

    def __init__(self, *lanes: Lane) -> None:
        self.now_s = 0.0
        self.said: list[Any] = []
        self.outside = FakeOutside()
        self.outside.there = lanes or (Lane(),)
        self.log: list[tuple[float, tuple[int, ...]]] = []
        self.clock_log: list[tuple[float, tuple[int, ...]]] = []
        setup = Setup("none", (), (), 60.0, 4, 4, True, 0, 1, 0.2)
        self.performer = Performer(setup, Clock(60.0, 0.0), self.outside, self.said.append)

    def obey(self, *messages: Any, at_s: float) -> None:
        self.go(at_s)
        for message in messages:
            self.performer.obey(message, at_s)
        self._write(at_s)

    def go(self, until_s: float) -> None:
        """Let time pass."""
        while (due_s := self.performer.next_due_s()) is not None and due_s <= until_s:
            self.now_s = max(self.now_s, due_s)
            self.performer.play_due(self.now_s)
            self._write(self.now_s)
        self.now_s = until_s

    def _write(self, now_s: float) -> None:
        for sent, log in ((self.outside.sent, self.log), (self.outside.clock, self.clock_log)):
            log += [(round(now_s, 6), data) for data in sent]
            sent.clear()

    def clicks(self) -> list[tuple[float, int]]:
        return [(at_s, data[1]) for at_s, data in self.log if data[0] == 0x99]

    def last(self, kind: type) -> Any:
        return [message for message in self.said if isinstance(message, kind)][-1]


def test_the_click_sounds_on_every_beat_until_it_is_switched_off() -> None:
    stage = Stage()
    stage.obey(CLICK, at_s=0.5)
    stage.obey(SetClick(False, "", 9, 77, 76), at_s=4.5)
    stage.go(9.0)
    assert stage.clicks() == [(1.0, 77), (2.0, 77), (3.0, 77), (4.0, 76)]
    assert [data for at_s, data in stage.log if at_s > 4.5] == []


def test_a_click_is_no_answer() -> None:
    stage = Stage()
    stage.obey(CLICK, at_s=0.0)
    stage.go(2.0)
    assert {message.answer for message in stage.said if isinstance(message, Sounded)} == {-1}


def test_the_click_counts_from_the_downbeat() -> None:
    stage = Stage()
    stage.obey(CLICK, at_s=0.0)
    stage.obey(Downbeat(2.5), at_s=2.5)
    stage.go(4.6)
    assert stage.clicks() == [(0.0, 76), (1.0, 77), (2.0, 77), (2.5, 76), (3.5, 77), (4.5, 77)]


def test_panic_silences_the_click_for_a_moment_only() -> None:
    stage = Stage()
    stage.obey(CLICK, at_s=0.0)
    stage.obey(Panic(), at_s=1.5)
    stage.go(3.0)
    assert [at_s for at_s, _ in stage.clicks()] == [0.0, 1.0, 2.0, 3.0]


def test_a_start_is_counted_in_with_clicks_and_then_the_song_rolls() -> None:
    stage = Stage()
    stage.obey(Transport("start", bars=1), at_s=10.0)
    assert (stage.last(Anchor).rolling, stage.last(Anchor).downbeat_beats) == (False, pytest.approx(14.02))
    stage.go(16.0)
    assert [pitch for _, pitch in stage.clicks()] == [76, 77, 77, 77]
    assert stage.clicks()[0][0] == pytest.approx(10.02)
    assert (stage.last(Anchor).rolling, stage.last(Anchor).at_s) == (True, pytest.approx(14.02))


def test_who_follows_stops_while_a_start_is_counted_in() -> None:
    stage = Stage()
    stage.obey(SetClock("internal", "own", "wait", 0.0), at_s=0.0)
    stage.obey(Transport("start", bars=1), at_s=1.0)
    stage.go(6.0)
    told = [(at_s, data) for at_s, data in stage.clock_log if data != TICK]
    assert told == [(1.0, STOP), (pytest.approx(5.02), START)]


def test_another_metre_counts_from_the_last_bar_line() -> None:
    stage = Stage()
    stage.obey(CLICK, at_s=0.0)
    stage.obey(SetMeter(3, 4), at_s=5.5)  # in the second bar of four
    stage.go(11.5)
    accents = [round(at_s) for at_s, pitch in stage.clicks() if pitch == 76]
    assert accents == [0, 4, 7, 10]
    assert stage.last(Anchor).downbeat_beats == 4.0


def test_a_song_that_goes_on_keeps_the_bars_of_a_metre_that_changed() -> None:
    stage = Stage()
    stage.obey(SetMeter(3, 4), at_s=5.5)
    stage.obey(Transport("stop"), at_s=6.0)
    stage.obey(Transport("stop"), at_s=7.0)
    stage.obey(Transport("go on"), at_s=9.98)
    stage.go(10.5)
    assert stage.last(Anchor).downbeat_beats == pytest.approx(8.0)  # a bar line lay two beats before the stop


def test_a_downbeat_that_is_given_while_the_song_stands_starts_nobody() -> None:
    stage = Stage()
    stage.obey(SetClock("internal", "own", "wait", 0.0), Transport("stop"), at_s=1.0)
    stage.obey(Downbeat(2.0), at_s=2.0)
    stage.go(4.0)
    assert [data for _, data in stage.clock_log if data != TICK] == [STOP]


def test_while_the_song_stands_nothing_of_an_answer_sounds() -> None:
    stage = Stage()
    stage.obey(Play(1, ((1.0, 4.0, 60, 90, 1), (3.0, 1.0, 62, 90, 1))), at_s=0.0)
    stage.obey(Transport("stop"), at_s=2.0)
    stage.obey(Play(2, ((4.0, 1.0, 60, 90, 1),)), at_s=3.0)
    stage.go(9.0)
    assert [(at_s, data[0]) for at_s, data in stage.log if data[0] in (0x91, 0x81)] == [(1.0, 0x91), (2.0, 0x81)]
    assert [message.answer for message in stage.said if isinstance(message, Finished)] == [1, 2]


def test_the_song_goes_on_at_the_next_sixteenth() -> None:
    stage = Stage()
    stage.obey(SetClock("internal", "own", "wait", 0.0), at_s=0.0)
    stage.obey(Transport("start"), at_s=1.0)
    stage.obey(Transport("stop"), at_s=6.1)
    stage.obey(Transport("go on"), at_s=9.0)
    stage.go(9.1)
    told = [(at_s, data) for at_s, data in stage.clock_log if data != TICK]
    assert told == [(1.02, START), (6.1, STOP), (9.0, (0xF2, 21, 0)), (9.02, CONTINUE)]
    assert stage.last(Anchor).downbeat_beats == pytest.approx(9.02 - 21 / 4)


def test_the_song_that_rolls_is_not_continued() -> None:
    stage = Stage()
    stage.obey(SetClock("internal", "own", "wait", 0.0), Transport("go on"), at_s=1.0)
    stage.go(2.0)
    assert {data for _, data in stage.clock_log} == {TICK}


def test_the_clock_goes_out_on_its_own_port_or_among_the_notes() -> None:
    stage = Stage()
    stage.obey(SetClock("internal", "own", "wait", 0.0), at_s=0.0)
    stage.obey(SetClock("internal", "shared", "wait", 0.0), at_s=1.01)
    stage.obey(SetClock("internal", "off", "wait", 0.0), at_s=2.02)
    stage.go(9.0)
    assert (len(stage.clock_log), len(stage.log)) == (25, 25)
    assert [call for call in stage.outside.asked if call[0] == "clock"] == [
        ("clock", True), ("clock", False), ("clock", False),
    ]  # fmt: skip


def test_the_port_of_the_clock_gets_it_later_or_earlier() -> None:
    for late_s in (0.25, -0.25):
        stage = Stage()
        stage.outside.clock_late_s = late_s
        stage.obey(SetClock("internal", "own", "wait", 0.0), at_s=1.0)
        stage.obey(Transport("start", 1), at_s=1.0)
        stage.go(7.0)
        assert [at_s for at_s, data in stage.clock_log if data == START] == pytest.approx([5.02 + late_s])


def test_the_end_stops_who_follows() -> None:
    stage = Stage()
    stage.obey(SetClock("internal", "own", "wait", 0.0), at_s=0.0)
    stage.performer.fall_silent(1.0)
    assert stage.outside.clock == [STOP]


def test_an_output_gets_everything_planned_later_and_another_earlier() -> None:
    late, early = Lane(0.25), Lane(-0.25)
    stage = Stage(Lane(), late, early)
    stage.obey(Play(1, ((2.0, 1.0, 60, 90, 1),)), at_s=0.0)
    seen: dict[Lane, list[float]] = {late: [], early: []}
    while (due_s := stage.performer.next_due_s()) is not None:
        stage.performer.play_due(due_s)
        stage._write(due_s)
        for lane in (late, early):
            seen[lane] += [due_s for data in stage.outside.elsewhere[lane] if data == NOTE]
            stage.outside.elsewhere[lane].clear()
    assert [at_s for at_s, data in stage.log if data == NOTE] == [2.0]
    assert seen == {late: [2.25], early: [1.75]}


def test_what_is_played_by_hand_goes_to_every_output_at_once() -> None:
    stage = Stage(Lane(), Lane(0.25))
    stage.performer.hear("keys", (0x90, 60, 90), 1.0, 1.0)
    assert stage.outside.sent == stage.outside.elsewhere[Lane(0.25)] == [(0x90, 60, 90)]


def test_only_what_the_first_output_gets_is_reported() -> None:
    stage = Stage(Lane(), Lane(0.25))
    stage.obey(Play(1, ((1.0, 1.0, 60, 90, 1),)), at_s=0.0)
    stage.go(5.0)
    assert [(m.at_s, m.data[0]) for m in stage.said if isinstance(m, Sounded)] == [(1.0, 0x91), (2.0, 0x81)]
    assert [m for m in stage.said if isinstance(m, Finished)] == [Finished(1)]


def test_only_some_outputs_click() -> None:
    stage = Stage(Lane(clicks=False), Lane())
    stage.obey(CLICK, at_s=0.0)
    stage.go(1.5)
    assert stage.log == []
    assert [data[0] for data in stage.outside.elsewhere[Lane()]] == [0x99, 0x89, 0x99, 0x89]


def test_offsets_and_the_click_port_are_told_to_the_ports() -> None:
    stage = Stage()
    stage.obey(SetOffsets((("Synth*", -0.012),)), SetClick(True, "Head*", 9, 77, 76), at_s=0.0)
    assert stage.outside.asked == [("route", (("Synth*", -0.012),), ""), ("route", (("Synth*", -0.012),), "Head*")]


def test_an_output_that_is_gone_is_silenced_first() -> None:
    stage = Stage(Lane(), Lane(0.25))
    stage.performer.hear("keys", (0x90, 60, 90), 1.0, 1.0)
    stage.outside.there = (Lane(),)
    stage.performer.look(2.0)
    assert (0x80, 60, 64) in stage.outside.elsewhere[Lane(0.25)]


def test_a_push_is_anchored_and_reached_within_a_beat() -> None:
    stage = Stage()
    stage.obey(Push(0.5), at_s=4.0)
    stage.obey(SetTempo(60.0), at_s=6.0)
    assert stage.last(Anchor).at_beats == pytest.approx(6.5)


def test_the_pulse_tells_the_tempo_of_the_moment_while_it_glides() -> None:
    stage = Stage()
    stage.obey(SetTempo(120.0, 3.0), at_s=0.0)
    stage.performer.pulse(1.0)
    assert stage.last(Anchor).bpm == pytest.approx(90.0)
