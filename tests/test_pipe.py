from __future__ import annotations

import select
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from improvd.pipe import SEQPACKET, Pipe, PipeClosed, start_child
from improvd.protocol import Ask, Context, Panic, Play, Prefill, SetTempo, Taste, Trouble

BEDS = Path(__file__).parent / "beds"
FLAVOURS = [
    pytest.param(False, id="seqpacket", marks=pytest.mark.skipif(not SEQPACKET, reason="no Unix seqpacket here")),
    pytest.param(True, id="tcp"),
]
Child = tuple[subprocess.Popen[bytes], Pipe]


def receive(pipe: Pipe, count: int) -> list[Any]:
    """Return the next messages, at least `count`."""
    messages: list[Any] = []
    while len(messages) < count:
        assert select.select([pipe], [], [], 10.0)[0], f"only {messages}"
        messages += pipe.receive()
    return messages


@pytest.fixture(params=FLAVOURS)
def child(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Child]:
    monkeypatch.setenv("PYTHONPATH", str(BEDS))
    process, pipe = start_child("pipe_child", "here", "I am", tcp=request.param)
    yield process, pipe
    pipe.close()
    assert process.wait(timeout=10) == 0


@pytest.fixture(params=[False, True], ids=["packets", "stream"])
def ends(request: pytest.FixtureRequest) -> Iterator[tuple[Pipe, Pipe]]:
    kind = socket.SOCK_STREAM if request.param else socket.SOCK_SEQPACKET
    here, there = socket.socketpair(socket.AF_UNIX, kind)
    pipes = Pipe(here, framed=request.param), Pipe(there, framed=request.param)
    yield pipes
    for pipe in pipes:
        pipe.close()


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs Linux' /proc")
def test_a_child_computes_in_one_thread(child: Child) -> None:
    receive(child[1], 1)
    assert b"OPENBLAS_NUM_THREADS=1" in Path(f"/proc/{child[0].pid}/environ").read_bytes().split(b"\0")


def test_a_child_is_given_its_arguments_and_sends_messages_back_whole_and_in_order(child: Child) -> None:
    messages = [
        Play(1, ((0.5, 1.0, 60, 90, 1),)),
        Prefill(((0, 0, 60, 24, 64), (24, 0, 62, 24, 64)), Context(3, 4, "folk")),
        SetTempo(121.5),
        Ask(
            7, ((0, 0, 60, 24, 64),), Context(3, 4), 24, 96, True, (1.0, 0.95), 0.98, 0.02, 28, 103, 5, 16, 0, 24, True,
            Taste(typical=1.5, closeness=0.25),
        ),
    ]  # fmt: skip
    for message in messages:
        child[1].send(message)
    assert receive(child[1], 5) == [Trouble("here I am"), *messages]


def test_a_message_of_100_kb_arrives(child: Child) -> None:
    play = Play(7, tuple((beat / 24, 0.25, 60 + beat % 12, 64, 1) for beat in range(4_000)))
    child[1].send(play)
    assert receive(child[1], 2)[1] == play


def test_the_last_words_of_a_process_are_read_before_its_end_is_told(child: Child) -> None:
    process, pipe = child
    pipe.send(SetTempo(100.0))
    pipe.send(Panic())
    process.wait(timeout=10)
    assert receive(pipe, 3) == [Trouble("here I am"), SetTempo(100.0), Panic()]
    with pytest.raises(PipeClosed):
        pipe.receive()


def test_receiving_does_not_wait(ends: tuple[Pipe, Pipe]) -> None:
    assert ends[0].receive() == []


def test_sending_to_a_process_that_does_not_read_keeps_the_messages_for_it(ends: tuple[Pipe, Pipe]) -> None:
    here, there = ends
    messages = [Play(number, ((0.0, 1.0, 60, 90, 1),)) for number in range(5_000)]
    for message in messages:
        here.send(message)
    received = []
    while len(received) < len(messages):
        received += receive(there, 1)
        assert here.receive() == []
    assert received == messages


def test_a_stream_carries_what_is_larger_than_its_buffer_in_parts() -> None:
    here, there = (Pipe(end, framed=True) for end in socket.socketpair())
    play = Play(7, tuple((beat / 24, 0.25, 60 + beat % 12, 64, 1) for beat in range(200_000)))
    here.send(play)
    here.send(Panic())
    received = []
    while len(received) < 2:
        received += there.receive()
        assert here.receive() == []
    assert received == [play, Panic()]
    here.close()
    there.close()


def test_a_process_that_never_reads_counts_as_gone(ends: tuple[Pipe, Pipe]) -> None:
    message = Trouble("x" * 500)
    with pytest.raises(PipeClosed, match="10000 messages unread"):
        for _ in range(100_000):
            ends[0].send(message)


def test_sending_to_a_closed_end_says_so(ends: tuple[Pipe, Pipe]) -> None:
    ends[1].close()
    with pytest.raises(PipeClosed, match="gone"):
        ends[0].send(Panic())


def test_a_closed_end_is_told(ends: tuple[Pipe, Pipe]) -> None:
    ends[1].close()
    with pytest.raises(PipeClosed, match="gone"):
        ends[0].receive()


def test_a_child_that_ends_before_it_connects_is_told() -> None:
    with pytest.raises(PipeClosed, match="no_such_module"):
        start_child("no_such_module", tcp=True)


def test_a_stranger_without_the_token_does_not_become_the_child(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(BEDS))
    really_listen = socket.create_server
    strangers: list[socket.socket] = []

    def listen(address: tuple[str, int]) -> socket.socket:
        listener = really_listen(address)
        strangers.append(socket.create_connection(listener.getsockname()))
        strangers[0].sendall(b"0" * 32)
        return listener

    monkeypatch.setattr(socket, "create_server", listen)
    process, pipe = start_child("pipe_child", "child", tcp=True)
    assert receive(pipe, 1) == [Trouble("child")]
    pipe.close()
    assert process.wait(timeout=10) == 0
    strangers[0].close()
