from __future__ import annotations

import os

import pytest

from improvd.errors import UsageError
from improvd.training.report.finding import find_run


@pytest.fixture
def runs(tmp_path):
    for age_s, name in enumerate(("film-1-00000001", "film-2-00000002", "song-rnn-1-aaaa0001", "song-lstm-1-bbbb0001")):
        (tmp_path / name).mkdir()
        log = tmp_path / name / "log.csv"
        log.write_text("epoch,train\n")
        os.utime(log, (1000 + age_s, 1000 + age_s))
        os.utime(log.parent, (1000, 1000))
    (tmp_path / "notes").mkdir()
    return tmp_path


@pytest.mark.parametrize(
    ("word", "found"),
    [
        ("film", "film-2-00000002"),
        ("film-1", "film-1-00000001"),
        ("film-1-00000001", "film-1-00000001"),
        ("song-r", "song-rnn-1-aaaa0001"),
        ("song-lstm", "song-lstm-1-bbbb0001"),
    ],
)
def test_a_word_means_a_recipes_newest_run_or_the_one_that_it_begins(runs, word, found):
    assert find_run(word, runs) == runs / found


def test_a_folder_means_itself(runs):
    assert find_run(str(runs / "notes"), runs) == runs / "notes"


def test_a_beginning_of_several_asks_for_more(runs):
    with pytest.raises(UsageError, match="begins the names of several runs: song-lstm-1-bbbb0001, song-rnn-1-aaaa0001"):
        find_run("song", runs)


def test_an_unknown_name_is_told_with_what_there_is(runs):
    with pytest.raises(UsageError, match=r"no run 'flim' in .*: there are film-1-00000001.*; did you mean 'film'\?"):
        find_run("flim", runs)


def test_where_nothing_was_trained_there_are_none(tmp_path):
    with pytest.raises(UsageError, match="there are none"):
        find_run("film", tmp_path / "nowhere")
