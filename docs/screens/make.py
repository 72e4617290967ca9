"""Make the pictures of the screen: improvd really runs in tmux, under a JACK server without a sound card.

usage: .venv/bin/python docs/screens/make.py [FOLDER]

Needs the Debian packages jackd2, tmux and fonts-dejavu-core. A few seconds of music go by.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from picture import draw

from improvd.control import Client, socket_path
from improvd.errors import NotRunning

HERE = Path(__file__).parent
sys.path.append(str(HERE.parents[1] / "tests" / "beds"))
from jackbed import JackServer, poll  # noqa: E402  # found through the line above

COLUMNS, ROWS = 80, 24
SETTINGS = "[sampling]\nseed = 12\n\n[midi]\nbackend = "
PHRASE = [(0.0, 67), (0.5, 71), (1.0, 74), (1.5, 71), (2.0, 72), (2.25, 71), (2.5, 69), (2.75, 67), (3.0, 69),
          (3.5, 66), (4.0, 67)]  # fmt: skip
"""(onset in s, pitch) at 120 quarters a minute."""
NOTE_S = 0.22


class Terminal:
    """This is `improvd run` in a tmux of its own."""

    def __init__(self, folder: Path, backend: str, env: Mapping[str, str]) -> None:
        config = folder / "config.toml"
        config.write_text(f'{SETTINGS}"{backend}"\n')
        places = {"HOME": str(folder), "XDG_RUNTIME_DIR": str(folder), "XDG_STATE_HOME": str(folder / "state")}
        self._env = {**env, **places, "TERM": "xterm-256color", "LC_ALL": "C.UTF-8"}
        self._tmux = ["tmux", "-S", str(folder / "tmux"), "-f", "/dev/null", "-u"]
        self._socket = socket_path(self._env)
        command = f"{sys.executable} -m improvd run --config {config}"
        self._do("new-session", "-d", "-x", str(COLUMNS), "-y", str(ROWS), command)

    def _do(self, *words: str) -> str:
        return subprocess.run([*self._tmux, *words], env=self._env, capture_output=True, text=True, check=True).stdout

    def type(self, *keys: str) -> None:
        """Press keys, named as tmux names them."""
        self._do("send-keys", *keys)

    def status(self) -> dict[str, Any]:
        """Return the daemon's status; nothing as long as there is none."""
        try:
            with Client(self._socket) as client:
                return client.status()
        except NotRunning:
            return {}

    def wait_until(self, true: Callable[[dict[str, Any]], bool], timeout_s: float = 30.0) -> None:
        """Wait until the daemon's status is as wanted."""
        poll(lambda: (status := self.status()) and true(status), f"not so: {self.status()}", timeout_s)

    def wait_beats(self, beats: float) -> None:
        """Let the music go on for some beats."""
        until_beats = self.status()["beats"] + beats
        self.wait_until(lambda status: status["beats"] >= until_beats)

    def wait_for(self, text: str, timeout_s: float = 30.0) -> None:
        """Wait until a text is on the screen."""
        poll(lambda: text in self._do("capture-pane", "-p"), f"no {text!r} on the screen", timeout_s)

    def photograph(self, path: Path) -> None:
        """Draw the screen as it is now."""
        draw(self._do("capture-pane", "-p", "-e", "-N"), COLUMNS, ROWS).save(path, optimize=True)
        print(path)

    def close(self) -> None:
        """End the daemon and the terminal."""
        if self.status():
            with Client(self._socket) as client:
                client.do("quit")
        self._do("kill-server")


@contextmanager
def _terminal(backend: str, env: Mapping[str, str]) -> Iterator[Terminal]:
    with tempfile.TemporaryDirectory() as folder:
        terminal = Terminal(Path(folder), backend, env)
        try:
            terminal.wait_for(" COMMANDS " if backend == "jack" else " PIANO ")
            yield terminal
        finally:
            terminal.close()


def with_jack(folder: Path) -> None:
    """Photograph the first minute, a phrase that is played in, and its answer."""
    with JackServer("improvd-screens", period=256) as jack, _terminal("jack", jack.env) as terminal:
        terminal.wait_for("Plug in a keyboard")
        terminal.photograph(folder / "first-minute.png")
        with jack.record("improvd-out:out"):
            jack.play_notes([(0.5 + at, pitch, NOTE_S) for at, pitch in PHRASE], loop_s=60, sink="improvd-in:in")
            terminal.wait_until(lambda status: status["notes_in"] == len(PHRASE) and status["fill"] > 0.4)
            terminal.photograph(folder / "listening.png")
            terminal.wait_until(lambda status: status["word"] == "ANSWERING 2/2")
            terminal.wait_beats(2.6)
            terminal.photograph(folder / "answering.png")


def with_letters(folder: Path) -> None:
    """Photograph the computer keyboard as a piano, with no MIDI system, and the help."""
    with _terminal("none", os.environ) as terminal:
        for key in "qertyty":
            terminal.type(key)
            time.sleep(0.3)
        terminal.wait_until(lambda status: status["state"] == "answering")
        terminal.wait_beats(3.2)
        terminal.photograph(folder / "piano.png")
        terminal.type("F1")
        terminal.wait_for("quit improvd, asks first")
        terminal.photograph(folder / "help.png")


def main() -> None:
    """Make all pictures."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE
    with_jack(folder)
    with_letters(folder)


if __name__ == "__main__":
    main()
