"""The daemon as a process, with a player and a model that are fakes: start, supervision, signals, end."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from improvd.control import Client
from improvd.errors import NotRunning

BEDS = Path(__file__).parent / "beds"


class Bed:
    """This is a daemon in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.log, self.socket = folder / "player.log", folder / "run" / "improvd" / "control.sock"
        self.env = {
            **os.environ,
            "PYTHONPATH": f"{BEDS}:{BEDS.parents[1]}",
            "XDG_RUNTIME_DIR": str(folder / "run"),
            "XDG_STATE_HOME": str(folder / "state"),
            "JACK_NO_START_SERVER": "1",
            "JACK_DEFAULT_SERVER": "improvd-none-such",
        }
        self._processes: list[subprocess.Popen[str]] = []

    def start(self, *, player: str = "", model: str = "fake_model") -> subprocess.Popen[str]:
        words = [player or f"fake_player,log={self.log}", model, "sampling.seed=1"]
        command = [sys.executable, str(BEDS / "daemon_with.py"), *words]
        process = subprocess.Popen(command, env=self.env, stderr=subprocess.PIPE, text=True, start_new_session=True)
        self._processes.append(process)
        return process

    def client(self) -> Client:
        def connected() -> Client | None:
            try:
                return Client(self.socket)
            except NotRunning:
                return None

        client: Client = wait_for(connected)
        return client

    def status(self) -> dict[str, Any]:
        with self.client() as client:
            return client.status()

    def player_pid(self, daemon: subprocess.Popen[str]) -> int:
        return child_of(daemon.pid, "fake_player")

    def heard(self) -> str:
        return self.log.read_text() if self.log.exists() else ""

    def close(self) -> None:
        for process in self._processes:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)  # its children too, those that hang among them
            process.communicate()


def wait_for(check: Callable[[], Any], timeout_s: float = 15.0) -> Any:
    end_s = time.monotonic() + timeout_s
    while not (found := check()):
        assert time.monotonic() < end_s, "it never came"
        time.sleep(0.02)
    return found


