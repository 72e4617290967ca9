"""Training a paper's recipe: it learns, stops and goes on to the same end, and leaves a bundle that plays."""

from __future__ import annotations

import csv
from dataclasses import replace

import numpy as np
import pytest
from interrupted import interrupted_in_epoch
from paper_music import DENSE, STACK, recipe, write_midis, write_tunes

from improvd.errors import CorpusError, UsageError
from improvd.model import bundle
from improvd.model.opening import open_player
from improvd.music import midifile
from improvd.protocol import Ask, Context
from improvd.training import checkpoint, commands, writing
from improvd.training.papers import command, train
from improvd.training.papers.runs import runs_of
from improvd.training.papers.texts import Texts
from improvd.training.recipes.papers import LISTENING, PAPERS, SONGS, TEXT, Picked
from improvd.training.report.run import read_run

pytest.importorskip("keras")


@pytest.fixture(autouse=True)
def places(monkeypatch, tmp_path):
    """Keep bundles and records of a test in its own folder."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setattr(writing, "EXPERIMENTS", tmp_path / "none.md")


def trained(told, data):
    (run,) = runs_of(told, data)
    music = train.read(run)
    return run, music, train.train(run, music)


def logged(run, music):
    with (run.record(music.texts) / "log.csv").open() as file:
        return list(csv.DictReader(file))


def ask(window=((0, 0, 60, 24, 80),), begin=96, until=192):
    return Ask(0, window, Context(), begin, until, False, (1.0,), 0.98, 0.02, 0, 127, 3, 1)


@pytest.mark.slow
@pytest.mark.parametrize("table", [DENSE, STACK])
def test_a_network_learns_epoch_by_epoch(table, tmp_path):
    run, music, found = trained(recipe(tables=(table,), epochs=6), write_midis(tmp_path / "scales"))
    rows = logged(run, music)
    assert [row["epoch"] for row in rows] == ["1", "2", "3", "4", "5", "6"]
    assert float(rows[-1]["train"]) < float(rows[0]["train"]) - 0.5
    assert float(rows[-1]["train_accuracy"]) > float(rows[0]["train_accuracy"])
    assert found.epochs == 6
    assert found.ended == "all 6 epochs"


@pytest.mark.slow
def test_what_was_stopped_goes_on_to_the_same_end(tmp_path, monkeypatch):
    data = write_midis(tmp_path / "scales")
    told = recipe(tables=(replace(STACK, name=""),))
    _, _, whole = trained(told, data)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "another"))
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(train, "_epoch", interrupted_in_epoch(1, train._epoch))
        trained(told, data)
    run, music, parts = trained(told, data)
    assert len(logged(run, music)) == 3
    for name, weight in whole.last.items():
        np.testing.assert_allclose(parts.last[name], weight, atol=1e-6)


@pytest.mark.slow
def test_validation_that_gains_no_more_ends_it_and_the_best_epoch_is_kept(tmp_path):
    told = recipe(epochs=60, patience=3, learning_rate=0.5)
    run, music, found = trained(told, write_midis(tmp_path / "scales"))
    valid = [float(row["valid"]) for row in logged(run, music)]
    assert found.epochs == len(valid) < 60
    assert found.epoch == int(np.argmin(valid)) + 1 == len(valid) - 3
    assert found.ended == "early stopping: 3 epochs without a better validation"


@pytest.mark.slow
def test_the_weights_of_every_epoch_are_kept_as_float16_where_a_recipe_says_so(tmp_path):
    run, music, found = trained(recipe(every_epoch=True), write_midis(tmp_path / "scales"))
    folder = run.record(music.texts) / "epochs"
    assert sorted(path.name for path in folder.iterdir()) == ["001.npz", "002.npz", "003.npz"]
    last = checkpoint.read(folder / "003.npz")
    assert {weight.dtype for weight in last.values()} == {np.dtype(np.float16)}
    for name, weight in found.last.items():
        np.testing.assert_allclose(last[name], weight, atol=1e-3)


@pytest.mark.slow
def test_one_command_ends_in_a_bundle_that_plays_and_a_record_to_look_at(tmp_path):
    told = recipe(measures=(SONGS,), tables=(DENSE, STACK))
    assert command.main(told, data=write_midis(tmp_path / "scales")) == 0
    models = bundle.user_folder()
    assert sorted(path.name for path in models.iterdir()) == ["tiny-lstm-scales", "tiny-scales"]
    assert open_player(str(models / "tiny-lstm-scales")).ask(ask()).rows[0]
    (folder,) = checkpoint.runs_folder().glob("tiny-scales-*")
    run = read_run(folder)
    assert run.facts.recipe == "tiny"
    assert dict(run.facts.settings)["ended"] == "all 3 epochs"
    assert [table.name for table in run.tables] == ["accuracy per song"]
    assert {path.name for path in run.played} == {"played.mid", "written.mid"}
    assert midifile.read(folder / "written.mid").notes
    assert {finding.name for finding in run.facts.findings} > {
        "loss",
        "loss by frequency",
        "accuracy",
        "accuracy, mean of songs",
    }


@pytest.mark.slow
def test_characters_leave_a_text_and_their_neurons(tmp_path):
    told = recipe(codec="abc", window=8, tables=(STACK,), stride=8, joined=True, measures=(TEXT,))
    assert command.main(told, data=write_tunes(tmp_path / "tunes")) == 0
    (folder,) = checkpoint.runs_folder().glob("tiny-*")
    run = read_run(folder)
    assert run.text.startswith("X:")
    assert run.activations is not None
    assert run.activations.values.shape[1] == 8
    assert run.text.startswith("".join(run.activations.characters))


@pytest.mark.slow
def test_the_figures_for_listening_are_named_as_what_they_are(tmp_path):
    told = recipe(measures=(LISTENING,), written=60)
    assert command.main(told, data=write_midis(tmp_path / "scales", length=120)) == 0
    (folder,) = checkpoint.runs_folder().glob("tiny-*")
    found = {finding.name: finding for finding in read_run(folder).facts.findings}
    assert found["novelty"].paper == "heard, not measured"
    assert "not in the training music" in found["novelty"].note
    assert all(0 <= found[name].ours <= 1 for name in ("coherence", "novelty", "listenability"))


@pytest.mark.slow
def test_symbols_that_nobody_learnt_are_told_when_they_are_played(tmp_path, capsys):
    told = recipe()
    assert command.main(told, data=write_midis(tmp_path / "scales")) == 0
    player = open_player(str(bundle.user_folder() / "tiny-scales"))
    capsys.readouterr()
    chord = tuple((0, 0, pitch, 24, 80) for pitch in (61, 62, 63, 90))
    assert player.ask(ask((*chord, (24, 0, 60, 24, 80)))).rows[0]
    assert "is none of its" in capsys.readouterr().err


def test_a_recipe_is_not_trained_from_a_model():
    with pytest.raises(UsageError, match="recipe 'film' is trained from nothing: leave --from out"):
        commands.train("film", base="default")


def test_pieces_shorter_than_the_window_are_one_sentence(tmp_path):
    told = recipe(window=75)
    with pytest.raises(CorpusError, match="its longest piece has 40 symbols that are known, a window is 75"):
        command.main(told, data=write_midis(tmp_path / "scales"))


def test_the_summary_of_film_has_the_counts_of_its_paper(capsys):
    assert commands.train("film", summary=True) == 0
    told = capsys.readouterr().out
    for count in ("264,192", "1,574,912", "787,456", "65,792", "44,975"):
        assert count in told


def test_every_recipe_has_a_run_for_each_network_with_each_music():
    names = [run.name for told in PAPERS for run in runs_of(told)]
    assert names == [
        "salsa", "salsa-lstm", "one-layer-piano", "one-layer-folk", "three-layer-piano", "three-layer-folk", "film",
        "songrnn-lstm", "songrnn-rnn", "piano",
    ]  # fmt: skip
    assert len(set(names)) == len(names)


def test_words_about_a_recipe_do_not_begin_its_training_anew_but_its_figures_do():
    (run,) = runs_of(recipe(), "scales")
    (worded,) = runs_of(recipe(about="Other words.", stand_in="Other music."), "scales")
    (other,) = runs_of(recipe(batch=8), "scales")
    music = Texts((), (), (), {})
    assert worded.record(music) == run.record(music)
    assert other.record(music) != run.record(music)


def test_music_of_ones_own_has_one_run_for_each_network():
    told = recipe(tables=(DENSE, STACK), music=(Picked("a"), Picked("b")))
    assert [run.name for run in runs_of(told, "/somewhere/My Songs")] == ["tiny-my-songs", "tiny-lstm-my-songs"]
    assert all(run.stand_in == "" for run in runs_of(told, "/somewhere/My Songs"))


def test_bundles_of_papers_never_lie_with_the_program(tmp_path):
    folders = {run.bundle_folder.parent for told in PAPERS for run in runs_of(told)}
    assert folders == {tmp_path / "data" / "improvd" / "models"}
