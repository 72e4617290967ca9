"""A session on a real JACK server, heard by another program, replays to the same bytes twice and to what was heard."""

from __future__ import annotations

import time
from itertools import pairwise
from pathlib import Path

import pytest
from daemon_on_jack import DaemonOnJack
from jackbed import SeqNote

from improvd.logbook.command import replay
from improvd.music import midifile

pytestmark = pytest.mark.jack

PHRASE: list[SeqNote] = [(0.2 + 0.25 * i, pitch, 0.2) for i, pitch in enumerate((60, 62, 64, 65, 67, 65))]
LOOP_S, LASTS_S = 5.0, 20.0
CONFIG = '[clock]\nsource = "internal"\n[record]\nlog = "on"\n'


def gaps(notes: list[tuple[float, tuple[int, ...]]]) -> list[float]:
    return [later - at_s for (at_s, _), (later, _) in pairwise(notes)]


def test_a_session_replays_to_the_same_bytes_twice_and_to_what_was_heard(bed: DaemonOnJack, tmp_path: Path) -> None:
    daemon = bed.start()
    with bed.client() as client, bed.jack.record("improvd-out:out") as take:
        bed.jack.play_notes(PHRASE, LOOP_S, sink="improvd-in:in")
        time.sleep(LASTS_S / 2)
        client.nudge("temperature", 4)
        time.sleep(LASTS_S / 2)
    daemon.terminate()
    assert daemon.wait(10) == 0
    (log,) = (tmp_path / "state" / "improvd" / "logs").iterdir()
    said = [replay(log, tmp_path / name) for name in ("a.mid", "b.mid")]
    assert (tmp_path / "a.mid").read_bytes() == (tmp_path / "b.mid").read_bytes()
    assert "all was said as it was then" in said[0]
    piece = midifile.read(tmp_path / "a.mid")
    played = [(at * 60 / piece.bpm, data[1:]) for at, data in piece.tracks[-1].messages if data[0] == 0x91]
    heard = [(frame / bed.jack.rate, tuple(data[1:])) for frame, data in take.note_ons() if data[0] == 0x91]
    played = played[: len(heard)]  # the recorder left before the last answer ended
    assert len(heard) >= 8
    assert [note for _, note in heard] == [note for _, note in played]
    between = zip(gaps(heard), gaps(played), strict=True)  # frames that the server lost are missing in one gap alone
    off_s = sorted(abs(heard_s - played_s) for heard_s, played_s in between)
    assert off_s[len(off_s) // 2] < bed.jack.period / bed.jack.rate  # all of them: benchmarks/replayed.py, by xruns
