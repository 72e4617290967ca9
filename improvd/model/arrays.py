"""Arrays out of a file of a bundle: whatever is in it, nothing runs, and it unpacks to no more than a bundle holds."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

MAX_BYTES = 25_000_000
"""A bundle has so many at most, and a file of arrays unpacked too."""

_FAULTS = (
    OSError, EOFError, ValueError, KeyError, TypeError, MemoryError, RuntimeError, zipfile.BadZipFile, zlib.error,
)  # fmt: skip
"""What NumPy and zipfile run into where a file is none of arrays, or damaged."""


def read_arrays(path: Path) -> dict[str, NDArray[Any]]:
    """Return the arrays of an npz file by name.

    Raises:
        ValueError: if it cannot be read, or is larger unpacked than `MAX_BYTES`.
    """
    try:
        with zipfile.ZipFile(path) as packed:
            size = sum(part.file_size for part in packed.infolist())
        if size > MAX_BYTES:
            raise ValueError(f"{size / 1e6:,.0f} MB unpacked; there are at most {MAX_BYTES / 1e6:.0f}")
        with np.load(path, allow_pickle=False) as saved:
            return {name: saved[name] for name in saved.files}
    except _FAULTS as error:
        raise ValueError(str(error) or type(error).__name__) from error
