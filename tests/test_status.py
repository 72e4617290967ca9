from __future__ import annotations

from dataclasses import replace

from improvd.live.wiring import Wiring
from improvd.protocol import PortsSeen
from improvd.status import Facts

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
