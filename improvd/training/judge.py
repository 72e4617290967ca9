"""The judgement of a model by what it plays: its continuations against those of the people who wrote the primers."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from improvd.config import SamplingSettings
from improvd.errors import CorpusError
from improvd.model.runtimes import Step
from improvd.model.step import Shape
from improvd.music import codec
from improvd.training.continuations import NOTES, Primer, continued, primers
from improvd.training.corpus.piece import Piece
from improvd.training.metrics.consistency import consistency
from improvd.training.metrics.dependence import Dependence, dependence
from improvd.training.metrics.loops import share_looped
from improvd.training.metrics.originality import Lines, lines_of, longest_runs
from improvd.training.metrics.overlap import Likeness, likeness, mean_area
from improvd.training.metrics.passage import Array, Passage

FEWEST = 20
"""Primers below which nothing can be said."""

HALVINGS = 5
"""Ways of halving the human music whose overlapped area is averaged."""

LEAST_AREA, LEAST_DEPENDENCE = 0.90, 0.85
"""Shares of what human music reaches that a model has to reach."""


@dataclass(frozen=True, slots=True)
class Side:
    """This is what was measured of one side's continuations, the model's or the people's.

    Attributes:
        pitch_class_entropy, scale, groove: means of `consistency.Consistency`.
        looped: mean share of notes caught in loops; looped_95: its 95th percentile.
        copied: mean notes of the longest run copied from the training music; None where that was not at hand.
        depends: how well they tell their primers.
    """

    pitch_class_entropy: float
    scale: float
    groove: float
    looped: float
    looped_95: float
    copied: float | None
    depends: Dependence


@dataclass(frozen=True, slots=True)
class Target:
    """This is one thing asked of a model, and what it reached; `at_most` says which way."""

    name: str
    reached: float
    bound: float
    at_most: bool

    @property
    def met(self) -> bool:
        """Whether the model is good enough in this."""
        return self.reached <= self.bound if self.at_most else self.reached >= self.bound


@dataclass(frozen=True, slots=True)
class Judgement:
    """This is all that was found about a model's continuations.

    Attributes:
        primers: how many it went on from, `notes` notes each.
        sampling: with which it drew; seed: of primers and noise.
        features: how like the human continuations its own are, feature by feature.
        halves_area: mean overlapped area of two halves of the human continuations.
        model, human: what was measured of each by itself.
        illegal: events that may not be played, of `events` drawn.
        notes_per_s: drawn, the reading of the primers included in the time.
    """

    primers: int
    notes: int
    sampling: SamplingSettings
    seed: int
    features: tuple[Likeness, ...]
    halves_area: float
    model: Side
    human: Side
    illegal: int
    events: int
    notes_per_s: float

    @property
    def area(self) -> float:
        """Mean overlapped area of the model's continuations with the human ones."""
        return mean_area(self.features)

    def targets(self) -> list[Target]:
        """Return what is asked of a model, and what this one reached."""
        model, human = self.model, self.human
        copied = [] if model.copied is None or human.copied is None else [
            Target("longest copied run", model.copied, human.copied, at_most=True)
        ]  # fmt: skip
        return [
            Target("overlapped area", self.area, LEAST_AREA * self.halves_area, at_most=False),
            Target("notes in loops, 95th percentile", model.looped_95, human.looped_95, at_most=True),
            *copied,
            Target("illegal events", self.illegal, 0, at_most=True),
            Target(
                "seed dependence", model.depends.auc - 0.5, LEAST_DEPENDENCE * (human.depends.auc - 0.5), at_most=False
            ),
        ]

    def as_json(self) -> dict[str, Any]:
        """Return all of it as plain values."""
        sampling = {name: getattr(self.sampling, name) for name in ("temperature", "top_p", "min_p")}
        targets = [{**asdict(target), "met": target.met} for target in self.targets()]
        return {**asdict(self), "sampling": sampling, "area": self.area, "targets": targets}


def judge(
    step: Step,
    shape: Shape,
    held_out: Sequence[Piece],
    training: Lines | None,
    *,
    count: int = 512,
    sampling: SamplingSettings | None = None,
    seed: int = 0,
    as_keys: bool = False,
) -> Judgement:
    """Return how a model's continuations of held-out music compare with the human ones.

    Args:
        step, shape: of the model.
        held_out: pieces that it was not trained on.
        training: the lines of those that it was trained on, see `training_lines`; None where they are not at hand.
        count: primers at most.
        sampling: temperature, top_p and min_p; None for those of a fresh configuration.
        seed: of primers and noise.
        as_keys: as live playing arrives: one keyboard part, drums apart, and no style told.

    Raises:
        CorpusError: if the music gives too few primers.
    """
    sampling = sampling or SamplingSettings()
    given = primers(held_out, count, seed=seed, as_keys=as_keys)
    if len(given) < FEWEST:
        raise CorpusError(
            f"{len(given)} primers are too few to judge by; at least {FEWEST} are needed, from more music"
        )
    started = time.perf_counter()
    answers = continued(step, shape, given, sampling, seed=seed, told_style=not as_keys)
    seconds = time.perf_counter() - started
    human, played = [primer.human for primer in given], [answer.notes for answer in answers]
    return Judgement(
        primers=len(given),
        notes=NOTES,
        sampling=sampling,
        seed=seed,
        features=likeness(human, played),
        halves_area=halves_area(human, np.random.default_rng(seed)),
        model=_side(given, played, training, seed),
        human=_side(given, human, training, seed),
        illegal=sum(answer.illegal for answer in answers),
        events=len(answers) * NOTES,
        notes_per_s=len(answers) * NOTES / seconds,
    )


