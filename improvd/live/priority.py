"""Priority: everything that a process can ask of the system so that it is woken in time."""

from __future__ import annotations

import ctypes
import gc
import os
import signal
import sys

FIFO_PRIORITY = 4
"""Below the threads of a JACK server (5 and up): they hand our notes on."""

ADVICE = "no real-time priority: notes may be a millisecond late; be in the group audio, or have rtkit run"

_RLIMIT_RTTIME = 15
_RTTIME_US = (100_000, 200_000)
"""rtkit wants processes that the kernel stops when they run so long without a pause; the first is a warning."""
_LOCK_CURRENT, _LOCK_FUTURE, _LOCK_ON_FAULT = 1, 2, 4
_RTKIT = "org.freedesktop.RealtimeKit1"


def keep_from_pauses() -> None:
    """Leave garbage to `tidy`, all that is there now left out, and keep memory from being paged out if allowed."""
    gc.collect()
    gc.freeze()
    gc.disable()
    if sys.platform.startswith("linux"):
        _lock_memory()


def tidy() -> None:
    """Collect garbage, and give back the memory of tuples and the like that Python keeps for later, up to megabytes.

    After `keep_from_pauses` it looks at some hundred objects, which takes some tenths of a millisecond at most.
    """
    gc.collect()


def _lock_memory() -> None:
    """Lock pages as they come into use; where a limit would make later allocations fail nothing is locked."""
    import resource

    if os.geteuid() == 0 or resource.getrlimit(resource.RLIMIT_MEMLOCK)[0] == resource.RLIM_INFINITY:
        ctypes.CDLL(None).mlockall(_LOCK_CURRENT | _LOCK_FUTURE | _LOCK_ON_FAULT)


def hurry() -> bool:
    """Run at real-time priority if this process may; return whether it does."""
    if not hasattr(os, "sched_setscheduler"):
        return True  # other systems give MIDI programs their time by other means
    try:
        policy = os.SCHED_FIFO | os.SCHED_RESET_ON_FORK
        os.sched_setscheduler(0, policy, os.sched_param(FIFO_PRIORITY))
    except PermissionError:
        return False
    return True


class RealtimeKit:
    """This asks rtkit, the system's service for it, to give this process real-time priority, without waiting for it."""

    def __init__(self) -> None:
        import resource

        resource.setrlimit(_RLIMIT_RTTIME, _RTTIME_US)
        signal.signal(signal.SIGXCPU, lambda *_: _calm_down())
        self._asking = _ask_rtkit()

    def refused(self) -> bool | None:
        """Return whether rtkit did not do it; None as long as it has not answered."""
        if not self._asking:
            return os.sched_getscheduler(0) & ~os.SCHED_RESET_ON_FORK == os.SCHED_OTHER
        done, _ = os.waitpid(self._asking, os.WNOHANG)
        self._asking = 0 if done else self._asking
        return None if self._asking else self.refused()


def _ask_rtkit() -> int:
    """Return the number of the process that asks; 0 where the tool for it is missing."""
    pid = str(os.getpid())
    words = ["busctl", "--system", "call", _RTKIT, "/org/freedesktop/RealtimeKit1", _RTKIT]
    words += ["MakeThreadRealtimeWithPID", "ttu", pid, pid, str(FIFO_PRIORITY)]
    nowhere = [(os.POSIX_SPAWN_OPEN, fd, os.devnull, os.O_RDWR, 0) for fd in (0, 1, 2)]
    try:
        return os.posix_spawnp(words[0], words, os.environ, file_actions=nowhere)
    except OSError:
        return 0


def _calm_down() -> None:
    """Go back to ordinary priority: the kernel says that this process takes too much."""
    os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
