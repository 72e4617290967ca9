"""The codec `abc`: tunes read character by character, whatever they hold, and what is played written as a tune."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from improvd.music.codec import GridNote
from improvd.music.symbols import CODECS, Moment, read
from improvd.music.symbols.abc_reader import AbcReader
from improvd.music.timing import Meter

ABC = CODECS["abc"]
METERS = [Meter(4, 4), Meter(3, 4), Meter(6, 8), Meter(2, 2), Meter(5, 8)]
PLACES = (0, 6, 8, 12, 16, 18)


def heard(text):
    """Return (onset, pitches, duration) in eighths of what a text sounds."""
    return [(m.onset_ticks / 12, m.pitches, m.duration_ticks / 12) for m in read(ABC, text)]


def pitches(text):
    return [m.pitches[0] if len(m.pitches) == 1 else m.pitches for m in read(ABC, text)]


def lengths(text):
    return [m.duration_ticks / 12 for m in read(ABC, text)]


# --- reading -----------------------------------------------------------------------------------


def test_letters_and_marks_are_octaves():
    assert pitches("C,,C,CBcb c'c''c,") == [36, 48, 60, 71, 72, 83, 84, 96, 60]


def test_an_accidental_holds_until_the_bar_line_for_its_octave():
    assert pitches("^F F f|F _B =B ^^C __D ^F,|F") == [66, 66, 77, 65, 70, 71, 62, 60, 54, 65]


@pytest.mark.parametrize(
    ("key", "found"),
    [("D", [66, 61]), ("G Major", [66, 60]), ("F#", [66, 61]), ("Bb", [65, 60]), ("Am", [65, 60]), ("Edor", [66, 61]),
     ("A Mixolydian", [66, 61]), ("B minor", [66, 61]), ("Db", [65, 60]), ("C# minor", [66, 61]), ("Gb", [65, 59]),
     ("HP", [65, 60]), ("Hp", [66, 61]), ("none", [65, 60]), ("", [65, 60])],
)  # fmt: skip
def test_the_key_alters_letters(key, found):
    assert pitches(f"K:{key}\nFC") == found


def test_an_accidental_outlasts_the_key_and_a_natural_takes_it_back():
    assert pitches("K:D\nF =F F|F") == [66, 65, 65, 66]


def test_lengths_are_multiples_and_fractions():
    assert lengths("A A2 A3/2 A/ A/2 A// A/4 A3/ A12") == [1, 2, 1.5, 0.5, 0.5, 0.25, 0.25, 1.5, 12]


def test_the_unit_is_told_or_follows_from_the_metre():
    assert lengths("L:1/4\nA") == [2]
    assert lengths("M:2/4\nA") == [0.5]
    assert lengths("M:C|\nA[L:1/16]A") == [1, 0.5]
    assert lengths("M:2/4\nL:1/8\nA\nX:2\nA") == [1, 1]


def test_broken_rhythm_gives_one_note_what_the_other_loses():
    assert lengths("A>B A<B A2>>B2") == [1.5, 0.5, 0.5, 1.5, 3.5, 0.5]


def test_tuplets():
    assert lengths("(3ABc d (3:2:2A2B c (2AB") == pytest.approx([2 / 3] * 3 + [1] + [4 / 3, 2 / 3] + [1] + [1.5] * 2)


def test_rests_take_time_and_ties_make_one_note():
    assert heard("A z2 B-|B2 c- z c") == [(0, (69,), 1), (3, (71,), 3), (6, (72,), 1), (8, (72,), 1)]


def test_chords_sound_together_and_their_length_counts():
    assert heard("[CEG]2 [C2E2] [^F_B]/") == [(0, (60, 64, 67), 2), (2, (60, 64), 2), (4, (66, 70), 0.5)]
    assert heard("[C2-E2-][CE]") == [(0, (60, 64), 3)]


def test_what_is_no_music_is_passed_over():
    assert pitches("N:" + "ABC " * 40 + "\nK:C\nG") == [67]
    text = 'X:1\nT:A Tune\n%comment CDE\nM:4/4\nK:C\n|:"Am"A{cd}B !trill!c|1 .d ~e:|2 Tf vg|]\nw:la la\nA:|\n'
    assert pitches(text) == [69, 71, 72, 74, 76, 77, 79, 69]


@given(st.text(alphabet="ABCdefz[]()|:-<>^_=/0123'\",!{}%\nXKML \\~ü", max_size=120))
def test_nothing_that_is_written_can_raise(text):
    for moment in read(ABC, text):
        assert moment.duration_ticks >= 1
        assert all(0 <= pitch < 128 for pitch in moment.pitches)


@pytest.mark.parametrize(
    "text", ["A999999999999", "A/0", "A0", "C" + "," * 99, "[" * 200, '"' + "x" * 500 + "A", "(0A"]
)
def test_wild_texts_end(text):
    assert all(m.onset_ticks + m.duration_ticks < 10**5 for m in read(ABC, text))


def test_a_note_is_told_with_the_character_that_follows_it():
    reader, told = AbcReader(), []
    for character in "A2 B":
        reader, more = reader.fed(character)
        told.append(more)
    assert told == [(), (), (Moment(0, (69,), 24),), ()]
    assert reader.finished() == (Moment(24, (71,), 12),)


# --- writing -----------------------------------------------------------------------------------


def as_notes(music):
    return [GridNote(m.onset_ticks, 0, pitch, m.duration_ticks, 80) for m in music for pitch in m.pitches]


@st.composite
def music_on_places(draw):
    """Moments whose onsets and ends lie on sixteenths and triplets, one after another."""
    places = st.tuples(st.integers(0, 30), st.sampled_from(PLACES)).map(lambda at: 24 * at[0] + at[1])
    marks = sorted(draw(st.sets(places, min_size=2, max_size=24)))
    chords = st.sets(st.integers(0, 127), max_size=4)
    laid = [(start, draw(chords), end) for start, end in pairwise(marks)]
    return [Moment(start, tuple(sorted(chord)), end - start) for start, chord, end in laid if chord]


@given(music_on_places(), st.sampled_from(METERS))
def test_music_on_its_grid_comes_back_as_it_was(music, meter):
    first = music[0].onset_ticks if music else 0
    expected = [m._replace(onset_ticks=m.onset_ticks - first) for m in music]
    assert read(ABC, ABC.write(as_notes(music), meter)) == expected


def test_a_tune_is_written_as_people_do():
    line = [Moment(12 * i, (p,), 12) for i, p in enumerate((62, 64, 66, 67, 69, 71, 73, 74))]
    more = [Moment(96, (60, 64), 24), Moment(132, (61,), 84), *(Moment(216 + 8 * i, (62 + i,), 8) for i in range(3))]
    assert "".join(ABC.write(as_notes(line + more), Meter())) == (
        "X:1\nM:4/4\nL:1/8\nK:D\nDE FG AB cd|[=CE]2 z^C5-|C2 (3D^DE "
    )


def test_flats_are_written_in_keys_with_flats():
    notes = as_notes([Moment(12 * i, (p,), 12) for i, p in enumerate((63, 65, 67, 68, 70, 72, 74, 75, 73, 68, 69))])
    assert "".join(ABC.write(notes, Meter())).endswith("K:Eb\nEF GA Bc de|_dA =A ")


TUNE = as_notes([Moment(12 * i, (60 + i % 12,), 12) for i in range(64)])


@pytest.mark.parametrize("most", [60, 100])
def test_a_primer_has_its_header_and_the_last_bars_that_there_is_room_for(most):
    primer = ABC.prime(TUNE, Meter(), 768, strike=True, most=most)
    text = "".join(primer.symbols)
    assert len(text) <= most
    assert text.startswith("X:1\nM:4/4\nL:1/8\nK:")
    assert text.endswith("|\n")


def test_where_there_is_no_room_for_a_bar_the_last_characters_stay():
    assert "".join(ABC.prime(TUNE, Meter(), 768, strike=True, most=8).symbols) == "".join(ABC.write(TUNE, Meter()))[-8:]


def test_to_strike_the_music_is_cut_and_a_note_must_come():
    primer = ABC.prime(as_notes([Moment(0, (60,), 96)]), Meter(), 36, strike=True, most=99)
    assert "".join(primer.symbols).endswith("C3 ")
    assert primer.reader.fed("z") is None
    assert primer.reader.fed("A")[0].fed("B")[1] == (Moment(36, (69,), 12),)


def test_rests_lead_to_the_beginning():
    primer = ABC.prime(as_notes([Moment(0, (60,), 12)]), Meter(), 60, strike=False, most=99)
    assert "".join(primer.symbols).endswith("Cz4 ")
    assert primer.reader.now_ticks == 60


def test_accidentals_of_the_bar_are_in_force_for_what_follows():
    primer = ABC.prime(as_notes([Moment(0, (60,), 12), Moment(12, (66,), 12), Moment(24, (62,), 12),
                                 Moment(36, (65,), 12)]), Meter(), 48, strike=True, most=99)  # fmt: skip
    text = "".join(primer.symbols)
    assert text.endswith("C^F D=F ")
    assert primer.reader.fed("F")[0].finished() == (Moment(48, (65,), 12),)


def test_no_field_and_no_end_of_the_tune_is_taken_while_playing():
    reader = ABC.prime(TUNE, Meter(), 768, strike=False, most=99).reader
    assert reader.fed("\n") is None
    assert reader.fed("%") is None
    assert reader.fed("T")[0].fed(":") is None
    assert reader.fed("|")[0].fed(":") is not None


def test_an_empty_window_is_a_header():
    primer = ABC.prime([], Meter(3, 4), 72, strike=True, most=99)
    assert "".join(primer.symbols) == "X:1\nM:3/4\nL:1/8\nK:C\n"
    assert primer.reader.now_ticks == 72
