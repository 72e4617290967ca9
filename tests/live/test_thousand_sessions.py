"""A thousand sessions in which anything happens: at every output note_ons and note_offs alternate, and all ends."""

from __future__ import annotations

from anything import EVENTS, SETTINGS, SLOWNESS, Event, play
from fake_outside import FakeOutside
from hypothesis import given, settings
from hypothesis import strategies as st
from scores import left_hanging, wrong_notes

from improvd.offline import VirtualSession

CUT_S = st.one_of(st.none(), st.none(), st.floats(0, 30, allow_nan=False))
"""When the daemon goes; None: it stays until nothing is left to happen."""


def wrong_at_outputs(played: VirtualSession) -> list[tuple[int, int]]:
    """Return (channel, pitch) of what hangs, was struck twice, or ended without sounding, at any output."""
    outside = played.outside
    assert isinstance(outside, FakeOutside)
    return [note for sent in (outside.sent, *outside.elsewhere.values()) for note in wrong_notes(sent)]


@settings(max_examples=1000, deadline=None, derandomize=True)
@given(EVENTS, SLOWNESS, SETTINGS, CUT_S)
def test_no_note_hangs_is_struck_twice_or_ends_unheard_and_it_comes_back_to_listening(
    events: list[Event], slowness: list[float], setting: dict[str, object], cut_s: float | None
) -> None:
    played = play(events, slowness, **setting)
    if cut_s is None:
        played.run()
        assert not left_hanging(played)
        assert played.conductor.view(played.now_s).state in ("listening", "your turn", "no model")
        assert played.now_s < 1000
    else:
        played.run_until(cut_s)
        played.performer.fall_silent(cut_s)
    assert not wrong_at_outputs(played)
