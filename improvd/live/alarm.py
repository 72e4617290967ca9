"""The alarm: wakes `select` at an absolute moment, so that nothing that happens before the wait makes it longer."""

from __future__ import annotations

import ctypes
import os
import sys
from typing import Any

_CLOCK_MONOTONIC, _TFD_TIMER_ABSTIME = 1, 1
_TFD_FLAGS = os.O_NONBLOCK | os.O_CLOEXEC if sys.platform != "win32" else 0
_NS = 1_000_000_000


class _Moments(ctypes.Structure):
    """This is `struct itimerspec`: the interval, unused here, and the moment; each as seconds and nanoseconds."""

    _fields_ = [(name, ctypes.c_long) for name in ("every_s", "every_ns", "at_s", "at_ns")]


class Alarm:
    """This is a timer of the kernel, on the clock of `time.monotonic`; `select` waits on it as on a socket.

    Raises:
        OSError: where the system has none; only Linux does.
    """

    def __init__(self) -> None:
        if not sys.platform.startswith("linux"):
            raise OSError("timerfd is Linux's")
        self._libc: Any = ctypes.CDLL(None, use_errno=True)
        self._file = self._libc.timerfd_create(_CLOCK_MONOTONIC, _TFD_FLAGS)
        if self._file < 0:
            raise OSError(ctypes.get_errno(), "timerfd_create")
        self._moments = _Moments()

    def fileno(self) -> int:
        """Return what `select` waits on; it stays readable from the moment on until the next `set`."""
        return int(self._file)

    def set(self, at_s: float) -> None:
        """Go off at a moment, in seconds; at once if it has passed."""
        nanoseconds = int(max(at_s, 0.0) * _NS) + 1  # 0 would switch it off
        self._moments.at_s, self._moments.at_ns = divmod(nanoseconds, _NS)
        self._libc.timerfd_settime(self._file, _TFD_TIMER_ABSTIME, ctypes.byref(self._moments), None)

    def close(self) -> None:
        """Give the timer back."""
        os.close(self._file)
