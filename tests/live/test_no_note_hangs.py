"""Whatever is planned, cancelled, played and stalled: note_ons and note_offs alternate, and all ends."""

from __future__ import annotations

from typing import Any

from fake_outside import FakeOutside
from hypothesis import given, settings
from hypothesis import strategies as st

from improvd.live.clock import Clock
from improvd.live.performer import Performer
from improvd.protocol import Cancel, Inject, Panic, Play, SetTempo, SetThru, Setup

PITCHES = st.integers(60, 63)  # few, so that they meet
CHANNELS = st.integers(0, 1)
ANSWERS = st.integers(1, 3)
KEYBOARDS = st.sampled_from(["a", "b"])

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
    st.tuples(st.just("obey"), st.builds(SetTempo, st.floats(20.0, 300.0))),
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
            case "lose", source:
                self.outside.lost = [source]
                self.performer.look(self.now_s)

    def sounding(self) -> set[tuple[int, int]]:
        """Return what sounds at the output; fail where note_ons and note_offs do not alternate."""
        sounding: set[tuple[int, int]] = set()
        for data in self.outside.sent:
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
    for pitch in range(60, 64):
        room.act(("obey", Inject((0x80, pitch, 64))))
    while (due_s := room.performer.next_due_s()) is not None:
        room.now_s = max(room.now_s, due_s)
        room.performer.play_due(room.now_s)
    assert room.sounding() == set()
