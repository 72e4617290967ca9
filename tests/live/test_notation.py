"""Notation: fingers are not on the grid, what they mean is."""

import pytest

from improvd.live.grid import Grid
from improvd.live.notation import written_duration, written_onset
from improvd.live.window import Window
from improvd.music.timing import Meter


@pytest.mark.parametrize(
    ("played", "written"), [(0, 0), (2, 0), (3, 3), (5, 6), (7, 6), (9, 8), (13, 12), (15, 16), (22, 24), (46, 48)]
)
def test_an_onset_near_a_sixteenth_or_a_triplet_is_written_on_it(played: int, written: int) -> None:
    assert written_onset(played) == written


@pytest.mark.parametrize("place", [0, 12, 24, 36, 96])
@pytest.mark.parametrize("error", [-1, 0, 1])
def test_a_tick_more_or_less_changes_no_eighth(place: int, error: int) -> None:
    assert written_onset(max(0, place + error)) == place


@pytest.mark.parametrize(
    ("played", "to_next", "written"),
    [
        (10, 12, 12),
        (5, 12, 12),
        (3, 12, 3),
        (29, 36, 36),
        (12, 12, 12),
        (10, 0, 12),
        (5, 0, 6),
        (44, 12, 48),
        (62, 0, 72),
        (1, 24, 3),
    ],
)
def test_a_note_fills_the_time_to_the_next_unless_it_is_short(played: int, to_next: int, written: int) -> None:
    assert written_duration(played, to_next) == written


def test_beats_count_from_the_bar_line() -> None:
    grid = Grid(Meter(5, 8))
    assert grid.read_at(2.5 + 1 / 24) == 60
    assert grid.read_at(2.5 + 11 / 24) == 60 + 12
    assert grid.read_at(2.5 + 11 / 24, as_played=True) == 60 + 11


def test_the_window_reads_played_notes_as_written_and_answers_as_they_are() -> None:
    window = Window()
    for onset, pitch in [(0, 60), (12, 62), (12, 65), (24, 64)]:
        window.end(window.add_played(onset, pitch, 80), onset + 9)
    window.add(96, 67, 80, duration_ticks=10)
    assert [(note[0], note[2], note[3]) for note in window.notes()] == [
        (0, 60, 12), (12, 62, 12), (12, 65, 12), (24, 64, 12), (96, 67, 10),
    ]  # fmt: skip
