"""What every training ends in: a bundle's folder put in place whole, its card as TOML, and a row in a table of runs."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

EXPERIMENTS = Path(__file__).parents[2] / "docs" / "experiments.md"
"""The record of all trainings, where improvd is developed."""


@contextmanager
def drafted(to: Path) -> Iterator[Path]:
    """Give an empty folder to fill, which then takes the place of another, or vanishes where filling it failed."""
    to.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f".{to.name}.", dir=to.parent))
    try:
        yield draft
        draft.chmod(0o755)
        if to.exists():
            shutil.rmtree(to)
        draft.rename(to)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


@contextmanager
def amended(folder: Path) -> Iterator[Path]:
    """Give a copy of a folder to change, which then takes its place, or vanishes where changing it failed."""
    with drafted(folder) as draft:
        shutil.copytree(folder, draft, dirs_exist_ok=True)
        yield draft


def as_toml(tables: Mapping[str, Mapping[str, Any]]) -> str:
    """Return tables of plain values as TOML, the one named '' first."""
    return "\n".join(_table(header, values) for header, values in tables.items())


def _table(header: str, values: Mapping[str, Any]) -> str:
    lines = [f"[{header}]"] if header else []
    lines += [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in values.items()]
    return "\n".join(lines) + "\n"


def row(cells: Sequence[str]) -> str:
    """Return a row of a Markdown table."""
    return f"| {' | '.join(cells)} |\n"


def record(line: str, path: Path, head: str = "recipe") -> None:
    """Add a row to a table of a page, once; `head` is the first word of the table's first row."""
    known = path.read_text(encoding="utf-8")
    if line not in known:
        path.write_text(with_row(known, line, head), encoding="utf-8")


def with_row(text: str, line: str, head: str = "recipe") -> str:
    """Return a page with a line added to the first of its tables whose first row begins with a word."""
    lines = text.splitlines(keepends=True)
    end = next((index for index, row in enumerate(lines) if row.startswith(f"| {head} |")), len(lines))
    while end < len(lines) and lines[end].startswith("|"):
        end += 1
    lines.insert(end, line)
    return "".join(lines)
