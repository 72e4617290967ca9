"""What the doctor finds, and what to do about it."""

from __future__ import annotations

import json
import shutil
import socket
from pathlib import Path

import pytest

from improvd import doctor, server
from improvd.doctor import Finding, Report


@pytest.fixture(autouse=True)
def nothing_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home and no JACK server."""
    for name in ("XDG_RUNTIME_DIR", "XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.setenv("JACK_DEFAULT_SERVER", "improvd-none-such")
    monkeypatch.setenv("JACK_NO_START_SERVER", "1")
    monkeypatch.setenv("IMPROVD_CONFIG", str(tmp_path / "config.toml"))
    (tmp_path / "config.toml").write_text("")
    return tmp_path


def found(name: str) -> list[Finding]:
    return [finding for finding in doctor.examine().findings if finding.name == name]


def test_everything_is_looked_at_and_all_that_is_wrong_has_an_advice() -> None:
    findings = doctor.examine().findings
    names = {finding.name for finding in findings}
    assert {"Python", "packages", "jack", "realtime", "config", "model", "daemon", "fluidsynth"} <= names
    assert all(finding.advice for finding in findings if finding.verdict == "warn")


def test_only_what_keeps_improvd_from_playing_fails() -> None:
    assert Report((Finding("a", "ok", ""), Finding("b", "warn", "slow", "do this"))).sound
    assert not Report((Finding("a", "ok", ""), Finding("b", "fail", "gone", "do that"))).sound


def test_a_report_is_text_and_json() -> None:
    report = Report((Finding("realtime", "warn", "not allowed", "join the group"),))
    assert report.as_text() == "warn  realtime     not allowed\n                   → join the group"
    assert json.loads(report.as_json())["findings"][0]["advice"] == "join the group"


def test_a_missing_jack_server_is_told_and_no_fault() -> None:
    (finding,) = found("jack")
    assert (finding.verdict, finding.text) == ("ok", "not there: no JACK server answers")


def test_a_faulty_configuration_fails_with_its_line(nothing_installed: Path) -> None:
    (nothing_installed / "config.toml").write_text("[clock]\nbpm = 900\ntempo = 3\n")
    (finding,) = found("config")
    assert finding.verdict == "fail"
    assert "config.toml:2: " in finding.text
    assert finding.advice == "improvd config check"


def test_a_model_that_is_not_there_fails(nothing_installed: Path) -> None:
    (nothing_installed / "config.toml").write_text('[model]\nname = "nowhere"\n')
    (finding,) = found("model")
    assert finding.verdict == "fail"
    assert "nowhere" in finding.text


def test_a_damaged_model_fails(nothing_installed: Path) -> None:
    copy = nothing_installed / "copy"
    shutil.copytree(Path(__file__).parents[1] / "models" / "default", copy)
    (nothing_installed / "config.toml").write_text(f'[model]\nname = "{copy}"\n')
    assert found("model")[0].verdict == "ok"
    weights = copy / "weights.npz"
    weights.write_bytes(weights.read_bytes()[:-1] + b"x")
    assert found("model")[0].verdict == "fail"


def test_a_missing_package_fails_or_warns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor.importlib.util, "find_spec", lambda name: None if name in ("numpy", "jack") else 1)
    verdicts = {finding.text: finding.verdict for finding in found("packages")}
    assert verdicts["numpy is missing"] == "fail"
    assert verdicts["jack is missing"] == "warn"


def test_a_daemon_that_hangs_fails(nothing_installed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert found("daemon")[0].text == "does not run"
    monkeypatch.setattr(doctor, "PATIENCE_S", 0.05)
    path = nothing_installed / "improvd" / "control.sock"
    place = server.Place(path)
    with place.listen() as hangs:
        assert isinstance(hangs, socket.socket)
        (finding,) = found("daemon")
    place.close()
    assert finding.verdict == "fail"
    assert "does not answer" in finding.text


def test_a_folder_open_to_others_fails(nothing_installed: Path) -> None:
    (nothing_installed / "improvd").mkdir(mode=0o755)
    (finding,) = found("daemon")
    assert finding.verdict == "fail"
    assert "chmod 700" in finding.text
