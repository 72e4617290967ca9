from __future__ import annotations

import ast
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

FLOORS = (
    ("errors",),
    ("music",),
    ("config", "protocol asking pipe", "control", "notify", "places", "muted"),
    ("live", "model", "tui", "configfile"),
    (
        "daemon loop server session status steering supervisor logbook",
        "offline",
        "doctor",
        "training",
        "launch",
        "bench",
    ),
    ("cli cli_values __main__",),
)
"""The parts of improvd, lowest floor first; what stands in one text is one part."""

FOREIGN = {
    "music": {"mido"},
    "live": {"mido", "rtmidi", "jack", "link"},
    "model": {"numpy", "ai_edge_litert", "keras", "tensorflow", "torch"},
    "tui": {"prompt_toolkit"},
    "training": {"numpy", "keras", "tensorflow", "music21", "matplotlib", "verovio", "fpdf"},
    "bench": {"numpy", "keras", "tensorflow", "jack"},
}
"""The packages that a part may import; the others import the standard library alone."""

MODULES = {".".join(path.relative_to(ROOT).with_suffix("").parts): path for path in ROOT.glob("improvd/**/*.py")}
MODULES = {name.removesuffix(".__init__"): path for name, path in MODULES.items()}
PLACES = {module: (floor, part) for floor, parts in enumerate(FLOORS) for part in parts for module in part.split()}


def _imports(module: str) -> set[str]:
    """Return what a module imports, at its top or inside functions: our modules by full name, others by package."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(MODULES[module].read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module} imports relatively"
            below = {f"{node.module}.{alias.name}" for alias in node.names} & MODULES.keys()
            found |= below or {str(node.module)}
    return {name if name in MODULES else name.partition(".")[0] for name in found}


def _part(module: str) -> tuple[int, str]:
    name = module.partition(".")[2].partition(".")[0]
    assert name in PLACES, f"{module} stands on no floor; add it to FLOORS"
    return PLACES[name]


@pytest.mark.parametrize("module", sorted(MODULES.keys() - {"improvd"}))
def test_imports_point_downwards_and_never_to_a_sibling(module):
    floor, part = _part(module)
    for other in _imports(module) & MODULES.keys() - {"improvd"}:
        assert _part(other)[0] < floor or _part(other)[1] == part, f"{module} imports {other}"


@pytest.mark.parametrize("module", sorted(MODULES.keys() - {"improvd"}))
def test_a_part_imports_no_packages_but_its_own(module):
    foreign = _imports(module) - MODULES.keys() - sys.stdlib_module_names
    assert foreign <= FOREIGN.get(_part(module)[1], set())


def test_the_screen_sees_only_the_control_socket_and_the_words_for_music():
    seen = {name for module in MODULES if ".tui" in module for name in _imports(module) & MODULES.keys()}
    assert {_part(name)[1] for name in seen} <= {"tui", "control", "config", "music", "errors"}


def test_no_module_imports_itself_in_a_circle():
    order = TopologicalSorter({module: _imports(module) & MODULES.keys() for module in MODULES}).static_order()
    assert set(order) == set(MODULES)  # a circle raises CycleError


def test_every_file_can_be_read_at_one_sitting():
    long = {name: len(path.read_text().splitlines()) for name, path in MODULES.items()}
    assert {name: lines for name, lines in long.items() if lines > 450} == {}
