from __future__ import annotations

import subprocess
import sys

import pytest

SLOW = {"tensorflow", "keras", "numpy", "jax", "torch", "music21"}


def _loaded(code: str) -> set[str]:
    """Return the packages in memory after some code ran in a Python of its own."""
    tail = "\nimport sys\nprint(*sorted(sys.modules), file=sys.__stdout__)"
    done = subprocess.run([sys.executable, "-c", code + tail], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def test_the_daemon_loads_nothing_that_computes():
    assert not _loaded("import improvd.daemon, improvd.configfile") & SLOW


def test_the_player_loads_nothing_that_computes_and_nothing_of_the_model():
    loaded = _loaded("import improvd.live.player")
    assert not loaded & SLOW
    assert not {name for name in loaded if name.startswith("improvd.model")}


def test_the_model_process_loads_neither_tensorflow_nor_a_midi_library():
    assert not _loaded("import improvd.model.serve") & {"tensorflow", "keras", "mido", "rtmidi"}


@pytest.mark.parametrize("words", [["--help"], ["run", "--help"], ["generate", "--help"], ["train", "--help"]])
def test_help_loads_nothing_that_computes_and_no_midi_library(words):
    loaded = _loaded(f"from improvd.cli import main\ntry: main({words})\nexcept SystemExit: pass")
    assert not loaded & (SLOW | {"mido", "rtmidi", "prompt_toolkit"})
