"""What the service manager is told."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from improvd.notify import Notifier


@pytest.mark.parametrize("abstract", [False, True])
def test_ready_alive_and_stopping_arrive(tmp_path: Path, abstract: bool) -> None:
    address = f"@improvd-test-{tmp_path}" if abstract else str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind("\0" + address[1:] if abstract else address)
        notifier = Notifier({"NOTIFY_SOCKET": address})
        notifier.ready("MIDI by jack")
        notifier.alive()
        notifier.status("no model")
        notifier.stopping()
        notifier.close()
        told = [manager.recv(1000) for _ in range(4)]
    assert told == [b"READY=1\nSTATUS=MIDI by jack", b"WATCHDOG=1", b"STATUS=no model", b"STOPPING=1"]


def test_nothing_happens_where_nobody_listens(tmp_path: Path) -> None:
    address = str(tmp_path / "notify")
    notifiers = Notifier({}), Notifier({"NOTIFY_SOCKET": address})
    for notifier in notifiers:
        notifier.ready("x")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as late:
        late.bind(address)
        late.setblocking(False)
        for notifier in notifiers:
            notifier.alive()
            notifier.close()
        assert late.recv(1000) == b"WATCHDOG=1"
        with pytest.raises(BlockingIOError):
            late.recv(1000)


def test_a_manager_that_does_not_read_holds_nothing_up(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        notifier = Notifier({"NOTIFY_SOCKET": str(tmp_path / "notify")})
        for _ in range(1000):
            notifier.alive()
        notifier.close()
        assert manager.recv(1000) == b"WATCHDOG=1"
