"""What the daemon said, typed: read once at the edge, frozen from there on."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields, replace
from typing import Any

from improvd.errors import ControlError
from improvd.music.timing import Meter, s_to_beats

CALL, ANSWER = "call", "answer"
"""Who plays a note of the roll: the musician, or improvd."""


@dataclass(frozen=True, slots=True)
class RollNote:
    """This is a note of the piano roll.

    Attributes:
        onset_beats: on the player's clock.
        duration_beats: None while it sounds.
        pitch: 0-127.
        who: CALL or ANSWER.
    """

    onset_beats: float
    duration_beats: float | None
    pitch: int
    who: str


@dataclass(frozen=True, slots=True)
class Status:
    """This is the daemon's status at one moment; the names are those of `improvd status --json`."""

    state: str = ""
    word: str = ""
    reason: str = ""
    fill: float = 0.0
    model: str = ""
    runtime: str = ""
    bpm: float = 120.0
    meter: str = "4/4"
    bar: int = 1
    beat: float = 1.0
    beats: float = 0.0
    clock_source: str = "internal"
    clock_state: str = ""
    rolling: bool = True
    click: bool = False
    style: str = "any"
    style_auto: bool = False
    temperature: float = 1.0
    candidates: int = 0
    ready: bool = False
    thru: bool = False
    thru_mode: str = "auto"
    midi: str = ""
    midi_why: str = ""
    readers: tuple[str, ...] | None = None
    connected_inputs: tuple[str, ...] = ()
    keyboards: tuple[str, ...] = ()
    first_run: bool = False
    synth: bool = False
    synth_available: bool = False
    last_in_s: float | None = None
    last_out_s: float | None = None
    late: int = 0
    dropped: int = 0
    echoes: int = 0
    restarts: int = 0
    jitter_p99_ms: float | None = None
    latency_ms: float | None = None
    notice: str = ""
    take: str = ""
    roll: tuple[RollNote, ...] = ()

    @property
    def metre(self) -> Meter:
        """The time signature as a value; 4/4 where its text is none."""
        numerator, _, denominator = self.meter.partition("/")
        if numerator.isdecimal() and denominator.isdecimal() and int(numerator) and int(denominator):
            return Meter(int(numerator), int(denominator))
        return Meter()

    @property
    def bar_start_beats(self) -> float:
        """A bar line on the player's clock, in beats."""
        return self.beats - (self.beat - 1)


def parse_status(message: Mapping[str, Any]) -> Status:
    """Return the status in a message of the daemon; what it leaves out keeps its default.

    Raises:
        ControlError: if a value has the wrong type.
    """
    values = {}
    for item in fields(Status):
        if item.name in message and item.default is not MISSING:
            values[item.name] = _typed(item.name, message[item.name], item.default)
    return Status(**values)


def _typed(name: str, value: Any, default: Any) -> Any:
    """Return a JSON value as the field's type: null keeps the default, a list becomes a tuple."""
    try:
        if value is None:
            return default
        if name == "roll":
            return tuple(RollNote(float(on), _float(length), int(pitch), str(who)) for on, length, pitch, who in value)
        if isinstance(value, list):
            return tuple(map(str, value))
        return _float(value) if default is None else type(default)(value)
    except (TypeError, ValueError):
        raise ControlError(
            f"the daemon's status holds {name} = {value!r}; do screen and daemon differ in age?"
        ) from None


def _float(value: Any) -> float | None:
    return None if value is None else float(value)


def later(status: Status, elapsed_s: float) -> Status:
    """Return the status as its clock shows it some seconds later, before the daemon speaks again."""
    moved = s_to_beats(elapsed_s, status.bpm)
    bars, beat = divmod(status.beat - 1 + moved, status.metre.bar_beats)
    return replace(
        status,
        beats=status.beats + moved,
        beat=beat + 1,
        bar=status.bar + math.floor(bars),
        last_in_s=_plus(status.last_in_s, elapsed_s),
        last_out_s=_plus(status.last_out_s, elapsed_s),
    )


def _plus(seconds: float | None, elapsed_s: float) -> float | None:
    return None if seconds is None else seconds + elapsed_s
