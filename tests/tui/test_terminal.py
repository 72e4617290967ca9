from __future__ import annotations

import fcntl
import os
import pty
import shutil
import struct
import subprocess
import sys
import termios
import time
from contextlib import contextmanager, suppress

import pytest
from fakedaemon import fake_daemon

IMPROVD = (sys.executable, "-m", "improvd")
TMUX = shutil.which("tmux")


def _on_terminal(columns: int, rows: int, *words: str, **environ: str) -> tuple[int, str]:
    """Run improvd on a pseudo terminal of some size; return its exit code and what it printed there."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    child = subprocess.Popen(
        [*IMPROVD, *words], stdin=theirs, stdout=theirs, stderr=theirs, env=os.environ | environ, start_new_session=True
    )
    os.close(theirs)
    said = b""
    with suppress(OSError):  # that is how Linux says that the other end is closed
        while data := os.read(ours, 65536):
            said += data
    os.close(ours)
    return child.wait(timeout=60), said.decode().strip()


@pytest.mark.parametrize("command", ["run", "tui"])
def test_a_terminal_of_20_by_5_is_refused_in_one_sentence_and_nothing_is_started(tmp_path, command):
    code, said = _on_terminal(20, 5, command, XDG_RUNTIME_DIR=str(tmp_path), XDG_STATE_HOME=str(tmp_path))
    assert (code, said) == (
        2,
        "the screen needs 40 x 10 characters, and the terminal has 20 x 5: "
        "enlarge the terminal, or use 'improvd run --headless'",
    )
    assert list(tmp_path.iterdir()) == []


def test_a_screen_without_a_terminal_is_refused():
    done = subprocess.run([*IMPROVD, "tui"], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("the screen needs a terminal; without one there are 'improvd run --headless'")


def test_a_screen_without_a_daemon_says_how_to_start_one(tmp_path):
    code, said = _on_terminal(80, 24, "tui", XDG_RUNTIME_DIR=str(tmp_path))
    assert code == 1
    assert said.startswith("improvd is not running") and "start it with 'improvd run'" in said


@contextmanager
def _tmux(folder):
    def do(*words: str) -> str:
        command = [str(TMUX), "-S", str(folder / "tmux"), "-f", "/dev/null", "-u", *words]
        return subprocess.run(command, env=environ, capture_output=True, text=True, timeout=20).stdout

    environ = os.environ | {"TERM": "xterm-256color", "LC_ALL": "C.UTF-8", "XDG_RUNTIME_DIR": str(folder)}
    try:
        yield do
    finally:
        do("kill-server")


@pytest.mark.skipif(TMUX is None, reason="tmux is not installed")
def test_the_screen_lives_in_a_real_terminal(tmp_path):
    def sees(*texts: str) -> None:
        deadline_s = time.monotonic() + 30
        while not all(text in tmux("capture-pane", "-p") for text in texts):
            assert time.monotonic() < deadline_s, f"no {texts}\n{tmux('capture-pane', '-p')}"
            time.sleep(0.05)

    with fake_daemon(tmp_path) as daemon, _tmux(tmp_path) as tmux:
        shell = f"{' '.join(IMPROVD)} tui; echo left with $?; sleep 60"
        tmux("new-session", "-d", "-x", "80", "-y", "24", shell)
        sees("██    ██ ▄████ ██████", " COMMANDS ")
        tmux("resize-window", "-x", "39", "-y", "9")
        sees("the screen needs 40 x 10")
        tmux("resize-window", "-x", "100", "-y", "30")
        sees("██    ██ ▄████ ██████", "q leave")
        tmux("send-keys", "Up")
        daemon.wait_for("nudge", name="sampling.temperature", steps=1)
        tmux("send-keys", "q")
        sees("improvd plays on; 'improvd tui' brings the screen back.", "left with 0")
