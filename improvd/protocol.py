"""What the three processes say to each other: one frozen dataclass a message, sent as JSON.

The daemon starts the player and the model by exec and hands each a connected
socket. Every message travels as one JSON array, `[name, field, field, …]`, in
one datagram (or one line, where the system has no seqpacket sockets).

Times: `_s` are seconds of `time.monotonic`, which all processes of a machine
share; `_beats` are quarter notes from the clock's origin. Only the player
converts between them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import Any

from improvd.asking import Ask as Ask
from improvd.asking import Context as Context
from improvd.asking import Continued as Continued
from improvd.asking import GridNote as GridNote
from improvd.asking import Taste as Taste

# --- notes as they travel: plain tuples, so that a bar of them is one short array ------------

PlannedNote = tuple[float, float, int, int, int]
"""(onset_beats, duration_beats, pitch, velocity, channel): a note for the player to sound."""


# --- daemon to player ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Setup:
    """This is the player's first message: what to open and how to play.

    `backend`: auto, alsa, jack, coremidi, winmm or none. `inputs`, `outputs`: patterns of
    real ports to connect besides the virtual ones. `owed`: (channel, pitch) of note_offs
    that an earlier player left unsent.
    """

    backend: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    bpm: float
    numerator: int
    denominator: int
    thru: bool
    thru_channel: int
    answer_channel: int
    max_lateness_s: float
    owed: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Play:
    """This plans notes of one answer; more may follow under the same number."""

    answer: int
    notes: tuple[PlannedNote, ...]


@dataclass(frozen=True, slots=True)
class Cancel:
    """This takes back what an answer has not sounded yet; what sounds ends within some beats (0: now)."""

    answer: int
    within_beats: float


@dataclass(frozen=True, slots=True)
class SetTempo:
    """This changes the tempo, over some beats (0: from now on), without a jump in phase."""

    bpm: float
    beats: float = 0.0


@dataclass(frozen=True, slots=True)
class SetMeter:
    """This changes the time signature; the next bar line counts from the last one."""

    numerator: int
    denominator: int


@dataclass(frozen=True, slots=True)
class SetClock:
    """This says who gives the tempo, and who is told of it.

    `source`: internal, midi, link, follow, as internal, or auto, a MIDI clock from its start on. `out`: off, own or
    shared.
    `lost`: wait or go on, when an outside clock falls silent; `offset_s`: it arrives this much late.
    """

    source: str
    out: str
    lost: str
    offset_s: float


@dataclass(frozen=True, slots=True)
class SetClick:
    """This switches the metronome; `port` is a pattern of outputs, empty for all; `accent` is the downbeat's pitch."""

    on: bool
    port: str
    channel: int
    pitch: int
    accent: int


@dataclass(frozen=True, slots=True)
class SetOffsets:
    """This has outputs, by pattern, get everything so many seconds later, or earlier (less than 0)."""

    offsets: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Downbeat:
    """This says where a bar line lies from now on, on the player's clock."""

    at_beats: float


@dataclass(frozen=True, slots=True)
class Push:
    """This moves the music on by some beats, or back (less than 0), within a beat and without a jump."""

    beats: float


@dataclass(frozen=True, slots=True)
class Transport:
    """This starts the song from its beginning after some bars counted in, stops it, or goes on: start, stop, go on."""

    what: str
    bars: int = 0


@dataclass(frozen=True, slots=True)
class SetThru:
    """This switches on or off that what is played is passed to the output."""

    on: bool


@dataclass(frozen=True, slots=True)
class Inject:
    """This is a MIDI message that did not come through a port, such as a typed key."""

    data: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Owed:
    """This tells again of note_offs, as in `Setup`: those who read the output lost it with the earlier player."""

    notes: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class LetGo:
    """This says that nobody plays into the input `source` any more: what is held there ends."""

    source: str


@dataclass(frozen=True, slots=True)
class Connect:
    """This connects real ports by pattern, in place of those connected so far."""

    inputs: tuple[str, ...]
    outputs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UseSynth:
    """This starts fluidsynth as a further output, or ends it."""

    on: bool


@dataclass(frozen=True, slots=True)
class Panic:
    """This drops every plan and silences every channel: note_offs, pedal up, CC 123 and 120."""


# --- player to daemon ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Opened:
    """This says that ports are open and thru works. `backend` is 'none' without a MIDI system, `why` says why."""

    backend: str
    why: str


@dataclass(frozen=True, slots=True)
class Heard:
    """This is one MIDI message that arrived: `data` its bytes, note_on with velocity 0 already a note_off."""

    at_s: float
    at_beats: float
    data: tuple[int, ...]
    source: str


@dataclass(frozen=True, slots=True)
class Sounded:
    """This is one note message that was sent. `answer` is 0 for thru; `lateness_s` is actual minus due."""

    at_s: float
    at_beats: float
    data: tuple[int, ...]
    answer: int
    lateness_s: float


@dataclass(frozen=True, slots=True)
class Finished:
    """This says that an answer has nothing left to play and nothing sounding."""

    answer: int


