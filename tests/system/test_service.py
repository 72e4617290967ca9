"""The unit under a real systemd: ready, watched, restarted, stopped."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from container import SOURCE, Container, wait_until

pytestmark = pytest.mark.system

UNIT = "improvd.service"
HOME_UNITS = "/home/musician/.config/systemd/user"
PROGRAMS = ("systemd-nspawn", "mmdebstrap", "nsenter")


@pytest.fixture(scope="module")
def container() -> Iterator[Container]:
    missing = [program for program in PROGRAMS if not shutil.which(program)]
    if missing or os.getuid() != 0:
        pytest.skip(f"needs root and {', '.join(PROGRAMS)}: apt install systemd-container mmdebstrap")
    container = Container()
    yield container
    container.close()


@pytest.fixture
def unit(container: Container) -> Iterator[str]:
    """The unit as it is shipped, with PATH set as its head says."""
    path = f"[Service]\nEnvironment=PATH={Path(sys.executable).parent}:/usr/bin:/bin\n"
    for command in (
        f"mkdir -p {HOME_UNITS}/{UNIT}.d",
        f"cp {SOURCE}/systemd/{UNIT} {HOME_UNITS}/",
        f"printf %s '{path}' > {HOME_UNITS}/{UNIT}.d/path.conf",
    ):
        assert container.as_user("sh", "-c", command).returncode == 0
    container.systemctl("daemon-reload")
    started = container.as_user("systemctl", "--user", "start", UNIT)
    assert started.returncode == 0, started.stderr + journal(container)
    yield UNIT
    container.systemctl("stop", UNIT)


def journal(container: Container) -> str:
    return container.inside("journalctl", "--no-pager", "-n", "400").stdout


def shown(container: Container, name: str) -> str:
    return container.systemctl("show", "--property", name, "--value", UNIT)


def processes(container: Container, pattern: str) -> int:
    found = container.inside("sh", "-c", f"grep -l '{pattern}' /proc/[0-9]*/cmdline 2>/dev/null | wc -l")
    return int(found.stdout)


def restarts(container: Container) -> int:
    return int(shown(container, "NRestarts") or 0)


def test_it_is_ready_when_the_model_is_loaded(container: Container, unit: str) -> None:
    assert shown(container, "ActiveState") == "active"
    assert "model default on" in shown(container, "StatusText")
    assert container.as_user("stat", "-c", "%a", "/run/user/1000/improvd/control.sock").stdout.strip() == "600"


def test_it_lives_as_long_as_the_watchdog_is_fed(container: Container, unit: str) -> None:
    pid = shown(container, "MainPID")
    container.inside("sleep", "12")
    assert (shown(container, "MainPID"), restarts(container)) == (pid, 0)


def test_a_daemon_that_is_frozen_is_restarted_by_the_watchdog(container: Container, unit: str) -> None:
    before = restarts(container)
    container.systemctl("kill", "--kill-who=main", "--signal=STOP", unit)
    wait_until(lambda: restarts(container) > before, "no restart", 40.0)
    wait_until(lambda: shown(container, "ActiveState") == "active", "not active again")
    assert "Watchdog timeout" in journal(container)


def test_a_daemon_that_is_killed_is_restarted_and_its_children_end(container: Container, unit: str) -> None:
    before = restarts(container)
    container.systemctl("kill", "--kill-who=main", "--signal=KILL", unit)
    wait_until(lambda: restarts(container) > before, "no restart")
    wait_until(lambda: shown(container, "ActiveState") == "active", "not active again")
    assert processes(container, "improvd.live.playe[r]") == 1


def test_it_stops_cleanly(container: Container, unit: str) -> None:
    container.systemctl("stop", unit)
    assert (shown(container, "ActiveState"), shown(container, "Result")) == ("inactive", "success")
    assert processes(container, "improvd.live.playe[r]") + processes(container, "improvd.model.serv[e]") == 0
    assert container.as_user("test", "-e", "/run/user/1000/improvd/control.sock").returncode == 1


def test_a_faulty_configuration_is_not_tried_again(container: Container, unit: str) -> None:
    container.systemctl("stop", unit)
    folder = "/home/musician/.config/improvd"
    container.as_user("sh", "-c", f"mkdir -p {folder}; echo '[clock]\nbpm = 900' > {folder}/config.toml")
    container.systemctl("start", unit)
    assert shown(container, "ActiveState") == "failed"
    assert shown(container, "ExecMainStatus") == "2"
    assert "out of range" in journal(container)
    container.as_user("rm", f"{folder}/config.toml")
    container.systemctl("reset-failed", unit)
