"""SHA256SUMS: what proves the files of a folder whole; `sha256sum -c` reads it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from improvd.errors import BundleError

SUMS = "SHA256SUMS"


def write(path: Path, files: Sequence[str]) -> None:
    """Write the sums of some files of a folder."""
    (path / SUMS).write_text("".join(f"{_sha256(path / name)}  {name}\n" for name in files))


def read(path: Path) -> dict[str, str]:
    """Return the sums of a folder, in hex, by file.

    Raises:
        BundleError: if they cannot be read.
    """
    lines = _text(path).splitlines()
    return {name: value for value, _, name in (line.partition("  ") for line in lines)}


def digest(path: Path) -> str:
    """Return a digest of the sums themselves, 16 digits in hex: two bundles with the same one are the same.

    Raises:
        BundleError: if they cannot be read.
    """
    return hashlib.sha256(_text(path).encode()).hexdigest()[:16]


def check(path: Path, name: str, known: str | None) -> None:
    """Look whether a file of a folder has the sum that is known of it.

    Raises:
        BundleError: if it has another one, or none is known.
    """
    if _sha256(path / name) != known:
        raise BundleError(f"model {path}: {name} does not match {SUMS}: it is damaged or was changed; "
                          "fetch the bundle again")  # fmt: skip


def _text(path: Path) -> str:
    try:
        return (path / SUMS).read_bytes().decode("ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise BundleError(f"model {path}: {SUMS} cannot be read: {error}; fetch the bundle again") from error


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
