"""The benchmark's files: read without pickle, and one clear sentence where one is missing or is something else."""

from __future__ import annotations

import numpy as np
import pytest
from frame_music import write_set

from improvd.errors import CorpusError, UsageError
from improvd.training.benchmark import rolls


@pytest.fixture
def folder(monkeypatch, tmp_path):
    monkeypatch.setenv("IMPROVD_DATA", str(tmp_path))
    return tmp_path


def file_of(folder, name):
    return folder / rolls.FOLDER / rolls.SETS[name].file


def test_a_side_comes_as_its_sequences(folder):
    written = write_set(folder)
    for side, sequences in written.items():
        read = rolls.load("jsb", side)
        assert len(read) == len(sequences)
        assert all(np.array_equal(a, b) for a, b in zip(read, sequences, strict=True))


def test_a_missing_file_is_one_clear_error(folder):
    with pytest.raises(CorpusError, match=r"benchmark:piano is not at hand: there is no file .*Piano_midi.packed.npz"):
        rolls.load("piano", "test")


def test_a_missing_folder_of_corpora_is_one_clear_error(monkeypatch, tmp_path):
    monkeypatch.setenv("IMPROVD_DATA", str(tmp_path / "none"))
    with pytest.raises(CorpusError, match="set IMPROVD_DATA"):
        rolls.load("jsb", "test")


@pytest.mark.parametrize("junk", [b"", b"PK\3\4 no", b"music"])
def test_a_file_of_something_else_is_one_clear_error(folder, junk):
    write_set(folder)
    file_of(folder, "jsb").write_bytes(junk)
    with pytest.raises(CorpusError, match="holds no piano rolls"):
        rolls.load("jsb", "test")


def test_arrays_of_something_else_are_one_clear_error(folder):
    write_set(folder)
    np.savez(file_of(folder, "jsb"), test_len=np.array([3]), test_bits=np.array(["x"]))
    with pytest.raises(CorpusError, match="holds no piano rolls"):
        rolls.load("jsb", "test")


def test_a_file_with_pickles_is_refused(folder):
    write_set(folder)
    np.savez(file_of(folder, "jsb"), test_len=np.array([{}], object), test_bits=np.array([{}], object))
    with pytest.raises(CorpusError, match="holds no piano rolls"):
        rolls.load("jsb", "test")


def test_lengths_that_do_not_match_the_frames_are_one_clear_error(folder):
    write_set(folder)
    np.savez(file_of(folder, "jsb"), test_len=np.array([3]), test_bits=np.zeros((4, 11), np.uint8))
    with pytest.raises(CorpusError, match="test side has 4 frames, its lengths say 3"):
        rolls.load("jsb", "test")


def test_a_set_and_a_side_are_asked_for_by_name():
    assert rolls.asked("benchmark:piano:valid") == rolls.Asked("piano", ("valid",))


def test_a_set_without_a_side_is_all_of_it():
    assert rolls.asked("benchmark:jsb").sides == ("train", "valid", "test")


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ("benchmark:jbs:test", "no 'jbs'; there are: jsb, nottingham, piano; did you mean 'jsb'"),
        ("benchmark:jsb:tests", "no 'tests'; there are: train, valid, test; did you mean 'test'"),
        ("benchmark:", "no ''; there are: jsb"),
        ("benchmark:jsb:", "no ''; there are: train"),
    ],
)
def test_a_set_or_side_that_there_is_not_says_which_there_are(data, says):
    with pytest.raises(UsageError, match=says):
        rolls.asked(data)
