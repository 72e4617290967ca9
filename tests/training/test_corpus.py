"""Corpora: notation becomes notes, and the same tune always falls on the same side of the split."""

from __future__ import annotations

from dataclasses import replace

import pytest

from improvd.errors import CorpusError
from improvd.music.note import Note
from improvd.music.timing import steady
from improvd.training.corpus import chorales, library
from improvd.training.corpus.piece import Piece, split_of

abc = pytest.importorskip("improvd.training.corpus.abc")
pytest.importorskip("music21")


def tune(body, meter="4/4", key="C"):
    text = f"X:1\nT:Trial\nM:{meter}\nL:1/8\nK:{key}\n{body}\n"
    return next(iter(abc.tunes(text)))


def heard(body, **header):
    return [(n.onset_beats, n.pitch, n.duration_beats) for n in tune(body, **header)[2]]


def test_a_tune_has_its_title_metre_and_notes():
    title, meter, notes = tune("C2 D2 E2 F2|", meter="6/8")
    assert (title, meter) == ("Trial", (6, 8))
    assert [n.pitch for n in notes] == [60, 62, 64, 65]


def test_key_and_accidentals_are_heard():
    assert [pitch for _, pitch, _ in heard("F2 ^G2 G2 F2|c8|", key="D")] == [66, 68, 68, 66, 73]
    assert [pitch for _, pitch, _ in heard("F2 =F2 F2 ^c2|F8|", key="D")] == [66, 65, 65, 73, 66]


def test_an_upbeat_starts_late_in_its_bar():
    assert heard("C2|D8|")[:2] == [(3.0, 60, 1.0), (4.0, 62, 4.0)]


def test_a_triplet_takes_the_time_of_two():
    assert heard("(3CDE F2 G4|")[:4] == [
        (0.0, 60, pytest.approx(1 / 3)),
        (pytest.approx(1 / 3), 62, pytest.approx(1 / 3)),
        (pytest.approx(2 / 3), 64, pytest.approx(1 / 3)),
        (pytest.approx(1.0), 65, 1.0),
    ]


def test_a_tie_is_one_note():
    assert heard("C4-C4|") == [(0.0, 60, 4.0)]


def test_broken_rhythm_is_dotted():
    assert [length for *_, length in heard("C>D E<F G4|")] == [0.75, 0.25, 0.25, 0.75, 2.0]


def test_grace_notes_and_first_endings_are_left_out():
    assert [pitch for _, pitch, _ in heard("|:{D}C8|1 E8:|2 G8|]")] == [60, 67]


def test_a_chord_is_struck_together():
    assert heard("[CEG]8|") == [(0.0, 60, 4.0), (0.0, 64, 4.0), (0.0, 67, 4.0)]


def test_a_tune_that_cannot_be_read_is_passed_over():
    text = "X:1\nM:4/4\nL:1/8\nK:C\n(9:0:0CDE|\n\nX:2\nM:4/4\nL:1/8\nK:C\nC8|\n"
    assert [[n.pitch for n in notes] for *_, notes in abc.tunes(text)][-1] == [60]


def test_held_voices_of_a_chorale_are_single_notes_up_to_the_bar_line():
    frames = [[72, 67, 64, 48]] * 20
    notes = chorales.notes_of(frames)
    soprano = [(n.onset_beats, n.duration_beats) for n in notes if n.pitch == 72]
    assert soprano == [(3.0, 1.0), (4.0, 4.0)]


def test_a_silent_voice_has_no_note():
    assert {n.pitch for n in chorales.notes_of([[72, -1, -1, 48]] * 16)} == {72, 48}


MELODY = tuple(Note(i * 0.5, 60 + (i * 7) % 12, 0.5, 80) for i in range(40))


def test_a_tune_falls_on_the_same_side_in_every_key_and_under_every_name():
    piece = Piece("a", "folk", steady(4, 4), MELODY)
    up = replace(piece, name="b", notes=tuple(replace(n, pitch=n.pitch + 5) for n in MELODY))
    assert split_of(piece) == split_of(up)


def test_the_split_is_about_four_fifths_to_a_tenth_to_a_tenth():
    def piece(seed):
        return Piece("p", "folk", steady(4, 4), tuple(replace(n, pitch=40 + (n.pitch * seed) % 50) for n in MELODY))

    sides = [split_of(piece(seed)) for seed in range(2, 2000)]
    assert 0.7 < sides.count("train") / len(sides) < 0.9
    assert {"train", "valid", "test"} == set(sides)


def test_an_unknown_corpus_says_which_there_are():
    with pytest.raises(CorpusError, match=r"unknown corpus 'nosuch'; there are: .*jsb-chorales"):
        library.read("nosuch")


def test_a_missing_folder_says_what_to_set(monkeypatch, tmp_path):
    monkeypatch.setenv("IMPROVD_DATA", str(tmp_path / "none"))
    with pytest.raises(CorpusError, match="set IMPROVD_DATA"):
        library.read("jsb-chorales")


def test_a_damaged_archive_is_one_clear_error(monkeypatch, tmp_path):
    (tmp_path / "jsb-chorales").mkdir()
    (tmp_path / "jsb-chorales" / "jsb-chorales.zip").write_bytes(b"PK no zip")
    monkeypatch.setenv("IMPROVD_DATA", str(tmp_path))
    with pytest.raises(CorpusError, match="corpus jsb-chorales cannot be read"):
        library.read("jsb-chorales")
