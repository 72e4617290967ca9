"""In time with other programs, on a real JACK server: as their slave, and as their master."""

from __future__ import annotations

import pytest
from daemon_on_jack import DaemonOnJack
from jackbed import JackServer, poll

pytestmark = pytest.mark.jack

CONFIG = """\
[clock]
count_in = 0
"""


def test_it_starts_and_stops_with_another_programs_clock_at_its_tempo(bed: DaemonOnJack, jack: JackServer) -> None:
    bed.start()
    with bed.client() as client, jack.clock_master(133.0, sink="improvd-in:in"):
        assert client.status()["clock_source"] == "follow"
        jack.transport("locate 0", "play")
        poll(lambda: client.status()["clock_state"] == "locked", "never locked")
        status = client.status()
        assert (status["clock_source"], status["rolling"]) == ("midi", True)
        poll(lambda: abs(client.get("bpm") - 133.0) < 1.0, "another tempo")
        jack.transport("stop")
        poll(lambda: not client.status()["rolling"], "rolls on")
        assert client.status()["clock_source"] == "midi"


def test_the_click_lies_on_the_beats_of_the_master(bed: DaemonOnJack, jack: JackServer) -> None:
    bed.start()
    slow_bpm = 50.0  # a pause of the server as long as a tick is a lost tick to any slave: so ticks are 50 ms
    with bed.client() as client, jack.clock_master(slow_bpm, sink="improvd-in:in"):
        client.set("click.on", True)
        with jack.record("jack_midi_clock:mclk_out", "improvd-out:out") as take:
            jack.transport("locate 0", "play")
            poll(lambda: len(take.note_ons()) >= 8, "no clicks", 20.0)
            jack.transport("stop")
    events = take.events()
    started = next(i for i, (_, data) in enumerate(events) if data in (b"\xfa", b"\xfb"))
    beats = [frame for frame, data in events[started:] if data == b"\xf8"][::24]
    clicks = [frame for frame, data in take.note_ons()][3:]
    off_s = sorted(min(abs(click - beat) for beat in beats) / jack.rate for click in clicks)
    assert off_s[len(off_s) // 2] < 0.012, off_s


def test_another_program_hears_its_clock_start_tempo_and_stop(bed: DaemonOnJack, jack: JackServer) -> None:
    bed.start('out = "own"')
    with bed.client() as client, jack.record("improvd-clock:out") as take:
        client.set("bpm", 97.3)
        client.do("clock_start")
        heard_bpm = jack.heard_bpm("improvd-clock:out", seconds=6.0)
        assert heard_bpm == pytest.approx(97.3, rel=0.03)  # it counts frames, of which a busy server loses some
        client.do("clock_stop")
        client.do("clock_continue")
        poll(lambda: b"\xfb" in [data for _, data in take.events()], "never continued")
    told = [data[0] for _, data in take.events() if data[0] != 0xF8]
    assert told == [0xFA, 0xFC, 0xF2, 0xFB]
