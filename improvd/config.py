"""Every setting, once: its default, unit, range and meaning; `config.toml` is rendered from this table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, fields, replace
from typing import Any

from improvd.errors import ConfigError, did_you_mean
from improvd.music.codec import STYLES
from improvd.music.timing import Meter

Value = bool | int | float | str | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """This says what values a setting takes.

    Attributes:
        doc: one sentence for the config file and the help.
        low, high: inclusive range of a number.
        choices: allowed words.
        parse: raises ValueError for a text that is not allowed.
        unit: of a number, as text.
        live: may change while the daemon plays.
        step: by how much a key press or `nudge` changes a number.
    """

    doc: str
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    parse: Callable[[str], object] | None = None
    unit: str = ""
    live: bool = False
    step: float = 0.0


LARGEST_OFFSET_MS = 500.0


def parse_offset(text: str) -> tuple[str, float]:
    """Return the pattern and the seconds in 'PATTERN: MS'.

    Raises:
        ValueError: if it is none such; the text says what is allowed.
    """
    pattern, colon, written = text.rpartition(":")
    try:
        offset_ms = float(written)
    except ValueError:
        colon = ""
    if not colon or not pattern or not abs(offset_ms) <= LARGEST_OFFSET_MS:
        raise ValueError(f"{text!r} is no offset; write 'PATTERN: MS', at most {LARGEST_OFFSET_MS:g} ms either way")
    return pattern, offset_ms / 1000


def _setting(default: Any, doc: str, **rule: Any) -> Any:
    return field(default=default, metadata={"rule": Rule(doc, **rule)})


@dataclass(frozen=True, slots=True)
class ModelSettings:
    """Which model plays, and on what."""

    name: str = _setting("default", "A bundle: a name under models/ or $XDG_DATA_HOME/improvd/models, or a path.")
    runtime: str = _setting(
        "auto",
        "What computes the network; auto takes TensorFlow where there is a GPU, else LiteRT int8, else NumPy.",
        choices=("auto", "litert-int8", "litert-float32", "numpy", "tensorflow"),
    )
    style: str = _setting(
        "any",
        "The style the model is asked for; auto hears yours. Jazz, classical and groove read your timing as it is.",
        choices=("auto", *STYLES),
        live=True,
    )


@dataclass(frozen=True, slots=True)
class MidiSettings:
    """Ports, channels and thru."""

    backend: str = _setting(
        "auto",
        "The MIDI system; auto tries those of the machine in turn, none plays from the computer keyboard.",
        choices=("auto", "alsa", "jack", "coremidi", "winmm", "none"),
    )
    inputs: tuple[str, ...] = _setting((), "Keyboards to connect: patterns such as 'Keystation*'; case is ignored.")
    outputs: tuple[str, ...] = _setting((), "Instruments to connect: patterns, likewise.")
    thru: str = _setting(
        "auto",
        "Pass what is played to the output; auto does unless its reader hears the keyboard already.",
        choices=("auto", "on", "off"),
        live=True,
    )
    thru_channel: int = _setting(1, "Channel of the player's own notes on the output.", low=1, high=16)
    answer_channel: int = _setting(2, "Channel of the answers.", low=1, high=16)
    max_lateness_ms: int = _setting(
        200, "A note later than this is left out rather than played.", low=1, high=2000, unit="ms"
    )
    offsets: tuple[str, ...] = _setting(
        (), "Outputs that sound late or early: 'PATTERN: MS', such as 'Synth*: -12' to send that much earlier.",
        parse=parse_offset,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class ClockSettings:
    """Tempo, metre, and who gives them."""

    bpm: float = _setting(120.0, "Tempo.", low=20.0, high=300.0, unit="quarters per minute", live=True, step=1.0)
    meter: str = _setting("4/4", "Time signature, such as 3/4 or 6/8.", parse=Meter.parse, live=True)
    source: str = _setting(
        "auto",
        "Who gives the tempo; auto: a MIDI clock from its start on, else follow, where nobody hears improvd's beat.",
        choices=("auto", "follow", "internal", "midi", "link"),
        live=True,
    )
    phase: str = _setting(
        "first-note",
        "Where bars count from: the first note of a phrase played into silence, or a free-running clock.",
        choices=("first-note", "free"),
    )
    glide_beats: float = _setting(
        0.0,
        "A new tempo is reached gradually, over so many beats.",
        low=0.0,
        high=64.0,
        unit="beats",
        live=True,
        step=1.0,
    )
    count_in: int = _setting(1, "Bars that are clicked before a start.", low=0, high=4, unit="bars", live=True, step=1)
    out: str = _setting(
        "off",
        "MIDI clock for others: on a port of its own, improvd-clock, or shared with the notes.",
        choices=("off", "own", "shared"),
    )
    lost: str = _setting(
        "wait",
        "When the outside clock falls silent without a stop: wait for it, or go on at its tempo.",
        choices=("wait", "go on"),
        live=True,
    )
    offset_ms: float = _setting(
        0.0, "The outside clock arrives this much late; less than 0: early.", low=-500.0, high=500.0, unit="ms",
        live=True, step=1.0,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class ClickSettings:
    """The metronome."""

    on: bool = _setting(False, "Click on every beat.", live=True)
    port: str = _setting("", "The output that clicks, a pattern; empty is every output.")
    channel: int = _setting(10, "Channel of the click.", low=1, high=16)
    note: int = _setting(77, "The beats' key: a low wood block.", low=0, high=127, unit="(MIDI keys)")
    accent: int = _setting(76, "The downbeat's key: a high wood block.", low=0, high=127, unit="(MIDI keys)")


@dataclass(frozen=True, slots=True)
class GrooveSettings:
    """How the notes of an answer lie on the beat."""

    swing: int = _setting(
        50, "Where the second half of a beat begins: 50 is straight, 67 a triplet.", low=50, high=75,
        unit="% of the beat", live=True, step=1,
    )  # fmt: skip
    timing: int = _setting(
        100, "How much of the model's own micro-timing is kept; 0 is every note on its sixteenth or triplet.",
        low=0, high=100, unit="%", live=True, step=5,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class PhraseSettings:
    """When a phrase counts as ended: after min(max(min_silence_s, gap_factor x median gap), max_silence_beats)."""

    end: str = _setting(
        "auto",
        "auto hears the end of a phrase; manual waits for 'your turn' (Enter, or CC 67).",
        choices=("auto", "manual"),
        live=True,
    )
    min_silence_s: float = _setting(0.3, "The shortest silence that ends a phrase.", low=0.05, high=5.0, unit="s")
    gap_factor: float = _setting(2.0, "Silence in medians of the gaps between the phrase's onsets.", low=0.5, high=10.0)
    max_silence_beats: float = _setting(
        1.5, "The longest silence that a phrase survives.", low=0.25, high=16.0, unit="beats"
    )
    held_beats: float = _setting(
        3.0, "With keys or pedal held: from the last onset to the end.", low=0.5, high=64.0, unit="beats"
    )


@dataclass(frozen=True, slots=True)
class AnswerSettings:
    """How an answer starts, ends and gives way."""

    start: str = _setting(
        "auto",
        "auto is the next beat, or the next bar when a click or an outside clock runs; now quantises nothing.",
        choices=("auto", "now", "beat", "bar"),
        live=True,
    )
    max_bars: int = _setting(8, "The longest answer.", low=1, high=64, unit="bars", live=True, step=1)
    interrupt: str = _setting(
        "yield",
        "When played into: yield starts no new note and ends within a beat, cut stops at once, ignore plays on.",
        choices=("yield", "cut", "ignore"),
        live=True,
    )
    brush_ms: int = _setting(80, "A lone note shorter than this interrupts nothing.", low=0, high=500, unit="ms")
    horizon_beats: float = _setting(
        2.0, "How far ahead of the playhead the next bar is drawn.", low=1.0, high=16.0, unit="beats",
    )  # fmt: skip
    commit_ms: int = _setting(
        100, "How early the player gets a note; temperature takes effect after it.", low=20, high=1000, unit="ms"
    )
    candidates: int = _setting(
        0, "How many bars are drawn, the best of which is played; 0: as there is time for, with a fixed seed 16.",
        low=0, high=256, live=True, step=1,
    )  # fmt: skip
    neighbours: int = _setting(
        1, "Steps of temperature to either side that are drawn too, so that turning it is heard at once.",
        low=0, high=4, live=True, step=1,
    )  # fmt: skip
    rehearse: bool = _setting(
        True, "Keep an answer ready while you play, as if the phrase ended now; off saves processor time.", live=True
    )
    lowest: int = _setting(28, "Lowest pitch of an answer.", low=0, high=127, unit="(MIDI keys)", live=True, step=1)
    highest: int = _setting(103, "Highest pitch of an answer.", low=0, high=127, unit="(MIDI keys)", live=True, step=1)


@dataclass(frozen=True, slots=True)
class SamplingSettings:
    """How daring the model is."""

    temperature: float = _setting(1.0, "Below 1 is safer, above 1 is wilder.", low=0.1, high=2.0, live=True, step=0.05)
    top_p: float = _setting(0.98, "Share of the probability to draw from.", low=0.05, high=1.0, live=True, step=0.01)
    min_p: float = _setting(
        0.02, "Leave out what is less likely than this share of the likeliest.", low=0.0, high=0.9, live=True, step=0.01
    )
    seed: int = _setting(-1, "Fixes the noise, for the same answer to the same phrase; -1 is new noise each start.",
                         low=-1, high=2**31 - 1)  # fmt: skip


def _weight(default: float, doc: str) -> Any:
    return _setting(default, doc, low=0.0, high=10.0, live=True, step=0.1)


@dataclass(frozen=True, slots=True)
class RankingSettings:
    """What makes one candidate better than another: a weight a term, 0 leaves it out."""

    typical: float = _weight(0.25, "As likely as the model's music is in the mean: the likeliest is the dullest.")
    key: float = _weight(1.0, "In the key of what was played last.")
    density: float = _weight(1.0, "About as many notes a beat as the last call.")
    loops: float = _weight(1.0, "Nothing said over and over.")
    copies: float = _weight(1.0, "No long run of notes out of the music that the model learnt from.")
    cadence: float = _weight(0.5, "Where an answer closes: an end that sounds like one.")
    call: float = _weight(1.0, "As close to the last call as closeness says.")
    closeness: float = _setting(
        0.75, "1 echoes the call, 0.5 develops it, 0 contrasts with it.", low=0.0, high=1.0, live=True, step=0.05
    )


@dataclass(frozen=True, slots=True)
class RecordSettings:
    """Takes: the session as a MIDI file, player and answers on tracks of their own. Logs: for `improvd replay`."""

    takes: str = _setting(
        "auto", "auto records where there is no MIDI system to hear it.", choices=("auto", "on", "off")
    )
    log: str = _setting(
        "off", "on logs all that reaches improvd, so that it can be replayed note for note.", choices=("off", "on")
    )
    folder: str = _setting("", "Where takes and logs go; empty is takes and logs under $XDG_STATE_HOME/improvd.")


@dataclass(frozen=True, slots=True)
class Config:
    """This is the whole configuration, a section an attribute."""

    model: ModelSettings = ModelSettings()
    midi: MidiSettings = MidiSettings()
    clock: ClockSettings = ClockSettings()
    click: ClickSettings = ClickSettings()
    groove: GrooveSettings = GrooveSettings()
    phrase: PhraseSettings = PhraseSettings()
    answer: AnswerSettings = AnswerSettings()
    sampling: SamplingSettings = SamplingSettings()
    ranking: RankingSettings = RankingSettings()
    record: RecordSettings = RecordSettings()

    def get(self, key: str) -> Value:
        """Return the value of `section.name`."""
        section, name = key.split(".")
        value: Value = getattr(getattr(self, section), name)
        return value

    @property
    def tells_beat(self) -> bool:
        """Whether others hear where improvd's beat is: a click or a clock goes out."""
        return self.click.on or self.clock.out != "off"

    def having(self, key: str, value: Value) -> Config:
        """Return this configuration with `section.name` set; the value must have been checked."""
        section, name = key.split(".")
        return replace(self, **{section: replace(getattr(self, section), **{name: value})})


