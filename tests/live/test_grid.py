from improvd.live.grid import Grid
from improvd.music.timing import Meter


def test_ticks_and_beats_meet_at_the_origin():
    grid = Grid(Meter(4, 4), origin_beats=10.5, origin_ticks=96)
    assert grid.ticks_at(11.5) == 120
    assert grid.beats_at(120) == 11.5
    assert (grid.tick_from(11.5), grid.tick_from(11.501)) == (120, 121)


def test_beats_count_from_the_bar_line_before():
    grid = Grid(Meter(7, 8))
    assert [grid.beat_from(ticks) for ticks in (0, 1, 25, 73, 84, 85)] == [0, 24, 48, 84, 84, 108]
    assert [grid.bar_from(ticks) for ticks in (0, 1, 84)] == [0, 84, 84]


def test_a_downbeat_is_the_next_bar_line_of_the_window_however_long_the_silence():
    grid = Grid(Meter(3, 4))
    for beats in (4.3, 900.7):
        moved = grid.with_downbeat(beats, after_ticks=73)
        assert moved == Grid(Meter(3, 4), beats, 144)


def test_the_first_downbeat_of_all_is_tick_0():
    assert Grid(Meter()).with_downbeat(7.7, after_ticks=0).ticks_at(7.7) == 0


def test_another_metre_counts_from_the_last_bar_line():
    grid = Grid(Meter(4, 4)).with_meter(Meter(3, 4), now_beats=5.5)
    assert grid.origin_beats == 4.0
    assert grid.origin_ticks % Meter(3, 4).bar_ticks == 0
    assert grid.origin_ticks >= 96


def test_the_same_metre_changes_nothing():
    grid = Grid(Meter(4, 4), 1.0, 96)
    assert grid.with_meter(Meter(4, 4), 99.0) is grid