def child_of(pid: int, word: str) -> int:
    """Return the child of a process whose command line has a word; 0 if there is none."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return next((int(c) for c in children if word in Path(f"/proc/{c}/cmdline").read_text()), 0)


@pytest.fixture
def bed(tmp_path: Path) -> Iterator[Bed]:
    bed = Bed(tmp_path)
    yield bed
    bed.close()


def test_it_listens_answers_and_ends_by_sigterm_leaving_nothing(bed: Bed) -> None:
    daemon = bed.start()
    with bed.client() as client:
        assert client.status()["model"] == "fake"
        client.do("key", pitch=60)
        wait_for(lambda: client.status()["notes_out"] > 1)
    children = [bed.player_pid(daemon), child_of(daemon.pid, "fake_model")]
    daemon.send_signal(signal.SIGTERM)
    assert daemon.wait(5) == 0
    assert bed.heard().endswith("end\n")
    assert not bed.socket.exists()
    for pid in children:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_sigint_and_quit_end_it_too(bed: Bed) -> None:
    daemon = bed.start()
    bed.client().close()
    os.killpg(daemon.pid, signal.SIGINT)
    assert daemon.wait(5) == 0
    daemon = bed.start()
    with bed.client() as client:
        assert client.do("quit") is True
    assert daemon.wait(5) == 0


def test_a_terminal_that_goes_away_does_not_end_it(bed: Bed) -> None:
    daemon = bed.start()
    bed.client().close()
    os.killpg(daemon.pid, signal.SIGHUP)
    time.sleep(0.3)
    assert bed.status()["restarts"] == 0
    assert daemon.poll() is None


def test_a_model_that_is_refused_ends_the_start_with_its_sentence(bed: Bed) -> None:
    daemon = bed.start(model="fake_model,refuse")
    _, said = daemon.communicate(timeout=10)
    assert daemon.returncode == 1
    assert said.splitlines()[-1] == "models/broken: weights.npz does not match its sum"
    assert bed.heard().endswith("end\n")
    assert not bed.socket.exists()


def test_a_second_daemon_is_refused_and_the_first_plays_on(bed: Bed) -> None:
    bed.start()
    bed.client().close()
    second = bed.start()
    _, said = second.communicate(timeout=10)
    assert second.returncode == 1
    assert re.fullmatch(r"improvd runs already: .*\n", said)
    assert bed.status()["restarts"] == 0


def test_a_daemon_that_was_killed_leaves_no_children_and_its_place_can_be_taken(bed: Bed) -> None:
    daemon = bed.start()
    bed.client().close()
    player = bed.player_pid(daemon)
    daemon.kill()
    daemon.wait(5)
    wait_for(lambda: not Path(f"/proc/{player}").exists())
    bed.start()
    assert bed.status()["restarts"] == 0


def test_a_lost_player_is_replaced_and_the_new_one_owes_its_note_offs(bed: Bed) -> None:
    daemon = bed.start()
    with bed.client() as client:
        client.do("key", pitch=61)
        wait_for(lambda: "Inject" in bed.heard() and client.status()["notes_out"] == 1)
        os.kill(bed.player_pid(daemon), signal.SIGKILL)
        wait_for(lambda: bed.heard().count("Setup") == 2)
        assert "owed=((0, 61),)" in bed.heard()
        wait_for(lambda: client.status()["restarts"] == 1)
        assert client.status()["notice"].startswith("the player ended")


@pytest.mark.slow
def test_a_player_that_hangs_is_replaced(bed: Bed) -> None:
    bed.start(player=f"fake_player,hang,log={bed.log}")
    wait_for(lambda: bed.heard().count("Setup") == 2)
    assert bed.status()["restarts"] == 1


def test_a_lost_model_is_replaced_while_the_player_plays_on(bed: Bed) -> None:
    daemon = bed.start()
    with bed.client() as client:
        os.kill(child_of(daemon.pid, "fake_model"), signal.SIGKILL)
        wait_for(lambda: client.status()["restarts"] == 1)
        wait_for(lambda: client.status()["state"] != "no model")
        assert bed.heard().count("Setup") == 1


def test_it_can_be_steered_before_the_model_is_loaded(bed: Bed) -> None:
    bed.start(model="fake_model,silent")
    with bed.client() as client:
        assert client.status()["state"] == "no model"
        assert client.set("bpm", 90) == 90.0
        wait_for(lambda: "SetTempo(bpm=90.0, beats=0.0)" in bed.heard())


def test_the_service_manager_hears_ready_alive_and_stopping(bed: Bed, tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(10)
        bed.env["NOTIFY_SOCKET"] = str(tmp_path / "notify")
        daemon = bed.start()
        told = [manager.recv(1000).decode()]
        while not told[-1].startswith("READY=1"):
            told.append(manager.recv(1000).decode())
        assert told[-1] == "READY=1\nSTATUS=MIDI by jack, model fake on none"
        assert bed.socket.exists()
        while told[-1] != "WATCHDOG=1":
            told.append(manager.recv(1000).decode())
        os.kill(bed.player_pid(daemon), signal.SIGSTOP)
        manager.settimeout(1.0)
        with pytest.raises(TimeoutError):
            while True:
                manager.recv(1000)
        daemon.send_signal(signal.SIGTERM)
        assert manager.recv(1000) == b"STOPPING=1"


def test_subscribers_get_updates_with_the_roll(bed: Bed) -> None:
    bed.start()
    with bed.client() as client:
        client.do("key", pitch=60)
        update = next(update for update in client.updates() if update["roll"])
        assert update["roll"][0][2:] == [60, "call"]
        assert update["word"]


def test_a_daemon_loads_neither_numpy_nor_a_network(bed: Bed) -> None:
    loaded = subprocess.run(
        [sys.executable, "-c", "import improvd.daemon, sys; print(*sys.modules)"],
        env=bed.env, capture_output=True, text=True, check=True,
    ).stdout.split()  # fmt: skip
    assert not {"numpy", "tensorflow", "keras", "mido", "rtmidi", "prompt_toolkit"} & set(loaded)
