from __future__ import annotations

import sys
from pathlib import Path

import pytest

from improvd import configfile
from improvd.bench import loads
from improvd.bench.helper import Helper
from improvd.config import ModelSettings
from improvd.errors import ImprovdError
from improvd.protocol import decode, encode

MODEL = ModelSettings("mine", "numpy")


def words(load: str) -> list[list[str]]:
    commands = loads.commands(load, MODEL)
    assert all(command[:3] == [sys.executable, "-m", "improvd.bench.loads"] for command in commands)
    return [command[3:] for command in commands]


@pytest.mark.parametrize(
    ("load", "expected"),
    [
        ("idle", []),
        ("model", [["model", "mine", "numpy"]]),
        ("screen", [["screen", "mine", "numpy"]]),
        ("burners", [["burner"], ["burner"]]),
        ("all", [["model", "mine", "numpy"], ["screen", "mine", "numpy"], ["burner"], ["burner"]]),
    ],
)
def test_a_load_is_made_of_helpers(load: str, expected: list[list[str]]):
    assert words(load) == expected


def test_the_model_is_asked_for_another_bar_each_time():
    first, second = loads.ask(1), loads.ask(2)
    assert decode(encode(first)) == first
    assert (first.window, first.seed) != (second.window, second.seed)
    assert first.until_ticks - first.begin_ticks == 96
    assert all(note[0] < first.begin_ticks for note in first.window)


def test_the_daemon_with_a_screen_has_no_ports_and_keeps_no_takes(tmp_path: Path):
    config = configfile.load(loads._write_config(tmp_path, 'a "quoted" path', "numpy"))
    assert (config.model.name, config.model.runtime) == ('a "quoted" path', "numpy")
    assert (config.midi.backend, config.record.takes) == ("none", "off")


def test_the_daemon_with_a_screen_lives_in_folders_of_its_own(tmp_path: Path):
    environ = loads._environ(tmp_path)
    assert {environ["XDG_RUNTIME_DIR"], environ["XDG_STATE_HOME"]} == {f"{tmp_path}/run", f"{tmp_path}/state"}


def test_burners_spin_until_the_body_has_ended():
    with Helper(loads.commands("burners", MODEL)[0]) as burner:
        assert burner.hear(10) == {"ready": "burner"}
        assert burner._process.poll() is None
    assert burner._process.returncode == 0


def test_a_load_that_cannot_start_says_why():
    with pytest.raises(ImprovdError, match="no-such-model"), loads.under("model", ModelSettings("no-such-model")):
        pytest.fail("it started")
