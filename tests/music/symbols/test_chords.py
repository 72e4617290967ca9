"""The codec `chords`: a symbol an onset, and back in half beats."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from improvd.music.codec import GridNote
from improvd.music.note import pitch_name
from improvd.music.symbols import CODECS, read
from improvd.music.symbols.chords import normal_order
from improvd.music.timing import Meter

CHORDS = CODECS["chords"]


def notes(*chords, step=12, length=12):
    return [GridNote(step * i, 0, pitch, length, 80) for i, chord in enumerate(chords) for pitch in chord]


def test_a_note_is_its_name_and_a_chord_its_pitch_classes_in_normal_order():
    assert CHORDS.write(notes([60], [61], [64, 67, 72], [59, 62, 67], [48, 60]), Meter()) == [
        "C4", "C#4", "0.4.7", "7.11.2", "0",
    ]  # fmt: skip


def test_notes_that_begin_within_a_place_of_the_beat_are_one_chord():
    spread = [GridNote(0, 0, 60, 12, 80), GridNote(1, 0, 64, 12, 80), GridNote(13, 0, 65, 12, 80)]
    assert CHORDS.write(spread, Meter()) == ["0.4", "F4"]


symbols = st.one_of(
    st.integers(0, 127).map(pitch_name),
    st.sets(st.integers(0, 11), min_size=1).map(lambda classes: ".".join(map(str, normal_order(classes)))),
)


@given(st.lists(symbols))
def test_symbols_come_back_from_the_music_that_they_make(written):
    music = read(CHORDS, written)
    assert [moment.onset_ticks for moment in music] == [12 * i for i in range(len(written))]
    back = [GridNote(m.onset_ticks, 0, pitch, m.duration_ticks, 80) for m in music for pitch in m.pitches]
    assert CHORDS.write(back, Meter()) == written


def test_chords_are_voiced_upwards_from_middle_c():
    assert [moment.pitches for moment in read(CHORDS, ["0.4.7", "7.11.2", "9", "C#2"])] == [
        (60, 64, 67), (67, 71, 74), (69, 81), (37,),
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["", "H4", "C", "C99", "C#9.", "0.12", "0.", "-1", "C4.E4", "A9", "①"])
def test_other_texts_are_no_symbols(text):
    assert not CHORDS.knows(text)


@pytest.mark.parametrize(
    ("played", "known", "stands"),
    [
        ("C4", ["E4", "C6", "C2", "C3"], "C3"),
        ("C4", ["D4", "B3", "0.4.7"], "B3"),
        ("0.4.7.10", ["0.4.7", "0.3.7", "F4"], "0.4.7"),
        ("0.4.7", ["4.7.11", "2.5.9"], "4.7.11"),
        ("C4", ["F4", "5.9.0"], None),
        ("0.4.7", [], None),
    ],
)
def test_the_nearest_symbol_shares_pitch_classes_or_lies_beside(played, known, stands):
    assert CHORDS.nearest(played, known) == stands


def test_what_follows_goes_on_half_a_beat_after_the_last_onset_and_not_before_its_time():
    played = notes([60], [62], [64])
    for begin, strike, first in ((36, False, 36), (30, False, 36), (60, False, 60), (40, True, 40)):
        primer = CHORDS.prime(played, Meter(), begin, strike=strike, most=2)
        assert primer.symbols == ["D4", "E4"]
        assert primer.reader.fed("C4")[1][0].onset_ticks == first


@pytest.mark.slow
def test_normal_order_is_that_of_music21():
    chord = pytest.importorskip("music21").chord
    for bits in range(1, 4096, 7):
        classes = [pitch_class for pitch_class in range(12) if bits >> pitch_class & 1]
        assert normal_order(classes) == list(chord.Chord(classes).normalOrder)
