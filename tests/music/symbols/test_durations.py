"""The codec `durations`: names and lengths, with rests, keep the time."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from improvd.music.codec import GridNote
from improvd.music.symbols import CODECS, Moment, read
from improvd.music.timing import Meter

DURATIONS = CODECS["durations"]

steps = st.lists(
    st.tuples(
        st.sets(st.integers(0, 127), min_size=1, max_size=5),
        st.integers(1, 16).map(lambda quarters: 6 * quarters),
        st.integers(0, 60).map(lambda quarters: 6 * quarters),
    ),
    max_size=20,
)


def laid(chords):
    """Return moments one after another, each followed by a rest."""
    now, music = 0, []
    for pitches, length, rest in chords:
        music.append(Moment(now, tuple(sorted(pitches)), length))
        now += length + rest
    return music


def as_notes(music):
    return [GridNote(m.onset_ticks, 0, pitch, m.duration_ticks, 80) for m in music for pitch in m.pitches]


@given(steps)
def test_music_on_its_grid_comes_back_as_it_was(chords):
    music = laid(chords)
    assert read(DURATIONS, DURATIONS.write(as_notes(music), Meter())) == music


def test_it_is_written_as_the_paper_has_it():
    music = [Moment(0, (60,), 12), Moment(12, (60, 64, 67), 24), Moment(42, (61,), 6), Moment(192, (60,), 6)]
    assert DURATIONS.write(as_notes(music), Meter()) == [
        "C4:0.5", "C4.E4.G4:1.0", "rest:0.25", "C#4:0.25", "rest:4.0", "rest:2.0", "C4:0.25",
    ]  # fmt: skip


def test_a_note_ends_where_the_next_begins_and_after_four_beats():
    held = [GridNote(0, 0, 48, 96, 80), GridNote(12, 0, 60, 300, 80)]
    assert DURATIONS.write(held, Meter()) == ["C3:0.5", "C4:4.0"]


def test_what_is_shorter_than_a_sixteenth_is_written_as_one():
    assert DURATIONS.write([GridNote(0, 0, 60, 1, 80), GridNote(7, 0, 62, 2, 80)], Meter()) == ["C4:0.25", "D4:0.25"]


@pytest.mark.parametrize(
    "text", ["", "C4", "C4:", "C4:0.3", "C4:0.50", "C4:4.25", ":1.0", "rest", "C4..E4:1.0", "0:1.0"]
)
def test_other_texts_are_no_symbols(text):
    assert not DURATIONS.knows(text)


@pytest.mark.parametrize(
    ("played", "known", "stands"),
    [
        ("C4:0.75", ["C4:1.0", "C4:0.25", "D4:0.75"], "C4:1.0"),
        ("C4:0.5", ["C5:0.5", "B3:0.5", "rest:0.5"], "C5:0.5"),
        ("C4.E4.G4:0.5", ["C4.E4:2.0", "C4:0.5"], "C4.E4:2.0"),
        ("rest:3.0", ["C4:3.0", "rest:1.0", "rest:2.0"], "rest:2.0"),
        ("rest:3.0", ["C4:3.0"], None),
        ("C4:1.0", ["rest:1.0", "F4:1.0"], None),
    ],
)
def test_the_nearest_symbol_is_so_first_by_pitch_and_then_by_length(played, known, stands):
    assert DURATIONS.nearest(played, known) == stands


PLAYED = as_notes([Moment(0, (60,), 12), Moment(12, (62,), 36)])


def test_to_strike_the_music_is_cut_or_its_rest_is_written_and_a_note_must_come():
    cut = DURATIONS.prime(PLAYED, Meter(), 36, strike=True, most=9)
    assert cut.symbols == ["C4:0.5", "D4:1.0"]
    rested = DURATIONS.prime(PLAYED, Meter(), 72, strike=True, most=9)
    assert rested.symbols == ["C4:0.5", "D4:1.5", "rest:1.0"]
    assert rested.reader.fed("rest:0.5") is None
    assert rested.reader.fed("E4:0.5")[1] == (Moment(72, (64,), 12),)


def test_without_a_strike_a_rest_may_lead_up_to_the_beginning_and_no_note_may_come_before():
    reader = DURATIONS.prime(PLAYED, Meter(), 60, strike=False, most=9).reader
    assert reader.now_ticks == 48
    assert reader.fed("E4:0.5") is None
    assert reader.fed("rest:0.25") is None
    after, told = reader.fed("rest:0.75")
    assert (after.now_ticks, told) == (66, ())


def test_what_still_sounds_at_the_beginning_is_waited_for():
    assert DURATIONS.prime(PLAYED, Meter(), 24, strike=False, most=9).reader.now_ticks == 48


def test_after_two_beats_of_silence_the_rest_is_written():
    primer = DURATIONS.prime(PLAYED, Meter(), 102, strike=False, most=9)
    assert (primer.symbols[-1], primer.reader.now_ticks) == ("rest:2.25", 102)
