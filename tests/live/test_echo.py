from __future__ import annotations

from improvd.live.echo import EchoGuard


def test_a_note_that_comes_back_within_30_ms_is_an_echo_whatever_its_velocity() -> None:
    guard = EchoGuard()
    guard.sent((0x91, 60, 90), now_s=1.0)
    assert guard.is_echo((0x91, 60, 64), at_s=1.0299)
    assert not guard.is_echo((0x91, 60, 90), at_s=1.031)


def test_another_pitch_channel_or_status_is_no_echo() -> None:
    guard = EchoGuard()
    guard.sent((0x91, 60, 90), now_s=1.0)
    assert not any(guard.is_echo(data, 1.001) for data in [(0x91, 61, 90), (0x90, 60, 90), (0x81, 60, 64)])


def test_a_controller_is_an_echo_only_with_the_same_value() -> None:
    guard = EchoGuard()
    guard.sent((0xB0, 64, 127), now_s=1.0)
    assert guard.is_echo((0xB0, 64, 127), at_s=1.001)
    assert not guard.is_echo((0xB0, 64, 0), at_s=1.001)


def test_what_is_sent_again_counts_from_the_last_time() -> None:
    guard = EchoGuard()
    guard.sent((0x91, 60, 90), now_s=1.0)
    guard.sent((0x91, 60, 90), now_s=1.02)
    guard.sent((0x91, 72, 90), now_s=1.04)
    assert guard.is_echo((0x91, 60, 90), at_s=1.045)


def test_what_is_old_is_forgotten() -> None:
    guard = EchoGuard()
    for number in range(1000):
        guard.sent((0xE0, number % 128, number // 128), now_s=number * 0.01)
    assert len(guard._sent_s) <= 5
