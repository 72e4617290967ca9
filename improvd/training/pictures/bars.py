"""Bars: where each begins and ends, and the lines of a page that some of them fill."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from improvd.music.note import Note
from improvd.music.timing import Meter, MeterChange
from improvd.training.corpus.piece import Piece

NEAR = 1e-6
"""What is less than this over a bar line, in beats, is rounding."""


@dataclass(frozen=True, slots=True)
class Bar:
    """This is one bar: its number from 1, where it starts and ends in beats, and its metre."""

    number: int
    start_beats: float
    end_beats: float
    meter: Meter

    @property
    def beats(self) -> float:
        """Its length in quarter notes."""
        return self.end_beats - self.start_beats


def bars(meters: Sequence[MeterChange], end_beats: float) -> list[Bar]:
    """Return the bars from beat 0 until some music has ended, at least one; a change of metre begins a bar."""
    found: list[Bar] = []
    changes = list(meters) or [MeterChange(0.0, Meter())]
    for (start, meter), until in zip(changes, [*(c.at_beats for c in changes[1:]), None], strict=True):
        last = end_beats if until is None else min(until, end_beats)
        while start < last - NEAR or not found:
            end = start + meter.bar_beats if until is None else min(start + meter.bar_beats, until)
            found.append(Bar(len(found) + 1, float(start), float(end), meter))
            start = end
    return found


def bars_of(piece: Piece) -> list[Bar]:
    """Return the bars of a piece."""
    return bars(piece.meters, max((note.end_beats for note in piece.notes), default=0.0))


def lines_of(found: Sequence[Bar], beats: int) -> list[list[Bar]]:
    """Return bars as the lines of a page: as few as hold some beats each, at least a bar, no longer than need be."""
    fewest = _filled(found, beats)
    shorter = (_filled(found, fewer) for fewer in range(1, beats))
    return next((lines for lines in shorter if len(lines) == len(fewest)), fewest)


def _filled(found: Sequence[Bar], beats: int) -> list[list[Bar]]:
    lines: list[list[Bar]] = []
    for bar in found:
        if lines and bar.end_beats - lines[-1][0].start_beats <= beats + NEAR:
            lines[-1].append(bar)
        else:
            lines.append([bar])
    return lines


def opening(piece: Piece, count: int) -> Piece:
    """Return the first bars of a piece; what sounds on at their end is cut there."""
    end = (bars_of(piece)[:count])[-1].end_beats
    notes = [note for note in piece.notes if note.onset_beats < end - NEAR]
    return replace(piece, notes=tuple(_until(note, end) for note in notes), chords=())


def _until(note: Note, end_beats: float) -> Note:
    return note if note.end_beats <= end_beats else replace(note, duration_beats=end_beats - note.onset_beats)
