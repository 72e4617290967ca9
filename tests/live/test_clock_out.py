from __future__ import annotations

import itertools

import pytest

from improvd.live.clock import Clock
from improvd.live.clock_out import ClockOut

TICK, START, CONTINUE, STOP = (0xF8,), (0xFA,), (0xFB,), (0xFC,)
TICK_S = 1 / 24


def sender() -> ClockOut:
    """Return a clock out at a beat a second from 0 s on."""
    return ClockOut(Clock(60.0, origin_s=0.0), now_s=0.0)


def sent(out: ClockOut, until_s: float) -> list[tuple[float, tuple[int, ...]]]:
    """Return what is sent up to a moment, and when."""
    told = []
    while out.next_due_s() <= until_s:
        due_s = out.next_due_s()
        told += [(due_s, data) for data in out.pop_due(due_s)]
    return told


def test_there_are_24_ticks_a_beat() -> None:
    ticks = sent(sender(), until_s=1.999)
    assert [data for _, data in ticks] == [TICK] * 48
    assert [at_s for at_s, _ in ticks] == pytest.approx([i * TICK_S for i in range(48)])


def test_ticks_that_were_missed_are_sent_all() -> None:
    assert sender().pop_due(0.5) == [TICK] * 13


def test_a_start_comes_right_before_the_tick_of_the_downbeat() -> None:
    out = sender()
    sent(out, 1.0)
    out.start(2.25)
    told = sent(out, 2.3)
    assert told[-3:] == [(2.25, START), (2.25, TICK), (pytest.approx(2.25 + TICK_S), TICK)]


def test_a_tick_that_would_crowd_the_first_of_the_song_is_left_out() -> None:
    out = sender()
    out.start(1.0 + 0.3 * TICK_S)
    at_s = [at_s for at_s, _ in sent(out, 1.2)]
    gaps = [later - sooner for sooner, later in itertools.pairwise(at_s) if later > sooner]
    assert min(gaps) >= TICK_S * 0.99
    assert max(gaps) <= TICK_S * 1.51


def test_the_song_goes_on_at_its_position() -> None:
    out = sender()
    sent(out, 1.0)
    assert out.stop() == [STOP]
    assert out.go_on(2.0, song_beats=70.25) == [(0xF2, 281 & 0x7F, 281 >> 7)]
    assert [data for at_s, data in sent(out, 2.01) if at_s >= 2.0] == [CONTINUE, TICK]


def test_a_stop_takes_back_a_start() -> None:
    out = sender()
    out.start(1.0)
    out.stop()
    assert {data for _, data in sent(out, 2.0)} == {TICK}


def test_ticks_follow_a_change_of_tempo_without_losing_one() -> None:
    clock = Clock(60.0, origin_s=0.0)
    out = ClockOut(clock, now_s=0.0)
    before = sent(out, 1.0)
    clock.set_bpm(120.0, now_s=1.0, beats=4.0)
    after = sent(out, clock.time_at(9.0) + 1e-9)
    assert len(before) + len(after) == 9 * 24 + 1
