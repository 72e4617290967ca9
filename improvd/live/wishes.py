"""Wishes: what an answer needs of the model next, and when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from improvd.config import Config, settings
from improvd.live.answer import Answer
from improvd.live.bar import Bar
from improvd.live.groove import Groove
from improvd.live.span import Chunk
from improvd.music.note import TICKS_PER_BEAT

_KNOB = settings()["sampling.temperature"]
WARM_TICKS = TICKS_PER_BEAT
"""The rest of a bar that is shorter than this is not drawn at other temperatures."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """This is what is asked for: a further piece of an answer, or some rows for a bar that is there.

    Attributes:
        answer: its number.
        chunk: the piece, or the rest of the bar.
        temperatures: of the rows.
        bar: which one is to get further rows; None: it is a further piece.
        turns: how often other notes had come to play.
    """

    answer: int
    chunk: Chunk
    temperatures: tuple[float, ...]
    bar: Bar | None = None
    turns: int = 0


def wanted_by(answer: Answer, config: Config, *, beats: float, earliest_beats: float, groove: Groove) -> Wanted | None:
    """Return what to ask for: what a turned knob waits for, then the next piece, then what may be turned to.

    Args:
        beats: the playhead.
        earliest_beats: before this nothing new can be heard.
        groove: how the notes will lie on the beat.
    """
    here, *near = temperatures_of(config)
    if turned := _turned(answer, here, earliest_beats, groove):
        return turned
    if not answer.drawn and beats >= due_beats(answer, config):
        return further(answer, config)
    return _warm(answer, near, earliest_beats)


def further(answer: Answer, config: Config) -> Wanted:
    """Return the next piece; the first one at one temperature alone, since the musician waits for it."""
    temperatures = temperatures_of(config)
    wanted = temperatures if answer.pieces else temperatures[:1]
    return Wanted(answer.number, answer.next_chunk(), wanted, turns=answer.turns)


def due_beats(answer: Answer, config: Config) -> float:
    """Return where the playhead is when the next piece is to be drawn; the first one at once."""
    return answer.beats_at(answer.drawn_until) - config.answer.horizon_beats if answer.pieces else float("-inf")


def temperatures_of(config: Config) -> tuple[float, ...]:
    """Return the temperature in force, then its neighbours on the knob, which are kept warm."""
    rule, here = _KNOB, config.sampling.temperature
    steps = [step * sign for step in range(1, config.answer.neighbours + 1) for sign in (1, -1)]
    near = [min(max(round(here + step * rule.step, 9), rule.low or here), rule.high or here) for step in steps]
    return tuple(dict.fromkeys((here, *near)))


def _turned(answer: Answer, here: float, earliest_beats: float, groove: Groove) -> Wanted | None:
    """Return what a temperature in force lacks: the rest of a bar, or a note where the music rests."""
    for bar in answer.bars:
        there = bar.has(here)
        chunk = answer.struck_rest_of(bar, earliest_beats, groove) if there else answer.rest_of(bar, earliest_beats)
        if chunk:
            return Wanted(answer.number, chunk, (here,), bar, answer.turns)
    return None


def _warm(answer: Answer, temperatures: Sequence[float], earliest_beats: float) -> Wanted | None:
    """Return what is left to draw anew of the first bar that lacks a temperature which may be turned to."""
    for bar in answer.bars:
        missing = tuple(warmth for warmth in temperatures if not bar.has(warmth))
        rest = answer.rest_of(bar, earliest_beats) if missing else None
        if rest is not None and rest.until_ticks - rest.begin_ticks >= min(WARM_TICKS, _length(bar)):
            return Wanted(answer.number, rest, missing, bar, answer.turns)
    return None


def _length(bar: Bar) -> int:
    return bar.chunk.until_ticks - bar.chunk.begin_ticks
