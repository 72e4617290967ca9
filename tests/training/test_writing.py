"""The end of a training: a folder is replaced whole or not at all, and a run gets its row in the right table."""

from __future__ import annotations

import tomllib

import pytest

from improvd.training import writing


def test_a_folder_takes_the_place_of_the_one_before(tmp_path):
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "old").touch()
    with writing.drafted(tmp_path / "model") as draft:
        (draft / "new").touch()
    assert [path.name for path in tmp_path.rglob("*")] == ["model", "new"]


def test_a_folder_that_is_not_finished_leaves_the_one_before(tmp_path):
    (tmp_path / "model").mkdir()
    with pytest.raises(OSError, match="full"), writing.drafted(tmp_path / "model") as draft:
        (draft / "new").touch()
        raise OSError("full")
    assert [path.name for path in tmp_path.rglob("*")] == ["model"]


def test_a_folder_that_is_amended_keeps_the_rest_or_all_where_that_fails(tmp_path):
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "card.toml").write_text("old")
    with writing.amended(folder) as draft:
        (draft / "index").write_text("new")
    assert {file.name: file.read_text() for file in folder.iterdir()} == {"card.toml": "old", "index": "new"}
    with pytest.raises(OSError, match="full"), writing.amended(folder) as draft:
        (draft / "card.toml").write_text("half")
        raise OSError("full")
    assert (folder / "card.toml").read_text() == "old"


def test_tables_are_toml():
    text = writing.as_toml({"": {"name": 'Dvořák "9"'}, "a.b": {"rows": [1, 2], "share": 0.5}})
    assert tomllib.loads(text) == {"name": 'Dvořák "9"', "a": {"b": {"rows": [1, 2], "share": 0.5}}}


PAGE = "# Runs\n\n| recipe |\n|---|\n| first |\n\nNotes.\n\n| other |\n|---|\n"


def test_a_run_gets_its_row_at_the_end_of_the_table_of_runs():
    assert writing.with_row(PAGE, "| second |\n") == PAGE.replace("| first |\n", "| first |\n| second |\n")
    assert writing.with_row("", "| first |\n") == "| first |\n"


def test_a_run_gets_its_row_in_the_table_that_is_named():
    assert writing.with_row(PAGE, "| new |\n", "other") == PAGE + "| new |\n"


def test_a_run_is_recorded_once(tmp_path):
    (tmp_path / "page.md").write_text(PAGE)
    for _ in range(2):
        writing.record(writing.row(("second", "3.5")), tmp_path / "page.md")
    assert (tmp_path / "page.md").read_text().count("| second | 3.5 |") == 1
