from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from improvd import cli, control
from improvd.config import Config, settings
from improvd.errors import ControlError

STATUS = {"word": "LISTENING", "state": "listening", "reason": "", "bpm": 120.0, "temperature": 1.0, "readers": None}


class FakeClient:
    """This is a daemon that does all it is asked and tells what that was."""

    asked: list[tuple[Any, ...]]

    def __enter__(self) -> FakeClient:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def get(self, name: str) -> Any:
        return Config().get(name)

    def set(self, name: str, value: Any) -> Any:
        self.asked.append(("set", name, value))
        return value

    def nudge(self, name: str, steps: float) -> Any:
        self.asked.append(("nudge", name, steps))
        return 1.05

    def do(self, what: str, **params: Any) -> Any:
        if what == "dance":
            raise ControlError("unknown command 'dance'; there is panic")
        self.asked.append(("do", what, params))
        return True

    def status(self) -> dict[str, Any]:
        return STATUS

    def updates(self) -> Iterator[dict[str, Any]]:
        yield STATUS
        yield STATUS | {"beat": 2.0}
        yield STATUS | {"word": "ANSWERING"}


@pytest.fixture
def asked(monkeypatch) -> list[tuple[Any, ...]]:
    monkeypatch.setattr(control, "Client", FakeClient)
    monkeypatch.setattr(FakeClient, "asked", [], raising=False)
    return FakeClient.asked


@pytest.fixture(autouse=True)
def own_folders(tmp_path, monkeypatch):
    for name in ("XDG_RUNTIME_DIR", "XDG_STATE_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.delenv("IMPROVD_CONFIG", raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("words", [[], ["rnu"], ["ctl"], ["ctl", "get"], ["ctl", "nudge", "bpm", "x"], ["generate"]])
def test_a_wrong_use_ends_with_2_and_says_how_it_is_used(words, capsys):
    with pytest.raises(SystemExit) as ended:
        cli.main(words)
    assert ended.value.code == 2
    assert capsys.readouterr().err.startswith("usage: improvd")


@pytest.mark.parametrize("words", [["status"], ["panic"], ["ctl", "get", "bpm"], ["status", "--json"]])
def test_without_a_daemon_steering_ends_with_1_and_one_sentence(words, capsys):
    assert cli.main(words) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith("improvd is not running") and told.err.count("\n") == 1


def test_faults_of_the_configuration_end_with_2_all_at_once(tmp_path, capsys):
    (tmp_path / "config.toml").write_text("[clock]\nbpm = 0\nmetre = 3\n")
    assert cli.main(["run", "--headless"]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 2


# --- steering ---


def test_a_setting_is_printed_plainly_or_as_one_object(asked, capsys):
    assert cli.main(["ctl", "get", "clock.meter"]) == 0
    assert cli.main(["ctl", "get", "clock.meter", "--json"]) == 0
    assert capsys.readouterr().out == '4/4\n{"name": "clock.meter", "value": "4/4"}\n'


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("temperature", "1.2", 1.2),
        ("sampling.seed", "7", 7),
        ("thru", "on", "on"),
        ("clock.meter", "3/4", "3/4"),
        ("model.name", "42", "42"),
        ("midi.inputs", '["Key*"]', ["Key*"]),
        ("temperature", "warm", "warm"),
        ("temperature", "NaN", "NaN"),
    ],
)
def test_a_value_is_sent_as_its_setting_has_it(asked, name, text, value):
    cli.main(["ctl", "set", name, text])
    assert asked == [("set", name, value)]


def test_a_nudge_downwards_is_no_option(asked):
    assert cli.main(["ctl", "nudge", "temperature", "-2"]) == 0
    assert asked == [("nudge", "temperature", -2.0)]


def test_a_command_takes_parameters_by_name(asked, capsys):
    assert cli.main(["ctl", "do", "key", "pitch=60", "velocity=90"]) == 0
    assert cli.main(["ctl", "do", "connect", "name=nano KEY"]) == 0
    assert asked == [("do", "key", {"pitch": 60, "velocity": 90}), ("do", "connect", {"name": "nano KEY"})]
    assert capsys.readouterr().out == ""


def test_what_the_daemon_refuses_is_told_in_its_own_sentence(asked, capsys):
    assert cli.main(["ctl", "do", "dance"]) == 1
    assert capsys.readouterr().err == "unknown command 'dance'; there is panic\n"


def test_status_prints_one_object_or_a_line_each(asked, capsys):
    cli.main(["status", "--json"])
    assert json.loads(capsys.readouterr().out) == STATUS
    cli.main(["status"])
    assert "bpm          120.0\n" in capsys.readouterr().out


def test_watch_prints_a_line_only_when_something_changes(asked, capsys):
    cli.main(["ctl", "watch"])
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == ["LISTENING", "ANSWERING"]
    cli.main(["ctl", "watch", "--json"])
    assert [json.loads(line)["word"] for line in capsys.readouterr().out.splitlines()][-1] == "ANSWERING"


def test_panic_is_one_command(asked):
    assert cli.main(["panic"]) == 0
    assert asked == [("do", "panic", {})]


# --- configuration ---


def test_config_check_says_which_file_has_no_faults(tmp_path, capsys):
    (tmp_path / "config.toml").write_text("[clock]\nbpm = 90\n")
    assert cli.main(["config", "check"]) == 0
    assert capsys.readouterr().out == f"{tmp_path / 'config.toml'}: no faults\n"


def test_config_check_tells_every_fault_with_file_and_line(capsys, tmp_path):
    (tmp_path / "mine.toml").write_text("[clok]\n[clock]\nbpm = 0\n")
    assert cli.main(["config", "check", "mine.toml"]) == 2
    told = capsys.readouterr()
    assert [line.partition(" ")[0] for line in told.err.splitlines()] == ["mine.toml:1:", "mine.toml:3:"]
    assert cli.main(["config", "check", "mine.toml", "--json"]) == 2
    assert [fault["line"] for fault in json.loads(capsys.readouterr().out)["faults"]] == [1, 3]


def test_config_show_prints_what_is_in_force_as_a_file_that_reads_back(tmp_path, capsys):
    (tmp_path / "config.toml").write_text("[clock]\nbpm = 90\n")
    cli.main(["config", "show"])
    assert "\nbpm = 90.0\n" in capsys.readouterr().out
    cli.main(["config", "show", "--defaults"])
    assert "\nbpm = 120.0\n" in capsys.readouterr().out
    cli.main(["config", "show", "--json"])
    assert json.loads(capsys.readouterr().out).keys() == settings().keys()


def test_a_configuration_that_is_named_must_be_there(capsys):
    for words in (["config", "check", "missing.toml"], ["run", "--headless", "--config", "missing.toml"]):
        assert cli.main(words) == 2
        assert capsys.readouterr().err == ("missing.toml: cannot read the configuration: No such file or directory\n")
