"""The daemon's end of the control socket: one claim, and clients that can do no harm."""

from __future__ import annotations

import json
import os
import selectors
import socket
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from improvd.control import MAX_REQUEST_BYTES, Request, update_line
from improvd.errors import AlreadyRunning, ControlError
from improvd.server import Place, Server

STATUS = b'{"jsonrpc":"2.0","id":1,"method":"status"}\n'


class Bed:
    """This is a server whose loop is turned by hand."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.place = Place(path)
        self.asked: list[Request] = []
        self.selector = selectors.DefaultSelector()
        self.server = Server(self.selector, self.place.listen(), self.answer)
        self.result: object = {"state": "listening"}

    def answer(self, request: Request) -> object:
        self.asked.append(request)
        if request.name == "nonsense":
            raise ControlError("unknown setting 'nonsense'")
        return self.result

    def turn(self, times: int = 20) -> None:
        for _ in range(times):
            for key, mask in self.selector.select(0):
                key.data(mask)

    def client(self) -> socket.socket:
        client = socket.socket(socket.AF_UNIX)
        client.connect(str(self.path))
        client.settimeout(1.0)
        self.turn()
        return client

    def talk(self, data: bytes) -> list[dict[str, Any]]:
        with self.client() as client:
            client.sendall(data)
            self.turn()
            return replies(client)

    def close(self) -> None:
        self.server.close()
        self.place.close()
        self.selector.close()


def replies(client: socket.socket) -> list[dict[str, Any]]:
    client.setblocking(False)
    data = b""
    try:
        while chunk := client.recv(1 << 20):
            data += chunk
    except BlockingIOError:
        pass  # that was all
    return [json.loads(line) for line in data.splitlines()]


@pytest.fixture
def bed(tmp_path: Path) -> Iterator[Bed]:
    bed = Bed(tmp_path / "improvd" / "control.sock")
    yield bed
    bed.close()


def test_a_request_is_answered(bed: Bed) -> None:
    assert bed.talk(STATUS) == [{"jsonrpc": "2.0", "id": 1, "result": {"state": "listening"}}]


def test_a_request_in_pieces_is_answered_when_it_is_whole(bed: Bed) -> None:
    with bed.client() as client:
        client.sendall(STATUS[:10])
        bed.turn()
        assert bed.asked == []
        client.sendall(STATUS[10:])
        bed.turn()
        assert len(replies(client)) == 1


def test_a_refusal_is_an_error_and_the_talk_goes_on(bed: Bed) -> None:
    refused = b'{"jsonrpc":"2.0","id":2,"method":"get","params":{"name":"nonsense"}}\n'
    first, second = bed.talk(refused + STATUS)
    assert first == {"jsonrpc": "2.0", "id": 2, "error": {"code": -32000, "message": "unknown setting 'nonsense'"}}
    assert second["id"] == 1


def test_garbage_is_an_error_and_the_talk_goes_on(bed: Bed) -> None:
    first, second = bed.talk(b"\x00\xff GET / HTTP/1.1\n" + STATUS)
    assert first["error"]["code"] == -32700
    assert second["id"] == 1


def test_a_line_without_end_is_an_error_and_ends_the_talk(bed: Bed) -> None:
    with bed.client() as client:
        client.sendall(b"x" * (MAX_REQUEST_BYTES + 4096))
        bed.turn(100)
        (reply,) = replies(client)
        assert "too long" in reply["error"]["message"]
        client.setblocking(True)
        with pytest.raises(BrokenPipeError):
            client.sendall(STATUS)
    assert len(bed.talk(STATUS)) == 1


def test_a_notification_gets_no_reply(bed: Bed) -> None:
    assert bed.talk(b'{"jsonrpc":"2.0","method":"status"}\n') == []
    assert len(bed.asked) == 1


def test_thousands_of_requests_are_served_a_few_at_a_time(bed: Bed) -> None:
    with bed.client() as client:
        client.sendall(STATUS * 2000)
        bed.turn(1)
        assert 0 < len(bed.asked) < 200
        bed.turn(100)
        assert len(replies(client)) == 2000


def test_a_client_that_does_not_read_is_not_listened_to_until_it_does(bed: Bed) -> None:
    bed.result = "x" * 50_000
    with bed.client() as client:
        client.sendall(STATUS * 100)
        bed.turn(50)
        waiting = len(bed.asked)
        assert waiting < 100
        assert len(bed.talk(STATUS)) == 1
        count = 0
        for _ in range(100):
            count += len(client.recv(1 << 20, socket.MSG_DONTWAIT)) if count < 100 * 50_000 else 0
            bed.turn(5)
        assert len(bed.asked) == 101


def test_clients_that_come_and_go_leave_nothing(bed: Bed) -> None:
    descriptors = len(os.listdir("/proc/self/fd"))
    for _ in range(100):
        bed.client().close()
        bed.turn()
    assert len(os.listdir("/proc/self/fd")) == descriptors


def test_a_crowd_is_not_let_in(bed: Bed) -> None:
    crowd = [bed.client() for _ in range(70)]
    assert crowd[-1].recv(1) == b""
    for client in crowd:
        client.close()
    bed.turn()
    assert len(bed.talk(STATUS)) == 1


def test_subscribers_get_updates_and_others_do_not(bed: Bed) -> None:
    with bed.client() as watcher, bed.client() as other:
        assert not bed.server.watched
        watcher.sendall(b'{"jsonrpc":"2.0","id":1,"method":"subscribe"}\n')
        bed.turn()
        assert bed.server.watched
        bed.server.publish(update_line({"bpm": 90}))
        assert replies(watcher)[1] == {"jsonrpc": "2.0", "method": "update", "params": {"bpm": 90}}
        assert replies(other) == []


def test_a_subscriber_that_does_not_read_misses_updates_and_nothing_else(bed: Bed) -> None:
    with bed.client() as watcher:
        watcher.sendall(b'{"jsonrpc":"2.0","id":1,"method":"subscribe"}\n')
        bed.turn()
        for number in range(500):
            bed.server.publish(update_line({"number": number, "roll": "x" * 10_000}))
        got = replies(watcher)
        bed.turn()
        got += replies(watcher)
        assert got == sorted(got, key=lambda reply: reply.get("params", {"number": -1})["number"])
        assert len(got) < 500


def test_the_socket_is_for_its_user_alone(bed: Bed) -> None:
    assert stat.S_IMODE(bed.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(bed.path.parent.stat().st_mode) == 0o700


def test_a_second_daemon_is_refused_in_one_sentence(bed: Bed) -> None:
    with pytest.raises(AlreadyRunning, match="improvd runs already"):
        Place(bed.path)
    assert len(bed.talk(STATUS)) == 1


def test_the_socket_of_a_dead_daemon_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "improvd" / "control.sock"
    path.parent.mkdir(mode=0o700)
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    bed = Bed(path)
    assert len(bed.talk(STATUS)) == 1
    bed.close()
    assert not path.exists()


def test_a_claim_that_never_listened_removes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "improvd" / "control.sock"
    path.parent.mkdir(mode=0o700)
    path.write_text("")
    Place(path).close()
    assert path.exists()


@pytest.mark.parametrize("how", ["open to others", "a file", "another's", "below another's"])
def test_a_folder_that_is_not_ours_alone_is_refused(tmp_path: Path, how: str) -> None:
    folder = tmp_path / "base" / "improvd"
    folder.mkdir(mode=0o700, parents=True)
    if how == "open to others":
        folder.chmod(0o755)
    elif how == "a file":
        folder.rmdir()
        folder.write_text("")
    elif os.getuid() != 0:
        pytest.skip("only root can give a folder away")
    else:
        os.chown(folder if how == "another's" else folder.parent, 12345, -1)
    with pytest.raises(ControlError) as caught:
        Place(folder / "control.sock")
    assert str(folder.parent) in str(caught.value)


def test_a_path_too_long_for_a_socket_is_one_sentence(tmp_path: Path) -> None:
    place = Place(tmp_path / ("x" * 120) / "improvd" / "control.sock")
    with pytest.raises(ControlError, match="cannot listen on"):
        place.listen()
    place.close()
