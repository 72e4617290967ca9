"""Recipes of the benchmark: a stacked LSTM over the codec `frames` for each of its three sets."""

from __future__ import annotations

from dataclasses import dataclass, field

from improvd.model.frames.shape import Dropout, FramesShape


@dataclass(frozen=True, slots=True)
class BenchmarkRecipe:
    """This is one way to train a network on a set of the benchmark.

    Attributes:
        name: what the command line calls it.
        about: one sentence for the card.
        benchmark: the set, one of `benchmark.rolls.SETS`.
        shape: of the network.
        epochs: passes over the music; learning_rate: the highest; warm_up: windows until it is reached.
        dropout: what is dropped while fitting.
        rows: spans side by side; length: symbols a window; span: symbols of a span, about.
        weight_decay: of AdamW; clip_norm: of the whole gradient.
        averaging: momentum of the average of the weights, which is what is kept.
        seed: of everything drawn; in the table below the one of three that did best on validation.
    """

    name: str
    about: str
    benchmark: str
    shape: FramesShape
    epochs: int
    learning_rate: float = 3e-3
    warm_up: int = 100
    dropout: Dropout = field(default_factory=Dropout)
    rows: int = 16
    length: int = 128
    span: int = 512
    weight_decay: float = 0.01
    clip_norm: float = 1.0
    averaging: float = 0.998
    seed: int = 1

    @property
    def window(self) -> int:
        """Symbols that are shown at once."""
        return self.rows * self.length


BENCHMARKS = (
    BenchmarkRecipe(
        name="benchmark-jsb",
        about="Foresees Bach's chorales frame by frame; made for the benchmark, not to play.",
        benchmark="jsb",
        shape=FramesShape(units=256, layers=3),
        epochs=60,
        learning_rate=4e-3,
        dropout=Dropout(fed=0.3, between=0.6, top=0.6, recurrent=0.6),
    ),
    BenchmarkRecipe(
        name="benchmark-nottingham",
        about="Foresees folk tunes with chords frame by frame; made for the benchmark, not to play.",
        benchmark="nottingham",
        shape=FramesShape(units=256, layers=2),
        epochs=6,
        dropout=Dropout(fed=0.1, between=0.25, top=0.25, recurrent=0.25),
        rows=32,
        span=1024,
        seed=3,
    ),
    BenchmarkRecipe(
        name="benchmark-piano",
        about="Foresees classical piano music frame by frame; made for the benchmark, not to play.",
        benchmark="piano",
        shape=FramesShape(units=256, layers=2),
        epochs=12,
        dropout=Dropout(fed=0.2, between=0.4, top=0.4, recurrent=0.4),
        span=1024,
        seed=2,
    ),
)
