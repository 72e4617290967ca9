"""The whole of improvd on a real JACK server, with other people's programs on both sides."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest
from daemon_on_jack import DaemonOnJack
from jackbed import Event, SeqNote, poll

pytestmark = pytest.mark.jack

ROOT = Path(__file__).parents[1]
SCALE: list[SeqNote] = [(0.5 + 0.25 * i, pitch, 0.2) for i, pitch in enumerate((60, 62, 64, 65, 67, 65, 64, 62))]
CHORDS: list[SeqNote] = [(0.5 + 0.5 * i, p, 0.4) for i, root in enumerate((57, 53, 60, 55)) for p in (root, root + 4)]
ONCE_S = 600.0
CONFIG = """\
[clock]
bpm = 120.0
source = "internal"
[sampling]
seed = 7
"""


def answered(events: list[Event]) -> list[tuple[int, int]]:
    """Return pitch and velocity of what was sent on the channel of the answers."""
    return [(data[1], data[2]) for _, data in events if data[0] == 0x91 and data[2]]


def controls(events: list[Event]) -> set[tuple[int, int]]:
    """Return status, without the channel, and number of what was sent."""
    return {(data[0] & 0xF0, data[1]) for _, data in events}


def exchange(bed: DaemonOnJack, phrase: list[SeqNote]) -> list[tuple[int, int]]:
    """Play a phrase to a new daemon and return its answer, when all of it has sounded."""
    daemon = bed.start()
    with bed.client() as client, bed.jack.record("improvd-out:out") as take:
        player = bed.jack.play_notes(phrase, ONCE_S, sink="improvd-in:in")
        poll(lambda: client.status()["state"] == "answering", "no answer", 20.0)
        poll(lambda: client.status()["state"] != "answering", "no end of the answer", 30.0)
        poll(lambda: take.events() and not take.hanging(), "a note hangs")
        assert len([data for _, data in take.note_ons() if data[0] == 0x90]) == len(phrase), "thru"
        player.kill()
    daemon.terminate()
    assert daemon.wait(10) == 0
    assert take.hanging() == []
    return answered(take.events())


def test_another_phrase_gets_another_answer_and_the_same_phrase_the_same(bed: DaemonOnJack) -> None:
    other = exchange(bed, CHORDS)
    said = [exchange(bed, SCALE), exchange(bed, SCALE)]
    while len(said) < 4 and said[-1] not in said[:-1]:  # a stall of the machine moved a note: another phrase
        said.append(exchange(bed, SCALE))
    assert said[-1]
    assert said[-1] in said[:-1]
    assert other
    assert other not in said


def test_sigterm_in_the_middle_of_an_answer_leaves_nothing_sounding(bed: DaemonOnJack) -> None:
    daemon = bed.start()
    with bed.client() as client, bed.jack.record("improvd-out:out") as take:
        client.set("answer.start", "beat")
        bed.jack.play_notes(SCALE, ONCE_S, sink="improvd-in:in")
        poll(lambda: answered(take.events()), "no answer", 20.0)
        asked_s = time.monotonic()
        daemon.send_signal(signal.SIGTERM)
        assert daemon.wait(10) == 0
        took_s = time.monotonic() - asked_s
    assert take.hanging() == []
    assert took_s < 1.0
    assert not bed.socket.exists()
    assert [port for port in bed.jack.ports() if port.startswith("improvd")] == []


def test_panic_in_the_middle_of_an_answer_silences_it(bed: DaemonOnJack) -> None:
    bed.start()
    with bed.client() as client, bed.jack.record("improvd-out:out") as take:
        bed.jack.play_notes(SCALE, ONCE_S, sink="improvd-in:in")
        poll(lambda: answered(take.events()), "no answer", 20.0)
        client.do("panic")
        poll(lambda: client.status()["state"] != "answering", "it plays on")
        poll(lambda: not take.hanging(), "a note hangs")
        poll(lambda: {(0xB0, 123), (0xB0, 120)} <= controls(take.events()), "CC 123 and 120 are missing")
        assert take.hanging() == []


def test_a_second_daemon_is_refused_and_the_first_plays_on(bed: DaemonOnJack) -> None:
    bed.start()
    with bed.client() as client:
        second = bed.start()
        _, said = second.communicate(timeout=20)
        assert second.returncode == 1
        assert said.startswith("improvd runs already")
        assert said.count("\n") == 1
        assert client.status()["restarts"] == 0
        assert sorted(port for port in bed.jack.ports() if port.startswith("improvd")) == [
            "improvd-in:in",
            "improvd-out:out",
        ]


def test_thru_is_off_while_the_reader_hears_the_keyboard_itself(bed: DaemonOnJack) -> None:
    bed.start()
    with bed.client() as client, bed.jack.record("improvd-out:out") as take:
        bed.jack.play_notes(SCALE, ONCE_S, sink="improvd-in:in")
        poll(lambda: client.status()["readers"] == ["take:input"], "the reader is not seen")
        assert client.status()["thru"]
        poll(lambda: not client.status()["first_run"], "nothing was played")
        bed.jack.connect("seed:out", "take:input")
        poll(lambda: not client.status()["thru"], "thru stays on")
        assert take


def test_a_killed_player_comes_back(bed: DaemonOnJack) -> None:
    daemon = bed.start()
    with bed.client() as client, bed.jack.record("improvd-out:out") as take:
        bed.jack.play_notes([(0.5, 60, 60.0)], ONCE_S, sink="improvd-in:in")
        poll(take.hanging, "the note did not begin")
        children = Path(f"/proc/{daemon.pid}/task/{daemon.pid}/children").read_text().split()
        player = next(pid for pid in children if "live.player" in Path(f"/proc/{pid}/cmdline").read_text())
        os.kill(int(player), signal.SIGKILL)
        poll(lambda: client.status()["restarts"] == 1, "it is not restarted")
        poll(lambda: client.status()["midi"] == "jack", "no ports")
        before = len(take.note_ons())
        bed.jack.connect("improvd-out:out", "take:input")
        bed.jack.play_notes(SCALE, ONCE_S, sink="improvd-in:in", name="again")
        poll(lambda: len(take.note_ons()) > before, "no thru")
        assert client.status()["restarts"] == 1
