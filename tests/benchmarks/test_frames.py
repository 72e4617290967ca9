"""The script that trains the benchmark with several seeds: what it prints and draws."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("PIL")
sys.path.append(str(Path(__file__).parents[2] / "benchmarks"))

import frames  # once the folder of scripts is on the path

from improvd.training.benchmark import train
from improvd.training.log import LOG
from improvd.training.recipes.benchmark import BENCHMARKS


def test_a_spread_is_the_mean_and_the_range():
    assert frames._spread(np.array([4.5, 4.75, 4.4])) == "4.550 (4.400-4.750)"


def test_there_is_a_panel_a_recipe_and_a_line_a_seed(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    runs = {recipe: [replace(recipe, seed=seed) for seed in (1, 2)] for recipe in BENCHMARKS}
    for recipe in (seeded for seeds in runs.values() for seeded in seeds):
        folder = train.run_folder(recipe)
        folder.mkdir(parents=True)
        (folder / LOG).write_text("epoch,train,valid,seconds,frames\n1,7.0,6.0,1,100\n2,5.0,4.0,1,100\n")
    picture = frames.drawn(runs)
    assert picture.size == (frames.WIDTH * 3 // 2, frames.HEIGHT // 2)
    assert len(picture.getcolors(100_000)) > 4
