"""Every setting, once: its default, unit, range and meaning; `config.toml` is rendered from this table."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from typing import Any

Value = bool | int | float | str | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """This says what values a setting takes.

    Attributes:
        doc: one sentence for the config file and the help.
        low, high: inclusive range of a number.
        choices: allowed words.
        unit: of a number, as text.
        live: may change while the daemon plays.
        step: by how much a key press or `nudge` changes a number.
    """

    doc: str
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    unit: str = ""
    live: bool = False
    step: float = 0.0


def _setting(default: Any, doc: str, **rule: Any) -> Any:
    return field(default=default, metadata={"rule": Rule(doc, **rule)})


@dataclass(frozen=True, slots=True)
class ModelSettings:
    """Which model plays, and on what."""

    name: str = _setting("default", "A bundle: a name under models/ or $XDG_DATA_HOME/improvd/models, or a path.")
    runtime: str = _setting(
        "auto",
        "What computes the network; auto takes LiteRT int8, or NumPy where LiteRT is missing.",
        choices=("auto", "litert-int8", "litert-float32", "numpy", "tensorflow"),
    )
    style: str = _setting(
        "any", "The style the model is asked for.", choices=("any", "chorale", "folk", "jazz", "classical"), live=True
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


@dataclass(frozen=True, slots=True)
class ClockSettings:
    """Tempo and metre."""

    bpm: float = _setting(120.0, "Tempo.", low=20.0, high=300.0, unit="quarters per minute", live=True, step=1.0)
    meter: str = _setting("4/4", "Time signature, such as 3/4 or 6/8.", live=True)
    phase: str = _setting(
        "first-note",
        "Where bars count from: the first note of a phrase played into silence, or a free-running clock.",
        choices=("first-note", "free"),
    )


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
        2.0, "How far ahead of the playhead notes are drawn; temperature takes effect after it.",
        low=1.0, high=16.0, unit="beats",
    )  # fmt: skip
    lowest: int = _setting(28, "Lowest pitch of an answer.", low=0, high=127, unit="MIDI key", live=True, step=1)
    highest: int = _setting(103, "Highest pitch of an answer.", low=0, high=127, unit="MIDI key", live=True, step=1)


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


@dataclass(frozen=True, slots=True)
class RecordSettings:
    """Takes: the session as a MIDI file, player and answers on tracks of their own."""

    takes: str = _setting(
        "auto", "auto records where there is no MIDI system to hear it.", choices=("auto", "on", "off")
    )
    folder: str = _setting("", "Where takes go; empty is $XDG_STATE_HOME/improvd/takes.")


@dataclass(frozen=True, slots=True)
class Config:
    """This is the whole configuration, a section an attribute."""

    model: ModelSettings = ModelSettings()
    midi: MidiSettings = MidiSettings()
    clock: ClockSettings = ClockSettings()
    phrase: PhraseSettings = PhraseSettings()
    answer: AnswerSettings = AnswerSettings()
    sampling: SamplingSettings = SamplingSettings()
    record: RecordSettings = RecordSettings()

    def get(self, key: str) -> Value:
        """Return the value of `section.name`."""
        section, name = key.split(".")
        value: Value = getattr(getattr(self, section), name)
        return value

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
