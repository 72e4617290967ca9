"""What is said on stderr while music is read: a line for each corpus, and a bar on a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence

Progress = Callable[[int, int], None]
"""Is told how many files are read, of how many."""

BAR = 30
SKIPPED_SHOWN = 3


def say(line: str) -> None:
    """Write a line."""
    sys.stderr.write(f"{line}\n")


def say_skipped(name: str, skipped: Sequence[str]) -> None:
    """Write in one line which files were left out, if any."""
    if skipped:
        rest = "; ..." if len(skipped) > SKIPPED_SHOWN else ""
        say(f"{name}: {len(skipped)} files skipped: {'; '.join(skipped[:SKIPPED_SHOWN])}{rest}")


def progress(name: str) -> Progress:
    """Return what draws a bar of the files that are read; nothing where stderr is no terminal."""

    def draw(done: int, total: int) -> None:
        line = f"{name} [{'#' * (BAR * done // max(1, total)):<{BAR}}] {done}/{total} files"
        sys.stderr.write(f"\r{line}" if done < total else f"\r{' ' * len(line)}\r")
        sys.stderr.flush()

    return draw if sys.stderr.isatty() else lambda done, total: None
