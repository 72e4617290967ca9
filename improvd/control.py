"""The control socket: where it is, the one language spoken on it, and a client.

One JSON-RPC 2.0 object a line, both ways. Pure but for `check_private`, `connect` and `Client`.

    {"jsonrpc": "2.0", "id": 1, "method": "set", "params": {"name": "temperature", "value": 1.2}}
    {"jsonrpc": "2.0", "id": 1, "result": 1.2}
"""

from __future__ import annotations

import json
import os
import socket
import stat
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from improvd.errors import ControlError, NotRunning, did_you_mean

MAX_REQUEST_BYTES = 64 * 1024
MAX_REPLY_BYTES = 4 * 1024 * 1024

PARSE_ERROR, INVALID_REQUEST, UNKNOWN_METHOD, INVALID_PARAMS, REFUSED = -32700, -32600, -32601, -32602, -32000
"""Error codes of JSON-RPC 2.0; REFUSED is ours, for a request that is well formed but cannot be done."""

Id = int | str | None


# --- the tables: what may be asked ---------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Param:
    """This says what a parameter of a request may be.

    Attributes:
        kinds: types of its JSON value.
        allowed: the same in words, for the error.
        low, high: inclusive range of a number.
        optional: may be left out.
    """

    kinds: tuple[type, ...]
    allowed: str
    low: float = float("-inf")
    high: float = float("inf")
    optional: bool = False

    def admits(self, value: Any) -> bool:
        """Return whether a value has the right type and range; true and false are no numbers."""
        if isinstance(value, bool) and bool not in self.kinds:
            return False
        if not isinstance(value, self.kinds):
            return False
        return not isinstance(value, int | float) or self.low <= value <= self.high


PARAMS: dict[str, Param] = {
    "name": Param((str,), "a name"),
    "value": Param((bool, int, float, str, list), "true, false, a number, a text or a list of texts"),
    "steps": Param((int, float), "a number from -1000 to 1000", -1000, 1000),
    "what": Param((str,), "a command"),
    "pitch": Param((int,), "a whole number from 0 to 127", 0, 127),
    "velocity": Param((int,), "a whole number from 1 to 127", 1, 127, optional=True),
    "on": Param((bool,), "true or false"),
    "ms": Param((int, float), "a number from -1000 to 1000", -1000, 1000),
}

METHODS: dict[str, tuple[str, ...]] = {
    "get": ("name",),
    "set": ("name", "value"),
    "nudge": ("name", "steps"),
    "do": ("what",),
    "status": (),
    "subscribe": (),
}
"""The parameters of each method; those of `do` go on as in `COMMANDS`."""


@dataclass(frozen=True, slots=True)
class Command:
    """This is one thing that `do` does: what for, and the parameters it takes."""

    doc: str
    params: tuple[str, ...] = ()


COMMANDS: dict[str, Command] = {
    "panic": Command("Silence everything at once: note_offs, pedal up, all channels."),
    "your_turn": Command("End the phrase now; improvd answers."),
    "stop": Command("Stop the answer."),
    "forget": Command("Forget what was played so far."),
    "tap": Command("Tap the tempo: once a beat."),
    "one": Command("This is the downbeat."),
    "push": Command("Push the beat forward by some milliseconds, or drag it back (less than 0).", ("ms",)),
    "clock_start": Command("Start the song from its beginning, after the bars counted in."),
    "clock_stop": Command("Stop the song; improvd is silent until it goes on, and listens."),
    "clock_continue": Command("Let the song go on where it was stopped."),
    "quit": Command("End the daemon."),
    "key": Command("Play a key typed on the computer keyboard, for one beat or until the next.", ("pitch", "velocity")),
    "synth": Command("Start fluidsynth as a further output, or end it.", ("on",)),
    "audition": Command("Listen to every keyboard found; the one whose key is pressed is kept.", ("on",)),
    "connect": Command("Connect the keyboard of this name, and remember it.", ("name",)),
}


@dataclass(frozen=True, slots=True)
class Request:
    """This is one checked request.

    Attributes:
        id: comes back with the reply.
        method: a key of `METHODS`.
        wants_reply: false for a notification, which had no id.
        name … on: the parameters; those that the method does not take keep their default.
    """

    id: Id
    method: str
    wants_reply: bool = True
    name: str = ""
    value: Any = None
    steps: float = 0.0
    what: str = ""
    pitch: int = 60
    velocity: int = 80
    on: bool = False
    ms: float = 0.0


@dataclass(frozen=True, slots=True)
class Reply:
    """This is what the daemon sent: a result, an error, or (without id) an update."""

    id: Id
    value: Any
    error: str = ""


class BadRequest(ControlError):
    """A line that is no request; `code` and `id` go into the reply."""

    def __init__(self, code: int, text: str, request_id: Id = None) -> None:
        super().__init__(text)
        self.code, self.id = code, request_id


