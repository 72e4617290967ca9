"""The daemon, with a folder of its own, on a JACK server."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from jackbed import JackServer, poll

from improvd.control import Client
from improvd.errors import NotRunning

ROOT = Path(__file__).parents[2]


class DaemonOnJack:
    """This starts daemons with settings of their own, and ends them."""

    def __init__(self, jack: JackServer, folder: Path, config: str) -> None:
        self.jack = jack
        self.socket = folder / "run" / "improvd" / "control.sock"
        self._config, self._settings = config, folder / "config.toml"
        self.env = {
            **jack.env,
            "PYTHONPATH": str(ROOT),
            "XDG_RUNTIME_DIR": str(folder / "run"),
            "XDG_STATE_HOME": str(folder / "state"),
            "IMPROVD_CONFIG": str(self._settings),
        }
        self._processes: list[subprocess.Popen[str]] = []

    def start(self, more: str = "") -> subprocess.Popen[str]:
        """Start a daemon; `more` settings go to the end of the file."""
        self._settings.write_text(f"{self._config}{more}\n")
        command = [sys.executable, "-m", "improvd", "run", "--headless"]
        daemon = subprocess.Popen(command, env=self.env, stderr=subprocess.PIPE, text=True, start_new_session=True)
        self._processes.append(daemon)
        return daemon

    def client(self) -> Client:
        """Return a client, once the daemon answers and a model is loaded."""

        def called() -> Client | None:
            try:
                return Client(self.socket)
            except NotRunning:
                return None

        client: Client = poll(called, "no daemon", 30.0)
        poll(lambda: client.status()["state"] != "no model", "no model", 30.0)
        return client

    def close(self) -> None:
        """Kill what still runs."""
        for daemon in self._processes:
            if daemon.poll() is None:
                os.killpg(daemon.pid, signal.SIGKILL)
            daemon.communicate()


@pytest.fixture
def bed(jack: JackServer, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[DaemonOnJack]:
    """Daemons with the module's `CONFIG`; they end with the test."""
    bed = DaemonOnJack(jack, tmp_path, request.module.CONFIG)
    yield bed
    bed.close()
