"""What a network over frames is told: the frame before, how old its keys are, and what followed the last time."""

from __future__ import annotations

import numpy as np

from improvd.model.frames import told
from improvd.model.frames.shape import FramesShape
from improvd.music import frames as codec
from improvd.music.frames import END, START


def roll(*frames):
    """Frames as an array, each given by its keys."""
    array = np.zeros((len(frames), 88), bool)
    for row, keys in zip(array, frames, strict=True):
        row[list(keys)] = True
    return array


def keys_of(rolls):
    return [tuple(np.flatnonzero(row).tolist()) for row in rolls]


def test_the_symbols_are_those_of_the_codec():
    music = [(3, 27), (), (0, 87)]
    read = told.read(roll(*music))
    symbols = [symbol for frame in music for symbol in codec.encode(frame)]
    assert read["target"].tolist() == symbols
    assert read["symbol"].tolist() == [START, *symbols[:-1]]


def test_all_inputs_of_a_network_are_told():
    read = told.read(roll((3, 27), (), (0, 87)))
    assert set(read) == {*FramesShape(8, 1).inputs, "target"}


def test_the_frame_before_is_told_at_every_symbol_of_a_frame():
    read = told.read(roll((3, 27), (5,), (1,)))
    assert keys_of(read["before_keys"]) == [(), (), (), (3, 27), (3, 27), (5,), (5,)]


def test_the_next_key_of_the_frame_before_is_the_lowest_that_may_still_follow():
    read = told.read(roll((3, 27), (5, 27, 30), ()))
    assert read["before_next"].tolist() == [END, END, END, 3, 27, END, END, 5]


def test_ages_count_the_frames_that_a_key_has_sounded():
    read = told.read(roll(*[(3,)] * 9, (3, 4), ()))
    ends = read["target"] == END
    assert read["before_ages"][ends][:, 3].tolist() == [0, 0, 1, 1, 2, 2, 2, 2, 3, 3, 3]
    assert read["before_ages"][ends][-1, 4] == 0


def test_an_age_is_told_up_to_sixteen_frames():
    assert told.ages(roll(*[(3,)] * 50))[:, 3].max() == 4


def test_the_echo_is_what_followed_where_most_frames_before_were_alike():
    a, b, c, d, e = (1,), (2,), (3,), (4,), (5,)
    echo = told.echoes(roll(a, b, c, b, d, a, b, e))
    assert echo.place.tolist() == [0, 0, 0, 0, 2, 0, 1, 2]
    assert echo.alike.tolist() == [0, 0, 0, 0, 1, 0, 1, 2]


def test_of_echoes_as_long_the_latest_counts():
    a, b, c, d = (1,), (2,), (3,), (4,)
    echo = told.echoes(roll(a, b, a, c, a, d))
    assert (echo.place[5], echo.alike[5]) == (3, 1)


def test_a_frame_is_no_echo_of_itself():
    echo = told.echoes(roll(*[(1,)] * 5))
    assert echo.place.tolist() == [0, 0, 1, 2, 3]
    assert echo.alike.tolist() == [0, 0, 1, 2, 3]


def test_the_echo_is_told_with_its_level():
    read = told.read(roll((1,), (2, 9), (1,), (2, 9), (1,)))
    ends = read["target"] == END
    assert keys_of(read["echo_keys"][ends]) == [(), (), (), (2, 9), (1,)]
    assert read["echo_level"][ends].tolist() == [0, 0, 0, 1, 2]
    assert read["echo_next"].tolist() == [END] * 7 + [2, 9, END, 1, END]


def test_a_frame_that_leaves_its_echo_says_so_from_there_on():
    read = told.read(roll((1,), (2, 9), (1,), (2, 8, 9), (1,)))
    fourth = slice(7, 11)
    assert read["target"][fourth].tolist() == [2, 8, 9, END]
    assert read["echo_level"][fourth].tolist() == [1, 1, told.LEFT, told.LEFT]
    assert read["echo_next"][fourth].tolist() == [2, 9, 9, END]


def test_a_frame_that_passes_over_a_key_of_its_echo_has_left_it():
    read = told.read(roll((1,), (2, 9), (1,), (9,)))
    assert read["echo_level"][-2:].tolist() == [1, told.LEFT]


def test_nothing_told_of_a_symbol_depends_on_what_follows():
    rng = np.random.default_rng(0)
    music = [tuple(np.flatnonzero(rng.random(88) < 0.02)) for _ in range(12)] * 3
    whole, part = told.read(roll(*music)), told.read(roll(*music[:20]))
    count = len(part["target"])
    for name in part:
        assert (whole[name][:count] == part[name]).all()


def test_what_is_told_while_a_frame_is_written_does_not_know_its_later_keys():
    """Two endings that begin alike are told alike up to where they part."""
    first, second = (told.read(roll((1, 5), (2,), (1, 5), (2, *more))) for more in ((30, 60), (40,)))
    for name in first:
        until = 9 if name != "target" else 8
        assert (first[name][:until] == second[name][:until]).all()
