"""What each thing that the network is told, its heads' order and its size are worth, at 2×256.

    IMPROVD_DATA=… OMP_NUM_THREADS=1 .venv/bin/python benchmarks/ablations.py [--notes N] [--seed S] [NAME …]

Every network is fitted to the same windows with parts, style and chords told, and evaluated on the whole
validation side. Prints a Markdown row as soon as a network is through.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import keras
import numpy as np
from keras import layers, ops
from trials import BASE, RECIPE, Music, header, music, outcome

from improvd.model import network
from improvd.model.step import OFF, Shape
from improvd.music.codec import ADVANCE, BEATS_IN_BAR, DURATION, END, FIELDS, PART, PITCH, VELOCITY
from improvd.music.note import TICKS_PER_BEAT
from improvd.training.batches import Window
from improvd.training.recipes import Recipe


class OrderedHeads(layers.Layer):  # type: ignore[misc]  # Keras ships no types
    """This scores the fields of an event in any order, as `network.Heads` does in the codec's.

    A field drawn before the advance knows neither the place of the note nor whether the piece ends there: pitches
    are then not masked, and the end of a piece has to be foretold by each of them, which is counted with the advance.
    """

    order: ClassVar[Sequence[int]] = (PART, ADVANCE, PITCH, DURATION, VELOCITY)
    conditioned: ClassVar[bool] = True

    def __init__(self, head_units: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.head_units = head_units

    def build(self, top_shape: tuple[int, ...], *_: Any) -> None:
        """Make the weights: a hidden layer a field, its softmax, and what each field adds to those after it."""
        hidden, count = self.head_units, len(FIELDS)
        small = keras.initializers.RandomNormal(stddev=0.05)
        self.kernel = self.add_weight(name="kernel", shape=(top_shape[-1], count * hidden))
        self.bias = self.add_weight(name="bias", shape=(count * hidden,), initializer="zeros")
        self.kernels = [self.add_weight(name=f"{f.name}-kernel", shape=(hidden, f.size)) for f in FIELDS]
        self.biases = [self.add_weight(name=f"{f.name}-bias", shape=(f.size,), initializer="zeros") for f in FIELDS]
        if not self.conditioned:
            return
        later = {field: (count - 1 - place) * hidden for place, field in enumerate(self.order)}
        sizes = {f"{FIELDS[field].name}-after": (FIELDS[field].size, later[field]) for field in self.order[:-1]}
        sizes |= {"phase": (TICKS_PER_BEAT, later[ADVANCE]), "beat": (BEATS_IN_BAR, later[ADVANCE])}
        self.after = {name: self.add_weight(name=name, shape=size, initializer=small) for name, size in sizes.items()}

    def call(self, top: Any, target: Any, target_position: Any, illegal: Any) -> Any:
        """Return the nats of each field (B, T, 5), given the top layer (B, T, U) and what follows."""
        hidden = ops.matmul(top, self.kernel) + self.bias
        nats: dict[int, Any] = {}
        for field in self.order:
            logits = ops.matmul(ops.tanh(hidden[..., : self.head_units]), self.kernels[field]) + self.biases[field]
            logits = ops.cast(logits, "float32")
            if field == PITCH and ADVANCE in nats:
                logits = ops.where(illegal, OFF, logits)
            chosen = ops.take_along_axis(ops.log_softmax(logits, -1), target[..., field, None], -1)
            nats[field] = -chosen[..., 0]
            hidden = hidden[..., self.head_units :]
            if self.conditioned and field != self.order[-1]:
                hidden = self._knowing(hidden, field, target, target_position)
        foretold = [nats[field] for field in self.order[: self.order.index(ADVANCE)] if field != PART]
        nats[ADVANCE] = nats[ADVANCE] + ops.where(target[..., ADVANCE] == END, sum(foretold), 0.0)
        return ops.stack([nats[field] for field in range(len(FIELDS))], -1)

    def _knowing(self, hidden: Any, field: int, target: Any, target_position: Any) -> Any:
        """Return the hidden layers of the later fields, told what a field was."""
        hidden = hidden + ops.take(self.after[f"{FIELDS[field].name}-after"], target[..., field], 0)
        if field == ADVANCE:
            hidden = hidden + ops.take(self.after["phase"], target_position % TICKS_PER_BEAT, 0)
            beat = ops.minimum(target_position // TICKS_PER_BEAT, BEATS_IN_BAR - 1)
            hidden = hidden + ops.take(self.after["beat"], beat, 0)
        return hidden


class Independent(OrderedHeads):
    """This scores every field by itself; the mask of what sounds stays."""

    conditioned = False


class PitchSecond(OrderedHeads):
    """This draws the pitch before the time."""

    order = (PART, PITCH, ADVANCE, DURATION, VELOCITY)


class PitchFourth(OrderedHeads):
    """This draws the whole rhythm before the pitch."""

    order = (PART, ADVANCE, DURATION, PITCH, VELOCITY)


@dataclass(frozen=True, slots=True)
class Trial:
    """This is one network: what it is not told, how it scores the fields, its size."""

    name: str
    untold: tuple[str, ...] = ()
    heads: type[layers.Layer] = network.Heads
    shape: Shape = BASE

    def build(self, recipe: Recipe) -> Any:
        """Return the network."""
        return network.build(
            recipe.shape,
            dropout=recipe.stages[0].dropout,
            event_dropout=recipe.stages[0].event_dropout,
            rows=recipe.rows,
            heads=self.heads,
        )


TRIALS = (
    Trial("base"),
    Trial("no style", untold=("style",)),
    Trial("no bar position", untold=("position", "target_position")),
    Trial("independent heads", heads=Independent),
    Trial("pitch before advance", heads=PitchSecond),
    Trial("duration before pitch", heads=PitchFourth),
    Trial("2×128", shape=Shape(128, 2, 64)),
    Trial("2×512", shape=Shape(512, 2, 256)),
)


def without(names: Sequence[str], music: Music) -> Music:
    """Return music of which some inputs are always 0."""

    def silent(window: Window) -> Window:
        return window._replace(told=window.told | {name: np.zeros_like(window.told[name]) for name in names})

    held_out = {style: list(map(silent, windows)) for style, windows in music.held_out.items()}
    return replace(music, shown=list(map(silent, music.shown)), held_out=held_out)


def main() -> None:
    """Fit the trials that are named, or all, and print a row for each."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="trials; all where none is named")
    parser.add_argument("--notes", type=int, default=1_200_000, help="notes that each is shown")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    recipe = replace(RECIPE, seed=args.seed)
    same = music(recipe, notes=args.notes)
    print(f"{same.notes:,} notes in {len(same.shown)} windows, seed {args.seed}\n\n{header(same)}", flush=True)
    for trial in TRIALS:
        if not args.names or trial.name in args.names:
            shown = without(trial.untold, same)
            print(outcome(trial.name, trial.build, replace(recipe, shape=trial.shape), shown).row(), flush=True)


if __name__ == "__main__":
    main()
