"""A child process that is kept alive."""

from __future__ import annotations

import os
import selectors
import signal
from collections.abc import Iterator
from typing import Any

import pytest

from improvd.protocol import Panic, SetThru, Trouble
from improvd.supervisor import Backoff, Child

ENDED = "the child ended; it is started again in 0.1 s"


class Bed:
    """This is an echoing child whose time is set by hand."""

    def __init__(self, *words: str, silence_s: float = float("inf")) -> None:
        self.now_s = 100.0
        self.events: list[Any] = []
        self.selector = selectors.DefaultSelector()
        self.child = Child(
            self.selector,
            lambda: self.now_s,
            "child",
            ("pipe_child", *words),
            greet=lambda: self.events.append("greet"),
            hear=self.events.append,
            lost=self.events.append,
            silence_s=silence_s,
        )

    def wait(self, event: object) -> None:
        for _ in range(200):
            if event in self.events:
                return
            for key, mask in self.selector.select(0.1):
                key.data(mask)
        raise TimeoutError(f"{event} in {self.events}")


@pytest.fixture(autouse=True)
def beds_can_be_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", os.path.join(os.path.dirname(__file__), "beds"))


@pytest.fixture
def bed() -> Iterator[Bed]:
    bed = Bed()
    yield bed
    bed.child.leave()
    bed.child.wait(5.0)
    bed.selector.close()


def test_the_pause_doubles_up_to_a_limit() -> None:
    backoff = Backoff()
    assert [backoff.wait_s(0.5) for _ in range(8)] == [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0]


def test_a_child_that_lived_long_is_restarted_quickly_again() -> None:
    backoff = Backoff()
    for _ in range(8):
        backoff.wait_s(0.5)
    assert [backoff.wait_s(60.0), backoff.wait_s(0.5)] == [0.1, 0.2]


def test_a_child_is_greeted_and_heard(bed: Bed) -> None:
    bed.child.start()
    bed.child.send(SetThru(True))
    bed.wait(SetThru(True))
    assert bed.events == ["greet", SetThru(True)]
    assert bed.child.next_s == float("inf")


def test_a_lost_child_is_started_again_after_a_pause(bed: Bed) -> None:
    bed.child.start()
    bed.child.send(Panic())
    bed.wait(ENDED)
    assert bed.events == ["greet", Panic(), ENDED]
    assert bed.child.next_s == 100.1
    bed.child.send(SetThru(True))
    bed.child.tick(100.05)
    assert bed.events[-1] == ENDED
    bed.child.tick(100.1)
    assert bed.events[-1] == "greet"
    bed.child.send(SetThru(False))
    bed.wait(SetThru(False))
    assert SetThru(True) not in bed.events
    assert bed.child.losses == 1


def test_a_child_that_hangs_is_ended_and_started_again() -> None:
    bed = Bed("hello", silence_s=5.0)
    bed.child.start()
    bed.wait(Trouble("hello"))
    pid = bed.child.pid
    os.kill(pid, signal.SIGSTOP)
    bed.child.tick(104.0)
    assert bed.events[-1] == Trouble("hello")
    bed.now_s = 105.0
    bed.child.tick(105.0)
    assert bed.events[-1] == "the child says nothing any more; it is started again in 0.1 s"
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    bed.now_s = 105.2
    bed.child.tick(105.2)
    bed.wait("greet")
    bed.child.leave()
    bed.child.wait(5.0)


def test_the_first_word_may_take_longer() -> None:
    bed = Bed(silence_s=5.0)
    bed.child.start()
    bed.child.tick(129.0)
    assert bed.events == ["greet"]
    bed.child.tick(130.0)
    assert bed.events[1:] == ["the child says nothing any more; it is started again in 0.1 s"]
    bed.child.leave()


def test_a_child_that_is_left_ends_and_is_not_started_again(bed: Bed) -> None:
    bed.child.start()
    bed.child.leave()
    bed.child.wait(5.0)
    bed.child.tick(1000.0)
    assert bed.events == ["greet"]
    assert bed.child.losses == 0


def test_a_child_that_does_not_leave_in_time_is_forced(bed: Bed) -> None:
    bed.child.start()
    os.kill(bed.child.pid, signal.SIGSTOP)
    bed.child.leave()
    bed.child.wait(0.1)
    with pytest.raises(ProcessLookupError):
        os.kill(bed.child.pid, 0)
