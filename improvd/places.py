"""Where improvd keeps things: what it remembers, and the keyboard in it; what it can make again."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path


def state_folder(environ: Mapping[str, str] | None = None) -> Path:
    """Return the folder of what improvd remembers, `$XDG_STATE_HOME/improvd`; it may not exist yet."""
    environ = os.environ if environ is None else environ
    state = environ.get("XDG_STATE_HOME")
    return (Path(state) if state else Path.home() / ".local" / "state") / "improvd"


def cache_folder() -> Path:
    """Return the folder of what improvd can make again, `$XDG_CACHE_HOME/improvd`; it may not exist yet."""
    cache = os.environ.get("XDG_CACHE_HOME")
    return (Path(cache) if cache else Path.home() / ".cache") / "improvd"


def write_safely(path: Path, data: bytes) -> None:
    """Write a file whole or not at all, and its folder where missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.new")
    new.write_bytes(data)
    new.replace(path)


def remembered_keyboards(folder: Path) -> tuple[str, ...]:
    """Return the keyboards that were chosen earlier; none where nothing readable is remembered."""
    try:
        inputs = json.loads((folder / "ports.json").read_text())["inputs"]
    except (OSError, ValueError, KeyError, TypeError):
        return ()
    return tuple(name for name in inputs if isinstance(name, str)) if isinstance(inputs, list) else ()


def remember_keyboards(folder: Path, names: tuple[str, ...]) -> None:
    """Keep the keyboards chosen for the next start."""
    write_safely(folder / "ports.json", json.dumps({"inputs": list(names)}, indent=1).encode() + b"\n")
