from __future__ import annotations

from dataclasses import replace

from improvd.config import Config
from improvd.live.view import View
from improvd.live.wiring import Wiring
from improvd.protocol import Opened, PortsSeen
from improvd.status import Facts, status_of

WIRED = Facts(
    0.0,
    1,
    ports=PortsSeen(("Keys:out", "Pads:out"), (), ("Keys:out", "Pads:out"), ()),
    wiring=Wiring(players=("Keys:out", "Pads:out", "DAW:out"), keyboards=("Keys:out", "Pads:out")),
)


def test_what_is_connected_plays():
    assert WIRED.played_by == {"Keys:out", "Pads:out", "DAW:out"}


def test_keyboards_that_only_an_audition_has_connected_do_not_count_as_playing():
    assert replace(WIRED, auditioning=True).played_by == {"DAW:out"}


VIEW = View("LISTENING", "listening", "", 0.0, bar=1, beat=0.0, beats=0.0, bpm=120.0, candidates=16, ready=True)


def test_where_nobody_can_but_type_it_does_not_claim_to_follow():
    there, not_there = Facts(0.0, 1, opened=Opened("alsa", "")), Facts(0.0, 1, opened=Opened("none", "no sequencer"))
    assert status_of(Config(), there, VIEW, 1.0).clock_source == "follow"
    assert status_of(Config(), not_there, VIEW, 1.0).clock_source == "internal"


def test_ports_that_are_not_open_yet_are_not_taken_for_no_midi_system():
    assert status_of(Config(), Facts(0.0, 1), VIEW, 1.0).midi == ""
    opened = Facts(0.0, 1, opened=Opened("none", "no sequencer"))
    assert status_of(Config(), opened, VIEW, 1.0).midi == "none"
