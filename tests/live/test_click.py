from __future__ import annotations

import pytest

from improvd.live.click import Click
from improvd.music.timing import Meter


def clicks(now_beats: float, downbeat_beats: float = 0.0, meter: Meter | None = None) -> list[tuple[float, int]]:
    planned = Click().plan(now_beats, downbeat_beats, meter or Meter())
    return [(onset, pitch) for onset, _, pitch, _, _ in planned]


def test_it_clicks_on_every_beat_and_higher_on_the_downbeat() -> None:
    assert clicks(2.5) == [(3.0, 77), (4.0, 76)]


def test_bars_count_from_the_downbeat() -> None:
    assert clicks(2.5, downbeat_beats=0.75) == [(2.75, 77), (3.75, 77)]
    assert clicks(4.5, downbeat_beats=0.75) == [(4.75, 76), (5.75, 77)]


def test_the_beat_is_that_of_the_metre() -> None:
    assert clicks(1.0, meter=Meter(6, 8)) == [(1.0, 77), (1.5, 77), (2.0, 77), (2.5, 77)]


def test_a_beat_just_past_is_clicked_and_one_longer_past_is_not() -> None:
    assert clicks(4.01)[0] == (4.0, 76)
    assert clicks(4.1)[0] == (5.0, 77)


@pytest.mark.parametrize("step_beats", [0.1, 0.5, 0.99])
def test_each_beat_is_planned_once(step_beats: float) -> None:
    click, now_beats, onsets = Click(), 0.0, []
    while now_beats < 10:
        onsets += [note[0] for note in click.plan(now_beats, 0.0, Meter())]
        now_beats = max(click.next_beats(), now_beats) + step_beats / 2
    assert onsets == [float(beat) for beat in range(len(onsets))]
    assert len(onsets) >= 11