@dataclass(frozen=True, slots=True)
class Anchor:
    """This ties a moment to a place in the music; sent when either course changes and twice a second.

    `at_beats` counts from the clock's origin; `downbeat_beats` is the bar line that bars
    count from: the song's first, or where the metre changed last.
    `source`: who gives the tempo, internal, midi or link; `state`: of an outside clock, see `ClockIn`.
    `rolling`: whether the song moves; while it does not, nothing is played.
    """

    at_s: float
    at_beats: float
    bpm: float
    numerator: int
    denominator: int
    downbeat_beats: float = 0.0
    source: str = "internal"
    state: str = ""
    rolling: bool = True


@dataclass(frozen=True, slots=True)
class Alive:
    """This is the player's pulse, twice a second: counts since its start, and its lateness.

    `echoes` counts note messages that improvd sent and got back: three or more mean that the routing loops.
    """

    late: int
    dropped: int
    echoes: int
    jitter_p99_ms: float
    notes_in: int
    notes_out: int


@dataclass(frozen=True, slots=True)
class PortsSeen:
    """This lists the real ports of the system, and those connected; sent when they change."""

    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    connected_inputs: tuple[str, ...]
    connected_outputs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SynthEnded:
    """This says in one sentence why fluidsynth does not play: it cannot start, or ended by itself."""

    text: str


@dataclass(frozen=True, slots=True)
class Trouble:
    """This is something that the musician should know, as one sentence."""

    text: str


# --- daemon to model -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Prefill:
    """This asks the model to read a window now, so that a later `Ask` finds it read."""

    window: tuple[GridNote, ...]
    context: Context


@dataclass(frozen=True, slots=True)
class Weigh:
    """This asks the model how likely it finds some readings of one phrase; a later one about the same outdates it.

    `about`: what the readings differ in, tempo or style. `windows`: as many notes each, in order of onset and pitch;
    bar lines lie at multiples of the bar from tick 0. `contexts`: one a window.
    """

    number: int
    about: str
    windows: tuple[tuple[GridNote, ...], ...]
    contexts: tuple[Context, ...]


# --- model to daemon -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Loaded:
    """This says that the model is ready: its name, what computes it, and why where that was not asked for.

    `sums`: a digest of its bundle's files.
    """

    model: str
    runtime: str
    why: str = ""
    sums: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    """This says in one sentence why the model cannot play; the process ends after it."""

    text: str


@dataclass(frozen=True, slots=True)
class Weighed:
    """This answers a `Weigh`: the log-probability of all advances, pitches and durations, a row a window.

    `log_probs` is empty from a model that cannot tell. The first note's advance does not count.
    `styles`, about 'style': each style that the model tells apart, and its log-probability, of the first window.
    """

    number: int
    about: str
    log_probs: tuple[tuple[float, float, float], ...]
    styles: tuple[tuple[str, float], ...] = ()


FROM_DAEMON: tuple[type, ...] = (
    Setup, Owed, Play, Cancel, SetTempo, SetMeter, SetClock, SetClick, SetOffsets, Downbeat, Push, Transport, SetThru,
    Inject, LetGo, Connect, UseSynth, Panic, Prefill, Ask, Weigh,
)  # fmt: skip
FROM_PLAYER: tuple[type, ...] = (
    Opened, Heard, Sounded, Finished, Anchor, Alive, PortsSeen, SynthEnded, Trouble,
)  # fmt: skip
FROM_MODEL: tuple[type, ...] = (Loaded, Refused, Continued, Weighed)

NESTED: dict[str, Callable[[Any], Any]] = {
    "context": lambda told: Context(*told),
    "contexts": lambda told: tuple(Context(*each) for each in told),
    "taste": lambda told: Taste(*told),
}
"""What an array in a field of this name is made into, in any message."""

MESSAGES: dict[str, type] = {kind.__name__: kind for kind in FROM_DAEMON + FROM_PLAYER + FROM_MODEL}


def encode(message: Any) -> bytes:
    """Return a message as one line of JSON: its name, then its fields in order."""
    values = [getattr(message, field.name) for field in fields(message)]
    return json.dumps([type(message).__name__, *values], separators=(",", ":"), default=_as_array).encode()


def decode(data: bytes) -> Any:
    """Return the message in one line of JSON; the inverse of `encode`.

    Raises:
        ValueError: if it is none of `MESSAGES`.
    """
    return from_array(json.loads(data))


def from_array(array: Sequence[Any]) -> Any:
    """Return the message in an array as JSON has it, its name and then its fields.

    Raises:
        ValueError: if it is none of `MESSAGES`.
    """
    name, *values = array
    kind = MESSAGES.get(name)
    if kind is None or len(values) != len(fields(kind)):
        raise ValueError(f"{name!r} with {len(values)} fields is no message")
    told = zip((field.name for field in fields(kind)), map(_frozen, values), strict=True)
    return kind(**{name: NESTED[name](value) if name in NESTED else value for name, value in told})


def _as_array(value: Any) -> list[Any]:
    return [getattr(value, field.name) for field in fields(value)]


def _frozen(value: Any) -> Any:
    return tuple(map(_frozen, value)) if isinstance(value, list) else value
