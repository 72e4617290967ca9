"""The benchmark table: the recipes of the benchmark, each trained with several seeds, and the mean and spread.

    IMPROVD_DATA=… KERAS_BACKEND=torch OMP_NUM_THREADS=1 .venv/bin/python benchmarks/frames.py [NAME …]
        [--seeds 1 2 3] [--untold] [--plot docs/benchmarks.png]

A training that is through is not repeated, one that was stopped goes on. Every run gets its row in docs/experiments.md.
With --untold the network is told nothing but the last symbol. The epoch is chosen on validation, test is read once.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from improvd.training.benchmark import finish, train
from improvd.training.log import LOG
from improvd.training.recipes.benchmark import BENCHMARKS, BenchmarkRecipe

PUBLISHED = {"jsb": 5.56, "nottingham": 2.31, "piano": 7.05}
"""RNN-NADE on the test sides. Source: Boulanger-Lewandowski et al., ICML 2012, table 1."""


def main() -> None:
    """Train what is named with every seed, print a row for each, and draw the learning curves."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help="recipes; all of the benchmark where none is named")
    parser.add_argument("--seeds", nargs="+", type=int, default=[1, 2, 3])
    parser.add_argument("--untold", action="store_true")
    parser.add_argument("--plot", type=Path)
    args = parser.parse_args()
    recipes = [recipe for recipe in BENCHMARKS if not args.names or recipe.name in args.names]
    if args.untold:
        recipes = [replace(recipe, shape=replace(recipe.shape, told=())) for recipe in recipes]
    for recipe in recipes:
        _run([replace(recipe, seed=seed) for seed in args.seeds])
    if args.plot:
        drawn({recipe: [replace(recipe, seed=seed) for seed in args.seeds] for recipe in recipes}).save(args.plot)


def _run(recipes: Sequence[BenchmarkRecipe]) -> None:
    """Train the same recipe with its seeds, and print what they came to."""
    found = []
    for recipe in recipes:
        trained = train.train(recipe)
        rounded = {name: weight.astype(np.float16) for name, weight in trained.weights.items()}
        tested = finish.test(recipe, rounded)
        finish.record(recipe, trained, tested)
        found.append((trained.valid, tested.model))
        print(f"{recipe.name} seed {recipe.seed}: valid {trained.valid:.3f} (epoch {trained.epoch}), "
              f"test {tested.model:.3f}, {trained.seconds / 60:.1f} minutes", flush=True)  # fmt: skip
    valid, test = np.array(found).T
    best = recipes[int(valid.argmin())].seed
    print(
        f"{recipes[0].name}: valid {_spread(valid)}, test {_spread(test)}, best on validation: seed {best}", flush=True
    )


def _spread(values: Sequence[float]) -> str:
    """Return the mean of some values, and their range."""
    return f"{np.mean(values):.3f} ({min(values):.3f}-{max(values):.3f})"


WIDTH, HEIGHT, MARGIN, FONT_PIXELS = 720, 540, 90, 28
PAPER, INK, FAINT, VALID, TRAIN, OTHERS = "#ffffff", "#222222", "#dddddd", "#1f5fa8", "#9fb8d0", "#b0502a"


def drawn(runs: Mapping[BenchmarkRecipe, Sequence[BenchmarkRecipe]]) -> Image.Image:
    """Return a picture of nats per frame over epochs, a panel a recipe, a line a seed."""
    image = Image.new("RGB", (WIDTH * len(runs), HEIGHT), PAPER)
    for index, (recipe, seeds) in enumerate(runs.items()):
        curves = [_curves(train.run_folder(seed) / LOG) for seed in seeds]
        image.paste(_panel(recipe.benchmark, curves), (index * WIDTH, 0))
    return image.reduce(2)  # drawn twice as large, for smooth lines


def _curves(path: Path) -> tuple[list[float], list[float]]:
    """Return nats per frame by epoch, while fitting and on validation."""
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    return [float(row["train"]) for row in rows], [float(row["valid"]) for row in rows]


def _panel(benchmark: str, curves: Sequence[tuple[list[float], list[float]]]) -> Image.Image:
    image = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
    pen, font = ImageDraw.Draw(image), ImageFont.load_default(FONT_PIXELS)
    epochs = max(len(valid) for _, valid in curves)
    low = min(min(train + valid) for train, valid in curves) * 0.95
    high = 1.25 * PUBLISHED[benchmark]

    def place(epoch: float, nats: float) -> tuple[float, float]:
        across = (epoch - 1) / max(1, epochs - 1) * (WIDTH - 1.5 * MARGIN)
        up = (min(nats, high) - low) / (high - low) * (HEIGHT - 2 * MARGIN)
        return MARGIN + across, HEIGHT - MARGIN - up

    for level in (low, (low + high) / 2, high):
        pen.line([place(1, level), place(epochs, level)], fill=FAINT, width=2)
        pen.text((MARGIN - 10, place(1, level)[1]), f"{level:.1f}", INK, font, anchor="rm")
    for tick in (1, epochs):
        pen.text((place(tick, low)[0], HEIGHT - MARGIN + 16), f"{tick}", INK, font, anchor="mt")
    pen.text((WIDTH / 2, MARGIN / 2), f"{benchmark}, nats per frame", INK, font, anchor="mm")
    pen.text((WIDTH / 2, HEIGHT - 20), "epoch", INK, font, anchor="mm")
    pen.line([place(1, PUBLISHED[benchmark]), place(epochs, PUBLISHED[benchmark])], fill=OTHERS, width=4)
    pen.text(place(epochs, PUBLISHED[benchmark]), "RNN-NADE, test", OTHERS, font, anchor="rb")
    for shown, colour in ((0, TRAIN), (1, VALID)):
        for curve in curves:
            pen.line([place(n, nats) for n, nats in enumerate(curve[shown], 1)], fill=colour, width=5, joint="curve")
    for name, colour, line in (("validation", VALID, 0), ("fitting", TRAIN, 1)):
        pen.text((WIDTH - MARGIN, MARGIN + 36 * line), name, colour, font, anchor="rt")
    return image


if __name__ == "__main__":
    main()
