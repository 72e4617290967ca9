"""The file of settings: where it is looked for, what is wrong with it (all at once), and how it is written."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from improvd.config import Config, Rule, check_together, check_value, settings, shown
from improvd.errors import ConfigError, did_you_mean

HEADER = """\
# improvd: every setting with its meaning, default and, in brackets, range and unit.
# What is left out keeps its default. What is marked live may change while it plays:
# on the screen, or with `improvd ctl set`.
#
# `improvd config check` tells every fault at once; `improvd config show` prints what is in force.
# improvd reads the first of: --config FILE, $IMPROVD_CONFIG, ./config.toml,
# $XDG_CONFIG_HOME/improvd/config.toml; without any of them it takes these defaults.
"""


@dataclass(frozen=True, slots=True)
class Fault:
    """This is one thing wrong with a file of settings; `line` counts from 1."""

    line: int
    text: str


# --- finding and loading ---------------------------------------------------------------------


def find(asked: str | None, environ: Mapping[str, str], here: Path) -> Path | None:
    """Return the file of settings to read, or None for the built-in defaults.

    Args:
        asked: what `--config` names; taken whether it exists or not, as is $IMPROVD_CONFIG.
        environ: the environment variables.
        here: the current folder.
    """
    named = asked or environ.get("IMPROVD_CONFIG")
    if named:
        return Path(named).expanduser()
    home = environ.get("XDG_CONFIG_HOME") or f"{environ.get('HOME', '')}/.config"
    places = (here / "config.toml", Path(home) / "improvd" / "config.toml")
    return next((place for place in places if place.is_file()), None)


def load(path: Path | None) -> Config:
    """Return the settings of a file, or the defaults for None.

    Raises:
        ConfigError: if the file cannot be read or has faults; the text tells all of them, one a line.
    """
    if path is None:
        return Config()
    config, faults = parse(read(path))
    if faults:
        raise ConfigError("\n".join(f"{path}:{fault.line}: {fault.text}" for fault in faults))
    return config


def read(path: Path) -> str:
    """Return the text of a file of settings.

    Raises:
        ConfigError: if there is no such file, or it is not text.
    """
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as fault:
        raise ConfigError(f"{path}: not UTF-8 text (byte {fault.start}); save it as UTF-8") from None
    except OSError as fault:
        raise ConfigError(f"{path}: cannot read the configuration: {fault.strerror}") from None


# --- checking --------------------------------------------------------------------------------


def parse(text: str) -> tuple[Config, list[Fault]]:
    """Return the settings in a text of TOML, and every fault in order of lines; what is faulty keeps its default."""
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        return Config(), [_syntax_fault(fault, text)]
    lines = _lines(text)
    config, faults = Config(), list(_unknown(tables, lines))
    for key, value in _known(tables):
        try:
            config = config.having(key, check_value(key, value))
        except ConfigError as fault:
            faults.append(Fault(_line(lines, key), str(fault)))
    faults += _contradictions(config, lines)
    return config, sorted(faults, key=lambda fault: fault.line)


def _syntax_fault(fault: Exception, text: str) -> Fault:
    said, _, place = str(fault).partition(" (at ")
    line = re.match(r"line ([0-9]+)", place)
    return Fault(int(line[1]) if line else text.count("\n") + 1, f"not valid TOML: {said}")


def _known(tables: dict[str, Any]) -> Iterator[tuple[str, object]]:
    for key in settings():
        section, name = key.split(".")
        table = tables.get(section)
        if isinstance(table, dict) and name in table:
            yield key, table[name]


def _unknown(tables: dict[str, Any], lines: dict[str, int]) -> Iterator[Fault]:
    names: dict[str, list[str]] = {}
    for key in settings():
        names.setdefault(key.partition(".")[0], []).append(key.partition(".")[2])
    for section, table in tables.items():
        if section not in names:
            yield Fault(_line(lines, section), _unknown_section(section, table, names))
        elif not isinstance(table, dict):
            yield Fault(_line(lines, section), f"{section} = {shown(table)}: not a section; write [{section}]")
        else:
            for name in table.keys() - names[section]:
                yield Fault(
                    _line(lines, f"{section}.{name}"),
                    f"[{section}] {name}: unknown key{did_you_mean(name, names[section])}",
                )


def _unknown_section(section: str, table: object, names: dict[str, list[str]]) -> str:
    homes = [home for home, keys in names.items() if section in keys]
    if homes and not isinstance(table, dict):
        return f"{section}: a key outside its section; move it below [{homes[0]}]"
    kind = "section" if isinstance(table, dict) else "key"
    return f"[{section}]: unknown {kind}{did_you_mean(section, names)}"


def _contradictions(config: Config, lines: dict[str, int]) -> Iterator[Fault]:
    try:
        check_together(config)
    except ConfigError as fault:
        yield Fault(max(_line(lines, "answer.lowest"), _line(lines, "answer.highest")), str(fault))


def _lines(text: str) -> dict[str, int]:
    """Return the line of each section and of each `section.name`; tomllib knows them, but does not tell."""
    found: dict[str, int] = {}
    section = ""
    for number, line in enumerate(text.splitlines(), start=1):
        if header := re.match(r"\s*\[+\s*([^\[\]#]+?)\s*\]", line):
            section = re.sub(r"[\s\"']", "", header[1])
            found.setdefault(section, number)
        elif key := re.match(r"\s*([\w\"'.\s-]+?)\s*=", line):
            name = re.sub(r"[\s\"']", "", key[1])
            found.setdefault(f"{section}.{name}" if section else name, number)
    return found


def _line(lines: dict[str, int], key: str) -> int:
    return (
        lines.get(key)
        or lines.get(key.partition(".")[0])
        or next((line for name, line in lines.items() if name.startswith(f"{key}.")), 1)
    )


# --- writing ---------------------------------------------------------------------------------


def render(config: Config) -> str:
    """Return the configuration as a file of settings, each with what it means, its unit and its range."""
    parts = [HEADER]
    for section in fields(Config):
        group = getattr(config, section.name)
        parts.append(f"\n\n# {(type(group).__doc__ or '').strip()}\n[{section.name}]\n")
        for item in fields(group):
            rule: Rule = item.metadata["rule"]
            parts.append(f"\n{_comment(rule)}\n{item.name} = {shown(getattr(group, item.name))}\n")
    return "".join(parts)


def _comment(rule: Rule) -> str:
    live = "live" if rule.live else ""
    notes = "; ".join(filter(None, (_allowed(rule), live)))
    return f"# {rule.doc}" + (f"\n# [{notes}]" if notes else "")


def _allowed(rule: Rule) -> str:
    if rule.choices:
        return ", ".join(rule.choices)
    if rule.low is None or rule.high is None:
        return ""
    return f"{rule.low:g} to {rule.high:.10g}{f' {rule.unit}' if rule.unit else ''}"
