from __future__ import annotations

from improvd.live.fingers import Fingers

ON, OFF, PEDAL_DOWN, PEDAL_UP = (0x92, 60, 90), (0x82, 60, 64), (0xB2, 64, 127), (0xB2, 64, 0)


def _held(*messages: tuple[int, ...]) -> Fingers:
    fingers = Fingers()
    for data in messages:
        fingers.feed("keys", data)
    return fingers


def test_a_source_that_is_lost_lets_go_of_its_keys_and_pedal_once() -> None:
    fingers = _held(ON, PEDAL_DOWN)
    assert fingers.let_go("other") == []
    assert fingers.let_go("keys") == [OFF, PEDAL_UP]
    assert fingers.let_go("keys") == []


def test_what_went_up_is_not_held() -> None:
    assert _held(ON, PEDAL_DOWN, OFF, PEDAL_UP).let_go("keys") == []


def test_all_notes_off_lifts_all_of_its_channel() -> None:
    assert _held(ON, (0x90, 61, 90), (0xB2, 123, 0)).let_go("keys") == [(0x80, 61, 64)]


def test_only_what_is_down_on_this_source_is_lifted() -> None:
    fingers = _held(ON, PEDAL_DOWN)
    assert fingers.lifts("keys", OFF)
    assert fingers.lifts("keys", PEDAL_UP)
    assert not any(fingers.lifts("keys", data) for data in (ON, PEDAL_DOWN, (0x82, 61, 64)))
    assert not fingers.lifts("other", OFF)


def test_messages_of_two_bytes_hold_nothing() -> None:
    assert _held((0xC0, 5), (0xD0, 64)).let_go("keys") == []


def test_all_notes_off_lifts_what_is_down_on_its_channel_and_else_nothing() -> None:
    fingers = Fingers()
    fingers.feed("a", (0x90, 60, 90))
    fingers.feed("a", (0xB1, 64, 127))
    assert fingers.lifts("a", (0xB0, 123, 0))
    assert not fingers.lifts("a", (0xB2, 123, 0))
    fingers.feed("a", (0xB0, 123, 0))
    assert not fingers.lifts("a", (0xB0, 123, 0))
    assert fingers.let_go("a") == [(0xB1, 64, 0)]
