"""The library: corpora by name and music of one's own, read once, and never lost for one damaged file."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import numpy as np
import pytest

from improvd import cli
from improvd.errors import CorpusError
from improvd.music.harmony import Chord
from improvd.music.note import Note
from improvd.music.timing import Meter, MeterChange, steady
from improvd.training.corpus import cache, corpora, library, packed, prepared, reading
from improvd.training.corpus.piece import Piece
from improvd.training.corpus.sources import SOURCES


def frames(seed, bars=4):
    """Return a chorale, each chord of which lasts a quarter."""
    chords = np.random.default_rng(seed).integers(40, 80, (bars * 4, 4)).tolist()
    return [sorted(chord, reverse=True) for chord in chords for _ in range(4)]


def chorales(start, count):
    return json.dumps({"train": [frames(seed) for seed in range(start, start + count)]})


@pytest.fixture
def data(tmp_path, monkeypatch):
    """A folder of corpora with thirty chorales, and an empty cache."""
    folder = tmp_path / "data" / "jsb-chorales"
    folder.mkdir(parents=True)
    with zipfile.ZipFile(folder / "jsb-chorales.zip", "w") as archive:
        archive.writestr("Jsb16thSeparated.json", chorales(0, 30))
        archive.writestr("jsb-chorales-16th.json", chorales(0, 30))
    (folder / "README.md").write_text("about")
    monkeypatch.setenv("IMPROVD_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "data"


def files_read(monkeypatch):
    """Return a list to which every reading from files is added."""
    log = []
    plain = reading.read

    def read(path, *args, **kwargs):
        log.append(Path(path).name)
        return plain(path, *args, **kwargs)

    monkeypatch.setattr(reading, "read", read)
    return log


def test_a_corpus_comes_by_side_and_in_its_style(data):
    sides = library.split(["jsb-chorales"])
    assert {name: len(pieces) > 0 for name, pieces in sides.by_name()} == {"train": True, "valid": True, "test": True}
    pieces = [piece for _, held in sides.by_name() for piece in held]
    assert len(pieces) == 30
    assert {piece.style for piece in pieces} == {"chorale"}
    assert all(piece.name.startswith("jsb-chorales.zip/Jsb16thSeparated.json#") for piece in pieces)


def test_a_corpus_is_read_once(data, monkeypatch):
    log = files_read(monkeypatch)
    first, second = library.split(["jsb-chorales"]), library.split(["jsb-chorales"])
    assert first == second
    assert log == ["jsb-chorales"]


def test_a_corpus_is_read_again_when_its_files_change(data, monkeypatch):
    library.split(["jsb-chorales"])
    (data / "jsb-chorales" / "more.zip").write_bytes((data / "jsb-chorales" / "jsb-chorales.zip").read_bytes())
    log = files_read(monkeypatch)
    assert sum(len(pieces) for _, pieces in library.split(["jsb-chorales"]).by_name()) == 60
    assert log == ["jsb-chorales"]
    assert len(list(cache.folder().glob("*.npz"))) == 1


@pytest.mark.parametrize("damage", [lambda b: b[: len(b) // 2], lambda b: b"", lambda b: b"x" * 50])
def test_a_damaged_cache_is_made_again(data, damage):
    first = library.split(["jsb-chorales"])
    for path in cache.folder().iterdir():
        path.write_bytes(damage(path.read_bytes()))
    assert library.split(["jsb-chorales"]) == first


def test_where_nothing_can_be_kept_the_music_is_read_all_the_same(data, tmp_path, monkeypatch, capfd):
    (tmp_path / "blocked").write_text("no folder")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "blocked"))
    assert len(library.open_data("corpus:jsb-chorales").pieces) == 30
    assert "jsb-chorales cannot be kept in" in capfd.readouterr().err


def test_data_may_be_a_side_of_a_corpus_or_of_all(data):
    sides = library.split(["jsb-chorales"])
    assert library.open_data("corpus:jsb-chorales:test").pieces == sides.test
    assert library.open_data("corpus:all:valid").pieces == sides.valid
    assert set(library.open_data("corpus:all").pieces) == {p for _, held in sides.by_name() for p in held}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("corpus:nosuch", "unknown corpus 'nosuch'; there are: jsb-chorales"),
        ("corpus:wjazzd", "corpus wjazzd is not at hand: there is no folder"),
        ("corpus:jsb-chorales:tset", "'tset' is no side; allowed: .* train, valid, test"),
        ("corpus:jsb-chorales:test:x", "'test:x' is no side"),
        ("none.mid", r"there is no none\.mid; give a file, a folder, an archive or corpus:NAME"),
    ],
)
def test_data_that_are_not_there_say_what_is_allowed(data, text, said):
    with pytest.raises(CorpusError, match=said):
        library.open_data(text)


def test_a_folder_of_ones_own_is_read_and_damaged_files_are_told(data, tmp_path, capfd):
    own = tmp_path / "own"
    own.mkdir()
    (own / "good.json").write_text(chorales(50, 5))
    (own / "bad.json").write_text("{")
    (own / "bad.zip").write_text("no zip")
    (own / "notes.txt").write_text("not music")
    music = library.open_data(str(own))
    assert len(music.pieces) == 5
    assert [why.partition(" holds")[0].rpartition("/")[2].split(" is ")[0] for why in music.skipped] == [
        "bad.json",
        "bad.zip",
    ]
    assert "2 files skipped: bad.json holds no chorales" in capfd.readouterr().err


def test_a_file_in_the_folder_of_a_corpus_has_its_style(data):
    found = {piece.style for piece in library.open_data(str(data / "jsb-chorales" / "jsb-chorales.zip")).pieces}
    assert found == {"chorale"}
    (data / "wjazzd").mkdir()
    (data / "wjazzd" / "own.json").write_text(chorales(50, 2))
    assert {piece.style for piece in library.open_data(str(data / "wjazzd" / "own.json")).pieces} == {"jazz"}
    assert len(library.open_data(str(data / "jsb-chorales")).pieces) == 30


def test_many_files_are_read_by_several_processes_in_order(data, tmp_path):
    own = tmp_path / "own"
    own.mkdir()
    for number in range(reading.FILES_AT_ONCE + 6):
        (own / f"{number:03}.json").write_text(chorales(number, 1) if number != 3 else "{")
    music = library.open_data(str(own))
    assert [piece.name for piece in music.pieces] == [
        f"{number:03}.json#0 train" for number in range(reading.FILES_AT_ONCE + 6) if number != 3
    ]
    assert len(music.skipped) == 1


@pytest.mark.parametrize(
    ("held", "said"),
    [
        ({}, "0 files, of which 0 are no music and 0 damaged; 0 pieces have fewer than 16 notes"),
        ({"a.txt": "x", "b": "y"}, "2 files, of which 2 are no music"),
        ({"a.json": "{"}, r"1 files, of which 0 are no music and 1 damaged; the first: a\.json holds no chorales"),
        ({"a.json": json.dumps({"a": [[[60]], [[61]]]})}, "2 pieces have fewer than 16 notes"),
    ],
)
def test_a_folder_without_music_says_what_was_found(data, tmp_path, held, said):
    own = tmp_path / "own"
    own.mkdir()
    for name, text in held.items():
        (own / name).write_text(text)
    with pytest.raises(CorpusError, match=f"holds no music to work with: .*{said}.* Allowed are .mid"):
        library.open_data(str(own))


def test_a_damaged_archive_of_a_corpus_is_one_clear_error(data):
    (data / "jsb-chorales" / "jsb-chorales.zip").write_bytes(b"PK no zip")
    with pytest.raises(CorpusError, match=r"corpus jsb-chorales cannot be read: .* 1 damaged; the first: .*no archive"):
        library.split(["jsb-chorales"])


def test_a_corpus_that_cannot_be_read_does_not_keep_others_from_being_split(data, capfd):
    (data / "js-fakes").mkdir()
    assert library.split(["jsb-chorales"]).test
    assert "corpus js-fakes cannot be read" in capfd.readouterr().err


def test_a_missing_folder_of_corpora_says_what_to_set(monkeypatch, tmp_path):
    monkeypatch.setenv("IMPROVD_DATA", str(tmp_path / "none"))
    with pytest.raises(CorpusError, match="set IMPROVD_DATA"):
        library.split(["jsb-chorales"])


def test_all_of_a_folder_without_corpora_says_where_it_looked(monkeypatch, tmp_path):
    monkeypatch.setenv("IMPROVD_DATA", str(tmp_path))
    with pytest.raises(CorpusError, match=f"{tmp_path} has none of the corpora"):
        library.open_data("corpus:all:test")


def test_what_may_not_be_trained_on_is_refused(data):
    with pytest.raises(CorpusError, match="nottingham is not to be trained on: its licence"):
        library.split(["nottingham"])


def test_every_corpus_has_a_source():
    assert SOURCES.keys() == corpora.CORPORA.keys()


def test_pieces_are_the_same_after_they_were_packed():
    notes = (Note(0.0, 60, 1 / 3, 80, 2), Note(0.5, 64, 0.1, 127, 0))
    meters = (MeterChange(0.0, Meter(4, 4)), MeterChange(8.0, Meter(7, 8)))
    chords = (Chord(0.0, frozenset({0, 4, 11})), Chord(2.0, frozenset()))
    pieces = [
        Piece("\u00e9", "jazz", meters, notes, dynamics=True, chords=chords),
        Piece("b", "any", steady(3, 4), notes),
    ]
    held = packed.from_bytes(packed.to_bytes(packed.joined([packed.pack(pieces[:1]), packed.pack(pieces[1:])])))
    assert held.pieces() == pieces
    assert held.names() == ["\u00e9", "b"]
    assert packed.pack([]).pieces() == []


def run(capfd, *argv):
    code = cli.main(argv)
    return code, capfd.readouterr()


def test_the_list_tells_what_is_at_hand_and_prepared(data, capfd):
    def listed():
        code, said = run(capfd, "corpus", "list", "--json")
        assert code == 0
        return {row["name"]: row for row in json.loads(said.out)["corpora"]}

    before = listed()["jsb-chorales"]
    assert (before["at_hand"], before["trainable"], before["pieces"]) == (True, True, None)
    assert run(capfd, "corpus", "prepare")[0] == 0
    after = listed()
    row = after["jsb-chorales"]
    assert row["pieces"] == row["train"] + row["valid"] + row["test"] == 30
    assert row["notes"] == sum(len(p.notes) for p in library.open_data("corpus:jsb-chorales").pieces)
    assert (after["nottingham"]["at_hand"], after["nottingham"]["trainable"]) == (False, False)


def test_the_list_is_a_table_too(data, capfd):
    run(capfd, "corpus", "prepare")
    lines = run(capfd, "corpus", "list")[1].out.splitlines()
    assert lines[0].split()[:4] == ["corpus", "pieces", "notes", "train"]
    assert lines[1].split()[:2] == ["jsb-chorales", "30"]
    assert "not at hand" in lines[2]


def test_what_is_prepared_by_name_is_ready_for_all(data, capfd, monkeypatch):
    assert run(capfd, "corpus", "prepare", "jsb-chorales")[0] == 0
    log = files_read(monkeypatch)
    assert prepared.manifest()["jsb-chorales"]
    assert log == []
    assert run(capfd, "corpus", "prepare", "nosuch")[0] == 1
