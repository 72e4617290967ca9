from __future__ import annotations

import math

import numpy as np
import pytest
from runs import ABC, leave_run

from improvd.errors import CheckpointError
from improvd.training.report.run import Facts, Finding, is_run, read_run, write_facts

NAN = math.nan


def _same(one, other):
    return one == pytest.approx(other, nan_ok=True)


def test_a_run_is_read_with_all_that_it_left(tmp_path):
    run = read_run(leave_run(tmp_path / "film-7-00000000", "film"))
    assert run.facts.name == "film"
    assert run.epochs.numbers == (1, 2, 3)
    assert run.epochs.train == (4, 2, 1)
    assert _same(run.epochs.seconds, (60, 60, NAN))
    assert [path.name for path in run.played] == ["played.mid"]
    assert run.text == "".join(run.activations.characters) == ABC
    assert run.activations.values.shape == (len(ABC), 6)
    assert run.tables[0].name == "by song"
    assert run.tables[0].rows == (("La Salsa", "12.5%", "18.8%"), ("Rumbera", "16.4%", ""))


def test_the_best_epoch_is_the_lowest_on_validation(tmp_path):
    assert read_run(leave_run(tmp_path / "a", "a")).epochs.best == 1


def test_a_run_takes_as_long_as_it_says_else_as_its_epochs_took(tmp_path):
    folder = leave_run(tmp_path / "a", "a")
    assert read_run(folder).minutes == 2
    write_facts(folder, Facts("a", minutes=12.5))
    assert read_run(folder).minutes == 12.5


def test_what_is_missing_is_empty(tmp_path):
    (tmp_path / "log.csv").write_text("epoch,train\n1,2.5\n")
    run = read_run(tmp_path)
    assert run.facts == Facts(tmp_path.name)
    assert _same(run.epochs.valid, (NAN,))
    assert run.epochs.best is None
    assert math.isnan(run.minutes)
    assert (run.played, run.text, run.activations, run.tables) == ((), "", None, ())


def test_without_facts_the_name_of_the_folder_tells_recipe_and_seed(tmp_path):
    folder = tmp_path / "one-layer-7-0a1b2c3d"
    folder.mkdir()
    (folder / "log.csv").write_text("epoch,train\n")
    assert read_run(folder).facts == Facts("one-layer-7-0a1b2c3d", "one-layer", seed=7)


def test_facts_alone_are_a_run(tmp_path):
    write_facts(tmp_path, Facts("planned"))
    assert read_run(tmp_path).epochs.numbers == ()


def test_stages_are_one_log_and_two_views_one_loss(tmp_path):
    for stage, rows in (("1", "1,5,1,2,3,4\n2,4,1,1,1,1\n"), ("2", "1,3,0,1,0,1\n"), ("10", "1,2,0,0,0,1\n")):
        (tmp_path / stage).mkdir()
        (tmp_path / stage / "log.csv").write_text("epoch,train,parts.a,parts.b,keys.a,keys.b\n" + rows)
    epochs = read_run(tmp_path).epochs
    assert epochs.numbers == (1, 2, 3, 4)
    assert epochs.train == (5, 4, 3, 2)
    assert epochs.valid == (5, 2, 1, 0.5)


def test_a_row_that_is_still_being_written_is_left_out(tmp_path):
    (tmp_path / "log.csv").write_text("epoch,train,valid\n1,2,3\n2,1")
    assert read_run(tmp_path).epochs.numbers == (1,)


def test_facts_survive_being_written(tmp_path):
    facts = Facts(
        'a "name"\\ with\n\x7f ünïcode', minutes=0.1, seed=3,
        findings=(Finding("x", 1.5, None, "n"), Finding("y", "a", 2)),
        settings=(("two words", True), ("hidden", 100), ("rate", 1e-05)),
    )  # fmt: skip
    write_facts(tmp_path, facts)
    assert read_run(tmp_path).facts == facts
    assert [path.name for path in tmp_path.iterdir()] == ["run.toml"]


def test_a_folder_that_is_no_run_is_refused_in_one_sentence(tmp_path):
    assert not is_run(tmp_path)
    with pytest.raises(CheckpointError, match=r"no run: neither run\.toml nor log\.csv is in it; name a folder"):
        read_run(tmp_path)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("run.toml", "[run\n"),
        ("run.toml", "[run]\nname = 3\n"),
        ("run.toml", '[[figures]]\nname = "a"\n'),
        ("run.toml", '[[figures]]\nname = "a"\nours = 1\nother = 2\n'),
        ("log.csv", "epoch,train\nx,1\n"),
        ("log.csv", "train\n1\n"),
        ("log.csv", "epoch,train\n,1\n"),
        ("activations.npz", "no archive"),
        ("by.table.csv", ""),
        ("text.txt", "\udcff"),
    ],
)
def test_a_damaged_file_is_named_in_one_sentence(tmp_path, name, text):
    folder = leave_run(tmp_path / "run", "a")
    (folder / name).write_text(text, encoding="utf-8", errors="surrogateescape")
    with pytest.raises(CheckpointError, match=rf"{name}: cannot be read: .*; mend it, or remove it and look again$"):
        read_run(folder)


def test_activations_that_do_not_fit_their_text_are_refused(tmp_path):
    folder = leave_run(tmp_path / "run", "a")
    np.savez(folder / "activations.npz", activations=np.zeros((3, 2)), characters=np.array(list("ab")))
    with pytest.raises(CheckpointError, match="do not fit each other"):
        read_run(folder)


def test_nothing_that_could_run_code_is_loaded(tmp_path):
    folder = leave_run(tmp_path / "run", "a")
    np.savez(folder / "activations.npz", activations=np.array([{}], dtype=object), characters=np.array(["a"]))
    with pytest.raises(CheckpointError, match="allow_pickle"):
        read_run(folder)
