"""A stand-in for the daemon: a control socket that plays back statuses and notes down requests."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from improvd.control import Lines, error_line, result_line, update_line

STATUS: dict[str, Any] = {
    "state": "listening", "word": "LISTENING", "reason": "", "fill": 0.0, "mode": "answer", "model": "default",
    "runtime": "litert-int8", "bpm": 120.0, "meter": "4/4", "bar": 1, "beat": 1.0, "beats": 0.0,
    "clock_source": "internal", "temperature": 1.0, "top_p": 0.98, "min_p": 0.02, "candidates": 16, "ready": False,
    "thru": True, "thru_mode": "auto",
    "midi": "jack", "midi_why": "", "readers": ["synth"], "connected_inputs": ["Keystation"],
    "connected_outputs": [], "keyboards": ["Keystation"], "first_run": False, "auditioning": False, "synth": False,
    "synth_available": True, "notes_in": 0, "notes_out": 0, "last_in_s": None, "last_out_s": None, "late": 0,
    "dropped": 0, "echoes": 0, "jitter_p99_ms": 0.4, "latency_ms": 3.0, "restarts": 0, "uptime_s": 1.0, "notice": "",
    "take": "", "pid": 1, "roll": [],
}  # fmt: skip


class FakeDaemon:
    """This answers on a control socket; every `do`, `set` and `nudge` is kept in `asked`.

    Attributes:
        asked: (method, params) of each request, in order.
        refuse: a request for which this returns a sentence is refused with it.
    """

    def __init__(self, path: Path, **status: Any) -> None:
        self.path = path
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.refuse: Callable[[str, dict[str, Any]], str] = lambda method, params: ""
        self._status = STATUS | status
        self._changed = threading.Condition()
        self._lines: list[socket.socket] = []

    def start(self) -> None:
        """Listen on the socket."""
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._server.bind(str(self.path))
        self._server.listen()
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()

    def stop(self) -> None:
        """Hang up on everybody, as a daemon that ends."""
        with suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self._accepting.join()
        self.path.unlink(missing_ok=True)
        for line in self._lines:
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
            line.close()
        self._lines.clear()

    def tell(self, **status: Any) -> None:
        """Change the status and send it to all."""
        self._status |= status
        for line in list(self._lines):
            with suppress(OSError):
                line.sendall(update_line(self._status))

    def wait_for(self, method: str, timeout_s: float = 10.0, **params: Any) -> None:
        """Wait until a request has come; fail if it does not."""
        with self._changed:
            came = self._changed.wait_for(lambda: (method, params) in self.asked, timeout_s)
        assert came, f"no {method} {params} among {self.asked}"

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                line, _ = self._server.accept()
                self._lines.append(line)
                threading.Thread(target=self._serve, args=(line,), daemon=True).start()

    def _serve(self, line: socket.socket) -> None:
        lines = Lines()
        with suppress(OSError):
            while data := line.recv(65536):
                for request in lines.feed(data):
                    self._take(line, json.loads(request))

    def _take(self, line: socket.socket, request: dict[str, Any]) -> None:
        method, params = request["method"], request.get("params", {})
        sentence = self.refuse(method, params)
        line.sendall(error_line(request["id"], -32000, sentence) if sentence else result_line(request["id"], True))
        if method == "subscribe":
            line.sendall(update_line(self._status))
        else:
            with self._changed:
                self.asked.append((method, params))
                self._changed.notify_all()


@contextmanager
def fake_daemon(folder: Path, **status: Any) -> Iterator[FakeDaemon]:
    """Run a FakeDaemon on a socket in a folder of its own."""
    daemon = FakeDaemon(folder / "improvd" / "control.sock", **status)
    daemon.start()
    try:
        yield daemon
    finally:
        daemon.stop()
