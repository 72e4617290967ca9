"""`improvd report`: from the names of runs to a page."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from improvd.errors import CheckpointError, UsageError
from improvd.training.report.finding import find_run
from improvd.training.report.run import read_run

NEEDED = ("matplotlib", "verovio", "fpdf", "music21")


def report(words: Sequence[str], output: Path) -> Path:
    """Write the page that compares some runs, and return where it is.

    Args:
        words: each means a run, see `find_run`.
        output: the file.

    Raises:
        UsageError: if a run is not found, or a package is missing.
        CheckpointError: if a run is damaged, or the page cannot be written.
    """
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        raise UsageError(
            f"improvd report draws with {', '.join(missing)}, not installed: pip install 'improvd[report]'"
        )
    from improvd.training.report.page import page

    text = page([read_run(folder) for folder in dict.fromkeys(map(find_run, words))])
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as fault:
        raise CheckpointError(
            f"{output}: the report cannot be written: {fault.strerror or fault}; name another file with -o"
        ) from None
    return output
