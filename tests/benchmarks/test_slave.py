from __future__ import annotations

import sys
from pathlib import Path

import pytest

from improvd.bench.notes import Heard

pytest.importorskip("jack", exc_type=OSError, reason="needs libjack")
sys.path.append(str(Path(__file__).parents[2] / "benchmarks"))
import slave  # once the folder of scripts is on the path

TICK, STOP, CONTINUE, START = (0xF8,), (0xFC,), (0xFB,), (0xFA,)
TO_BEAT_5 = (0xF2, 20, 0)


def heard(*messages: tuple[float, tuple[int, ...]]) -> list[Heard]:
    return [Heard(0, at_s, data) for at_s, data in messages]


def ticks(begin_s: float, count: int) -> list[tuple[float, tuple[int, ...]]]:
    return [(begin_s + number * slave.TICK_S, TICK) for number in range(count)]


def test_ticks_of_a_song_that_stands_are_no_beats_and_the_place_is_the_one_that_was_told() -> None:
    take = heard((0.0, TICK), (1.0, START), (1.0, TICK), (1.5, STOP), (1.6, TICK), (2.0, TO_BEAT_5), (2.0, CONTINUE),
                 (2.1, TICK), (2.2, TICK))  # fmt: skip
    assert slave.beat_times(take) == [(0.0, 1.0), (5.0, 2.1), (5 + 1 / 24, 2.2)]


def test_who_jumps_along_is_where_the_master_is_and_who_does_not_is_as_far_off_as_the_jump() -> None:
    master = slave.beat_times(heard((1.0, START), *ticks(1.0, 48), (2.0, TO_BEAT_5), *ticks(2.0, 48)))
    along = slave.counted_on(master, master)
    stays = slave.counted_on([(number / 24, at_s) for number, (_, at_s) in enumerate(master)], master)
    assert [place for place, _ in along] == pytest.approx([2 * (at_s - 1) for _, at_s in along])
    assert not any(2.0 <= at_s < 2.45 for _, at_s in along)
    assert stays[-1][0] == pytest.approx(95 / 24 - 3)