def settings() -> dict[str, Rule]:
    """Return every setting's rule by `section.name`, in the order of the file."""
    return {
        f"{section.name}.{item.name}": item.metadata["rule"]
        for section in fields(Config)
        for item in fields(getattr(Config(), section.name))
    }


def check_value(key: str, value: object) -> Value:
    """Return a value as the setting `section.name` takes it: a list as a tuple, a whole number as a float where due.

    Raises:
        ConfigError: if the setting does not exist or cannot take the value; the text says what it takes.
    """
    if key not in settings():
        raise ConfigError(f"unknown setting {key!r}{did_you_mean(key, settings())}")
    rule, default = settings()[key], Config().get(key)
    try:
        checked: Value = _CHECKS[type(default)](rule, value)
    except ValueError as fault:
        section, name = key.split(".")
        raise ConfigError(f"[{section}] {name}: {fault}") from None
    return checked


def check_together(config: Config) -> None:
    """Check what single values cannot show.

    Raises:
        ConfigError: if two settings contradict each other.
    """
    low, high = config.answer.lowest, config.answer.highest
    if low > high:
        raise ConfigError(f"[answer] lowest: {low} is above highest = {high}; lowest must be at most highest")


def _check_number(rule: Rule, value: object, kinds: tuple[type, ...], name: str) -> Any:
    unit = f" {rule.unit}" if rule.unit else ""
    if isinstance(value, bool) or not isinstance(value, kinds):
        raise ValueError(f"{shown(value)} is not {name}; allowed: {rule.low:g} to {rule.high:.10g}{unit}")
    if not rule.low <= value <= rule.high:  # type: ignore[operator]  # numbers always have a range
        raise ValueError(f"{shown(value)} is out of range; allowed: {rule.low:g} to {rule.high:.10g}{unit}")
    return value


