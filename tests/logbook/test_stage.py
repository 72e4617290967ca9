"""The stage: plays what the player was told, as the player's clock went; stands while the song stands."""

from __future__ import annotations

import pytest

from improvd.config import Config
from improvd.logbook.stage import Stage
from improvd.protocol import Anchor, Cancel, Panic, Play, Push, SetTempo, Sounded


def notes(*beats: float) -> Play:
    return Play(1, tuple((at, 0.5, 60, 80, 1) for at in beats))


def anchor(at_s: float, at_beats: float, bpm: float = 120.0, source: str = "internal", rolling: bool = True) -> Anchor:
    return Anchor(at_s, at_beats, bpm, 4, 4, source=source, rolling=rolling)


def onsets_s(stage: Stage) -> list[float]:
    return [round(m.at_s, 6) for m in stage.sounded if m.data[0] & 0xF0 == 0x90]


@pytest.fixture
def stage() -> Stage:
    return Stage(Config())


def test_notes_sound_where_the_first_anchor_has_their_beats(stage: Stage) -> None:
    stage.anchor(anchor(100.0, 8.0))
    stage.obey(notes(10.0, 11.0), 100.5)
    stage.go_to(103.0)
    assert onsets_s(stage) == [101.0, 101.5]
    assert [m.data for m in stage.sounded[:2]] == [(0x91, 60, 80), (0x81, 60, 64)]


def test_before_the_player_told_of_its_clock_nothing_is_played(stage: Stage) -> None:
    stage.obey(notes(1.0), 99.0)
    stage.anchor(anchor(100.0, 0.0))
    stage.go_to(110.0)
    assert stage.sounded == []


def test_an_outside_clock_is_followed_from_anchor_to_anchor(stage: Stage) -> None:
    stage.anchor(anchor(100.0, 8.0, source="midi"))
    stage.obey(notes(10.0, 12.0), 100.1)
    stage.anchor(anchor(100.5, 9.0, bpm=60.0, source="midi"))
    stage.go_to(105.0)
    assert onsets_s(stage) == [101.5, 103.5]


def test_a_clock_of_its_own_that_jumped_is_followed_too(stage: Stage) -> None:
    stage.anchor(anchor(100.0, 8.0))
    stage.obey(notes(10.0), 100.1)
    stage.anchor(anchor(100.5, 9.5))
    stage.go_to(105.0)
    assert onsets_s(stage) == [100.75]


def test_an_ordered_tempo_counts_only_while_improvd_gives_it(stage: Stage) -> None:
    stage.anchor(anchor(100.0, 8.0, source="midi"))
    stage.obey(notes(10.0), 100.0)
    stage.obey(SetTempo(60.0), 100.1)
    stage.obey(Push(0.5), 100.1)
    stage.anchor(anchor(100.2, 8.4))
    stage.obey(notes(12.0), 100.2)
    stage.go_to(101.5)
    stage.obey(SetTempo(60.0), 101.5)
    stage.go_to(105.0)
    assert onsets_s(stage) == [101.0, 102.5]


def test_a_gradual_tempo_is_reached_between_two_anchors(stage: Stage) -> None:
    stage.anchor(anchor(100.0, 8.0))
    stage.obey(SetTempo(60.0, 4.0), 100.0)
    stage.obey(notes(12.0), 100.0)
    stage.go_to(110.0)
    assert onsets_s(stage) == [pytest.approx(100.0 + 2 * 4.0 / 3.0, abs=1e-3)]


def test_while_a_song_outside_stands_nothing_sounds(stage: Stage) -> None:
    stage.anchor(anchor(100.0, 8.0, source="midi"))
    stage.obey(notes(10.0, 14.0), 100.0)
    stage.anchor(anchor(101.5, 11.0, source="midi", rolling=False))
    stage.go_to(110.0)
    assert onsets_s(stage) == [101.0]


def test_what_is_taken_back_does_not_sound_and_panic_ends_what_does(stage: Stage) -> None:
    stage.anchor(anchor(100.0, 8.0))
    stage.obey(notes(9.0, 10.0, 14.0), 100.0)
    stage.obey(Cancel(1, 0.0), 101.2)
    stage.obey(Play(2, ((11.0, 9.0, 62, 80, 1),)), 101.2)
    stage.obey(Panic(), 102.0)
    stage.go_to(110.0)
    assert onsets_s(stage) == [100.5, 101.0, 101.5]
    last: Sounded = stage.sounded[-1]
    assert (last.at_s, last.data[:2]) == (102.0, (0x81, 62))
