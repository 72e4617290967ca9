"""Whether there is a terminal that the screen fits on; cheap to ask before anything is started."""

from __future__ import annotations

import os
import sys

from improvd.errors import UsageError

MIN_COLUMNS, MIN_ROWS = 40, 10


def require_terminal() -> None:
    """Refuse to go on without a terminal that is large enough for the screen.

    Raises:
        UsageError: says what is there, what is needed and what to do instead.
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError(
            "the screen needs a terminal; without one there are 'improvd run --headless' and 'improvd ctl'"
        )
    columns, rows = os.get_terminal_size(sys.stdout.fileno())
    if columns and rows and not fits(columns, rows):
        raise UsageError(f"{size_needed(columns, rows)}: enlarge the terminal, or use 'improvd run --headless'")


def fits(columns: int, rows: int) -> bool:
    """Return whether a terminal is large enough for the screen."""
    return columns >= MIN_COLUMNS and rows >= MIN_ROWS


def size_needed(columns: int, rows: int) -> str:
    """Return what a terminal that is too small should be told."""
    return f"the screen needs {MIN_COLUMNS} x {MIN_ROWS} characters, and the terminal has {columns} x {rows}"
