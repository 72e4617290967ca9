"""`improvd run` on a terminal: a daemon of its own in the background, the screen in front."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from improvd import control
from improvd.errors import AlreadyRunning, ImprovdError, NotRunning
from improvd.places import state_folder

DAEMON = (sys.executable, "-m", "improvd", "run", "--headless")
START_TIMEOUT_S = 20.0
END_TIMEOUT_S = 3.0


class DaemonFailed(ImprovdError):
    """The daemon ended before it answered; the text is what it said, the exit code is its own."""

    def __init__(self, text: str, exit_code: int) -> None:
        super().__init__(text)
        self.exit_code = exit_code


def run(arguments: Sequence[str], screen: Callable[[bool], int], *, daemon: Sequence[str] = DAEMON) -> int:
    """Start a daemon unless one answers, and show the screen; return the exit code.

    SIGTERM ends the screen, and the daemon with it if it was started here.

    Args:
        arguments: of `improvd run`, for the daemon; a daemon that answers already cannot take them.
        screen: shows the screen, told whether SIGTERM ends the daemon; returns when it is left.
        daemon: the program to start.
    """
    if not _answers():
        return _run_both([*daemon, *arguments], screen)
    if arguments:
        raise AlreadyRunning(
            f"improvd is running already and cannot take {' '.join(arguments)}; "
            "end it with 'improvd ctl do quit', or see it with 'improvd tui'"
        )
    return screen(False)


def _run_both(command: Sequence[str], screen: Callable[[bool], int]) -> int:
    path = state_folder() / "improvd.log"
    child, said_from = _start(command, path)
    signal.signal(signal.SIGTERM, lambda _signal, _frame: child.terminate())
    try:
        _wait_for_answer(child, path, said_from)
        code = screen(True)
    except BaseException:
        child.terminate()
        child.wait(END_TIMEOUT_S)
        raise
    if _answers():
        return code
    ended = child.wait(END_TIMEOUT_S)
    return 1 if ended < 0 else ended  # below 0: a signal killed it


def _answers() -> bool:
    try:
        control.connect().close()
    except NotRunning:
        return False
    return True


def _start(command: Sequence[str], path: Path) -> tuple[subprocess.Popen[bytes], int]:
    """Start the daemon in a session of its own, so that it outlives this terminal.

    Return it, and where in the log its words begin.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as log:
        said_from = log.tell()
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
    return child, said_from


def _wait_for_answer(child: subprocess.Popen[bytes], log: Path, said_from: int) -> None:
    deadline_s = time.monotonic() + START_TIMEOUT_S
    while not _answers():
        if child.poll() is not None:
            raise DaemonFailed(_last_words(log, said_from), child.returncode)
        if time.monotonic() > deadline_s:
            raise ImprovdError(f"the daemon did not answer within {START_TIMEOUT_S:.0f} s; its log is {log}")
        time.sleep(0.02)


def _last_words(log: Path, said_from: int) -> str:
    with log.open("rb") as file:
        file.seek(said_from)
        lines = file.read().decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else f"the daemon ended without a word; its log is {log}"
