"""Typed keys as notes: one at a time, a beat long, longer while the key repeats."""

from __future__ import annotations

from improvd.live.keystrokes import Keystrokes


def test_a_keystroke_lasts_one_beat() -> None:
    keys = Keystrokes()
    assert keys.press(60, 80, now_s=1.0, beat_s=0.5) == [(0x90, 60, 80)]
    assert keys.next_s == 1.5
    assert keys.due(1.49) == []
    assert keys.due(1.5) == [(0x80, 60, 64)]
    assert keys.due(9.0) == []


def test_the_next_keystroke_ends_the_one_before() -> None:
    keys = Keystrokes()
    keys.press(60, 80, now_s=1.0, beat_s=0.5)
    assert keys.press(64, 90, now_s=1.2, beat_s=0.5) == [(0x80, 60, 64), (0x90, 64, 90)]
    assert keys.due(1.5) == []
    assert keys.due(1.7) == [(0x80, 64, 64)]


def test_a_key_that_repeats_sounds_on_and_ends_soon_after_the_last_repeat() -> None:
    keys = Keystrokes()
    keys.press(60, 80, now_s=1.0, beat_s=0.5)
    assert keys.press(60, 80, now_s=1.45, beat_s=0.5) == []
    assert keys.due(1.69) == []
    assert keys.due(1.7) == [(0x80, 60, 64)]


def test_a_repeat_never_makes_a_note_shorter() -> None:
    keys = Keystrokes()
    keys.press(60, 80, now_s=1.0, beat_s=2.0)
    keys.press(60, 80, now_s=1.1, beat_s=2.0)
    assert keys.next_s == 3.0


def test_the_same_key_after_its_note_ended_is_a_new_note() -> None:
    keys = Keystrokes()
    keys.press(60, 80, now_s=1.0, beat_s=0.5)
    assert keys.press(60, 80, now_s=1.6, beat_s=0.5) == [(0x80, 60, 64), (0x90, 60, 80)]


def test_release_ends_what_sounds() -> None:
    keys = Keystrokes()
    assert keys.release() == []
    keys.press(60, 80, now_s=1.0, beat_s=0.5)
    assert keys.release() == [(0x80, 60, 64)]
    assert keys.next_s == float("inf")