# --- lines to requests ---------------------------------------------------------------------


class Lines:
    """This cuts a stream of bytes into lines."""

    def __init__(self, max_bytes: int = MAX_REQUEST_BYTES) -> None:
        self._max_bytes, self._rest = max_bytes, b""

    def feed(self, data: bytes) -> list[bytes]:
        """Return the lines that are complete now, without blank ones.

        Raises:
            BadRequest: if a line is too long; nothing after it can be understood.
        """
        *lines, self._rest = (self._rest + data).split(b"\n")
        if max(map(len, [*lines, self._rest])) > self._max_bytes:
            self._rest = b""
            raise BadRequest(INVALID_REQUEST, f"the line is too long: at most {self._max_bytes} bytes are allowed")
        return [line for line in lines if line.strip()]


def parse_request(line: bytes) -> Request:
    """Return the request in a line.

    Raises:
        BadRequest: if it is none; the text says why.
    """
    message = _json_object(line)
    request_id = message.get("id")
    if isinstance(request_id, bool) or not isinstance(request_id, int | str | None):
        raise BadRequest(INVALID_REQUEST, "'id' must be a whole number or a text")
    method, params = message.get("method"), message.get("params", {})
    if message.get("jsonrpc") != "2.0" or not isinstance(method, str):
        raise BadRequest(INVALID_REQUEST, 'a request holds "jsonrpc": "2.0" and a \'method\'', request_id)
    if method not in METHODS:
        raise BadRequest(UNKNOWN_METHOD, f"unknown method {_short(method)}{_known(method, METHODS)}", request_id)
    if not isinstance(params, dict):
        raise BadRequest(INVALID_PARAMS, 'params must be an object, such as {"name": "temperature"}', request_id)
    try:
        values = _checked(method, params)
    except ControlError as error:
        raise BadRequest(INVALID_PARAMS, str(error), request_id) from None
    return Request(request_id, method, wants_reply="id" in message, **values)


