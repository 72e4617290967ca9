"""Sessions in which anything may happen, as strategies of hypothesis; played on virtual time.

    @given(EVENTS, SLOWNESS, SETTINGS)
    def test_…(events, slowness, setting):
        played = play(events, slowness, **setting)
        played.run()

Two keyboards play phrases, and into answers, and somebody types. The model is late, or gone. Tempo, metre, click, song,
thru and outputs change; a MIDI clock starts, ticks, jumps and stops. At END_S keys go up, and clicks and clocks end.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from fake_outside import FakeOutside
from hypothesis import strategies as st
from scores import Eighths, session

from improvd.config import Config
from improvd.live.line import Lane
from improvd.live.performer import TYPED
from improvd.offline import VirtualSession
from improvd.protocol import (
    Ask,
    Continued,
    Downbeat,
    Inject,
    LetGo,
    Panic,
    Push,
    SetClick,
    SetClock,
    SetMeter,
    SetTempo,
    SetThru,
    Transport,
)

END_S = 40.0


@dataclass(frozen=True)
class Event:
    at_s: float
    what: str
    value: int


LANES = (Lane(), Lane(-0.2, clicks=False), Lane(0.1))
KEYBOARDS = ("keyboard", "second")
MASTER = {"master starts": 0xFA, "master stops": 0xFC, "master jumps": 0xF2}
_NO_CLICK, _NO_CLOCK = SetClick(False, "", 9, 77, 76), SetClock("internal", "off", "wait", 0.0)


# --- what may happen ------------------------------------------------------------------------------


def message(event: Event) -> tuple[int, ...]:
    """Return the MIDI message that an event stands for; five pitches, so that they meet."""
    value, pitch = event.value, 60 + event.value % 5
    return {
        "on": (0x90, pitch, 1 + value % 127),
        "off": (0x80, pitch, 64),
        "on as off": (0x90, pitch, 0),
        "pedal": (0xB0, 64, value),
        "soft": (0xB0, 67, value),
        "sostenuto": (0xB0, 66, value),
        "all off": (0xB0, 123, 0),
    }[event.what]


MIDI = ("on", "off", "on as off", "pedal", "soft", "sostenuto", "all off")

TOLD: dict[str, Callable[[int, float], object]] = {
    "tempo": lambda value, _: SetTempo(20.0 + 2 * value),
    "glide": lambda value, _: SetTempo(20.0 + 2 * value, 4.0),
    "metre": lambda value, _: SetMeter(1 + value % 12, (4, 8)[value % 2]),
    "push": lambda value, _: Push(value / 64 - 1),
    "one": lambda _, here_beats: Downbeat(here_beats),
    "start": lambda value, _: Transport("start", value % 3),
    "halt": lambda _value, _: Transport("stop"),
    "go on": lambda _value, _: Transport("go on"),
    "click": lambda value, _: SetClick(value % 2 == 0, "", 9, 77, 76),
    "clock": lambda value, _: SetClock(
        ("internal", "midi", "auto")[value % 3],
        ("off", "own", "shared")[value // 3 % 3],
        ("wait", "go on")[value % 2],
        0.0,
    ),
    "typed": lambda value, _: Inject(((0x80, 0x90)[value % 2], 60 + value % 5, 64)),
    "let go": lambda value, _: LetGo(KEYBOARDS[value % 2]),
    "thru": lambda value, _: SetThru(value % 2 == 0),
    "panic": lambda _value, _: Panic(),
}
"""What the player is told."""

DECIDED: dict[str, Callable[[VirtualSession, Event], None]] = {
    "model": lambda played, event: played.conductor.model_ready(event.value % 2 == 0),
    "stop": lambda played, event: played.conductor.stop(event.at_s),
    "your turn": lambda played, event: played.conductor.your_turn(event.at_s),
    "forget": lambda played, _: played.conductor.forget(),
    "hot": lambda played, event: played.conductor.configure(
        Config()
        .having("sampling.temperature", (0.95, 1.05, 1.5, 1.0)[event.value % 4])
        .having("answer.interrupt", ("yield", "cut", "ignore")[event.value % 3])
    ),
}
"""What the conductor is told."""


def change_ports(played: VirtualSession, event: Event) -> None:
    """Have a keyboard unplugged, or outputs come and go."""
    outside = played.outside
    assert isinstance(outside, FakeOutside)
    if event.what == "unplugged":
        outside.lost = [KEYBOARDS[event.value % 2]]
    else:
        outside.there = LANES[: 1 + event.value % 3]
    played.performer.look(event.at_s)


def hear_master(played: VirtualSession, event: Event) -> None:
    """Let an outside clock start, stop or jump, and tick for some beats."""
    status, value = MASTER[event.what], event.value
    first = (status, value, 0) if event.what == "master jumps" else (status,)
    ticks = [(event.at_s + (i + 1) / (24 + value), (0xF8,)) for i in range(2 * value)]
    played.play([(event.at_s, first), *ticks], source="daw")


def happen(played: VirtualSession, event: Event) -> None:
    """Have something happen that is no MIDI message of a keyboard."""
    if event.what in TOLD:
        here_beats = played.conductor.view(event.at_s).beats
        played.performer.obey(TOLD[event.what](event.value, here_beats), event.at_s)
    elif event.what in DECIDED:
        DECIDED[event.what](played, event)
    elif event.what in MASTER:
        hear_master(played, event)
    else:
        change_ports(played, event)


# --- strategies -----------------------------------------------------------------------------------

TIMES = st.floats(0, 30, allow_nan=False).map(lambda at_s: round(at_s, 3))
WHAT = st.sampled_from([*["on"] * 4, *["off"] * 3, *MIDI, *TOLD, *DECIDED, *MASTER, "unplugged", "outputs"])
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
        "clock__source": st.sampled_from(["internal", "auto", "follow"]),
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


# --- playing --------------------------------------------------------------------------------------


class Owed(Eighths):
    """This answers each request as late as its number says; its notes overlap."""

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
    """Return a session in which this is going to happen; what is played passes through it."""
    model = Owed(slowness)
    played = session(model=model, model_s=model.took_s, outside=FakeOutside(), **setting)
    played.performer.obey(SetThru(True), 0.0)
    for event in sorted(events, key=lambda event: event.at_s):
        if event.what in MIDI:
            played.play([(event.at_s, message(event))], source=KEYBOARDS[event.value % 2])
        else:
            played.at(event.at_s, lambda event=event: happen(played, event))  # type: ignore[misc]
    for keyboard in KEYBOARDS:
        played.play([(END_S, (0xB0, number, 0)) for number in (64, 123)], source=keyboard)
    for last in (LetGo(TYPED), _NO_CLICK, _NO_CLOCK):
        played.at(END_S, lambda last=last: played.performer.obey(last, END_S))  # type: ignore[misc]
    return played
