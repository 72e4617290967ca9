"""Frames as symbols: one way to write each, and every symbol one that may stand there."""

from __future__ import annotations

from itertools import pairwise

from improvd.music import frames
from improvd.music.frames import END, START


def test_a_frame_is_its_keys_from_low_to_high_and_its_end():
    assert frames.encode({60, 3, 27}) == [3, 27, 60, END]


def test_a_silent_frame_is_its_end_alone():
    assert frames.encode(()) == [END]


def test_frames_come_back_from_their_symbols():
    music = [(3, 27, 60), (), (87,), (0, 87)]
    assert list(frames.decode([symbol for frame in music for symbol in frames.encode(frame)])) == music


def test_a_frame_that_is_not_ended_is_left_out():
    assert list(frames.decode([5, END, 7])) == [(5,)]


def test_only_higher_keys_or_the_end_may_follow_a_key():
    assert list(frames.may_follow(85)) == [86, 87, END]
    assert list(frames.may_follow(87)) == [END]


def test_everything_may_follow_the_start_and_an_end():
    assert list(frames.may_follow(START)) == list(frames.may_follow(END)) == [*range(88), END]


def test_every_symbol_of_encoded_frames_is_one_that_may_follow():
    symbols = [START, *(symbol for frame in [(3, 27, 60), (), (87,)] for symbol in frames.encode(frame))]
    assert all(following in frames.may_follow(symbol) for symbol, following in pairwise(symbols))


def test_the_fingerprint_follows_from_the_meaning_of_the_symbols(monkeypatch):
    before = frames.fingerprint()
    monkeypatch.setattr(frames, "LOWEST_PITCH", 22)
    assert frames.fingerprint() != before
