"""Trials: networks fitted to the same windows one after another, and what each makes of the validation pieces."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from improvd.model.step import Shape
from improvd.music.codec import PITCH, STYLES, VELOCITY
from improvd.training import batches, fit, grid
from improvd.training.batches import Window
from improvd.training.corpus import library
from improvd.training.grid import Array
from improvd.training.recipes import Recipe, Stage, recipe_named
from improvd.training.variation import Augmentation

BASE = Shape(units=256, layers=2, head_units=128)

RECIPE = Recipe(
    name="trial",
    about="A network among others.",
    corpora=recipe_named("default").corpora,
    shape=BASE,
    rows=16,
    length=64,
    stages=(Stage(1, warm_up=50, dropout=0.0, event_dropout=0.0),),
    augmentation=Augmentation(keys=0.0, any_style=0.0, no_chords=0.0),
)
"""As models are trained, but in a short time: everything told, nothing dropped, many small windows."""


@dataclass(frozen=True, slots=True)
class Music:
    """This is what every network of a comparison is shown.

    Attributes:
        shown: windows to fit, in order.
        held_out: validation windows by style.
        held_out_notes: how many notes those are, by style.
    """

    shown: Sequence[Window]
    held_out: dict[str, list[Window]]
    held_out_notes: dict[str, int]

    @property
    def notes(self) -> int:
        """Notes shown."""
        return sum(notes_in(window) for window in self.shown)


@dataclass(frozen=True, slots=True)
class Outcome:
    """This is what came of a network.

    Attributes:
        name: of the trial.
        weights: how many it has.
        fields: nats per note of each field (5,), over all validation notes.
        styles: nats per note by style.
        notes_per_s: notes fitted a second of the processor's own time, whatever else the machine did.
    """

    name: str
    weights: int
    fields: Array
    styles: dict[str, float]
    notes_per_s: float

    def row(self) -> str:
        """Return it as a row of a Markdown table."""
        total = self.fields.sum()
        nats = [total, total - self.fields[VELOCITY], *self.fields, *self.styles.values()]
        cells = [self.name, f"{self.weights / 1e6:.2f} M", *(f"{n:.3f}" for n in nats), f"{self.notes_per_s:,.0f}"]
        return f"| {' | '.join(cells)} |"


def header(music: Music) -> str:
    """Return the head of the table of outcomes."""
    cells = ["network", "weights", "nats/note", "without velocity", "part", "advance", "pitch", "duration",
             "velocity", *music.held_out, "notes/s"]  # fmt: skip
    return f"| {' | '.join(cells)} |\n|{'---|' * len(cells)}"


def notes_in(window: Window) -> int:
    """Return how many notes a window asks for."""
    return int(window.weight[..., PITCH].sum())


def music(recipe: Recipe, *, notes: int) -> Music:
    """Return so many notes of a recipe's corpora to fit, and its whole validation side."""
    sides = library.split(recipe.corpora)
    train = grid.prepare(sides.train, as_keys=False)
    valid = grid.prepare(sides.valid, as_keys=False)
    by_style = {STYLES[style]: [s for s in valid if s.style == style] for style in sorted({s.style for s in valid})}
    held_out = {
        style: list(batches.evaluation_windows(scores, rows=recipe.rows, length=256))
        for style, scores in by_style.items()
    }
    counts = {style: sum(map(len, scores)) for style, scores in by_style.items()}
    return Music(_shown(train, recipe, notes), held_out, counts)


def _shown(scores: list[grid.Score], recipe: Recipe, notes: int) -> list[Window]:
    """Return the windows of as many epochs as it takes."""
    shown: list[Window] = []
    rng = np.random.default_rng(recipe.seed)
    while True:
        for window in batches.training_windows(
            scores, rng, recipe.augmentation, rows=recipe.rows, length=recipe.length, span=recipe.span
        ):
            shown.append(window)
            notes -= notes_in(window)
            if notes <= 0:
                return shown


def outcome(name: str, build: Callable[[Recipe], Any], recipe: Recipe, music: Music) -> Outcome:
    """Fit a network to what is shown and return what came of it."""
    fit.begin(recipe.seed)
    (stage,) = recipe.stages
    fitting = fit.Fit(fit.compiled(build(recipe), recipe, stage), recipe, stage)
    started = time.process_time()
    for number, window in enumerate(music.shown):
        fitting.learn(window, number / len(music.shown))
    seconds = time.process_time() - started
    styles = {style: fitting.evaluate(windows) for style, windows in music.held_out.items()}
    shares = np.array(list(music.held_out_notes.values()), np.float64)
    fields = np.average(list(styles.values()), axis=0, weights=shares)
    by_style = {style: float(nats.sum()) for style, nats in styles.items()}
    weights = sum(math.prod(variable.shape) for variable in fitting.model.trainable_variables)
    return Outcome(name, weights, fields, by_style, music.notes / seconds)
