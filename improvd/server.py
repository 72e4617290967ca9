"""The daemon's end of the control socket: one claim to it, and clients that cannot hold up the music."""

from __future__ import annotations

import os
import selectors
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from improvd.control import (
    INVALID_REQUEST,
    REFUSED,
    BadRequest,
    Lines,
    Request,
    check_private,
    error_line,
    parse_request,
    result_line,
)
from improvd.errors import AlreadyRunning, ControlError, ImprovdError

READ_BYTES = 4096
"""Read at once from a client: some sixty requests, 2 ms of work, before others have their turn."""
UNREAD_BYTES = 256 * 1024
"""A client that leaves so much unread is not listened to until it reads on."""
MAX_CLIENTS = 64


class Place:
    """This is the daemon's claim to the control socket: one daemon a folder, until `close`.

    The folder is locked as long as the claim lasts, so a socket found inside is a dead daemon's.
    """

    def __init__(self, path: Path) -> None:
        """Claim the socket's folder, made if need be.

        Raises:
            AlreadyRunning: if another daemon has it.
            ControlError: if the folder is not ours alone.
        """
        self.path, self._bound = path, False
        self._folder = _private_folder(path)
        try:
            _lock(self._folder)
        except OSError:
            os.close(self._folder)
            raise AlreadyRunning(
                f"improvd runs already: another daemon has {path}; join it with 'improvd tui' "
                "or end it with 'improvd ctl do quit'"
            ) from None

    def listen(self) -> socket.socket:
        """Return the listening socket, non-blocking, in place of one that a dead daemon left."""
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self.path.unlink(missing_ok=True)
            listener.bind(os.fspath(self.path))
            self._bound = True
            self.path.chmod(0o600)
            listener.listen(16)
        except OSError as error:
            listener.close()
            raise ControlError(f"cannot listen on {self.path}: {error}") from None
        listener.setblocking(False)
        return listener

    def close(self) -> None:
        """Remove the socket and give up the claim."""
        if self._bound:
            self.path.unlink(missing_ok=True)
        os.close(self._folder)


def _private_folder(path: Path) -> int:
    """Return the open folder of the socket; what is missing of it is made."""
    folder = path.parent
    try:
        folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise ControlError(f"cannot make the folder of the control socket {path}: {error.strerror}") from None
    check_private(folder)
    return os.open(folder, os.O_RDONLY | os.O_DIRECTORY)


def _lock(folder: int) -> None:
    import fcntl  # of Unix alone

    fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)


@dataclass(slots=True, eq=False)
class _Guest:
    """This is one connected client: what it said in half, what it has not read yet."""

    socket: socket.socket
    lines: Lines = field(default_factory=Lines)
    unread: bytes = b""
    subscribed: bool = False
    leaving: bool = False

    @property
    def events(self) -> int:
        listening = not self.leaving and len(self.unread) < UNREAD_BYTES
        return (selectors.EVENT_READ if listening else 0) | (selectors.EVENT_WRITE if self.unread else 0)


class Server:
    """This serves the control socket from the daemon's loop, whose selector calls back what it registered."""

    def __init__(
        self, selector: selectors.BaseSelector, listener: socket.socket, answer: Callable[[Request], object]
    ) -> None:
        """Serve `listener`; `answer` does a request and returns its result, or raises ImprovdError."""
        self._selector, self._listener, self._answer = selector, listener, answer
        self._guests: list[_Guest] = []
        selector.register(listener, selectors.EVENT_READ, self._accept)

    @property
    def watched(self) -> bool:
        """Whether anybody subscribed to updates."""
        return any(guest.subscribed for guest in self._guests)

    def publish(self, line: bytes) -> None:
        """Send an update to all subscribers but those who have not read the last one."""
        for guest in [guest for guest in self._guests if guest.subscribed and not guest.unread]:
            self._say(guest, line)

    def close(self) -> None:
        """Hang up on everybody."""
        for guest in self._guests[:]:
            self._drop(guest)
        self._selector.unregister(self._listener)
        self._listener.close()

    def _accept(self, _mask: int) -> None:
        try:
            connection, _ = self._listener.accept()
        except OSError:
            return  # it hung up before we picked up
        if len(self._guests) >= MAX_CLIENTS:
            connection.close()
            return
        connection.setblocking(False)
        guest = _Guest(connection)
        self._guests.append(guest)
        self._selector.register(connection, guest.events, partial(self._serve, guest))

    def _serve(self, guest: _Guest, mask: int) -> None:
        if mask & selectors.EVENT_WRITE:
            self._say(guest, b"")
        if mask & selectors.EVENT_READ and guest in self._guests:
            self._hear(guest)

    def _hear(self, guest: _Guest) -> None:
        try:
            data = guest.socket.recv(READ_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._drop(guest)
            return
        self._say(guest, b"".join(self._replies(guest, data)))

    def _replies(self, guest: _Guest, data: bytes) -> list[bytes]:
        try:
            return [self._reply(guest, line) for line in guest.lines.feed(data)]
        except BadRequest as error:
            guest.leaving = True  # where its next line would begin nobody knows
            return [error_line(None, INVALID_REQUEST, str(error))]

    def _reply(self, guest: _Guest, line: bytes) -> bytes:
        try:
            request = parse_request(line)
        except BadRequest as error:
            return error_line(error.id, error.code, str(error))
        try:
            result = result_line(request.id, self._answer(request))
        except ImprovdError as error:
            result = error_line(request.id, REFUSED, str(error))
        guest.subscribed |= request.method == "subscribe"
        return result if request.wants_reply else b""

    def _say(self, guest: _Guest, data: bytes) -> None:
        guest.unread += data
        try:
            sent = guest.socket.send(guest.unread) if guest.unread else 0
        except BlockingIOError:
            sent = 0
        except OSError:
            self._drop(guest)
            return
        guest.unread = guest.unread[sent:]
        if guest.leaving and not guest.unread:
            self._drop(guest)
        else:
            self._selector.modify(guest.socket, guest.events, partial(self._serve, guest))

    def _drop(self, guest: _Guest) -> None:
        self._guests.remove(guest)
        self._selector.unregister(guest.socket)
        guest.socket.close()
