"""Whatever is planned, cancelled, played and stalled: note_ons and note_offs alternate, and all ends."""

from __future__ import annotations

from typing import Any

from fake_outside import FakeOutside
from hypothesis import given, settings
from hypothesis import strategies as st

from improvd.live.clock import Clock
from improvd.live.echo import is_note
from improvd.live.line import Lane
from improvd.live.performer import Performer
from improvd.protocol import (
    Cancel,
    Downbeat,
    Inject,
    Panic,
    Play,
    Push,
    SetClick,
    SetClock,
    SetMeter,
    SetTempo,
    SetThru,
    Setup,
    Transport,
)

PITCHES = st.integers(60, 63)  # few, so that they meet
CHANNELS = st.integers(0, 1)
ANSWERS = st.integers(1, 3)
KEYBOARDS = st.sampled_from(["a", "b"])
LANES = (Lane(), Lane(-0.2, clicks=False), Lane(0.1))
NO_CLICK, NO_CLOCK = SetClick(False, "", 0, 60, 61), SetClock("internal", "off", "wait", 0.0)

clocks = st.builds(
    SetClock, st.sampled_from(["internal", "midi", "auto"]), st.sampled_from(["off", "own", "shared"]),
    st.sampled_from(["wait", "go on"]), st.sampled_from([0.0, 0.01, -0.01]),
)  # fmt: skip
outside = st.sampled_from([(0xF8,), (0xFA,), (0xFB,), (0xFC,), (0xF2, 16, 0), (0xF2, 3, 1)])

planned_notes = st.tuples(
    st.integers(0, 12).map(lambda ticks: ticks / 3),  # beats from now
    st.one_of(st.integers(1, 6).map(lambda ticks: ticks / 3), st.floats(0.001, 3.0)),
    PITCHES,
    st.integers(1, 127),
    CHANNELS,
)
acts = st.one_of(
    st.tuples(st.just("play"), ANSWERS, st.lists(planned_notes, max_size=6)),
    st.tuples(st.just("obey"), st.builds(Cancel, ANSWERS, st.sampled_from([0.0, 0.5, 1.0]))),
    st.tuples(st.just("obey"), st.builds(SetTempo, st.floats(20.0, 300.0), st.sampled_from([0.0, 0.5, 4.0]))),
    st.tuples(st.just("obey"), st.builds(Push, st.floats(-2.0, 2.0))),
    st.tuples(st.just("obey"), st.builds(Downbeat, st.floats(0.0, 60.0))),
    st.tuples(st.just("obey"), st.builds(Transport, st.sampled_from(["start", "stop", "go on"]), st.integers(0, 1))),
    st.tuples(st.just("obey"), st.builds(SetMeter, st.integers(1, 7), st.sampled_from([4, 8]))),
    st.tuples(st.just("obey"), st.builds(SetClick, st.booleans(), st.just(""), CHANNELS, PITCHES, PITCHES)),
    st.tuples(st.just("obey"), clocks),
    st.tuples(st.just("master"), outside),
    st.tuples(st.just("ticks"), st.integers(1, 60), st.floats(20.0, 300.0)),
    st.tuples(st.just("lanes"), st.sampled_from([LANES[:1], LANES[:2], LANES])),
    st.tuples(st.just("obey"), st.builds(SetThru, st.booleans())),
    st.tuples(st.just("obey"), st.just(Panic())),
    st.tuples(st.just("obey"), PITCHES.map(lambda pitch: Inject((0x90, pitch, 90)))),
    st.tuples(st.just("key"), KEYBOARDS, st.sampled_from([0x80, 0x90]), PITCHES, st.sampled_from([0, 90])),
    st.tuples(st.just("lose"), KEYBOARDS),
)
steps = st.lists(st.tuples(st.sampled_from([0.0, 0.003, 0.05, 0.3, 2.0]), acts), max_size=40)


class Room:
    """This is a performer, and what reached its output."""

    def __init__(self) -> None:
        self.outside = FakeOutside()
        self.clock = Clock(120.0, 0.0)
        setup = Setup("none", (), (), 120.0, 4, 4, True, 0, 1, 0.2)
        self.performer = Performer(setup, self.clock, self.outside, lambda message: None)
        self.now_s = 0.0

    def act(self, act: tuple[Any, ...]) -> None:
        match act:
            case "play", answer, notes:
                here = self.clock.beats_at(self.now_s)
                plan = tuple((here + onset, *rest) for onset, *rest in notes)
                self.performer.obey(Play(answer, plan), self.now_s)
            case "obey", message:
                self.performer.obey(message, self.now_s)
            case "key", source, status, pitch, velocity:
                self.performer.hear(source, (status, pitch, velocity), self.now_s, self.now_s)
            case "master", data:
                self.performer.hear("daw", data, self.now_s, self.now_s)
            case "ticks", count, bpm:
                for _ in range(count):
                    self.now_s += 60 / bpm / 24
                    self.performer.play_due(self.now_s)
                    self.performer.hear("daw", (0xF8,), self.now_s, self.now_s)
            case "lanes", lanes:
                self.outside.there = lanes
                self.performer.look(self.now_s)
            case "lose", source:
                self.outside.lost = [source]
                self.performer.look(self.now_s)

    def sounding(self) -> set[tuple[int, int]]:
        """Return what sounds at any output; fail where note_ons and note_offs do not alternate."""
        return set().union(*map(self._sounding, (self.outside.sent, *self.outside.elsewhere.values())))

    def _sounding(self, sent: list[tuple[int, ...]]) -> set[tuple[int, int]]:
        sounding: set[tuple[int, int]] = set()
        for data in filter(is_note, sent):
            key = (data[0] & 0x0F, data[1])
            if data[0] & 0xF0 == 0x90:
                assert key not in sounding, f"{key} is struck twice"
                sounding.add(key)
            elif data[0] & 0xF0 == 0x80:
                assert key in sounding, f"{key} ends and does not sound"
                sounding.remove(key)
        return sounding


def played(script: list[tuple[float, tuple[Any, ...]]]) -> Room:
    room = Room()
    for wait_s, act in script:
        room.now_s += wait_s
        room.performer.play_due(room.now_s)
        room.act(act)
    return room


@settings(max_examples=300, deadline=None)
@given(steps)
def test_falling_silent_ends_all_that_sounds(script: list[tuple[float, tuple[Any, ...]]]) -> None:
    room = played(script)
    room.sounding()
    room.performer.fall_silent(room.now_s)
    assert room.sounding() == set()


@settings(max_examples=300, deadline=None)
@given(steps)
def test_plans_end_by_themselves_and_keys_when_they_are_let_go(script: list[tuple[float, tuple[Any, ...]]]) -> None:
    room = played(script)
    for source in ("a", "b"):
        room.act(("lose", source))
    for last in (NO_CLICK, NO_CLOCK, *(Inject((0x80, pitch, 64)) for pitch in range(60, 64))):
        room.act(("obey", last))
    while (due_s := room.performer.next_due_s()) is not None:
        room.now_s = max(room.now_s, due_s)
        room.performer.play_due(room.now_s)
    assert room.sounding() == set()
