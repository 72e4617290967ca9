"""The span: where an answer lies on the grid, and the piece of it that is drawn in one go."""

from __future__ import annotations

from dataclasses import dataclass

from improvd.live.grid import Grid
from improvd.music.note import TICKS_PER_BEAT

LONGEST_PIECE_TICKS = 8 * TICKS_PER_BEAT
"""A bar longer than this is drawn in more than one go."""


@dataclass(frozen=True, slots=True)
class Span:
    """This is where an answer begins, strikes its last chord on a strong beat, and ends; in ticks."""

    begin_ticks: int
    final_ticks: int
    end_ticks: int


@dataclass(frozen=True, slots=True)
class Chunk:
    """This is a piece of an answer to draw; fields as in `Ask`."""

    begin_ticks: int
    until_ticks: int
    strike: bool

    def moved(self, ticks: int) -> Chunk:
        """Return this piece so many ticks later."""
        return Chunk(self.begin_ticks + ticks, self.until_ticks + ticks, self.strike)


def span_of(grid: Grid, begin_ticks: int, call_ticks: int, *, in_bars: bool, max_bars: int) -> Span:
    """Return the span of an answer about as long as its call, `max_bars` at most.

    In bars it has whole bars, and strikes its last chord on the last strong beat in them, one bar
    later where that is where it begins. Otherwise it strikes its last chord on the strong beat
    nearest to where the call's last beat would be, and holds it for a beat.
    """
    most_ticks = grid.meter.bar_ticks * max_bars
    if not in_bars:
        return _span_in_beats(grid, begin_ticks, min(call_ticks, most_ticks), begin_ticks + most_ticks)
    bar = grid.meter.bar_ticks
    end_ticks = begin_ticks + min(max(round(call_ticks / bar) * bar, bar), most_ticks)
    if grid.strong_ticks(begin_ticks, end_ticks) == [begin_ticks]:
        end_ticks = begin_ticks + min(2 * bar, most_ticks)
    return Span(begin_ticks, grid.strong_ticks(begin_ticks, end_ticks)[-1], end_ticks)


def _span_in_beats(grid: Grid, begin_ticks: int, length_ticks: int, latest_ticks: int) -> Span:
    wanted = begin_ticks + max(length_ticks - TICKS_PER_BEAT, TICKS_PER_BEAT)
    strong = grid.strong_ticks(begin_ticks + 1, latest_ticks - TICKS_PER_BEAT + 1)
    final_ticks = min(strong, key=lambda ticks: (abs(ticks - wanted), -ticks), default=wanted)
    return Span(begin_ticks, final_ticks, final_ticks + TICKS_PER_BEAT)


def piece_of(grid: Grid, span: Span, begin_ticks: int) -> Chunk:
    """Return the piece of an answer from a tick on: to the first bar line a beat away or more, at last its chord.

    Its first onset falls on the tick where that is where the answer begins, or where its last chord is.
    """
    if begin_ticks >= span.final_ticks:
        return Chunk(span.final_ticks, span.final_ticks + 1, True)
    line = grid.bar_from(begin_ticks + TICKS_PER_BEAT)
    until_ticks = min(line, begin_ticks + LONGEST_PIECE_TICKS, span.final_ticks)
    return Chunk(begin_ticks, until_ticks, begin_ticks == span.begin_ticks)
