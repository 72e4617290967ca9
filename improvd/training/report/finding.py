"""Which run is meant: a folder, the name of one below the folder of runs or how it begins, or a recipe's newest."""

from __future__ import annotations

import re
from pathlib import Path

from improvd.errors import UsageError, did_you_mean
from improvd.training.checkpoint import runs_folder
from improvd.training.report.run import is_run


def find_run(word: str, runs: Path | None = None) -> Path:
    """Return the folder of a run.

    Args:
        word: a path; a recipe's name, which means its newest run; or the beginning of one run's name.
        runs: where runs lie, by default where training puts them.

    Raises:
        UsageError: if there is none such, or several.
    """
    if Path(word).is_dir():
        return Path(word)
    root = runs or runs_folder()
    known = sorted(path for path in root.glob("*") if is_run(path))
    if of_recipe := [path for path in known if re.fullmatch(rf"{re.escape(word)}(-\d+-[0-9a-f]{{8}})?", path.name)]:
        return max(of_recipe, key=_last_change_s)
    begun = [path for path in known if path.name.startswith(word)]
    if len(begun) == 1:
        return begun[0]
    names = [path.name for path in begun or known]
    if begun:
        raise UsageError(f"{word!r} begins the names of several runs: {', '.join(names)}; give more of one")
    hint = did_you_mean(word, [*names, *(name.rsplit("-", 2)[0] for name in names)])
    raise UsageError(f"no run {word!r} in {root}: there are {', '.join(names) or 'none'}{hint}")


def _last_change_s(run: Path) -> float:
    """Return when anything in a run was written last, in seconds since the epoch of the system."""
    return max((path.stat().st_mtime for path in run.rglob("*")), default=0.0)
