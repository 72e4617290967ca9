from __future__ import annotations

from itertools import accumulate

import pytest

from improvd.errors import CorpusError
from improvd.music import codec
from improvd.music.harmony import Chord, chord
from improvd.music.timing import Meter, MeterChange
from improvd.training.corpus import jazz

SOLO = "mcsv_melody/Ella_OneNote_FINAL.csv"
BEATS = "mcsv_beat/Ella_OneNote_FINAL_beattrack.csv"
NOTE_HEAD = "onset,duration,period,division,bar,beat,tatum,beat_duration,signature,pitch,loud_max,chord"
BEAT_HEAD = "onset,duration,period,division,bar,beat,signature,chord,form"


class Held:
    """Files in memory."""

    def __init__(self, texts):
        self.texts = texts
        self.names = sorted(texts)

    def read(self, name):
        return self.texts[name].encode()


def beat(at_s, bar, number, signature="4/4", symbol="NC"):
    return f"{at_s},0.5,4,1,{bar},{number},'{signature}',{symbol},A1"


def beats(bar, count, *, start_s=0.0, lasts_s=0.5, **rest):
    """Rows of 4/4 at a steady tempo."""
    return [beat(start_s + i * lasts_s, bar + i // 4, i % 4 + 1, **rest) for i in range(count)]


def note(onset_s, duration_s=0.1, pitch=60, *, bar=1, number=1, tatum=1, division=1, lasts_s=0.5, symbol="NC"):
    return f'{onset_s},{duration_s},4,{division},{bar},{number},{tatum},{lasts_s},"""4/4""",{pitch},70.1,{symbol}'


def solo(notes, beat_rows=None):
    """Return the piece of some rows of notes over some rows of beats, or of the notes alone."""
    texts = {SOLO: "\n".join([NOTE_HEAD, *notes])}
    if beat_rows is not None:
        texts[BEATS] = "\n".join([BEAT_HEAD, *beat_rows])
    (piece,) = jazz.pieces(Held(texts), SOLO)
    return piece


def onsets(piece):
    return [pytest.approx(n.onset_beats) for n in piece.notes]


def test_a_solo_is_a_melody_in_jazz_without_dynamics():
    piece = solo([note(0.0, 0.25, pitch=67)], beats(1, 4))
    assert (piece.name, piece.style, piece.dynamics) == (SOLO, "jazz", False)
    assert [(n.pitch, n.duration_beats, n.velocity, codec.PARTS[n.part]) for n in piece.notes] == [
        (67, 0.5, 80, "melody")
    ]


def test_notes_lie_between_the_beats_as_they_were_played():
    rows = [beat(10.0, 1, 1), beat(10.4, 1, 2), beat(11.0, 1, 3), beat(11.5, 1, 4)]
    piece = solo([note(10.26, 0.34), note(10.8), note(11.49)], rows)
    assert onsets(piece) == [0.65, 1 + 0.4 / 0.6, 2.98]
    assert piece.notes[0].duration_beats == pytest.approx(0.35 + 0.2 / 0.6)


def test_swing_is_on_the_grid_of_the_codec():
    eighths = [note(s) for at in (0.0, 0.5, 1.0) for s in (at, at + 0.5 * 16 / 24)]
    assert [n.onset_ticks % 24 for n in codec.snap(solo(eighths, beats(1, 8)).notes)] == [0, 16] * 3


def test_a_solo_on_the_grid_survives_the_codec():
    grid = codec.snap(solo([note(0.03), note(0.33), note(1.1, 0.7), note(1.21)], beats(1, 8)).notes)
    assert codec.decode(codec.encode(grid)) == grid


def test_beat_0_is_the_bar_line_before_the_first_note():
    assert onsets(solo([note(13.75), note(14.0)], beats(-3, 40))) == [3.5, 4.0]


def test_a_track_may_begin_within_a_bar():
    rows = [beat(0.0, 0, 3), beat(0.5, 0, 4), *beats(1, 4, start_s=1.0)]
    assert onsets(solo([note(0.5), note(1.0)], rows)) == [3.0, 4.0]


def test_notes_before_the_first_and_after_the_last_beat_go_on_at_the_usual_tempo():
    piece = solo([note(-0.25), note(0.0), note(3.0)], beats(1, 4))
    assert onsets(piece) == [3.5, 4.0, 10.0]
    assert piece.meters == (MeterChange(0.0, Meter(4, 4)),)


def test_a_beat_left_out_is_counted():
    rows = beats(1, 16)
    assert onsets(solo([note(0.0), note(3.5), note(4.0)], rows[:5] + rows[13:])) == [0.0, 7.0, 8.0]


def test_bars_that_nobody_counted_are_put_in():
    rows = [*beats(1, 8), *beats(3, 8, start_s=8.6)]
    assert onsets(solo([note(3.5), note(8.6)], rows)) == [3.0, 12.0]


def test_a_slow_beat_is_one_beat():
    rows = [*beats(1, 8), *beats(3, 8, start_s=4.4)]
    assert onsets(solo([note(3.5), note(4.4)], rows)) == [3.0, 4.0]


def test_a_rest_taken_slower_hides_no_bars():
    rows = [*beats(1, 8), *beats(5, 8, start_s=4.0 + 8 * 0.8)]
    assert onsets(solo([note(3.5), note(10.4)], rows)) == [3.0, 12.0]


def test_metres_change_at_bar_lines_counted_from_the_first_note():
    rows = [*beats(1, 8), *(beat(4.0 + 0.5 * i, 3, i + 1, "5/4") for i in range(5)), *beats(4, 4, start_s=6.5)]
    piece = solo([note(2.0), note(6.5)], rows)
    four, five = Meter(4, 4), Meter(5, 4)
    assert piece.meters == (MeterChange(0.0, four), MeterChange(4.0, five), MeterChange(9.0, four))
    assert onsets(piece) == [0.0, 9.0]


def test_eighths_that_are_counted_are_half_a_quarter():
    rows = [beat(0.2 * i, 1 + i // 6, i % 6 + 1, "6/8") for i in range(12)]
    assert onsets(solo([note(0.2), note(1.2)], rows)) == [0.5, 3.0]


def test_a_chord_holds_until_another_is_named():
    symbols = ["NC", "Ebj7", "Ebj7", "", "Bb-7", "Eb"]
    rows = [beat(0.5 * i, 1, i + 1, "6/4", symbol) for i, symbol in enumerate(symbols)]
    assert solo([note(0.0)], rows).chords == (
        Chord(0.0, frozenset()),
        Chord(1.0, chord("Ebj7")),
        Chord(4.0, chord("Bb-7")),
        Chord(5.0, chord("Eb")),
    )


def test_the_chord_in_force_at_the_first_note_stands_at_beat_0():
    rows = [*beats(1, 2, symbol="C"), beat(1.0, 1, 3, symbol="F"), beat(1.5, 1, 4, symbol="F"), *beats(2, 4, start_s=2)]
    assert solo([note(2.6)], [r.replace("NC", "F") for r in rows]).chords == (Chord(0.0, chord("F")),)


def test_a_chord_that_nobody_can_read_names_no_pitches():
    rows = [beat(0.0, 1, 1, symbol="C"), beat(0.5, 1, 2, symbol="C?!"), beat(1.0, 1, 3, symbol="F")]
    assert [bool(c.pitch_classes) for c in solo([note(0.0)], rows).chords] == [True, False, True]


def test_notes_are_put_in_order():
    assert onsets(solo([note(1.0), note(0.5)], beats(1, 4))) == [1.0, 2.0]


def test_a_note_lasts_a_hundredth_of_a_beat_at_least():
    assert solo([note(0.0, 1e-5)], beats(1, 4)).notes[0].duration_beats == 0.01


def test_a_mark_of_the_byte_order_is_no_part_of_the_first_column():
    assert len(jazz.pieces(Held({"x.csv": f"\ufeff{NOTE_HEAD}\n{note(0.0)}"}), "x.csv")) == 1


def test_a_csv_of_beats_holds_no_piece():
    assert jazz.pieces(Held({BEATS: BEAT_HEAD}), BEATS) == []


def test_the_beats_may_lie_beside_the_notes():
    files = Held({"x.csv": f"{NOTE_HEAD}\n{note(1.5)}", "x_beattrack.csv": "\n".join([BEAT_HEAD, *beats(1, 8)])})
    assert jazz.pieces(files, "x.csv")[0].notes[0].onset_beats == 3.0


# --- notes alone -----------------------------------------------------------------------------


def test_without_a_track_the_notes_tell_the_beats():
    lengths = [0.5, 0.6, 0.4, 0.5]
    rows = [
        note(at + length * late, bar=1, number=i + 1, tatum=tatum, division=3, lasts_s=length, symbol="G7")
        for i, (at, length) in enumerate(zip(accumulate(lengths, initial=7.0), lengths, strict=False))
        for tatum, late in ((1, 0.0), (3, 2 / 3))
    ]
    piece = solo(rows)
    assert onsets(piece) == [0, 2 / 3, 1, 1 + 2 / 3, 2, 2 + 2 / 3, 3, 3 + 2 / 3]
    assert piece.chords == (Chord(0.0, chord("G7")),)


def test_early_and_late_notes_do_not_move_the_beats_of_their_neighbours():
    rows = [note(0.5 * i + off, number=i + 1) for i, off in enumerate((0.0, -0.1, 0.1, 0.0))]
    assert onsets(solo(rows)) == [0.0, 0.8, 2.2, 3.0]


def test_beats_without_notes_are_counted_by_the_numbers_around_them():
    rows = [
        note(0.0),
        note(0.5, number=2),
        note(4.25, bar=3, number=1, tatum=2, division=2),
        note(5.5, bar=3, number=4),
    ]
    assert onsets(solo(rows)) == [0.0, 1.0, 8.5, 11.0]


def test_a_single_note_tells_beats_enough():
    assert onsets(solo([note(0.3, number=3, tatum=2, division=2)])) == [2.5]


# --- damage ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("notes", "beat_rows", "says"),
    [
        (["0.0,0.1,4"], beats(1, 4), f"{SOLO}: line 2: pitch '' is no number"),
        ([note("soon")], beats(1, 4), f"{SOLO}: line 2: onset 'soon' is no number"),
        ([note(0.0), note("nan")], beats(1, 4), f"{SOLO}: line 3: onset 'nan' is no number"),
        ([note(1e12)], beats(1, 4), f"{SOLO}: line 2: onset '1000000000000.0' is no number below"),
        ([note(0.0, pitch=128)], beats(1, 4), f"{SOLO}: line 2: pitch 128 for 0.1 s is no note"),
        ([note(0.0, 0.0)], beats(1, 4), f"{SOLO}: line 2: pitch 60 for 0 s is no note"),
        ([], beats(1, 4), f"{SOLO}: no rows"),
        ([note(0.0)], [], f"{BEATS}: no rows"),
        ([note(0.0)], beats(1, 1), f"{BEATS}: 1 beats; at least 2"),
        ([note(0.0)], beats(1, 4)[::-1], f"{BEATS}: beat 3 of bar 1 at 1.000 s does not follow beat 4 of bar 1"),
        ([note(0.0)], [beat(0, 1, 1), beat(1, 1, 1)], f"{BEATS}: beat 1 of bar 1 at 1.000 s does not follow"),
        ([note(0.0)], [beat(1, 1, 1), beat(1, 1, 2)], f"{BEATS}: beat 2 of bar 1 at 1.000 s does not follow"),
        ([note("1" * 200_000)], beats(1, 4), f"{SOLO}: line 1: field larger than field limit"),
        ([note(0.0)], [beat(0, 1, 5), beat(1, 2, 1)], f"{BEATS}: line 2: beat 5 is none of a bar of 4/4"),
        ([note(0.0)], [beat(0, "1.5", 1)], f"{BEATS}: line 2: bar '1.5' is no whole number"),
        ([note(0.0)], [beat(0, 1, 1, "free")], f"{BEATS}: line 2: 'free' is no time signature"),
        ([note(0.0)], beats(1, 4, lasts_s=1e-200), f"{BEATS}: a beat lasts 1e-200 s"),
        ([note(0.0), note(0.1, bar=0)], None, f"{SOLO}: beat 1 of bar 0"),
    ],
)
def test_damage_is_told_in_one_sentence(notes, beat_rows, says):
    with pytest.raises(CorpusError) as told:
        solo(notes, beat_rows)
    assert str(told.value).startswith(says)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize("text", ["", "tempo,key\n120,C", "\x00\xff\x01"])
def test_another_file_is_told_by_the_columns_it_lacks(text):
    with pytest.raises(CorpusError, match=r"^x\.csv: line .: no column onset, duration, pitch; a file of the Weimar"):
        jazz.pieces(Held({"x.csv": text}), "x.csv")
