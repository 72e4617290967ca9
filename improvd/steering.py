"""Steering: reading and changing settings by name while improvd plays, and what of them the player is told."""

from __future__ import annotations

import time
from pathlib import Path

from improvd.config import Config, Value, check_together, check_value, parse_offset, settings
from improvd.errors import ControlError, did_you_mean
from improvd.music.timing import Meter
from improvd.protocol import SetClick, SetClock, SetOffsets, Setup


def resolve(name: str) -> str:
    """Return the `section.name` of a setting that was called so, or by its bare name where that is unique.

    Raises:
        ControlError: if there is no such setting, or more than one.
    """
    keys = [key for key in settings() if name in (key, key.partition(".")[2])]
    if len(keys) == 1:
        return keys[0]
    if keys:
        raise ControlError(f"{name!r} may be {' or '.join(keys)}; say which")
    bare = [key.partition(".")[2] for key in settings()]
    raise ControlError(f"unknown setting {name[:60]!r}{did_you_mean(name, [*bare, *settings()])}")


def read(config: Config, name: str) -> Value:
    """Return the value of a setting; a name is `section.name`, or the bare name where it is unique."""
    return config.get(resolve(name))


def changed(config: Config, name: str, value: object) -> tuple[str, Config]:
    """Return the full name of a setting, and the configuration with its new value.

    Raises:
        ImprovdError: if there is no such setting, it cannot take the value, or not while improvd plays.
    """
    key = resolve(name)
    if not settings()[key].live:
        raise ControlError(f"{key} cannot change while improvd plays; set it in config.toml and start improvd again")
    new = config.having(key, check_value(key, value))
    check_together(new)
    return key, new


def nudged(config: Config, name: str, steps: float) -> tuple[str, Config]:
    """Return the full name of a setting, and the configuration with it moved by steps, kept inside its range.

    Raises:
        ImprovdError: if there is no such setting, or it has no steps.
    """
    key = resolve(name)
    rule, value = settings()[key], config.get(key)
    if not rule.step or rule.low is None or rule.high is None or not isinstance(value, int | float):
        steps_of = ", ".join(key for key, rule in settings().items() if rule.step)
        raise ControlError(f"{key} has no steps to be nudged by; these have: {steps_of}")
    moved = min(max(round(value + steps * rule.step, 9), rule.low), rule.high)
    return changed(config, key, round(moved) if isinstance(value, int) else moved)


def meter_of(config: Config) -> tuple[int, int]:
    """Return the numerator and denominator of the time signature."""
    meter = Meter.parse(config.clock.meter)
    return meter.numerator, meter.denominator


def clock_of(config: Config) -> SetClock:
    """Return who gives the tempo, as the player is told."""
    clock = config.clock
    return SetClock(clock.source, clock.out, clock.lost, clock.offset_ms / 1000)


def click_of(config: Config) -> SetClick:
    """Return the click, as the player is told."""
    click = config.click
    return SetClick(click.on, click.port, click.channel - 1, click.note, click.accent)


def offsets_of(config: Config) -> SetOffsets:
    """Return how much later, or earlier, outputs get everything, as the player is told."""
    return SetOffsets(tuple(parse_offset(text) for text in config.midi.offsets))


def take_path(config: Config, state: Path) -> Path:
    """Return the file of a take that begins now."""
    return record_folder(config, state / "takes") / time.strftime("%Y-%m-%d_%H-%M-%S.mid")


def record_folder(config: Config, usual: Path) -> Path:
    """Return where takes or logs go: the folder of the settings, else the usual one."""
    folder = config.record.folder
    return Path(folder).expanduser() if folder else usual


def inputs_of(config: Config, *others: tuple[str, ...]) -> tuple[str, ...]:
    """Return which keyboards to connect: those of the settings and other ones, each once."""
    return tuple(dict.fromkeys(name for names in (config.midi.inputs, *others) for name in names))


def greeting_of(
    config: Config, *, inputs: tuple[str, ...], thru: bool, owed: tuple[tuple[int, int], ...] = ()
) -> tuple[Setup, SetOffsets, SetClick, SetClock]:
    """Return what a new player is told: the settings, which keyboards to connect, and the note_offs that it owes."""
    return _setup_of(config, inputs, thru, owed), offsets_of(config), click_of(config), clock_of(config)


def _setup_of(config: Config, inputs: tuple[str, ...], thru: bool, owed: tuple[tuple[int, int], ...]) -> Setup:
    midi, (numerator, denominator) = config.midi, meter_of(config)
    return Setup(
        backend=midi.backend,
        inputs=inputs,
        outputs=midi.outputs,
        bpm=config.clock.bpm,
        numerator=numerator,
        denominator=denominator,
        thru=thru,
        thru_channel=midi.thru_channel - 1,
        answer_channel=midi.answer_channel - 1,
        max_lateness_s=midi.max_lateness_ms / 1000,
        owed=owed,
    )