def _check_int(rule: Rule, value: object) -> int:
    return int(_check_number(rule, value, (int,), "a whole number"))


def _check_float(rule: Rule, value: object) -> float:
    return float(_check_number(rule, value, (int, float), "a number"))


def _check_text(rule: Rule, value: object) -> str:
    if rule.choices and value not in rule.choices:
        near = did_you_mean(value, rule.choices) if isinstance(value, str) else ""
        raise ValueError(f"{shown(value)} is not allowed; allowed: {', '.join(rule.choices)}{near}")
    if not isinstance(value, str):
        raise ValueError(f'{shown(value)} is not a text; write it in quotes, as "…"')
    if rule.parse:
        rule.parse(value)
    return value


def _check_texts(rule: Rule, value: object) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not all(isinstance(item, str) for item in value):
        raise ValueError(f'{shown(value)} is not a list of texts; write ["…", "…"]')
    if rule.parse:
        for text in value:
            rule.parse(text)
    return tuple(value)


def _check_bool(_rule: Rule, value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"{shown(value)} is not true or false")
    return value


_CHECKS: dict[type, Any] = {
    bool: _check_bool,
    int: _check_int,
    float: _check_float,
    str: _check_text,
    tuple: _check_texts,
}


def shown(value: object) -> str:
    """Return a value as TOML writes it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(shown, value))}]"
    if isinstance(value, str):
        import json  # TOML's basic strings are JSON's, except for DEL

        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return repr(value) if isinstance(value, int | float) else str(value)
