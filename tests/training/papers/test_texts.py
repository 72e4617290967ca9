"""Texts: pieces become symbols by side, tunes keep the characters of their file, and bad music is one sentence."""

from __future__ import annotations

import pytest
from paper_music import tune, write_midis, write_tunes

from improvd.errors import CorpusError
from improvd.music.note import Note
from improvd.music.timing import steady
from improvd.training.corpus.piece import Piece
from improvd.training.corpus.sides import Sides
from improvd.training.papers import texts
from improvd.training.recipes.papers import Picked


def everything(found):
    return [text for _, side in found.by_name() for text in side]


def test_music_of_ones_own_is_split_by_piece_and_written_as_symbols(tmp_path):
    found = texts.of_own(write_midis(tmp_path / "scales"), "chords")
    assert len(everything(found)) == 12
    assert all(len(side) for _, side in found.by_name())
    assert {text.notes for text in everything(found)} == {40}
    assert all(len(text.symbols) == 40 for text in everything(found))
    assert found.train[0].symbols[0][0] in "ABCDEFG"


def test_a_tune_keeps_the_characters_of_its_file_title_and_all(tmp_path):
    found = texts.of_own(write_tunes(tmp_path / "tunes"), "abc")
    by_name = {text.name: "".join(text.symbols) for text in everything(found)}
    assert by_name["tunes.abc#3 Scale 3"] == tune(3)


def test_music_without_characters_of_its_own_is_written_as_abc(tmp_path):
    found = texts.of_own(write_midis(tmp_path / "scales"), "abc")
    assert all("".join(text.symbols).startswith("X:1\nM:4/4\n") for text in everything(found))


def test_a_file_of_tunes_in_latin_1_is_read_letter_by_letter(tmp_path):
    found = texts.of_own(write_tunes(tmp_path / "tunes", encoding="latin-1", title="Größe, Ó Súilleabháin"), "abc")
    assert "".join(everything(found)[0].symbols).count("T:Größe, Ó Súilleabháin") == 1


def test_a_tune_is_found_by_its_number_even_where_titles_have_spaces_and_signs(tmp_path):
    (tmp_path / "a b#1 c.abc").write_text("".join(tune(seed, "x #2 y") for seed in range(8)))
    found = texts.of_own(str(tmp_path), "abc")
    assert sorted("".join(text.symbols) for text in everything(found)) == sorted(
        tune(seed, "x #2 y") for seed in range(8)
    )


def piece(name, notes):
    return Piece(name, "any", steady(4, 4), tuple(Note(i / 2, 60, 0.5, 80) for i in range(notes)))


def test_the_longest_piece_under_each_title_is_picked():
    picked = Picked("groove-midi", r"/\d+_(latin[^_]*|afrocuban[^_]*)_", longest=2)
    pieces = [
        piece(f"x/{number}_{title}_100_beat.mid", notes)
        for number, title, notes in (
            (1, "latin-samba", 20), (2, "latin-samba", 30), (3, "afrocuban", 25), (4, "latin-bomba", 18),
            (5, "rock", 90),
        )
    ]  # fmt: skip
    found = texts.picked_from(Sides(tuple(pieces), tuple(pieces[:1]), tuple(pieces[1:])), picked)
    assert [p.name for p in found.train] == ["x/2_latin-samba_100_beat.mid", "x/3_afrocuban_100_beat.mid"]
    assert [len(side) for _, side in found.by_name()] == [2, 1, 3]


def test_a_side_without_what_is_picked_is_refused():
    sides = Sides((piece("a/Grieg/1", 20),), (piece("a/Bach/1", 20),), (piece("a/Grieg/2", 20),))
    with pytest.raises(CorpusError, match="corpus piano-midi-de: no piece on side 'valid' has '/Grieg/' in its name"):
        texts.picked_from(sides, Picked("piano-midi-de", "/Grieg/"))


def test_a_folder_without_music_is_refused(tmp_path):
    (tmp_path / "letter.txt").write_text("Dear reader")
    with pytest.raises(CorpusError, match="holds no music to work with: 1 files, of which 1 are no music"):
        texts.of_own(str(tmp_path), "chords")


def test_one_piece_is_too_little(tmp_path):
    with pytest.raises(CorpusError, match="1 pieces are too few to train, choose and test on; at least 5"):
        texts.of_own(write_midis(tmp_path / "one", 1), "durations")
