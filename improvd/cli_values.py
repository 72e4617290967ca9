"""Values on the command line: as they are said, and as they are printed."""

from __future__ import annotations

import argparse
import json
from typing import Any


def plain(value: object) -> str:
    """Return a value as it is printed."""
    if isinstance(value, str):
        return value
    if isinstance(value, list | tuple):
        return ", ".join(map(plain, value)) or "none"
    return "-" if value is None else json.dumps(value)


def pair(text: str) -> tuple[str, Any]:
    """Return the name and the value in PARAM=VALUE."""
    name, equals, value = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError(f"{text!r} is no PARAM=VALUE, such as pitch=60")
    return name, as_json(value)


def as_setting(name: str, text: str) -> Any:
    """Return a value as its setting has it: settings of text are taken as they stand, others read as JSON."""
    from improvd.config import Config, settings

    kinds = {type(Config().get(key)) for key in settings() if name in (key, key.partition(".")[2])}
    return text if kinds == {str} else as_json(text)


def as_json(text: str) -> Any:
    """Return the value that a text means."""
    try:
        return json.loads(text, parse_constant=str)
    except ValueError:
        return text
