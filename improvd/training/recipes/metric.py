"""Recipes of improvd's own network over the codec `metric`: its size, music, optimiser and length of training."""

from __future__ import annotations

from dataclasses import dataclass, field

from improvd.model.step import Shape
from improvd.training.variation import Augmentation


@dataclass(frozen=True, slots=True)
class Stage:
    """This is one course of the learning rate: up to its highest over `warm_up` windows, and along a cosine down to 0.

    Attributes:
        epochs: passes over the music.
        learning_rate: the highest.
        dropout: share of units dropped between layers; event_dropout: of the events fed.
    """

    epochs: int
    learning_rate: float = 2e-3
    warm_up: int = 200
    dropout: float = 0.2
    event_dropout: float = 0.02


@dataclass(frozen=True, slots=True)
class Recipe:
    """This is one way to train a model.

    Attributes:
        name: what the command line calls it.
        about: one sentence for the card.
        corpora: names in the table `CORPORA` of the corpora.
        shape: of the network.
        stages: of the training; each goes on from the best weights of the one before.
        rows: spans of pieces side by side; length: events a window; span: notes of a span at most.
        weight_decay: of AdamW; clip_norm: of the whole gradient.
        averaging: momentum of the average of the weights, which is what is kept.
        augmentation: how pieces are varied.
        emphasis: how often music of a style is shown in an epoch, once where none is given.
        seed: of everything drawn.
    """

    name: str
    about: str
    corpora: tuple[str, ...]
    shape: Shape
    stages: tuple[Stage, ...]
    rows: int = 32
    length: int = 256
    span: int = 1024
    weight_decay: float = 0.01
    clip_norm: float = 1.0
    averaging: float = 0.998
    augmentation: Augmentation = field(default_factory=Augmentation)
    emphasis: tuple[tuple[str, float], ...] = ()
    seed: int = 1

    @property
    def epochs(self) -> int:
        """Passes over the music, of all stages."""
        return sum(stage.epochs for stage in self.stages)

    @property
    def window(self) -> int:
        """Events that are shown at once."""
        return self.rows * self.length


EVERYTHING = ("jsb-chorales", "js-fakes", "abc-folk", "wjazzd", "piano-midi-de", "openewld", "groove-midi")

METRIC = (
    Recipe(
        name="default",
        about="Chorales, fiddle tunes, lead sheets, jazz solos, classical piano and drum grooves in one network.",
        corpora=EVERYTHING,
        shape=Shape(units=512, layers=3, head_units=192),
        stages=(Stage(13, dropout=0.25), Stage(8, learning_rate=1e-3, dropout=0.1)),
        emphasis=(("jazz", 2.0), ("lead sheet", 3.0), ("groove", 0.7)),
    ),
    Recipe(
        name="tune",
        about="A model that goes on learning from its player's own music.",
        corpora=(),
        shape=Shape(units=512, layers=3, head_units=192),
        stages=(Stage(30, learning_rate=3e-4, warm_up=20),),
        rows=8,
        averaging=0.98,
    ),
)
