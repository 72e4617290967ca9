"""`improvd evaluate`: how well a model foresees music, event by event, beside models that only count."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from improvd.config import check_value
from improvd.errors import CorpusError, UsageError, did_you_mean
from improvd.model import bundle, runtimes
from improvd.model.bundle import Bundle
from improvd.model.step import Step
from improvd.music.codec import STYLES
from improvd.training import baselines, grid, judge, stepwise
from improvd.training.corpus import library, telling
from improvd.training.corpus.corpora import CORPORA
from improvd.training.corpus.piece import Piece
from improvd.training.evaluation import Evaluation, Tally
from improvd.training.grid import ANY, Score
from improvd.training.judgement import Judgement
from improvd.training.plan import OWN, OWN_STYLE, learnt_corpora
from improvd.training.stepwise import Reading


def evaluate(
    model: str,
    data: str,
    *,
    runtime: str = "auto",
    style: str | None = None,
    as_keys: bool = False,
    continuations: int = 0,
) -> Evaluation:
    """Return how well a model foresees some music, with the step that plays.

    Whole pieces, the state carried from their first note to their last. Music
    whose style nobody knows is read under every style that the model was
    trained on; the one of the lowest loss counts, for each piece.

    Args:
        model: a name or path.
        data: a file, folder or archive, or `corpus:NAME[:SIDE]`.
        runtime: one of `runtimes.RUNTIMES`, or 'auto'.
        style: of all the music, one of `codec.STYLES`; None for each piece's own.
        as_keys: as live playing arrives: one keyboard part, drums apart, and no style told.
        continuations: how many primers from the music the model continues, to be judged by.

    Raises:
        UsageError, BundleError, CorpusError: if there is no such style, model or music.
    """
    _check_style(style, as_keys=as_keys)
    if continuations and continuations < judge.FEWEST:
        raise UsageError(f"--continuations {continuations}: at least {judge.FEWEST} are needed to judge by; 0 is none")
    check_value("model.runtime", runtime)
    opened = bundle.open_bundle(model)
    step = runtimes.open_step(opened, runtime)
    music = library.open_data(data)
    pieces = [replace(piece, style=style or piece.style) for piece in music.pieces]
    scores = grid.prepare(pieces, as_keys=as_keys)
    guessed = style is None and not as_keys and any(score.style == ANY for score in scores)
    if guessed:
        scores = _with_styles(step, opened, scores)
    played = _judged(opened, step, pieces, continuations, as_keys=as_keys) if continuations else None
    readings = stepwise.read(step, opened.shape, scores, guess=True)
    return Evaluation(
        model=opened.name,
        data=music.name,
        runtime=runtimes.best_runtime() if runtime == "auto" else runtime,
        view="keys" if as_keys else "told",
        style=_said(scores, style, guessed=guessed),
        tallies=tuple(_tallies(scores, readings, _baselines(opened, as_keys=as_keys))),
        skipped=music.skipped,
        played=played,
    )


def _judged(model: Bundle, step: Step, pieces: Sequence[Piece], count: int, *, as_keys: bool) -> Judgement:
    try:
        learnt = judge.training_lines(library.split(learnt_corpora(model)).train)
    except CorpusError:
        learnt = None
    return judge.judge(step, model.shape, pieces, learnt, count=count, as_keys=as_keys)


def _check_style(style: str | None, *, as_keys: bool) -> None:
    if style is not None and style not in STYLES:
        raise UsageError(f"--style {style}: unknown style; there are: {', '.join(STYLES)}{did_you_mean(style, STYLES)}")
    if style is not None and as_keys:
        raise UsageError(f"--style {style}: --keys tells the model no style; give one or the other")


def _with_styles(step: Step, model: Bundle, scores: Sequence[Score]) -> list[Score]:
    """Return scores, those of unknown style with the one under which the model foresees them best."""
    known = [score for score in scores if score.style != ANY]
    tried = [replace(score, style=style) for score in scores if score.style == ANY for style in styles_of(model)]
    losses = [float((r.nats * r.weight).sum()) for r in stepwise.read(step, model.shape, tried)]
    count = len(styles_of(model))
    best = [tried[start + int(np.argmin(losses[start : start + count]))] for start in range(0, len(tried), count)]
    return known + best


def styles_of(model: Bundle) -> list[int]:
    """Return the styles that a model was trained on; all that have a name of their own where the card does not say."""
    learnt = {CORPORA[name].style for name in learnt_corpora(model)}
    if OWN in model.card.get("data", {}):
        learnt.add(OWN_STYLE)
    named = learnt or {style for style in STYLES if not style.startswith("own")}
    return sorted({STYLES.index(style) for style in named} | {ANY})


def _said(scores: Sequence[Score], style: str | None, *, guessed: bool) -> str:
    """Return how styles were told, in words."""
    names = ", ".join(STYLES[index] for index in sorted({score.style for score in scores}))
    if style:
        return style
    return f"auto: {names}" if guessed else names


def _baselines(model: Bundle, *, as_keys: bool) -> baselines.Baselines | None:
    if OWN in model.card.get("data", {}):
        telling.say("no baselines: the model has learnt music of its player's own, which is not at hand")
        return None
    corpora = learnt_corpora(model)
    return baselines.of_corpora(corpora, as_keys=as_keys) if corpora else None


def _tallies(
    scores: Sequence[Score], readings: Sequence[Reading], beside: baselines.Baselines | None
) -> Iterator[Tally]:
    """Yield a tally for every style there is."""
    unigram, ngram = (beside.unigram.nats(scores), beside.nats(scores)) if beside else (None, None)
    for style in sorted({score.style for score in scores}):
        members = [number for number, score in enumerate(scores) if score.style == style]
        own = [readings[number] for number in members]
        yield Tally(
            style=STYLES[style],
            pieces=len(members),
            counted=np.asarray(sum(reading.weight.sum(0) for reading in own)),
            nats=np.asarray(sum((reading.nats * reading.weight).sum(0) for reading in own)),
            right=np.asarray(sum((reading.right * reading.weight).sum(0) for reading in own)),
            unigram=None if unigram is None else np.asarray(sum(unigram[number].sum(0) for number in members)),
            ngram=None if ngram is None else np.asarray(sum(ngram[number].sum(0) for number in members)),
        )
