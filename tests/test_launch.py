from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

import pytest

from improvd import control, launch
from improvd.errors import AlreadyRunning, UsageError

ANSWERING = """
import signal, socket, sys, pathlib, os
path = pathlib.Path(os.environ["XDG_RUNTIME_DIR"], "improvd", "control.sock")
path.parent.mkdir(mode=0o700)
listener = socket.socket(socket.AF_UNIX)
listener.bind(str(path))
listener.listen()
def end(*_):
    path.unlink()
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
print("arguments", sys.argv[1:], os.getsid(0) == os.getpid(), flush=True)
while True:
    signal.pause()
"""
REFUSING = "import sys; print('a warning', file=sys.stderr); sys.exit('no port matches Keystation*')"


@pytest.fixture
def own_folders(tmp_path, monkeypatch):
    runtime = tmp_path / "run"
    runtime.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    before = signal.getsignal(signal.SIGTERM)
    yield tmp_path
    signal.signal(signal.SIGTERM, before)


def _log(folder: Path) -> str:
    return (folder / "state" / "improvd" / "improvd.log").read_text()


def _end_by_signal(_owns: bool) -> int:
    os.kill(os.getpid(), signal.SIGTERM)
    while launch._answers():
        time.sleep(0.01)
    return 0


def test_the_screen_comes_when_the_daemon_answers_and_sigterm_ends_both(own_folders):
    daemon = [sys.executable, "-c", ANSWERING]
    assert launch.run(["--model", "x"], _end_by_signal, daemon=daemon) == 0
    assert _log(own_folders) == "arguments ['--model', 'x'] True\n"


def test_a_daemon_that_is_killed_behind_its_screen_is_a_failure(own_folders):
    def kills_it(_owns: bool) -> int:
        os.kill(int(_log(own_folders)), signal.SIGKILL)
        while launch._answers():
            time.sleep(0.01)
        return 0

    daemon = [sys.executable, "-c", ANSWERING.replace('"arguments", sys.argv[1:], os.getsid(0) == ', "")]
    assert launch.run([], kills_it, daemon=daemon) == 1


def test_a_daemon_that_answers_already_is_joined(own_folders):
    screens = []

    def outer(owns: bool) -> int:
        screens.append(launch.run([], lambda owns: 7 + owns, daemon=["/bin/false"]))
        return _end_by_signal(owns)

    launch.run([], outer, daemon=[sys.executable, "-c", ANSWERING])
    assert screens == [7]


def test_a_daemon_that_answers_already_takes_no_arguments(own_folders):
    def outer(owns: bool) -> int:
        with pytest.raises(AlreadyRunning, match="cannot take --model x"):
            launch.run(["--model", "x"], lambda _owns: 0, daemon=["/bin/false"])
        return _end_by_signal(owns)

    assert launch.run([], outer, daemon=[sys.executable, "-c", ANSWERING]) == 0


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # it is left running on purpose
def test_the_daemon_outlives_a_screen_that_is_left(own_folders):
    assert launch.run([], lambda _owns: 0, daemon=[sys.executable, "-c", ANSWERING]) == 0
    control.connect().close()
    os.kill(os.getpid(), signal.SIGTERM)


def test_a_daemon_that_ends_at_once_is_told_in_its_own_words_with_its_exit_code(own_folders):
    with pytest.raises(launch.DaemonFailed) as caught:
        launch.run([], lambda _owns: 0, daemon=[sys.executable, "-c", REFUSING])
    assert (str(caught.value), caught.value.exit_code) == ("no port matches Keystation*", 1)


def test_a_screen_that_fails_leaves_nothing_running(own_folders):
    def fails(_owns: bool) -> int:
        raise UsageError("the terminal is too small")

    with pytest.raises(UsageError):
        launch.run([], fails, daemon=[sys.executable, "-c", ANSWERING])
    while launch._answers():
        time.sleep(0.01)