def _json_object(line: bytes) -> dict[str, Any]:
    try:
        message = json.loads(line, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise BadRequest(PARSE_ERROR, f"no JSON: {_short(line.decode(errors='replace'))}") from None
    if not isinstance(message, dict):
        raise BadRequest(INVALID_REQUEST, "a request is one JSON object a line")
    return message


def _no_number(text: str) -> float:
    raise ValueError(f"{text} is no number")


def _checked(method: str, params: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters of a request if all are there and right."""
    names = METHODS[method] + _command_params(params.get("what")) if method == "do" else METHODS[method]
    for name in params:
        if name not in names:
            raise ControlError(f"{method} takes no {_short(name)}; it takes {', '.join(names) or 'nothing'}")
    for name in names:
        rule = PARAMS[name]
        if name not in params and not rule.optional:
            raise ControlError(f"{method} needs '{name}': {rule.allowed}")
        if name in params and not rule.admits(params[name]):
            raise ControlError(f"'{name}' is {_short(params[name])}; it must be {rule.allowed}")
    return dict(params)


def _command_params(what: Any) -> tuple[str, ...]:
    if isinstance(what, str) and what not in COMMANDS:
        raise ControlError(f"unknown command {_short(what)}{_known(what, COMMANDS)}")
    return COMMANDS[what].params if isinstance(what, str) else ()


def _known(word: str, table: Iterable[str]) -> str:
    return did_you_mean(word[:100], list(table)) or f"; there is {', '.join(table)}"


def _short(value: Any) -> str:
    text = repr(value) if isinstance(value, str) else json.dumps(value)
    return text if len(text) <= 60 else text[:57] + "..."


# --- requests and replies to lines ---------------------------------------------------------


def request_line(request_id: Id, method: str, **params: Any) -> bytes:
    """Return a request as the line to send."""
    return _line(id=request_id, method=method, params=params)


def result_line(request_id: Id, value: Any) -> bytes:
    """Return the reply to a request that was done."""
    return _line(id=request_id, result=value)


def error_line(request_id: Id, code: int, text: str) -> bytes:
    """Return the reply to a request that was not done."""
    return _line(id=request_id, error={"code": code, "message": text})


def update_line(params: Mapping[str, Any]) -> bytes:
    """Return the notification that subscribers get."""
    return _line(method="update", params=params)


def _line(**members: Any) -> bytes:
    return json.dumps({"jsonrpc": "2.0", **members}, separators=(",", ":")).encode() + b"\n"


def parse_reply(line: bytes) -> Reply:
    """Return what a line of the daemon says.

    Raises:
        ControlError: if it is none; then this is no improvd.
    """
    try:
        message = json.loads(line)
        if message.get("method") == "update":
            return Reply(None, message["params"])
        if "error" in message:
            return Reply(message["id"], None, message["error"]["message"])
        return Reply(message["id"], message["result"])
    except (ValueError, KeyError, TypeError, AttributeError):
        text = line.decode(errors="replace")
        raise ControlError(f"what answers on the control socket is no improvd: {_short(text)}") from None


# --- the place -----------------------------------------------------------------------------


def socket_path(environ: Mapping[str, str] | None = None) -> Path:
    """Return where the control socket is for this user."""
    environ = os.environ if environ is None else environ
    runtime = environ.get("XDG_RUNTIME_DIR")
    return (Path(runtime) if runtime else _own_folder()) / "improvd" / "control.sock"


def _own_folder() -> Path:
    import tempfile  # not at the top: it takes 15 ms, and the daemon has to start fast

    return Path(tempfile.gettempdir(), f"improvd-{_user_id()}")


def _user_id() -> int:
    if not hasattr(socket, "AF_UNIX") or not hasattr(os, "getuid"):
        raise ControlError("the control socket needs a Unix system; on Windows only 'improvd generate' works")
    return os.getuid()


def check_private(folder: Path) -> None:
    """Refuse a folder of the control socket that another user could have put there or can look into.

    Raises:
        ControlError: if it is not ours alone.
    """
    found, above = folder.lstat(), folder.parent.stat()
    if not stat.S_ISDIR(found.st_mode):
        raise ControlError(f"{folder} is no folder; remove it, improvd keeps its control socket there")
    for place, owner in ((folder, found.st_uid), (folder.parent, above.st_uid or _user_id())):
        if owner != _user_id():
            raise ControlError(f"{place} belongs to user {owner}, not to you; improvd cannot trust it")
    if mode := stat.S_IMODE(found.st_mode) & 0o077:
        raise ControlError(f"{folder} is open to others (mode {mode | 0o700:04o}); do: chmod 700 {folder}")


# --- the client ----------------------------------------------------------------------------


def connect(path: Path | None = None, *, timeout_s: float | None = 5.0) -> socket.socket:
    """Return a socket connected to the daemon; `asyncio.open_unix_connection(sock=…)` takes it too.

    Raises:
        NotRunning: if no daemon answers there.
        ControlError: if the folder is not ours alone.
    """
    path = path or socket_path()
    if path.parent.is_dir():
        check_private(path.parent)
    client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    client.settimeout(timeout_s)
    try:
        client.connect(os.fspath(path))
    except OSError:
        client.close()
        raise NotRunning(f"improvd is not running: nothing answers on {path}; start it with 'improvd run'") from None
    return client


class Client:
    """This asks the daemon and waits for the reply.

    Every method raises ControlError with the daemon's sentence if it refuses, and
    NotRunning if it is gone or says nothing for `timeout_s`.
    """

    def __init__(self, path: Path | None = None, *, timeout_s: float = 5.0) -> None:
        self._socket = connect(path, timeout_s=timeout_s)
        self._lines, self._waiting, self._last_id = Lines(MAX_REPLY_BYTES), list[bytes](), 0

    def __enter__(self) -> Client:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Hang up."""
        self._socket.close()

    def get(self, name: str) -> Any:
        """Return the value of a setting."""
        return self.call("get", name=name)

    def set(self, name: str, value: Any) -> Any:
        """Change a setting; return its new value."""
        return self.call("set", name=name, value=value)

    def nudge(self, name: str, steps: float) -> Any:
        """Move a setting by some of its steps; return its new value."""
        return self.call("nudge", name=name, steps=steps)

    def do(self, what: str, **params: Any) -> Any:
        """Do one of `COMMANDS`."""
        return self.call("do", what=what, **params)

    def status(self) -> dict[str, Any]:
        """Return the status object."""
        status: dict[str, Any] = self.call("status")
        return status

    def updates(self) -> Iterator[dict[str, Any]]:
        """Subscribe, and yield every update until the daemon ends."""
        self.call("subscribe")
        while True:
            reply = self._next()
            if reply.id is None:
                yield reply.value

    def call(self, method: str, **params: Any) -> Any:
        """Send one request and return its result."""
        self._last_id += 1
        try:
            self._socket.sendall(request_line(self._last_id, method, **params))
        except OSError:
            raise NotRunning("improvd has ended") from None
        while (reply := self._next()).id != self._last_id and not (reply.id is None and reply.error):
            pass  # an update, or the reply to a request that timed out
        if reply.error:
            raise ControlError(reply.error)
        return reply.value

    def _next(self) -> Reply:
        while not self._waiting:
            self._waiting = self._lines.feed(self._receive())
        return parse_reply(self._waiting.pop(0))

    def _receive(self) -> bytes:
        try:
            data = self._socket.recv(65536)
        except TimeoutError:
            raise NotRunning("improvd does not answer; it hangs or the machine is overloaded") from None
        except OSError:
            data = b""
        if not data:
            raise NotRunning("improvd has ended")
        return data
