"""The judgement of a model by what it plays: its continuations against those of the people who wrote the primers."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from improvd.config import SamplingSettings
from improvd.errors import CorpusError
from improvd.model.ranking.lines import Lines, lines_of
from improvd.model.step import Shape, Step
from improvd.music import codec
from improvd.training.continuations import NOTES, Primer, continued, primers
from improvd.training.corpus.piece import Piece
from improvd.training.judgement import Judgement, OfStyle, Side
from improvd.training.metrics.consistency import consistency
from improvd.training.metrics.dependence import dependence
from improvd.training.metrics.loops import share_looped
from improvd.training.metrics.originality import longest_runs
from improvd.training.metrics.overlap import likeness, mean_area
from improvd.training.metrics.passage import Array, Passage

FEWEST = 20
"""Primers below which nothing can be said."""

HALVINGS = 5
"""Ways of halving the human music whose overlapped area is averaged."""


def judge(
    step: Step,
    shape: Shape,
    held_out: Sequence[Piece],
    training: Lines | None,
    *,
    count: int,
    seed: int = 0,
    as_keys: bool = False,
) -> Judgement:
    """Return how a model's continuations of held-out music, as a fresh configuration samples, compare with the human.

    Args:
        step, shape: of the model.
        held_out: pieces that it was not trained on.
        training: the lines of those that it was trained on, see `training_lines`; None where they are not at hand.
        count: primers at most.
        seed: of primers and noise.
        as_keys: as live playing arrives: one keyboard part, drums apart, and no style told.

    Raises:
        CorpusError: if the music gives too few primers.
    """
    sampling = SamplingSettings()
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
        halves_area=_halves_area(human, seed),
        styles=tuple(_styles(given, played, seed)),
        model=_side(given, played, training, seed),
        human=_side(given, human, training, seed),
        illegal=sum(answer.illegal for answer in answers),
        events=len(answers) * NOTES,
        notes_per_s=len(answers) * NOTES / seconds,
    )


def _halves_area(human: Sequence[Passage], seed: int) -> float:
    """Return the mean overlapped area of two halves of some music, over several ways of halving it."""
    rng = np.random.default_rng(seed)
    areas = []
    for _ in range(HALVINGS):
        order = rng.permutation(len(human)).tolist()
        one, other = ([human[i] for i in half] for half in (order[::2], order[1::2]))
        areas.append(mean_area(likeness(one, other)))
    return float(np.mean(areas))


def _styles(given: Sequence[Primer], played: Sequence[Passage], seed: int) -> Iterator[OfStyle]:
    """Yield the areas of each style that has primers enough."""
    for style in sorted({primer.style for primer in given}):
        pairs = [(p.human, notes) for p, notes in zip(given, played, strict=True) if p.style == style]
        if len(pairs) >= FEWEST:
            human, model = (list(side) for side in zip(*pairs, strict=True))
            yield OfStyle(style, len(pairs), mean_area(likeness(human, model)), _halves_area(human, seed))


def _side(given: Sequence[Primer], played: Sequence[Passage], training: Lines | None, seed: int) -> Side:
    """Return what is measured of continuations by themselves."""
    kept = [consistency(passage) for passage in played]
    looped = _numbers(share_looped(primer.notes, passage) for primer, passage in zip(given, played, strict=True))
    return Side(
        pitch_class_entropy=_mean(_numbers(one.pitch_class_entropy for one in kept)),
        scale=_mean(_numbers(one.scale for one in kept)),
        groove=_mean(_numbers(one.groove for one in kept)),
        looped=_mean(looped),
        looped_95=float(np.percentile(looped, 95)) if len(looped) else None,
        copied=None if training is None else _copied(played, training),
        depends=dependence(
            [primer.notes for primer in given],
            played,
            styles=[primer.style for primer in given],
            pieces=[primer.piece for primer in given],
            seed=seed,
        ),
    )


def _copied(played: Sequence[Passage], training: Lines) -> float | None:
    """Return the mean length in notes of the longest run that each passage shares with the training music.

    Passages of drums alone are left out; None if all are.
    """
    tuned = [notes for notes in (passage.tuned().notes for passage in played) if len(notes)]
    return _mean(longest_runs(lines_of(tuned), training))


def _numbers(values: Iterable[float]) -> Array:
    """Return what is a number among some measures; NaN says that there was nothing to measure."""
    found = np.array(list(values))
    return np.asarray(found[~np.isnan(found)])


def _mean(numbers: Array) -> float | None:
    return float(numbers.mean()) if len(numbers) else None


def training_lines(pieces: Sequence[Piece]) -> Lines:
    """Return the lines of the music that a model was trained on."""
    return lines_of([np.array(codec.snap(piece.notes), np.int32) for piece in pieces])
