"""A helper: a process of its own that measures, plays or gets in the way, and that speaks one JSON object a line.

It says that it is ready, does what it is told on its standard input, and ends when that is closed.
"""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from types import TracebackType
from typing import Any

from improvd.errors import ImprovdError, PortError

PATIENCE_S = 60.0
"""A slow machine takes so long to load a model."""
_END_S = 10.0


class Helper:
    """This is one running helper, as its parent sees it."""

    def __init__(self, command: Sequence[str]) -> None:
        self._command = command
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self._process.stdin and self._process.stdout
        self._words, self._lines = self._process.stdin, self._process.stdout
        self._unread = b""

    def __enter__(self) -> Helper:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.end()

    def tell(self, **words: Any) -> None:
        """Send a line."""
        try:
            self._words.write(json.dumps(words).encode() + b"\n")
            self._words.flush()
        except BrokenPipeError:
            return  # `hear` says that it ended

    def hear(self, timeout_s: float = PATIENCE_S) -> dict[str, Any]:
        """Return the next line.

        Raises:
            ImprovdError: if the helper says that it cannot, ends, or says nothing.
        """
        line = self._next_line(time.monotonic() + timeout_s)
        said: dict[str, Any] = json.loads(line)
        if "error" in said:
            raise PortError(said["error"])
        return said

    def has_spoken(self) -> bool:
        """Return whether `hear` need not wait."""
        return b"\n" in self._unread or bool(select.select([self._lines], [], [], 0.0)[0])

    def end(self) -> None:
        """Close its standard input, and wait until it has ended."""
        self._words.close()
        self._lines.close()
        try:
            self._process.wait(_END_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _next_line(self, end_s: float) -> bytes:
        while b"\n" not in self._unread:
            readable, _, _ = select.select([self._lines], [], [], max(0.0, end_s - time.monotonic()))
            data = os.read(self._lines.fileno(), 1 << 16) if readable else b""
            if not data:
                what = "ended" if readable else "says nothing"
                raise ImprovdError(f"a helper of the measurement {what}: {' '.join(self._command)}")
            self._unread += data
        line, _, self._unread = self._unread.partition(b"\n")
        return line


# --- the helper's own side -------------------------------------------------------------------


def command_of(module: str, *words: object) -> list[str]:
    """Return the command of a helper that is a module of improvd."""
    return [sys.executable, "-m", module, *map(str, words)]


def say(**words: Any) -> None:
    """Say a line to the parent."""
    print(json.dumps(words), flush=True)  # noqa: T201 - this is how it speaks


def listen() -> dict[str, Any]:
    """Return the parent's next line; the process ends here when the parent has closed the connection."""
    line = sys.stdin.readline()
    if not line:
        sys.exit(0)
    words: dict[str, Any] = json.loads(line)
    return words


def end_with_parent() -> None:
    """Have SIGTERM and the closed standard input raise SystemExit in the main thread; for helpers that never listen."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    threading.Thread(target=_end_on_silence, daemon=True).start()


def leave_interrupts_to_parent() -> None:
    """Ignore Ctrl-C, which reaches the parent too."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _end_on_silence() -> None:
    sys.stdin.read()
    os.kill(os.getpid(), signal.SIGTERM)
