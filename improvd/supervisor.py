"""A child process that is kept alive: started, listened to, and started again with back-off when it is lost."""

from __future__ import annotations

import selectors
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from improvd.pipe import Pipe, PipeClosed, start_child

if TYPE_CHECKING:
    import subprocess

FIRST_WAIT_S, LONGEST_WAIT_S = 0.1, 5.0
FIRST_WORD_S = 30.0
"""A slow machine takes so long to start a child."""
SOUND_AFTER_S = 10.0
"""A child that lived so long is worth a quick restart again."""


class Backoff:
    """This says how long to wait before the next start: doubling, until a child lived long enough."""

    def __init__(self) -> None:
        self._wait_s = FIRST_WAIT_S

    def wait_s(self, lived_s: float) -> float:
        """Return the pause after a child that lived so long."""
        if lived_s >= SOUND_AFTER_S:
            self._wait_s = FIRST_WAIT_S
        wait_s = self._wait_s
        self._wait_s = min(2 * wait_s, LONGEST_WAIT_S)
        return wait_s


class Started(NamedTuple):
    """This is a process that runs, and the daemon's end of the pipe to it."""

    process: subprocess.Popen[bytes]
    pipe: Pipe


def launch(command: tuple[str, ...]) -> Started:
    """Start a child: the module to run, and its arguments after its end of the pipe."""
    return Started(*start_child(*command))


class Child:
    """This keeps one process running behind a pipe; whoever owns it calls `tick` in time.

    Attributes:
        losses: how often it was lost, to be started again.
    """

    def __init__(
        self,
        selector: selectors.BaseSelector,
        clock: Callable[[], float],
        name: str,
        command: tuple[str, ...],
        *,
        greet: Callable[[], None],
        hear: Callable[[Any], None],
        lost: Callable[[str], None],
        silence_s: float = float("inf"),
    ) -> None:
        """Prepare a child; nothing is started yet.

        Args:
            selector: calls back what it registered.
            clock: tells the time in seconds.
            name: what the musician calls it.
            command: the module to run, and its arguments after its end of the pipe.
            greet: is called when a new process can be talked to.
            hear: gets every message of the child.
            lost: is told in one sentence that the child is gone, and why.
            silence_s: a child that says nothing for so long hangs, and is killed; its first word may take longer.
        """
        self._selector, self._clock, self._name, self._command = selector, clock, name, command
        self._greet, self._hear, self._lost, self._silence_s = greet, hear, lost, silence_s
        self._process: subprocess.Popen[bytes] | None = None
        self._pipe: Pipe | None = None
        self._backoff, self.losses = Backoff(), 0
        self._started_s, self._next_s = 0.0, float("inf")

    @property
    def pid(self) -> int:
        """Number of the process, the last one if it has ended; 0 before the first."""
        return self._process.pid if self._process else 0

    @property
    def next_s(self) -> float:
        """When `tick` has something to do: a start, or a child that hangs."""
        return self._next_s

    def start(self) -> None:
        """Start the process, and greet it."""
        self.adopt(launch(self._command))
        self._greet()

    def adopt(self, started: Started) -> None:
        """Take over a process that runs and has been greeted."""
        self._process, self._pipe = started
        self._started_s = self._clock()
        self._next_s = self._started_s + max(FIRST_WORD_S, self._silence_s)
        self._selector.register(self._pipe, selectors.EVENT_READ, self._receive)

    def send(self, message: Any) -> None:
        """Send a message, if there is anybody to get it."""
        if self._pipe is None:
            return
        try:
            self._pipe.send(message)
        except PipeClosed:
            return  # `_receive` hears of it too, after the child's last words

    def tick(self, now_s: float) -> None:
        """Do what is due: end a child that hangs, start a new one."""
        if now_s < self.next_s:
            return
        if self._pipe is None:
            self.start()
        else:
            self._bury("says nothing any more")

    def leave(self) -> None:
        """Close the pipe, which tells the child to end; no restart follows."""
        if self._pipe is not None:
            self._hang_up(self._pipe)
        self._next_s = float("inf")

    def wait(self, timeout_s: float) -> None:
        """Wait for the child that was left to end, and end it by force if it does not in time."""
        if self._process is None:
            return
        import subprocess  # not at the top: the daemon has to start fast

        try:
            self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _receive(self, _mask: int) -> None:
        if self._pipe is None:
            return  # it was buried in this very turn of the loop
        self._next_s = self._clock() + self._silence_s
        try:
            messages = self._pipe.receive()
        except PipeClosed:
            self._bury("ended")
            return
        for message in messages:
            self._hear(message)

    def _bury(self, why: str) -> None:
        if self._pipe is None or self._process is None:
            return
        self._hang_up(self._pipe)
        self.losses += 1
        self._process.kill()
        self._process.wait()
        now_s = self._clock()
        wait_s = self._backoff.wait_s(now_s - self._started_s)
        self._next_s = now_s + wait_s
        self._lost(f"the {self._name} {why}; it is started again in {wait_s:g} s")

    def _hang_up(self, pipe: Pipe) -> None:
        self._selector.unregister(pipe)
        pipe.close()
        self._pipe = None
