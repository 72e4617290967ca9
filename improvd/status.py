"""The status object: what the daemon tells of itself, for `improvd status` and the screen."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any

from improvd.config import Config
from improvd.live.follow import FOLLOW, follows
from improvd.live.roll import Roll
from improvd.live.view import View
from improvd.live.wiring import Wiring
from improvd.protocol import Alive, Anchor, Loaded, Opened, PortsSeen

ROLL_BEATS = 32.0
NOTICE_S = 20.0
"""A notice is shown for so long."""

NOTHING_COUNTED = Alive(0, 0, 0, 0.0, 0, 0)


@dataclass(frozen=True, slots=True)
class Facts:
    """This is what the daemon has learned; every message replaces a part of it.

    Attributes:
        opened, ports, anchor, pulse: the player's last words of each kind.
        counted: what earlier players had counted.
        loaded: the model that plays, None while there is none.
        wiring: who reads and who plays, as the system tells.
        thru: whether thru is on now.
        remembered: keyboards chosen, now or at an earlier start.
        last_in_s, last_out_s: moment of the last note heard and sent.
        latency_s: lateness of the first note of the last answer.
        notice, notice_s: a sentence for the musician, and its moment.
        started_s: moment of the start.
    """

    started_s: float
    pid: int
    remembered: tuple[str, ...] = ()
    synth_available: bool = False
    opened: Opened | None = None
    ports: PortsSeen = PortsSeen((), (), (), ())
    anchor: Anchor = Anchor(0.0, 0.0, 120.0, 4, 4)
    pulse: Alive = NOTHING_COUNTED
    counted: Alive = NOTHING_COUNTED
    loaded: Loaded | None = None
    wiring: Wiring = Wiring()
    thru: bool = True
    auditioning: bool = False
    synth: bool = False
    last_in_s: float | None = None
    last_out_s: float | None = None
    latency_s: float = 0.0
    restarts: int = 0
    notice: str = ""
    notice_s: float = 0.0
    take: str = ""

    @property
    def keyboards(self) -> tuple[str, ...]:
        """The inputs that hardware is behind; all of them where the system does not tell."""
        known, inputs = self.wiring.keyboards, self.ports.inputs
        return inputs if known is None else tuple(name for name in inputs if name.partition(" #")[0] in known)

    @property
    def played_by(self) -> frozenset[str]:
        """What is connected to play, but for keyboards that an audition alone has connected."""
        tried = {name.partition(" #")[0] for name in self.keyboards} if self.auditioning else set()
        connected = {name.partition(" #")[0] for name in (*self.ports.connected_inputs, *self.wiring.players)}
        return frozenset(connected - tried)

    def counts(self) -> Alive:
        """Return what all players counted together, with the jitter of the last."""
        return total(self.counted, self.pulse)


def total(one: Alive, other: Alive) -> Alive:
    """Return the sum of two counts, with the later jitter."""
    sums = {field.name: getattr(one, field.name) + getattr(other, field.name) for field in fields(Alive)}
    return Alive(**sums | {"jitter_p99_ms": other.jitter_p99_ms})


@dataclass(frozen=True, slots=True)
class Status:
    """This is the status object, key by key; `improvd status --json` prints it."""

    state: str
    word: str
    reason: str
    fill: float
    mode: str
    model: str
    runtime: str
    bpm: float
    meter: str
    bar: int
    beat: float
    beats: float
    clock_source: str
    clock_state: str
    rolling: bool
    click: bool
    style: str
    style_auto: bool
    temperature: float
    top_p: float
    min_p: float
    candidates: int
    ready: bool
    thru: bool
    thru_mode: str
    midi: str
    midi_why: str
    readers: tuple[str, ...] | None
    connected_inputs: tuple[str, ...]
    connected_outputs: tuple[str, ...]
    keyboards: tuple[str, ...]
    first_run: bool
    auditioning: bool
    synth: bool
    synth_available: bool
    notes_in: int
    notes_out: int
    last_in_s: float | None
    last_out_s: float | None
    late: int
    dropped: int
    echoes: int
    jitter_p99_ms: float
    latency_ms: float
    restarts: int
    uptime_s: float
    notice: str
    take: str
    pid: int

    def as_json(self) -> dict[str, Any]:
        """Return the object as it goes to the socket."""
        return asdict(self)


def status_of(config: Config, facts: Facts, view: View, now_s: float) -> Status:
    """Return the status object of a moment."""
    counts, opened, loaded = facts.counts(), facts.opened, facts.loaded
    played = config.midi.inputs or facts.remembered or facts.played_by
    return Status(
        state=view.state,
        word=view.word,
        reason=view.reason,
        fill=round(view.fill, 3),
        mode="answer",
        model=loaded.model if loaded else config.model.name,
        runtime=loaded.runtime if loaded else config.model.runtime,
        bpm=round(view.bpm, 2) if config.clock.glide_beats else config.clock.bpm,
        meter=config.clock.meter,
        bar=view.bar,
        beat=round(view.beat + 1, 3),
        beats=round(view.beats, 3),
        clock_source=_source(config, facts),
        clock_state=facts.anchor.state,
        rolling=facts.anchor.rolling,
        click=config.click.on,
        style=view.style,
        style_auto=config.model.style == "auto",
        temperature=config.sampling.temperature,
        top_p=config.sampling.top_p,
        min_p=config.sampling.min_p,
        candidates=view.candidates,
        ready=view.ready,
        thru=facts.thru,
        thru_mode=config.midi.thru,
        midi=opened.backend if opened else "",
        midi_why=opened.why if opened else "the ports are being opened",
        readers=facts.wiring.readers,
        connected_inputs=facts.ports.connected_inputs,
        connected_outputs=facts.ports.connected_outputs,
        keyboards=facts.keyboards,
        first_run=not played,
        auditioning=facts.auditioning,
        synth=facts.synth,
        synth_available=facts.synth_available,
        notes_in=counts.notes_in,
        notes_out=counts.notes_out,
        last_in_s=_ago(facts.last_in_s, now_s),
        last_out_s=_ago(facts.last_out_s, now_s),
        late=counts.late,
        dropped=counts.dropped,
        echoes=counts.echoes,
        jitter_p99_ms=round(counts.jitter_p99_ms, 2),
        latency_ms=round(facts.latency_s * 1000, 2),
        restarts=facts.restarts,
        uptime_s=round(now_s - facts.started_s, 2),
        notice=facts.notice if now_s - facts.notice_s < NOTICE_S else "",
        take=facts.take,
        pid=facts.pid,
    )


def _source(config: Config, facts: Facts) -> str:
    """Return who gives the tempo; without ports there is only typing, in which nobody looks for one."""
    source, typing = facts.anchor.source, facts.opened is not None and facts.opened.backend == "none"
    return FOLLOW if follows(config, led=source != "internal") and not typing else source


def _ago(then_s: float | None, now_s: float) -> float | None:
    return None if then_s is None else round(max(0.0, now_s - then_s), 3)


def roll_of(roll: Roll) -> list[tuple[float, float | None, int, str]]:
    """Return the piano roll as it goes to the screen: onset, duration (None while it sounds), pitch, voice."""
    return [
        (
            round(note.onset_beats, 3),
            None if note.end_beats is None else round(note.end_beats - note.onset_beats, 3),
            note.pitch,
            note.voice,
        )
        for note in roll.notes
    ]
