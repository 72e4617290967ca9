"""The language of the control socket: lines, requests, names and steps; and what the client makes of replies."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from improvd import control
from improvd.control import BadRequest, Client, Lines, Reply, Request
from improvd.errors import ControlError, NotRunning


def parse(**message: Any) -> Request:
    return control.parse_request(json.dumps({"jsonrpc": "2.0", "id": 1, **message}).encode())


def fault(line: bytes) -> BadRequest:
    with pytest.raises(BadRequest) as caught:
        control.parse_request(line)
    return caught.value


def test_half_lines_wait_for_their_other_half() -> None:
    lines = Lines()
    assert lines.feed(b'{"a"') == []
    assert lines.feed(b':1}\n\n{"b":2}\n{') == [b'{"a":1}', b'{"b":2}']
    assert lines.feed(b"}\n") == [b"{}"]


def test_a_line_beyond_the_limit_is_refused_even_before_it_ends() -> None:
    lines = Lines(max_bytes=10)
    assert lines.feed(b"0123456789\n") == [b"0123456789"]
    with pytest.raises(BadRequest, match="at most 10 bytes"):
        lines.feed(b"01234567890")


def test_every_method_is_understood() -> None:
    assert parse(method="get", params={"name": "bpm"}) == Request(1, "get", name="bpm")
    assert parse(method="set", params={"name": "bpm", "value": 90}) == Request(1, "set", name="bpm", value=90)
    assert parse(method="nudge", params={"name": "bpm", "steps": -2}) == Request(1, "nudge", name="bpm", steps=-2)
    assert parse(method="do", params={"what": "panic"}) == Request(1, "do", what="panic")
    assert parse(method="do", params={"what": "key", "pitch": 64}) == Request(1, "do", what="key", pitch=64)
    assert parse(method="status") == Request(1, "status")
    assert parse(method="subscribe") == Request(1, "subscribe")


def test_a_request_without_id_wants_no_reply() -> None:
    assert not control.parse_request(b'{"jsonrpc":"2.0","method":"status"}').wants_reply


@pytest.mark.parametrize(
    ("line", "code", "says"),
    [
        (b"hello", control.PARSE_ERROR, "no JSON: 'hello'"),
        (b"\xff\xfe", control.PARSE_ERROR, "no JSON"),
        (b"[" * 30000, control.PARSE_ERROR, "no JSON"),
        (b'{"id":NaN}', control.PARSE_ERROR, "no JSON"),
        (b"[1]", control.INVALID_REQUEST, "one JSON object a line"),
        (b'{"method":"status"}', control.INVALID_REQUEST, "jsonrpc"),
        (b'{"jsonrpc":"2.0","id":[],"method":"status"}', control.INVALID_REQUEST, "'id'"),
        (b'{"jsonrpc":"2.0","method":"stats"}', control.UNKNOWN_METHOD, "did you mean 'status'?"),
        (b'{"jsonrpc":"2.0","method":"get","params":[1]}', control.INVALID_PARAMS, "object"),
        (b'{"jsonrpc":"2.0","method":"get"}', control.INVALID_PARAMS, "get needs 'name'"),
        (b'{"jsonrpc":"2.0","method":"status","params":{"x":1}}', control.INVALID_PARAMS, "takes nothing"),
        (b'{"jsonrpc":"2.0","method":"do","params":{"what":"painc"}}', control.INVALID_PARAMS, "mean 'panic'"),
        (b'{"jsonrpc":"2.0","method":"do","params":{"what":7}}', control.INVALID_PARAMS, "'what' is 7"),
        (b'{"jsonrpc":"2.0","method":"do","params":{"what":"key"}}', control.INVALID_PARAMS, "needs 'pitch'"),
        (
            b'{"jsonrpc":"2.0","method":"do","params":{"what":"key","pitch":128}}',
            control.INVALID_PARAMS,
            "from 0 to 127",
        ),
        (
            b'{"jsonrpc":"2.0","method":"do","params":{"what":"key","pitch":true}}',
            control.INVALID_PARAMS,
            "'pitch' is true",
        ),
        (b'{"jsonrpc":"2.0","method":"nudge","params":{"name":"bpm","steps":1e9}}', control.INVALID_PARAMS, "-1000"),
    ],
)
def test_what_is_no_request_is_refused_with_one_sentence(line: bytes, code: int, says: str) -> None:
    refused = fault(line)
    assert refused.code == code
    assert says in str(refused)
    assert len(str(refused)) < 300
    assert "\n" not in str(refused)


def test_the_id_of_a_bad_request_comes_back() -> None:
    assert fault(b'{"jsonrpc":"2.0","id":"x","method":"get"}').id == "x"


@given(st.binary(max_size=300))
def test_no_line_does_worse_than_being_refused(line: bytes) -> None:
    try:
        control.parse_request(line)
    except BadRequest as error:
        assert str(error)


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(), lambda inner: st.lists(inner), max_leaves=5))
def test_no_parameter_does_worse_than_being_refused(value: Any) -> None:
    for method, name in (("get", "name"), ("nudge", "steps"), ("do", "what"), ("do", "pitch")):
        line = json.dumps({"jsonrpc": "2.0", "method": method, "params": {name: value}}).encode()
        try:
            control.parse_request(line)
        except BadRequest as error:
            assert str(error)


def test_half_a_character_in_a_request_comes_back_in_the_reply() -> None:
    request = control.parse_request(b'{"jsonrpc":"2.0","id":"\\ud800","method":"get","params":{"name":"bpm"}}')
    assert control.parse_reply(control.result_line(request.id, 120.0)) == Reply("\ud800", 120.0)
    assert "ud800" in str(fault(b'{"jsonrpc":"2.0","id":1,"method":"get","params":{"\\ud800":1}}'))
    assert control.parse_reply(control.error_line(1, -32000, "\ud800")).error == "\ud800"


def test_replies_are_understood() -> None:
    assert control.parse_reply(control.result_line(3, [1, "é"])) == Reply(3, [1, "é"])
    assert control.parse_reply(control.error_line(3, -32000, "no")) == Reply(3, None, "no")
    assert control.parse_reply(control.update_line({"bpm": 90})) == Reply(None, {"bpm": 90})
    with pytest.raises(ControlError, match="no improvd"):
        control.parse_reply(b"220 mail ready\n")


def test_the_socket_is_in_the_runtime_folder_else_in_one_of_the_users_own() -> None:
    assert control.socket_path({"XDG_RUNTIME_DIR": "/run/user/7"}) == Path("/run/user/7/improvd/control.sock")
    elsewhere = control.socket_path({})
    assert elsewhere.parts[-2:] == ("improvd", "control.sock")
    assert elsewhere.parent.parent.name.startswith("improvd-")


@pytest.fixture
def answering(tmp_path: Path) -> Callable[[bytes], Path]:
    """A function that serves one connection with fixed bytes and returns the path of its socket."""

    def serve(text: bytes) -> Path:
        path = tmp_path / "improvd" / "control.sock"
        path.parent.mkdir(mode=0o700)
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(path))
        listener.listen()

        def answer() -> None:
            connection = listener.accept()[0]
            connection.recv(65536)
            connection.sendall(text)
            connection.close()
            listener.close()

        threading.Thread(target=answer, daemon=True).start()
        return path

    return serve


def test_the_client_returns_the_result_past_updates(answering: Callable[[bytes], Path]) -> None:
    path = answering(control.update_line({}) + control.result_line(1, 0.9))
    with Client(path) as client:
        assert client.get("temperature") == 0.9


def test_the_client_raises_the_daemons_sentence(answering: Callable[[bytes], Path]) -> None:
    path = answering(control.error_line(1, -32000, "no such key"))
    with Client(path) as client, pytest.raises(ControlError, match="no such key"):
        client.get("x")


def test_the_client_says_when_the_daemon_ends(answering: Callable[[bytes], Path]) -> None:
    with Client(answering(b'{"jsonrpc"')) as client, pytest.raises(NotRunning, match="ended"):
        client.get("x")


def test_no_daemon_is_one_clear_sentence(tmp_path: Path) -> None:
    with pytest.raises(NotRunning, match="start it with 'improvd run'"):
        Client(tmp_path / "improvd" / "control.sock")


def test_a_folder_open_to_others_is_refused(tmp_path: Path) -> None:
    (tmp_path / "improvd").mkdir(mode=0o755)
    with pytest.raises(ControlError, match="chmod 700"):
        Client(tmp_path / "improvd" / "control.sock")
