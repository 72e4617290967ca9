"""The codec: music on its grid survives the round trip, and its tables mean what they say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from improvd.music import codec
from improvd.music.codec import END, FIELDS, STEPS, GridNote
from improvd.music.note import Note

NOTES = st.lists(
    st.builds(
        Note,
        onset_beats=st.floats(0, 200),
        pitch=st.integers(0, 127),
        duration_beats=st.floats(0.01, 20),
        velocity=st.integers(1, 127),
        part=st.integers(0, len(codec.PARTS) - 1),
    ),
    max_size=40,
)


@given(NOTES)
def test_music_on_the_grid_survives_encoding_and_decoding(notes):
    grid = codec.snap(notes)
    assert codec.decode(codec.encode(grid)) == grid


@given(NOTES)
def test_every_field_of_every_event_is_below_its_size(notes):
    for event in codec.encode(codec.snap(notes)):
        assert all(0 <= value < field.size for value, field in zip(event, FIELDS, strict=True))


@given(NOTES)
def test_snapped_music_never_strikes_a_sounding_pitch_and_sorts_chords_upwards(notes):
    grid = codec.snap(notes)
    ends: dict[int, int] = {}
    for before, note in zip([None, *grid], grid, strict=False):
        assert ends.get(note.pitch, 0) <= note.onset_ticks
        assert before is None or (before.onset_ticks, before.pitch) < (note.onset_ticks, note.pitch)
        ends[note.pitch] = note.onset_ticks + note.duration_ticks


@given(NOTES, st.integers(0, 40))
def test_encoding_note_by_note_equals_encoding_the_whole(notes, split):
    grid = codec.snap(notes)
    head, tail = grid[:split], grid[split:]
    origin = head[-1].onset_ticks if head else 0
    assert codec.encode(head) + codec.encode(tail, origin_ticks=origin) == codec.encode(grid)


def test_a_pitch_struck_again_ends_its_earlier_note():
    grid = codec.snap([Note(0.0, 60, 4.0, 80), Note(1.0, 60, 1.0, 80)])
    assert [(n.onset_ticks, n.duration_ticks) for n in grid] == [(0, 24), (24, 24)]


def test_of_two_notes_on_one_key_at_once_the_longer_stays():
    grid = codec.snap([Note(0.0, 60, 1.0, 80), Note(0.0, 60, 2.0, 80)])
    assert [n.duration_ticks for n in grid] == [48]


def test_the_error_of_a_long_rest_is_made_up_by_the_next_onset():
    grid = codec.snap([Note(0.0, 60, 1.0, 80), Note(65 / 24, 62, 1.0, 80), Note(100 / 24, 64, 1.0, 80)])
    assert [n.onset_ticks for n in grid] == [0, 66, 100]


def test_the_grid_holds_every_tick_up_to_two_beats_and_ends_at_sixteen():
    assert STEPS[:49] == tuple(range(49))
    assert STEPS[-1] == 16 * 24
    assert END == len(STEPS) == FIELDS[codec.ADVANCE].size - 1


@pytest.mark.parametrize("velocity", range(1, 128))
def test_a_velocity_comes_back_within_two_units(velocity):
    assert abs(codec.level_velocity(codec.velocity_level(velocity)) - velocity) <= 2


def test_the_event_that_ends_a_piece_is_no_note():
    with pytest.raises(ValueError, match="no note"):
        codec.decode_event(codec.end_event(0), 0)


def test_decoding_stops_at_the_end_of_the_piece():
    notes = [GridNote(0, 0, 60, 24, 78)]
    assert codec.decode([*codec.encode(notes), codec.end_event(0), *codec.encode(notes)]) == notes


def test_the_fingerprint_is_that_of_the_shipped_model():
    assert codec.fingerprint() == "700051727062a292"


def test_the_vocabulary_names_every_field(capsys):
    assert all(field.name in codec.vocabulary() for field in FIELDS)
