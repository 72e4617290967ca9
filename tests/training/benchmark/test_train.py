"""Training on the benchmark: learns, stops and goes on to the same end, and ends in a bundle that scores."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from frame_music import SMALL, write_set
from interrupted import interrupted_in_epoch

from improvd.errors import BundleError
from improvd.model import bundle
from improvd.model.frames.shape import Dropout, FramesShape
from improvd.training import plan, writing
from improvd.training.benchmark import evaluate, finish, train
from improvd.training.recipes.benchmark import BENCHMARKS

RECIPE = replace(
    BENCHMARKS[0], shape=SMALL, epochs=3, learning_rate=0.02, warm_up=5, rows=4, length=64, span=256,
    dropout=Dropout(fed=0.1, between=0.1, top=0.1, recurrent=0.2),
)  # fmt: skip


@pytest.fixture
def bed(monkeypatch, tmp_path):
    monkeypatch.setenv("IMPROVD_DATA", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(finish, "bundle_folder", lambda name: tmp_path / "models" / name)
    monkeypatch.setattr(writing, "EXPERIMENTS", tmp_path / "experiments.md")
    (tmp_path / "experiments.md").write_text("| recipe |\n|---|\n\n| benchmark |\n|---|\n")
    write_set(tmp_path)
    return tmp_path


@pytest.mark.slow
def test_training_learns_and_a_stopped_one_comes_to_the_same_end(bed, monkeypatch):
    pytest.importorskip("keras")
    whole = train.train(RECIPE)
    log = (train.run_folder(RECIPE) / "log.csv").read_text().splitlines()
    assert log[0] == "epoch,train,valid,seconds,frames"
    nats = [float(line.split(",")[1]) for line in log[1:]]
    assert nats[0] > nats[1] > nats[2]
    monkeypatch.setenv("XDG_CACHE_HOME", str(bed / "another"))
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(train, "_epoch", interrupted_in_epoch(2, train._epoch))
        train.train(RECIPE)
    parts = train.train(RECIPE)
    assert parts.valid == pytest.approx(whole.valid, abs=1e-3)
    for name, weight in whole.weights.items():
        assert np.abs(parts.weights[name] - weight).max() < 1e-3


@pytest.mark.slow
def test_a_training_ends_in_a_bundle_that_scores_as_its_card_says(bed):
    pytest.importorskip("keras")
    folder = finish.finish(RECIPE, train.train(replace(RECIPE, epochs=15)))
    card = bundle.read_card(folder)
    found = evaluate.evaluate(str(folder), "benchmark:jsb:test")
    assert card["results"]["test"] == pytest.approx(found.nats_per_frame, abs=1e-4)
    assert card["results"]["test"] < card["results"]["unigram"] / 2
    assert card["pieces"]["train"]["pieces"] == 24
    assert card["data"]["jsb"]["licence"] == "public domain"
    valid = evaluate.evaluate(str(folder), "benchmark:jsb:valid")
    assert card["results"]["valid"] == pytest.approx(valid.nats_per_frame, abs=0.01)


def trained(shape):
    weights = {name: np.zeros(size, np.float32) for name, size in shape.weights().items()}
    return train.Trained(weights, epoch=7, valid=4.5, seconds=90.0, frames_per_s=1234.5, backend="torch")


def test_a_network_that_foresees_nothing_pays_the_same_for_all_that_may_follow(bed):
    """With all weights zero a symbol costs the logarithm of how many may come after the last."""
    folder = finish.finish(RECIPE, trained(SMALL))
    assert bundle.read_card(folder)["results"]["test"] > 3 * np.log(40)


def test_a_run_gets_its_row_in_the_table_of_the_benchmark(bed):
    finish.finish(RECIPE, trained(SMALL))
    row = (bed / "experiments.md").read_text().splitlines()[-1]
    assert row.startswith("| benchmark-jsb | 2×12 | before, echo | 3 (7) | 1 | 1.5 | 1,234 | 4.500 | ")


def test_weights_that_are_too_large_make_no_bundle(bed, monkeypatch):
    monkeypatch.setattr(finish, "MAX_BYTES", 1000)
    with pytest.raises(BundleError, match="at most 0 MB"):
        finish.finish(RECIPE, trained(SMALL))
    assert not list((bed / "models").iterdir())


def test_share_alike_goes_on_to_the_weights(bed):
    write_set(bed, "piano")
    recipe = next(recipe for recipe in BENCHMARKS if recipe.benchmark == "piano")
    folder = finish.finish(replace(recipe, shape=FramesShape(8, 1)), trained(FramesShape(8, 1)))
    assert bundle.read_card(folder)["licence"] == "CC BY-SA 4.0"


def test_another_seed_or_another_network_trains_in_another_folder():
    others = (RECIPE, replace(RECIPE, seed=2), replace(RECIPE, shape=FramesShape(13, 2)))
    assert len({train.run_folder(recipe) for recipe in others}) == 3


def test_every_recipe_is_in_the_table_and_its_bundle_lies_with_the_program():
    for recipe in BENCHMARKS:
        assert plan.bundle_folder(recipe.name).parent.name == "models"
        size = sum(int(np.prod(shape)) for shape in recipe.shape.weights().values())
        assert 2 * size < finish.MAX_BYTES
