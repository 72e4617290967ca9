"""The shipped model for the benchmarks: music that it has not seen, what it learnt from, and requests to it."""

from __future__ import annotations

from dataclasses import fields

from improvd.config import Config
from improvd.live.request import taste_of
from improvd.model import bundle
from improvd.model.ranking.lines import Lines
from improvd.music.codec import KEYS
from improvd.protocol import Ask, Context, Taste
from improvd.training.continuations import Primer, primers
from improvd.training.corpus import library
from improvd.training.corpus.piece import Piece
from improvd.training.corpus.sides import Sides
from improvd.training.judge import training_lines
from improvd.training.plan import learnt_corpora

MODEL = "default"
CANDIDATES = 16
CONFIGURED = taste_of(Config())
NONE = Taste(closeness=CONFIGURED.closeness)
TERMS = tuple(item.name for item in fields(Taste) if item.name != "closeness")


def music() -> Sides:
    """Return the music that the shipped model knows, as it was split for its training."""
    return library.split(learnt_corpora(bundle.open_bundle(MODEL)))


def pieces(side: str) -> list[Piece]:
    """Return one side of that music."""
    return list(getattr(music(), side))


def keys_primers(side: str, count: int) -> list[Primer]:
    """Return primers of keys from one side; those of drums alone are left out: improvd answers on keys."""
    given = primers(pieces(side), 2 * count, seed=0, as_keys=True)
    return [primer for primer in given if primer.parts() == [KEYS]][:count]


def learnt_lines() -> Lines:
    """Return the lines of the music that the shipped model learnt from."""
    return training_lines(music().train)


def request(context: Context, begin_ticks: int, taste: Taste, rows: int) -> Ask:
    """Return a request with the settings of a fresh configuration, as yet without window, end and seed."""
    config = Config()
    sampling, answer = config.sampling, config.answer
    return Ask(
        0, (), context, begin_ticks, begin_ticks, False, (sampling.temperature,), sampling.top_p, sampling.min_p,
        answer.lowest, answer.highest, 0, rows, call_ticks=0, answer_ticks=begin_ticks, taste=taste,
    )  # fmt: skip
