"""Checkpoints: arrays by name in one file, replaced whole or not at all."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from improvd import places
from improvd.errors import CheckpointError
from improvd.training.grid import Array


def runs_folder() -> Path:
    """Return where checkpoints live: `$XDG_CACHE_HOME/improvd/runs`."""
    return places.cache_folder() / "runs"


def write(path: Path, arrays: Mapping[str, Array]) -> None:
    """Write arrays in place of those that a file holds.

    Raises:
        CheckpointError: if there is no room, say; the file then stays as it was.
    """
    draft = path.with_suffix(".part.npz")
    try:
        np.savez(draft, **arrays)  # type: ignore[arg-type]  # numpy types its keywords as flags
        os.replace(draft, path)
    except OSError as fault:
        draft.unlink(missing_ok=True)
        raise CheckpointError(
            f"{path}: the checkpoint cannot be written: {fault.strerror or fault}; the one before is intact: "
            "make room and train again, it goes on from there"
        ) from None


def read(path: Path) -> dict[str, Array]:
    """Return the arrays that a file holds.

    Raises:
        CheckpointError: if it is damaged or cannot be read.
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as saved:
            return {name: saved[name] for name in saved.files}
    except (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile) as fault:
        raise CheckpointError(f"{path}: the checkpoint cannot be read: {fault}; remove it to train anew") from None
