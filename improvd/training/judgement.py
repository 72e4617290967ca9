"""What was found of a model by its continuations, and how it is told."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from improvd.config import SamplingSettings
from improvd.training.metrics.dependence import Dependence
from improvd.training.metrics.overlap import Likeness, mean_area

LEAST_AREA, LEAST_DEPENDENCE = 0.90, 0.85
"""Shares of what human music reaches that a model has to reach."""


@dataclass(frozen=True, slots=True)
class Side:
    """This is what was measured of one side's continuations, the model's or the people's.

    None is what could not be measured: pitches of drums, copies where the training music is not at hand.

    Attributes:
        pitch_class_entropy, scale, groove: means of `consistency.Consistency`.
        looped: mean share of notes caught in loops; looped_95: its 95th percentile.
        copied: mean notes of the longest run copied from the training music.
        depends: how well they tell their primers.
    """

    pitch_class_entropy: float | None
    scale: float | None
    groove: float | None
    looped: float | None
    looped_95: float | None
    copied: float | None
    depends: Dependence


@dataclass(frozen=True, slots=True)
class OfStyle:
    """This is how like the human continuations of one style the model's are.

    Attributes:
        style: one of `codec.STYLES`; primers: in it.
        area: mean overlapped area; halves_area: that of two halves of the human continuations.
    """

    style: str
    primers: int
    area: float
    halves_area: float


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
        styles: the same for each style by itself, which says more where there are several.
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
    styles: tuple[OfStyle, ...]
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
        asked = (
            ("overlapped area", self.area, LEAST_AREA * self.halves_area, False),
            ("notes in loops, 95th percentile", model.looped_95, human.looped_95, True),
            ("longest copied run", model.copied, human.copied, True),
            ("illegal events", self.illegal, 0, True),
            ("seed dependence", model.depends.auc - 0.5, LEAST_DEPENDENCE * (human.depends.auc - 0.5), False),
        )
        return [
            Target(name, reached, bound, at_most)
            for name, reached, bound, at_most in asked
            if reached is not None and bound is not None
        ]

    def as_json(self) -> dict[str, Any]:
        """Return all of it as plain values."""
        sampling = {name: getattr(self.sampling, name) for name in ("temperature", "top_p", "min_p")}
        targets = [{**asdict(target), "met": target.met} for target in self.targets()]
        return {**asdict(self), "sampling": sampling, "area": self.area, "targets": targets}


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
        *(f"  {one.style:<24}{one.area:>8.3f}{'':>8}  two halves: {one.halves_area:.3f}, {one.primers} primers"
          for one in judgement.styles),
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
