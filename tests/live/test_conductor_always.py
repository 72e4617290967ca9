"""Whatever is played, however late the model: properties of every session."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace

from hypothesis import given, settings
from hypothesis import strategies as st
from scores import Eighths, Message, left_hanging, session

from improvd.config import Config
from improvd.offline import VirtualSession
from improvd.protocol import (
    Ask,
    Continued,
    Downbeat,
    LetGo,
    Play,
    Push,
    SetClick,
    SetClock,
    SetMeter,
    SetTempo,
    Transport,
)

END_S = 40.0


@dataclass(frozen=True)
class Event:
    at_s: float
    what: str
    value: int


MIDI = {"on": 0x90, "off": 0x80, "on as off": 0x90, "pedal": 0xB0, "soft": 0xB0, "sostenuto": 0xB0, "all off": 0xB0}
OTHERS = ("tempo", "metre", "model", "stop", "your turn", "forget", "hot", "interrupt")
SONG = ("glide", "push", "one", "start", "halt", "go on", "click", "lose", "clock", "master starts", "master stops")
TIMES = st.floats(0, 30, allow_nan=False).map(lambda at_s: round(at_s, 3))
WHAT = st.sampled_from([*["on"] * 4, *["off"] * 3, *MIDI, *OTHERS, *SONG, "master jumps"])
EVENT = st.builds(Event, TIMES, WHAT, st.integers(0, 127))


def run_of_notes(start_s: float, count: int, gap_s: float, length_s: float) -> list[Event]:
    onsets = [(start_s + i * gap_s, 7 * i % 128) for i in range(count)]
    ends = [Event(round(at_s + length_s, 3), "off", value) for at_s, value in onsets]
    return [Event(round(at_s, 3), "on", value) for at_s, value in onsets] + ends


RUNS = st.builds(
    run_of_notes, TIMES, st.integers(1, 12), st.sampled_from([0.02, 0.1, 0.25, 0.9]), st.sampled_from([0.05, 0.2, 2.0])
)
EVENTS = st.builds(
    lambda runs, others: [event for run in runs for event in run] + others,
    st.lists(RUNS, min_size=1, max_size=8),
    st.lists(EVENT, max_size=20),
)
SLOWNESS = st.lists(st.sampled_from([0.0, 0.0, 0.005, 0.2, 1.5, 30.0]), min_size=1, max_size=8)
SETTINGS = st.fixed_dictionaries(
    {
        "answer__start": st.sampled_from(["auto", "now", "beat", "bar"]),
        "answer__interrupt": st.sampled_from(["yield", "cut", "ignore"]),
        "phrase__end": st.sampled_from(["auto", "auto", "auto", "manual"]),
        "clock__phase": st.sampled_from(["first-note", "free"]),
        "clock__meter": st.sampled_from(["4/4", "3/4", "6/8", "7/8", "1/32", "32/4"]),
        "clock__bpm": st.sampled_from([20.0, 97.0, 120.0, 300.0]),
        "answer__max_bars": st.sampled_from([1, 2, 8]),
        "midi__answer_channel": st.sampled_from([1, 2]),
        "answer__rehearse": st.booleans(),
        "answer__neighbours": st.sampled_from([0, 1]),
        "answer__commit_ms": st.sampled_from([20, 100, 1000]),
        "groove__swing": st.sampled_from([50, 67]),
    }
)


def message(event: Event) -> Message:
    pitch = 60 + event.value % 5
    data = {
        "on": (0x90, pitch, 1 + event.value % 127),
        "off": (0x80, pitch, 64),
        "on as off": (0x90, pitch, 0),
        "pedal": (0xB0, 64, event.value),
        "soft": (0xB0, 67, event.value),
        "sostenuto": (0xB0, 66, event.value),
        "all off": (0xB0, 123, 0),
    }
    return (event.at_s, data[event.what])


def happen(played: VirtualSession, event: Event) -> None:
    conductor, value = played.conductor, event.value
    if event.what == "tempo":
        played.performer.obey(SetTempo(20.0 + 2 * value), event.at_s)
    elif event.what == "metre":
        played.performer.obey(SetMeter(1 + value % 12, (4, 8)[value % 2]), event.at_s)
    elif event.what == "model":
        conductor.model_ready(value % 2 == 0)
    elif event.what == "stop":
        conductor.stop(event.at_s)
    elif event.what == "your turn":
        conductor.your_turn(event.at_s)
    elif event.what == "forget":
        conductor.forget()
    elif event.what.startswith("master"):
        ticks(played, event)
    elif event.what in SONG:
        played.performer.obey(song_of(played, event), event.at_s)
    else:
        mode, temperature = ("yield", "cut", "ignore")[value % 3], (0.95, 1.05, 1.5, 1.0)[value % 4]
        conductor.configure(Config().having("sampling.temperature", temperature).having("answer.interrupt", mode))


def song_of(played: VirtualSession, event: Event) -> object:
    """Return the message to the player that an event stands for."""
    value, here = event.value, played.conductor.view(event.at_s).beats
    return {
        "glide": SetTempo(20.0 + 2 * value, 4.0),
        "push": Push(value / 64 - 1),
        "one": Downbeat(here),
        "start": Transport("start", value % 3),
        "halt": Transport("stop"),
        "go on": Transport("go on"),
        "click": SetClick(value % 2 == 0, "", 9, 77, 76),
        "lose": LetGo("keyboard"),
        "clock": SetClock(("internal", "midi", "auto")[value % 3], "off", ("wait", "go on")[value % 2], 0.0),
    }[event.what]


def ticks(played: VirtualSession, event: Event) -> None:
    """Let an outside clock start, stop or jump, and tick for some beats."""
    first = {"master starts": (0xFA,), "master stops": (0xFC,), "master jumps": (0xF2, event.value, 0)}[event.what]
    played.play([(event.at_s, first)], source="daw")
    played.play([(event.at_s + (i + 1) / (24 + event.value), (0xF8,)) for i in range(2 * event.value)], source="daw")


class Owed(Eighths):
    """This counts what it owes: the requests not yet answered, unless the conductor was told that it is gone."""

    def __init__(self, slowness: list[float]) -> None:
        super().__init__()
        self._slowness = slowness

    def ask(self, request: Ask) -> Continued:
        drawn = super().ask(request)
        rows = tuple(tuple((*note[:3], 12 * (1 + note[0] % 5), note[4]) for note in row) for row in drawn.rows)
        return replace(drawn, rows=rows)

    def took_s(self, request: Ask) -> float:
        return self._slowness[request.number % len(self._slowness)]


def play(events: list[Event], slowness: list[float], **setting: object) -> VirtualSession:
    model = Owed(slowness)
    played = session(model=model, model_s=model.took_s, **setting)
    for event in sorted(events, key=lambda event: event.at_s):
        if event.what in MIDI:
            played.play([message(event)])
        else:
            played.at(event.at_s, lambda event=event: happen(played, event))  # type: ignore[misc]
    played.play([(END_S, (0xB0, number, 0)) for number in (64, 123)])
    for last in (SetClick(False, "", 9, 77, 76), SetClock("internal", "off", "wait", 0.0)):
        played.at(END_S, lambda last=last: played.performer.obey(last, END_S))  # type: ignore[misc]
    return played


@settings(max_examples=1000, deadline=None)
@given(EVENTS, SLOWNESS, SETTINGS)
def test_no_note_hangs_and_it_comes_back_to_listening(events, slowness, setting):
    played = play(events, slowness, **setting)
    played.run()
    assert not left_hanging(played)
    view = played.conductor.view(played.now_s)
    assert view.state in ("listening", "your turn", "no model")
    assert played.now_s < 1000


@settings(max_examples=100, deadline=None)
@given(EVENTS, SLOWNESS, SETTINGS)
def test_the_model_owes_two_answers_at_most_one_of_them_rehearsed(events, slowness, setting):
    lost = sorted(event.at_s for event in events if event.what == "model" and event.value % 2)
    played = play(events, slowness, **setting)
    played.run()
    owed_s: list[tuple[float, float]] = []
    for at_s, ask in played.actions:
        if isinstance(ask, Ask):
            owed_s = [(asked_s, due_s) for asked_s, due_s in owed_s if due_s > at_s + 1e-9]
            owed_s = [entry for entry in owed_s if not any(entry[0] <= lost_s <= at_s for lost_s in lost)]
            assert len(owed_s) <= 1
            owed_s.append((at_s, at_s + slowness[ask.number % len(slowness)]))


@settings(max_examples=100, deadline=None)
@given(EVENTS, SLOWNESS, SETTINGS)
def test_what_is_asked_for_makes_sense(events, slowness, setting):
    played = play(events, slowness, **setting)
    played.run()
    for _, ask in played.actions:
        if isinstance(ask, Ask):
            onsets = [note[0] for note in ask.window]
            assert 1 <= len(onsets) <= 128
            assert onsets == sorted(onsets)
            assert onsets[-1] < ask.until_ticks
            assert ask.begin_ticks < ask.until_ticks <= ask.begin_ticks + 192
            assert all(note[3] >= 1 for note in ask.window)
            assert len(set(ask.temperatures)) == len(ask.temperatures) >= 1


@settings(max_examples=100, deadline=None)
@given(EVENTS, SLOWNESS, SETTINGS)
def test_no_note_of_an_answer_is_given_twice_and_all_in_order(events, slowness, setting):
    played = play(events, slowness, **setting)
    played.run()
    onsets: dict[int, float] = {}
    for _, plan in played.actions:
        if isinstance(plan, Play):
            assert min(note[0] for note in plan.notes) > onsets.get(plan.answer, -1.0)
            onsets[plan.answer] = max(note[0] for note in plan.notes)


@settings(max_examples=50, deadline=None)
@given(EVENTS, SLOWNESS, SETTINGS)
def test_the_same_input_gives_the_same_actions(events, slowness, setting):
    first, second = (play(events, slowness, **setting) for _ in range(2))
    first.run()
    second.run()
    assert first.actions == second.actions
    assert first.sent == second.sent


@settings(max_examples=100, deadline=None)
@given(EVENTS, SLOWNESS, SETTINGS)
def test_it_never_wakes_for_nothing(events, slowness, setting):
    played = play(events, slowness, **setting)
    wakes: Counter[float] = Counter()
    while (next_s := played._next_s()) is not None:
        wakes[next_s] += 1
        played._step(next_s)
        assert wakes[next_s] < 20
