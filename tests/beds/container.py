"""A container with systemd as its first process and a user who plays: for tests of the unit."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

CACHE = Path(os.environ.get("IMPROVD_BEDS", Path.home() / ".cache" / "improvd-beds"))
SYSTEM = Path(__file__).parents[1] / "system"
SOURCE = Path(__file__).parents[2]
_USER = ("runuser", "-u", "musician", "--", "env", "XDG_RUNTIME_DIR=/run/user/1000", "LC_ALL=C.UTF-8")


def wait_until(check: Callable[[], object], what: str, timeout_s: float = 30.0) -> None:
    """Call `check` until it returns something true."""
    end_s = time.monotonic() + timeout_s
    while not check():
        if time.monotonic() > end_s:
            raise TimeoutError(f"{what} within {timeout_s:g} s")
        time.sleep(0.1)


class Container:
    """This is a throw-away container in which /home/musician may install user units.

    What the host has of Python and of this source is there at the same paths, read-only.
    """

    def __init__(self) -> None:
        subprocess.run([str(SYSTEM / "make-root"), str(CACHE)], check=True)
        self._folder = tempfile.TemporaryDirectory()
        self._console = Path(self._folder.name, "console")
        shared = dict.fromkeys(map(str, (SOURCE, Path(sys.prefix), Path(sys.base_prefix))))
        with self._console.open("wb") as log:
            self._process = subprocess.Popen(
                [
                    "systemd-nspawn", "--quiet", f"--directory={CACHE / 'root'}", "--volatile=overlay", "--register=no",
                    "--keep-unit", "--private-network", "--console=read-only", "--boot",
                    *(f"--bind-ro={path}" for path in shared),
                ],
                env={**os.environ, "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1"},
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        wait_until(self._is_up, "the user's systemd did not come up")

    def inside(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a command as root in the container."""
        leader = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text().split()[0]
        enter = ["nsenter", "-t", leader, "-m", "-u", "-i", "-n", "-p", "-C", "--"]
        return subprocess.run([*enter, *command], capture_output=True, text=True, timeout=60, check=False)

    def as_user(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a command as the user who plays."""
        return self.inside(*_USER, *command)

    def systemctl(self, *words: str) -> str:
        """Run `systemctl --user` and return what it says."""
        return self.as_user("systemctl", "--user", *words).stdout.strip()

    def close(self) -> None:
        """Switch it off."""
        self.inside("systemctl", "poweroff", "--force")
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._folder.cleanup()

    def _is_up(self) -> bool:
        if self._process.poll() is not None:
            raise RuntimeError(f"the container ended: {self._console.read_text()}")
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text()
        return bool(children) and self.systemctl("is-system-running") in ("running", "degraded")
