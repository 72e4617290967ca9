from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from improvd.music.note import Note
from improvd.music.timing import Meter, MeterChange, steady
from improvd.training.pictures.bars import bars
from improvd.training.pictures.rhythm import Chord, voices, written

F = Fraction
FOUR = bars(steady(4, 4), 4)[0]


def _notes(*told: tuple[float, float, int]) -> list[Note]:
    return [Note(onset, pitch, end - onset, 80) for onset, end, pitch in told]


def _lengths(voice, bar=FOUR):
    return [(bool(sign.chord.pitches), sign.chord.end - sign.chord.onset) for sign in written(voice, bar)]


def test_notes_that_sound_together_are_a_chord():
    assert voices(_notes((0, 1, 64), (0, 1, 60), (1, 2, 62))) == [
        [Chord(F(0), F(1), (60, 64)), Chord(F(1), F(2), (62,))]
    ]


def test_a_held_note_under_a_moving_one_is_a_second_voice():
    upper, lower = voices(_notes((0, 1, 72), (1, 2, 74), (0, 2, 60)))
    assert [chord.pitches for chord in upper] == [(72,), (74,)]
    assert lower == [Chord(F(0), F(2), (60,))]


def test_a_third_voice_cuts_the_one_that_ends_first():
    first, second = voices(_notes((0, 4, 72), (0, 3, 60), (1, 2, 65)))
    assert first == [Chord(F(0), F(4), (72,))]
    assert second == [Chord(F(0), F(1), (60,)), Chord(F(1), F(2), (65,))]


def test_a_beat_is_divided_by_three_where_that_is_nearer():
    (voice,) = voices(_notes((0, 0.33, 60), (0.34, 0.66, 62), (0.66, 1, 64)))
    assert [chord.onset for chord in voice] == [0, F(1, 3), F(2, 3)]


def test_notes_a_little_off_the_grid_are_written_on_it():
    (voice,) = voices(_notes((0.02, 0.45, 60), (0.51, 0.97, 62), (1.03, 1.9, 64)))
    assert [(chord.onset, chord.end) for chord in voice] == [(0, F(1, 2)), (F(1, 2), 1), (1, 2)]


def test_a_short_note_before_the_next_is_no_rest():
    (voice,) = voices(_notes((0, 0.75, 60), (1, 2, 62)))
    assert voice[0].end == 1


def test_a_rest_of_an_eighth_is_written():
    (voice,) = voices(_notes((0, 0.5, 60), (1, 2, 62)))
    assert _lengths(voice)[:2] == [(True, F(1, 2)), (False, F(1, 2))]


def test_what_crosses_a_bar_line_is_tied():
    voice = [Chord(F(3), F(6), (60,))]
    first, second = bars(steady(4, 4), 8)
    assert [(s.tied_from, s.tied_to) for s in written(voice, first)] == [(False, False), (False, True)]
    assert next((s.tied_from, s.tied_to) for s in written(voice, second)) == (True, False)


def test_a_length_that_no_note_has_is_cut_at_the_beats():
    assert _lengths([Chord(F(0), F(5, 4), (60,))])[:2] == [(True, F(1)), (True, F(1, 4))]
    assert _lengths([Chord(F(1, 4), F(5, 4), (60,))])[1:3] == [(True, F(3, 4)), (True, F(1, 4))]


def test_a_syncopation_on_the_half_beat_stays_one_note():
    assert (True, F(1)) in _lengths([Chord(F(1, 2), F(3, 2), (60,))])


def test_an_empty_bar_is_a_rest_as_long_as_it():
    assert _lengths([]) == [(False, F(4))]


PLAYED = st.lists(
    st.tuples(st.floats(0, 20), st.floats(0.01, 6), st.integers(36, 84)).map(lambda n: Note(n[0], n[2], n[1], 80)),
    min_size=1, max_size=40,
)  # fmt: skip


@given(PLAYED)
def test_a_voice_never_overlaps_itself(notes):
    for voice in voices(sorted(notes)):
        assert all(chord.onset < chord.end for chord in voice)
        assert all(one.end <= other.onset for one, other in pairwise(voice))


@given(PLAYED, st.sampled_from([(4, 4), (3, 4), (6, 8), (7, 8), (7, 16), (5, 4)]), st.floats(0.3, 9))
def test_the_signs_of_a_bar_fill_it_without_a_gap_and_each_has_one_length(notes, meter, later):
    changes = (MeterChange(0, Meter(*meter)), MeterChange(later, Meter(3, 4)))
    for bar in bars(changes, max(note.end_beats for note in notes)):
        for voice in voices(sorted(notes)):
            chords = [sign.chord for sign in written(voice, bar)]
            assert all(one.end == other.onset for one, other in pairwise(chords))
            assert sum(chord.end - chord.onset for chord in chords) == F(round(bar.end_beats * 4), 4) - F(
                round(bar.start_beats * 4), 4
            )
            assert all((chord.end - chord.onset).numerator in (1, 2, 3, 4, 6, 8) for chord in chords)


@given(PLAYED)
def test_no_pitch_that_was_played_is_left_out(notes):
    heard = {pitch for voice in voices(sorted(notes)) for chord in voice for pitch in chord.pitches}
    assert heard == {note.pitch for note in notes}
