"""The line to the daemon: requests out, statuses in. It dials; how long to go on dialling is for others to say."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from improvd.control import MAX_REPLY_BYTES, connect, parse_reply, request_line
from improvd.tui.status import Status, parse_status

SUBSCRIPTION = 1
"""Number of the request that asks for updates; it is the first one."""


class Link:
    """This is one connection to the control socket at a time.

    Args:
        path: of the socket.
        hear: called with every status.
        refused: called with the sentence of every request that the daemon refused.
    """

    def __init__(self, path: Path, hear: Callable[[Status], None], refused: Callable[[str], None]) -> None:
        self._path, self._hear, self._refused = path, hear, refused
        self._writer: asyncio.StreamWriter | None = None
        self._closed = asyncio.Event()
        self._requests = SUBSCRIPTION

    async def listen(self) -> None:
        """Connect, subscribe and pass on what arrives until the daemon hangs up.

        Raises:
            NotRunning: if no daemon answers.
            ControlError: if what answers is no improvd.
        """
        line = connect(self._path)
        line.setblocking(False)
        reader, self._writer = await asyncio.open_unix_connection(sock=line, limit=MAX_REPLY_BYTES)
        self._closed.clear()
        try:
            self._writer.write(request_line(SUBSCRIPTION, "subscribe"))
            while data := await reader.readline():
                self._take(data)
        except ConnectionError:
            pass  # the daemon was killed: the same to us as hanging up
        finally:
            self._writer.close()
            self._writer = None
            self._closed.set()

    def send(self, method: str, **params: str | float | bool) -> None:
        """Send a request; without a connection say so."""
        if self._writer is None:
            self._refused("the daemon is gone; nothing was changed")
            return
        self._requests += 1
        self._writer.write(request_line(self._requests, method, **params))

    async def finish(self, timeout_s: float) -> None:
        """Wait until everything sent has left, and for some seconds until the daemon has hung up."""
        with suppress(ConnectionError, TimeoutError):
            if self._writer is not None:
                await self._writer.drain()
            await asyncio.wait_for(self._closed.wait(), timeout_s)

    def _take(self, data: bytes) -> None:
        reply = parse_reply(data)
        if reply.error:
            self._refused(reply.error)
        elif reply.id is None:
            self._hear(parse_status(reply.value))
