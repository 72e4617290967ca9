"""Training: learns, stops and goes on to the same end, and ends in a bundle that plays."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from interrupted import interrupted_in_epoch

from improvd.errors import CheckpointError, CorpusError, UsageError
from improvd.model import bundle
from improvd.model.generate import Improviser
from improvd.model.step import Shape
from improvd.music.note import Note
from improvd.music.timing import steady
from improvd.training import batches, checkpoint, grid
from improvd.training import train as training
from improvd.training.corpus import library
from improvd.training.corpus.piece import Piece
from improvd.training.corpus.sides import Sides
from improvd.training.plan import Plan, planned
from improvd.training.recipes import RECIPES, Stage, recipe_named
from improvd.training.report.run import read_run

pytest.importorskip("tensorflow")

MODEL = Path(__file__).parents[2] / "models" / "default"
STAGE = Stage(2, learning_rate=0.01, warm_up=5, dropout=0.0)
RECIPE = replace(RECIPES[0], shape=Shape(16, 2, 8), stages=(STAGE, replace(STAGE, epochs=1)), rows=8, length=64)


def scale(seed, style="folk"):
    """A piece that goes up and down a scale: easy to learn."""
    start = 50 + seed % 12
    steps = [0, 2, 4, 5, 7, 9, 11, 12, 11, 9, 7, 5, 4, 2] * 3
    turn = seed % 14
    notes = tuple(Note(i * 0.5, start + s, 0.5, 80) for i, s in enumerate(steps[turn:]))
    return Piece(f"scale {seed}", style, steady(4, 4), notes)


def sides(style="folk"):
    pieces = [scale(seed, style) for seed in range(60)]
    return Sides(tuple(pieces[:44]), tuple(pieces[44:52]), tuple(pieces[52:]))


@pytest.fixture
def plan(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    source = {"title": "Scales", "licence": "public domain", "attribution": "none"}
    return Plan(RECIPE, "tiny", sides(), {"scales": source})


@pytest.mark.slow
def test_training_learns_and_a_stopped_one_comes_to_the_same_end(plan, monkeypatch, tmp_path):
    whole = training.train(plan)
    first, second = (logged(folder) for folder in plan.stage_folders)
    assert first[0] > first[1] > second[0]
    assert list((plan.stage_folders[0] / "tensorboard").iterdir())
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "another"))
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(training, "_epoch", interrupted_in_epoch(1, training._epoch))
        training.train(plan)
    parts = training.train(plan)
    assert parts.valid == pytest.approx(whole.valid, abs=1e-3)


def logged(folder):
    """The nats per note of each epoch, while fitting."""
    return [float(line.split(",")[1]) for line in (folder / "log.csv").read_text().splitlines()[1:]]


@pytest.mark.slow
def test_a_model_goes_on_learning_from_its_players_music(plan, monkeypatch):
    """Ends in a bundle that plays, better on the new music, and not much worse on what it knew."""
    from improvd.training import finish

    finish.finish(plan, training.train(plan), training.best_weights(plan.stage_folders[-1])[0])
    base = bundle.open_bundle(str(plan.folder))
    assert base.learnt() is not None
    waltzes = [replace(scale(seed, "own 1"), notes=in_three(scale(seed).notes)) for seed in range(40)]
    own = Sides(tuple(waltzes[:30]), tuple(waltzes[30:35]), tuple(waltzes[35:]))
    recipe = replace(recipe_named("tune"), shape=base.shape, stages=(replace(STAGE, epochs=3),), rows=8, length=64)
    tuned = Plan(recipe, "mine", own, plan.sources, base, plan.sides)
    result = training.train(tuned)
    finish.finish(tuned, result, training.best_weights(tuned.stage_folders[-1])[0])
    assert result.test["parts"].sum() < result.before["parts"].sum() - 0.1
    assert result.test["learnt before"].sum() < result.before["learnt before"].sum() + 0.3
    assert bundle.read_card(tuned.folder)["training"]["from"] == "tiny"
    told = read_run(tuned.run)
    assert (told.facts.name, told.facts.recipe, told.facts.epochs) == ("mine", "tune", 3)
    assert len(told.epochs.valid) == 3
    for runtime in ("litert-int8", "numpy"):
        assert Improviser.open(str(tuned.folder), runtime).name == "mine"


def in_three(notes):
    return tuple(replace(note, onset_beats=note.onset_beats * 3, duration_beats=1.0) for note in notes)


def test_a_checkpoint_that_finds_no_room_leaves_the_one_before(tmp_path, monkeypatch):
    path = tmp_path / "state.npz"
    checkpoint.write(path, {"a": np.ones(3)})

    def full(file, **arrays):
        file.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", full)
    with pytest.raises(CheckpointError, match=r"No space left on device; the one before is intact"):
        checkpoint.write(path, {"a": np.zeros(3)})
    assert checkpoint.read(path)["a"].tolist() == [1, 1, 1]
    assert [file.name for file in tmp_path.iterdir()] == ["state.npz"]


@pytest.mark.parametrize(
    "damage", [lambda b: b"junk", lambda b: b"", lambda b: b[: len(b) // 2], lambda b: b.replace(b"ones", b"noes")]
)
def test_a_damaged_checkpoint_is_one_clear_error(tmp_path, damage):
    checkpoint.write(tmp_path / "state.npz", {"a": np.frombuffer(b"ones" * 1000, np.uint8)})
    (tmp_path / "state.npz").write_bytes(damage((tmp_path / "state.npz").read_bytes()))
    with pytest.raises(CheckpointError, match=r"the checkpoint cannot be read: .*; remove it to train anew"):
        checkpoint.read(tmp_path / "state.npz")


def test_an_unknown_recipe_says_which_was_probably_meant():
    with pytest.raises(UsageError, match="did you mean 'default'"):
        recipe_named("defualt")


@pytest.mark.parametrize(
    ("what", "base", "says"),
    [
        ("default", str(MODEL), "which music"),
        ("tune", None, "no music of its own"),
        (str(MODEL), None, "is music, not a recipe"),
    ],
)
def test_words_that_make_no_training_say_what_would(what, base, says):
    with pytest.raises(UsageError, match=says):
        planned(what, data=None, base=base)


def test_a_recipe_is_meant_even_where_a_folder_has_its_name(tmp_path, monkeypatch):
    (tmp_path / "default").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(library, "split", lambda names: sides())
    assert planned("default", data=None, base=None).name == "default"


def test_corpora_given_as_data_keep_their_sides_and_what_is_said_of_them(monkeypatch):
    monkeypatch.setattr(library, "split", lambda names: sides(names[0]))
    for given in (
        planned("default", data="corpus:wjazzd", base=None),
        planned("corpus:wjazzd", data=None, base=str(MODEL)),
    ):
        assert given.sides == sides("wjazzd")
        assert given.sources["wjazzd"]["licence"] == "ODbL 1.0"
        assert "own" not in given.sources


def test_no_side_of_a_corpus_that_is_not_to_be_trained_on_is_taken_for_music_of_ones_own(tmp_path, monkeypatch):
    monkeypatch.setenv("IMPROVD_DATA", str(tmp_path))
    for data in ("corpus:nottingham", "corpus:nottingham:train"):
        with pytest.raises(CorpusError, match="nottingham is not to be trained on: its licence"):
            planned("default", data=data, base=None)


def test_music_of_ones_own_has_a_style_of_its_own(monkeypatch):
    monkeypatch.setattr(library, "open_data", lambda data: library.Music(data, tuple(map(own_tune, range(40)))))
    given = planned("default", data="my/tunes", base=None)
    assert {piece.style for _, held in given.sides.by_name() for piece in held} == {"own 1"}
    assert (given.name, given.sources["own"]["title"]) == ("tunes", "tunes")


def own_tune(seed):
    pitches = 40 + np.cumsum(np.random.default_rng(seed).integers(-4, 5, 40)) % 40
    return Piece(f"{seed}", "any", steady(4, 4), tuple(Note(i * 0.5, int(p), 0.5, 80) for i, p in enumerate(pitches)))


@pytest.mark.parametrize("make", [lambda folder: None, lambda folder: (folder / "a.txt").write_text("x")])
def test_a_folder_without_music_is_one_clear_error(tmp_path, make):
    make(tmp_path)
    with pytest.raises(CorpusError, match=str(tmp_path)):
        planned("default", data=str(tmp_path), base=None)


@pytest.mark.slow
def test_the_averaged_weights_are_those_evaluated(plan):
    from improvd.training.fit import Fit, built

    fit = Fit(built(RECIPE, STAGE), RECIPE, STAGE)
    scores = grid.prepare([scale(s) for s in range(8)], as_keys=True)
    before = fit.evaluate(batches.evaluation_windows(scores, rows=8, length=64)).sum()
    fit.average = [np.zeros_like(w) for w in fit.average]
    uniform = fit.evaluate(batches.evaluation_windows(scores, rows=8, length=64)).sum()
    assert uniform != pytest.approx(before)


def test_the_learning_rate_rises_and_comes_down_to_nothing_at_the_end_of_its_stage():
    from improvd.training.fit import learning_rate

    stage = Stage(10, learning_rate=1.0, warm_up=4)
    assert [learning_rate(stage, steps, 0.0) for steps in range(6)] == [0.25, 0.5, 0.75, 1, 1, 1]
    assert [round(learning_rate(stage, 100, done), 3) for done in (0, 0.25, 0.5, 0.75, 1, 1.01)] == [
        1, 0.854, 0.5, 0.146, 0, 0,
    ]  # fmt: skip
