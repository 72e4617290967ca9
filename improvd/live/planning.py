"""Planning: where the answer to a call begins, and how long it is."""

from __future__ import annotations

from improvd.live.answer import Answer
from improvd.live.grid import Grid
from improvd.live.phrase import Phrase
from improvd.live.span import span_of
from improvd.live.window import Window

NOW_TICKS = 6
"""What starts now is drawn for the nearest sixteenth, so that it may have been drawn before."""


def beginning_of(grid: Grid, start: str, beats: float, *, lead_beats: float, after_ticks: int) -> tuple[int, float]:
    """Return where an answer begins: its tick, and its beat on the clock.

    Args:
        start: on what it begins: now, beat or bar.
        beats: where its phrase ends on the clock.
        lead_beats: from there to its beginning at least, unless it begins now.
        after_ticks: where the last note of the phrase begins.
    """
    if start == "now":
        nearest = round(grid.ticks_at(beats) / NOW_TICKS) * NOW_TICKS
        return max(nearest, after_ticks + 1), beats
    earliest = max(grid.tick_from(beats + lead_beats), after_ticks + 1)
    ticks = grid.bar_from(earliest) if start == "bar" else grid.beat_from(earliest)
    return ticks, grid.beats_at(ticks)


def answer_to(
    call: Phrase, window: Window, grid: Grid, start: str, beats: float, *,
    lead_beats: float, max_bars: int, number: int = 0, exchange: int = 0,
) -> Answer:  # fmt: skip
    """Return the answer to a call that ends at a place of the clock; arguments as above."""
    begin_ticks, start_beats = beginning_of(
        grid, start, beats, lead_beats=lead_beats, after_ticks=window.last_onset_ticks
    )
    played_ticks = window.end_at(grid.ticks_at(beats)) - call.begin_ticks
    call_ticks = call.bars * grid.meter.bar_ticks if call.bars else played_ticks
    span = span_of(grid, begin_ticks, call_ticks, in_bars=start == "bar", max_bars=call.bars or max_bars)
    return Answer(number, grid, span, start_beats, start, call_ticks=call.begin_ticks, exchange=exchange)
