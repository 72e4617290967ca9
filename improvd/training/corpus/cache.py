"""The cache: what was made of music is kept, under `$XDG_CACHE_HOME/improvd/corpora`, until music or code change."""

from __future__ import annotations

import os
from pathlib import Path

from improvd import places
from improvd.training.corpus import telling

VERSION_DIGITS = 16


def folder() -> Path:
    """Return where it is kept."""
    return places.cache_folder() / "corpora"


def path(name: str, version: str, suffix: str) -> Path:
    """Return the file of one version of something.

    Args:
        version: a hash of all that it was made from.
    """
    return folder() / f"{name}-{version[:VERSION_DIGITS]}{suffix}"


def kept(name: str, version: str, suffix: str) -> bytes | None:
    """Return what is kept, or None."""
    try:
        return path(name, version, suffix).read_bytes()
    except OSError:
        return None


def keep(name: str, version: str, suffix: str, data: bytes) -> None:
    """Keep one version, at once or not at all, in place of the others; that it cannot be kept is told and no more."""
    final = path(name, version, suffix)
    draft = final.with_name(f".{final.name}.{os.getpid()}")
    try:
        folder().mkdir(parents=True, exist_ok=True)
        draft.write_bytes(data)
        os.replace(draft, final)
        for old in folder().glob(f"{name}-{'[0-9a-f]' * VERSION_DIGITS}{suffix}"):
            if old != final:
                old.unlink(missing_ok=True)
    except OSError as error:
        telling.say(f"{name} cannot be kept in {folder()}: {error.strerror or error}")
