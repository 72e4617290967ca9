"""Training: learns, stops and goes on to the same end, and ends in a bundle that plays."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from improvd.errors import CorpusError, UsageError
from improvd.model.generate import Improviser
from improvd.model.step import Shape
from improvd.music.note import Note
from improvd.music.timing import steady
from improvd.training import train as training
from improvd.training.corpus import library
from improvd.training.corpus.piece import Piece
from improvd.training.recipes import RECIPES, recipe_named

pytest.importorskip("tensorflow")
pytestmark = pytest.mark.slow

RECIPE = replace(
    RECIPES[0], corpora=("jsb-chorales",), shape=Shape(16, 2, 8), epochs=3, rows=8, warm_up=5,
    learning_rate=0.01, dropout=0.0,
)  # fmt: skip


def scale(seed):
    """A piece that goes up and down a scale: easy to learn."""
    start = 50 + seed % 12
    steps = [0, 2, 4, 5, 7, 9, 11, 12, 11, 9, 7, 5, 4, 2] * 3
    turn = seed % 14
    return Piece(
        f"scale {seed}",
        "folk",
        steady(4, 4),
        tuple(Note(i * 0.5, start + s, 0.5, 80) for i, s in enumerate(steps[turn:])),
    )


@pytest.fixture
def music(monkeypatch):
    pieces = [scale(seed) for seed in range(60)]
    monkeypatch.setattr(
        training, "split_of", lambda piece: ("valid", "test", *["train"] * 6)[sum(n.pitch for n in piece.notes) % 8]
    )
    monkeypatch.setattr(library, "read", lambda name: pieces)


@pytest.mark.usefixtures("music")
@pytest.mark.slow
def test_training_learns_and_a_stopped_one_comes_to_the_same_end(tmp_path):
    whole = training.train(RECIPE, tmp_path / "whole")
    log = [line.split(",") for line in (tmp_path / "whole" / "log.csv").read_text().splitlines()]
    assert float(log[-1][1]) < float(log[1][1])
    _stop_after(RECIPE, tmp_path / "parts", epochs=1)
    parts = training.train(RECIPE, tmp_path / "parts")
    assert parts.valid == pytest.approx(whole.valid, abs=1e-3)


def _stop_after(recipe, run, epochs):
    """Train until Ctrl-C in the epoch after some."""
    original = training._epoch

    def epoch(fit, *args):
        if fit.epoch == epochs:
            raise KeyboardInterrupt
        original(fit, *args)

    training._epoch = epoch
    try:
        with pytest.raises(KeyboardInterrupt):
            training.train(recipe, run)
    finally:
        training._epoch = original


@pytest.mark.usefixtures("music")
@pytest.mark.slow
def test_training_ends_in_a_bundle_that_plays_and_a_line_in_the_record(tmp_path):
    from improvd.training import finish

    result = training.train(RECIPE, tmp_path / "run")
    held_out = training.views([scale(seed) for seed in range(8)]).keys
    weights, _ = training.best_weights(tmp_path / "run")
    folder = finish.write_bundle(RECIPE, weights, result, held_out, tmp_path / "models" / "tiny")
    finish.record(RECIPE, result, folder, tmp_path / "experiments.md")
    assert (tmp_path / "experiments.md").read_text().startswith("| default |")
    assert Improviser.open(str(folder), "litert-int8").name == "tiny"
    assert Improviser.open(str(folder), "numpy").runtime == "numpy"


def test_music_too_scarce_to_split_is_one_clear_error(monkeypatch):
    monkeypatch.setattr(library, "read", lambda name: [scale(1)])
    with pytest.raises(CorpusError, match="no piece falls on the"):
        training.split_pieces(("jsb-chorales",))


def test_an_unknown_recipe_says_which_was_probably_meant():
    with pytest.raises(UsageError, match="did you mean 'default'"):
        recipe_named("defualt")


def test_the_averaged_weights_are_those_evaluated(tmp_path, music):
    from improvd.model import network
    from improvd.training import batches
    from improvd.training.fit import Fit, compiled

    fit = Fit(compiled(network.build(RECIPE.shape), RECIPE, 10), RECIPE)
    scores = batches.prepare([scale(s) for s in range(8)], as_keys=True)
    before = fit.evaluate(batches.evaluation_batches(scores, rows=8, length=64)).sum()
    fit.average = [np.zeros_like(w) for w in fit.average]
    uniform = fit.evaluate(batches.evaluation_batches(scores, rows=8, length=64)).sum()
    assert uniform != pytest.approx(before)


def test_a_run_gets_its_line_at_the_end_of_the_table_once(tmp_path):
    from improvd.training import finish

    page = "# Runs\n\n| recipe |\n|---|\n| first |\n\nNotes.\n"
    assert finish._with_row(page, "| second |\n") == "# Runs\n\n| recipe |\n|---|\n| first |\n| second |\n\nNotes.\n"
    assert finish._with_row("", "| first |\n") == "| first |\n"