def halves_area(human: Sequence[Passage], rng: np.random.Generator) -> float:
    """Return the mean overlapped area of two halves of some music, over several ways of halving it."""
    areas = []
    for _ in range(HALVINGS):
        order = rng.permutation(len(human)).tolist()
        one, other = ([human[i] for i in half] for half in (order[::2], order[1::2]))
        areas.append(mean_area(likeness(one, other)))
    return float(np.mean(areas))


def _side(given: Sequence[Primer], played: Sequence[Passage], training: Lines | None, seed: int) -> Side:
    """Return what is measured of continuations by themselves."""
    kept = [consistency(passage) for passage in played]
    looped = _numbers(share_looped(primer.notes, passage) for primer, passage in zip(given, played, strict=True))
    return Side(
        pitch_class_entropy=_mean(_numbers(one.pitch_class_entropy for one in kept)),
        scale=_mean(_numbers(one.scale for one in kept)),
        groove=_mean(_numbers(one.groove for one in kept)),
        looped=_mean(looped),
        looped_95=float(np.percentile(looped, 95)) if len(looped) else 0.0,
        copied=None if training is None else copied(played, training),
        depends=dependence(
            [primer.notes for primer in given],
            played,
            styles=[primer.style for primer in given],
            pieces=[primer.piece for primer in given],
            seed=seed,
        ),
    )


def copied(played: Sequence[Passage], training: Lines) -> float:
    """Return the mean length in notes of the longest run that each passage shares with the training music."""
    return float(longest_runs(lines_of([passage.notes for passage in played]), training).mean())


def _numbers(values: Iterable[float]) -> Array:
    """Return what is a number among some measures; NaN says that there was nothing to measure."""
    found = np.array(list(values))
    return np.asarray(found[~np.isnan(found)])


def _mean(numbers: Array) -> float:
    return float(numbers.mean()) if len(numbers) else 0.0


def training_lines(pieces: Sequence[Piece]) -> Lines:
    """Return the lines of the music that a model was trained on."""
    return lines_of([np.array(codec.snap(piece.notes), np.int32) for piece in pieces])


def as_table(judgement: Judgement) -> str:
    """Return a judgement as text."""
    model, human, sampling = judgement.model, judgement.human, judgement.sampling
    rows = [
        f"{judgement.primers} primers, {judgement.notes} notes each and as many to follow; seed {judgement.seed}; "
        f"temperature {sampling.temperature}, top_p {sampling.top_p}, min_p {sampling.min_p}; "
        f"{judgement.notes_per_s:,.0f} notes/s",
        "",
        f"{'against human music':<26}{'area':>8}{'kl':>8}",
        *(f"{one.feature:<26}{one.area:>8.3f}{one.kl:>8.3f}" for one in judgement.features),
        f"{'mean':<26}{judgement.area:>8.3f}{'':>8}  two halves of the human music: {judgement.halves_area:.3f}",
        "",
        f"{'':<26}{'model':>8}{'human':>8}",
        _row("pitch class entropy", model.pitch_class_entropy, human.pitch_class_entropy),
        _row("scale consistency", model.scale, human.scale),
        _row("groove consistency", model.groove, human.groove),
        _row("notes in loops", model.looped, human.looped),
        _row("  95th percentile", model.looped_95, human.looped_95),
        _row("longest copied run", model.copied, human.copied),
        _row("seed dependence (AUC)", model.depends.auc, human.depends.auc),
        *(f"  95 % interval, {name:<11}{side.depends.low:.3f}-{side.depends.high:.3f}, {side.depends.answers} answers"
          for name, side in (("model", model), ("human", human))),
        "",
        *map(_verdict, judgement.targets()),
    ]  # fmt: skip
    return "\n".join(rows)


def _row(name: str, model: float | None, human: float | None) -> str:
    cells = ("-" if value is None else f"{value:.3f}" for value in (model, human))
    return f"{name:<26}" + "".join(f"{cell:>8}" for cell in cells)


def _verdict(target: Target) -> str:
    way = "at most" if target.at_most else "at least"
    return f"{'met' if target.met else 'missed':<8}{target.name}: {target.reached:.3f}, {way} {target.bound:.3f} wanted"
