"""What a module does, as a hash: what was made by other code is known to be stale."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterator
from pathlib import Path

PACKAGE = "improvd"
ROOT = Path(__file__).parents[3]


def of_modules(*modules: str) -> str:
    """Return a hash of the code of some modules and of all of this package that they import; comments do not count."""
    found: dict[str, str] = {}
    waiting = list(modules)
    while waiting:
        module = waiting.pop()
        path = ROOT.joinpath(*module.split(".")).with_suffix(".py")
        if module in found or not path.is_file():
            continue
        tree = ast.parse(path.read_bytes())
        found[module] = ast.dump(tree)
        waiting += _imported(tree)
    return hashlib.sha256(repr(sorted(found.items())).encode()).hexdigest()


def _imported(tree: ast.Module) -> Iterator[str]:
    """Yield the modules of this package that a module may import."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.partition(".")[0] == PACKAGE:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
