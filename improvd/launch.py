"""`improvd run` on a terminal: a daemon of its own in the background, the screen in front."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType
from typing import IO

from improvd import control
from improvd.errors import AlreadyRunning, ImprovdError, NotRunning

START_TIMEOUT_S = 20.0
END_TIMEOUT_S = 3.0


class DaemonFailed(ImprovdError):
    """The daemon ended before it answered; the text is what it said, the exit code is its own."""

    def __init__(self, text: str, exit_code: int) -> None:
        super().__init__(text)
        self.exit_code = exit_code


def log_path() -> Path:
    """Return where a daemon in the background writes its log."""
    state = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(state) / "improvd" / "improvd.log"


def run(arguments: Sequence[str], screen: Callable[[], int]) -> int:
    """Start a daemon unless one answers, and show the screen; return the exit code.

    Args:
        arguments: of `improvd run`, for the daemon; a daemon that answers already cannot take them.
        screen: shows the screen and returns when it is left.
    """
    if _answers():
        if arguments:
            raise AlreadyRunning(
                f"improvd is running already and cannot take {' '.join(arguments)}; "
                "end it with 'improvd ctl do quit', or see it with 'improvd tui'"
            )
        return screen()
    daemon = _start(arguments)
    signal.signal(signal.SIGTERM, _ender(daemon))
    code = screen()
    return code if _answers() else daemon.wait(END_TIMEOUT_S)


def _answers() -> bool:
    try:
        control.connect().close()
    except NotRunning:
        return False
    return True


def _start(arguments: Sequence[str]) -> subprocess.Popen[bytes]:
    """Start the daemon in a session of its own, so that it outlives this terminal, and wait until it answers."""
    path = log_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as log:
        said_from = log.tell()
        daemon = _spawn(arguments, log)
    deadline_s = time.monotonic() + START_TIMEOUT_S
    while not _answers():
        if daemon.poll() is not None:
            raise DaemonFailed(_last_words(path, said_from), daemon.returncode)
        if time.monotonic() > deadline_s:
            daemon.kill()
            raise ImprovdError(f"the daemon did not answer within {START_TIMEOUT_S:.0f} s; its log is {path}")
        time.sleep(0.02)
    return daemon


def _spawn(arguments: Sequence[str], log: IO[bytes]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "improvd.cli", "run", "--headless", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        start_new_session=True,
    )


def _last_words(log: Path, said_from: int) -> str:
    with log.open("rb") as file:
        file.seek(said_from)
        lines = file.read().decode(errors="replace").strip().splitlines()
    said = lines[-1] if lines else "the daemon ended without a word"
    return f"{said} (log: {log})"


def _ender(daemon: subprocess.Popen[bytes]) -> Callable[[int, FrameType | None], None]:
    """Return a handler of SIGTERM that ends the daemon; the screen goes with it."""

    def end(_signal: int, _frame: FrameType | None) -> None:
        daemon.terminate()

    return end
