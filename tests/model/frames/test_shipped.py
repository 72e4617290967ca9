"""The shipped models of the benchmark: whole, small, and with something learnt."""

from __future__ import annotations

import numpy as np
import pytest

from improvd.model.frames.opening import open_frames
from improvd.training.benchmark import finish, reading
from improvd.training.recipes.benchmark import BENCHMARKS


@pytest.fixture(params=[recipe.name for recipe in BENCHMARKS])
def model(request):
    return open_frames(request.param)


def test_its_card_says_that_it_is_below_the_rows_of_2012(model):
    (music,) = model.card["data"]
    assert model.card["results"]["test"] < {"jsb": 5.56, "nottingham": 2.31, "piano": 7.05}[music]


def test_its_card_is_that_of_its_recipe(model):
    (recipe,) = (recipe for recipe in BENCHMARKS if recipe.name == model.name)
    assert (model.shape, model.card["training"]["seed"]) == (recipe.shape, recipe.seed)


def test_it_is_small(model):
    assert sum(path.stat().st_size for path in model.path.iterdir()) < finish.MAX_BYTES


def test_it_has_learnt_that_a_chord_that_was_held_may_be_held_on(model):
    held = np.zeros((16, 88), bool)
    held[:, [27, 39, 43, 46]] = True
    wild = np.random.default_rng(0).permuted(held, axis=1)
    quiet, loud = (reading.nats(model.forward(), [roll]).per_frame for roll in (held, wild))
    assert quiet < loud / 4
