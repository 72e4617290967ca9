"""The request: what the model is told when it is asked for a piece of an answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from zlib import crc32

from improvd.config import Config
from improvd.live.answer import Answer
from improvd.live.span import Chunk
from improvd.live.window import Window
from improvd.music.timing import Meter
from improvd.protocol import Ask, Context, Taste

CANDIDATES = 16
"""How many are drawn where answers shall repeat: as many as there is time for would be other ones each start."""


def request_of(
    answer: Answer, chunk: Chunk, piece: int, temperatures: Sequence[float], window: Window, config: Config, seed: int
) -> Ask:
    """Return the request for a piece of an answer, not numbered yet.

    What of the answer lies before the piece counts as played. What is played into an answer that
    lags behind may lie after the piece: the model cannot read it yet. A key that is held lasts until the piece.

    Args:
        piece: number of the piece in its answer.
        seed: base of the noise.
    """
    kept = answer.kept(chunk.begin_ticks)
    notes = (window.followed_by(kept) if kept else window).notes(chunk.begin_ticks)
    return Ask(
        number=0,
        window=tuple(note for note in notes if note[0] < chunk.until_ticks),
        context=context_of(answer.grid.meter, config),
        begin_ticks=chunk.begin_ticks,
        until_ticks=chunk.until_ticks,
        strike=chunk.strike,
        temperatures=tuple(temperatures),
        top_p=config.sampling.top_p,
        min_p=config.sampling.min_p,
        lowest=config.answer.lowest,
        highest=config.answer.highest,
        seed=noise_seed(seed, answer.exchange, piece),
        rows=config.answer.candidates or (CANDIDATES if config.sampling.seed >= 0 else 0),
        call_ticks=answer.call_ticks,
        answer_ticks=answer.span.begin_ticks,
        closes=chunk.until_ticks > answer.span.final_ticks,
        taste=taste_of(config),
    )


def context_of(meter: Meter, config: Config) -> Context:
    """Return what the model is told beside the notes."""
    return Context(meter.numerator, meter.denominator, config.model.style)


def taste_of(config: Config) -> Taste:
    """Return what makes one candidate better than another."""
    return Taste(**{item.name: getattr(config.ranking, item.name) for item in fields(Taste)})


def noise_seed(base: int, exchange: int, piece: int) -> int:
    """Return the seed of the noise for one piece of one exchange, 0 to 2**31 - 1."""
    return crc32(f"{base} {exchange} {piece}".encode()) & 0x7FFFFFFF
