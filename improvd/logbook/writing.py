"""Writing a session log: lines are gathered and handed, once a second, to a thread that alone touches the disk."""

from __future__ import annotations

import re
import threading
import time
from io import FileIO
from itertools import count
from pathlib import Path
from queue import SimpleQueue

HAND_OVER_S = 1.0
LARGEST_LOG_BYTES = 128_000_000
"""A log ends here: after some seven hours of playing without a pause, or six days of silence."""

KEPT_LOGS = 8
"""The newest logs of a folder that are kept, the one that is written included: a gigabyte at most."""

SUFFIX = ".session.jsonl"
_OURS = re.compile(r"\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d(-\d+)?" + re.escape(SUFFIX))
_JOIN_S = 2.0


class Logbook:
    """This is one log while it is written.

    Attributes:
        path: its file.
        ended: one sentence, once nothing more is written; else empty.
    """

    def __init__(self, folder: Path, header: bytes, *, largest_bytes: int = LARGEST_LOG_BYTES) -> None:
        """Begin a log, and remove the oldest of the folder beyond `KEPT_LOGS`.

        Raises:
            OSError: if it cannot be written.
        """
        folder.mkdir(parents=True, exist_ok=True)
        _thin_out(folder)
        self.path, self.ended = _free_path(folder), ""
        self._file = open_new(self.path)
        self._left_bytes = largest_bytes
        self._lines: list[bytes] = []
        self._handed_s = float("-inf")
        self._queue: SimpleQueue[bytes] = SimpleQueue()
        self._thread = threading.Thread(target=self._write_all, name="session log", daemon=True)
        self._thread.start()
        self.add(header)

    @property
    def waiting(self) -> int:
        """How many lines are gathered and not handed over."""
        return len(self._lines)

    def add(self, line: bytes) -> None:
        """Take in a line; it is on the disk a second or two later."""
        if self.ended:
            return
        self._left_bytes -= len(line)
        if self._left_bytes < 0:
            self.ended = f"the session log {self.path} is full and ends here; start improvd again for a new one"
            return
        self._lines.append(line)

    def hand_over(self, now_s: float) -> None:
        """Let the thread write what was gathered, once a second."""
        if self._lines and now_s - self._handed_s >= HAND_OVER_S:
            self._handed_s = now_s
            self._queue.put(b"".join(self._lines))
            self._lines.clear()

    def close(self) -> None:
        """Write the rest and close the file."""
        self._queue.put(b"".join(self._lines))
        self._lines.clear()
        self._queue.put(b"")
        self._thread.join(_JOIN_S)

    def _write_all(self) -> None:
        with self._file:
            try:
                while data := self._queue.get():
                    while data:
                        data = data[self._file.write(data) :]
            except OSError as error:
                self.ended = f"the session log {self.path} cannot be written and ends here: {error.strerror}"


def open_new(path: Path) -> FileIO:
    """Return a new file, whose every write goes to the system."""
    return path.open("xb", buffering=0)


def _free_path(folder: Path) -> Path:
    """Return the file of a log that begins now."""
    now = time.strftime("%Y-%m-%d_%H-%M-%S")
    names = (f"{now}{f'-{number}' if number else ''}{SUFFIX}" for number in count())
    return next(path for path in (folder / name for name in names) if not path.exists())


def _thin_out(folder: Path) -> None:
    """Remove the oldest logs of a folder, so that there is room for one more."""
    logs = sorted(path for path in folder.iterdir() if _OURS.fullmatch(path.name))
    for path in logs[: max(0, len(logs) - KEPT_LOGS + 1)]:
        path.unlink(missing_ok=True)
