"""The connection between the daemon and a child process: whole messages, in order, without waiting."""

from __future__ import annotations

import os
import socket
import sys
import time
from collections import deque
from typing import TYPE_CHECKING, Any

from improvd import protocol

if TYPE_CHECKING:
    import subprocess

SEQPACKET = sys.platform.startswith(("linux", "freebsd"))
"""Whether this system has Unix sockets that keep messages apart; elsewhere it is loopback TCP."""

_TOKEN = "IMPROVD_PIPE_TOKEN"
_TOKEN_BYTES = 32
_LENGTH_BYTES = 4
_BUFFER_BYTES = 1 << 20
_MAX_UNREAD = 10_000
_CONNECT_S = 10.0


class PipeClosed(Exception):
    """The process at the other end is gone, or has stopped reading."""


class Pipe:
    """This is one end of a connection; nothing in it ever waits.

    What the other end has no room for yet is kept here and sent with the next
    `send` or `receive`. `framed`: the socket is a stream, so that every message
    goes with its length before it.
    """

    def __init__(self, sock: socket.socket, *, framed: bool) -> None:
        self._socket = sock
        self._framed = framed
        self._unsent: deque[bytes] = deque()
        self._buffer = bytearray(_BUFFER_BYTES)
        self._unread = b""
        sock.setblocking(False)
        for option in (socket.SO_SNDBUF, socket.SO_RCVBUF):
            sock.setsockopt(socket.SOL_SOCKET, option, _BUFFER_BYTES)

    @classmethod
    def from_argument(cls, text: str) -> Pipe:
        """Return the child's end, from the argument that `start_child` gave it.

        Raises:
            PipeClosed: if nobody is at the other end.
        """
        if text.startswith("tcp:"):
            return cls(_call_parent(int(text.removeprefix("tcp:"))), framed=True)
        return cls(socket.socket(fileno=int(text)), framed=False)

    def fileno(self) -> int:
        """Return what `select` waits on."""
        return self._socket.fileno()

    def send(self, message: Any) -> None:
        """Send one message of `protocol`.

        Raises:
            PipeClosed: if the other end is gone, or leaves 10,000 messages unread.
        """
        data = protocol.encode(message)
        if self._framed:
            data = len(data).to_bytes(_LENGTH_BYTES, "big") + data
        if len(self._unsent) >= _MAX_UNREAD:
            raise PipeClosed(f"the other process leaves {_MAX_UNREAD} messages unread")
        self._unsent.append(data)
        self._flush()

    def receive(self) -> list[Any]:
        """Return the messages that have arrived.

        Raises:
            PipeClosed: if there are none and the other end is gone.
        """
        messages: list[Any] = []
        try:
            while True:
                messages += map(protocol.decode, self._packets(self._read()))
        except BlockingIOError:
            self._flush_or_leave()
        except (PipeClosed, ConnectionError) as gone:
            if not messages:
                raise PipeClosed("the other process is gone") from gone
        return messages

    def close(self) -> None:
        """Close this end; what was sent before still arrives, if the other end has room for it."""
        self._flush_or_leave()
        self._socket.close()

    def _read(self) -> bytes:
        count = self._socket.recv_into(self._buffer)
        if not count:
            raise PipeClosed("the other process is gone")
        return bytes(memoryview(self._buffer)[:count])

    def _packets(self, data: bytes) -> list[bytes]:
        """Return the whole messages in what was read, and keep the rest of a stream for later."""
        if not self._framed:
            return [data]
        self._unread += data
        packets = []
        while (end := self._end_of_first()) <= len(self._unread):
            packets.append(self._unread[_LENGTH_BYTES:end])
            self._unread = self._unread[end:]
        return packets

    def _end_of_first(self) -> int:
        return _LENGTH_BYTES + int.from_bytes(self._unread[:_LENGTH_BYTES].ljust(_LENGTH_BYTES, b"\x7f"), "big")

    def _flush(self) -> None:
        try:
            while self._unsent:
                sent = self._socket.send(self._unsent[0])
                rest = self._unsent.popleft()[sent:]
                if rest:
                    self._unsent.appendleft(rest)
        except BlockingIOError:
            return  # the rest goes with the next call
        except ConnectionError as gone:
            raise PipeClosed("the other process is gone") from gone

    def _flush_or_leave(self) -> None:
        """Send what waits; that the other end is gone is for `receive` to say, after its last words."""
        try:
            self._flush()
        except PipeClosed:
            self._unsent.clear()


def start_child(module: str, *args: str, tcp: bool = not SEQPACKET) -> tuple[subprocess.Popen[bytes], Pipe]:
    """Start `python -m module END args…` by exec and return it with this process's end of the pipe.

    END is what the child hands to `Pipe.from_argument`. The child prints to
    the standard error stream alone.

    Raises:
        PipeClosed: if the child ends, or is silent for 10 s, before it is connected (TCP only).
    """
    return _start_by_tcp(module, args) if tcp else _start_by_fd(module, args)


def _start_by_fd(module: str, args: tuple[str, ...]) -> tuple[subprocess.Popen[bytes], Pipe]:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        child = _execute(module, str(theirs.fileno()), args, pass_fds=(theirs.fileno(),))
    return child, Pipe(ours, framed=False)


def _start_by_tcp(module: str, args: tuple[str, ...]) -> tuple[subprocess.Popen[bytes], Pipe]:
    token = os.urandom(_TOKEN_BYTES // 2).hex()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        child = _execute(module, f"tcp:{port}", args, env={**os.environ, _TOKEN: token})
        try:
            return child, Pipe(_await_child(listener, child, token.encode()), framed=True)
        except PipeClosed:
            child.kill()
            child.wait()
            raise


ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1"}
"""For the environment of who plays. Unless told otherwise NumPy computes in one thread: for a few rows a second gains
nothing, and beside other work the two wait for each other, up to ten times as long."""


def _execute(module: str, end: str, args: tuple[str, ...], **options: Any) -> subprocess.Popen[bytes]:
    import subprocess  # not at the top: the children load this file too, and need to start fast

    command = [sys.executable, "-m", module, end, *args]
    env = ONE_THREAD | dict(options.pop("env", os.environ))
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=2, env=env, **options)


def _await_child(listener: socket.socket, child: subprocess.Popen[bytes], token: bytes) -> socket.socket:
    """Return the connection of the one caller that knows the token."""
    import hmac

    end_s = time.monotonic() + _CONNECT_S
    listener.settimeout(0.1)
    while child.poll() is None and time.monotonic() < end_s:
        try:
            caller, _ = listener.accept()
            caller.settimeout(1.0)
            if hmac.compare_digest(caller.recv(_TOKEN_BYTES, socket.MSG_WAITALL), token):
                return _without_delay(caller)
            caller.close()
        except TimeoutError:
            continue  # nobody yet, or a stranger without a token
    raise PipeClosed(f"{child.args!r} did not connect")


def _call_parent(port: int) -> socket.socket:
    try:
        sock = socket.create_connection(("127.0.0.1", port), timeout=_CONNECT_S)
        sock.sendall(os.environ.pop(_TOKEN, "").encode())
    except OSError as error:
        raise PipeClosed(f"nobody listens on port {port}") from error
    return _without_delay(sock)


def _without_delay(sock: socket.socket) -> socket.socket:
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock
