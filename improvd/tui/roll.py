"""The piano roll: the last bars of call and answer, two pitches a row, the playhead at the right.

A call is drawn solid, an answer dashed, so that they differ without colour too.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from improvd.music.note import PITCHES, pitch_name
from improvd.tui.status import ANSWER, CALL, RollNote, Status
from improvd.tui.text import Line, Piece, centred, from_cells

LABEL_COLUMNS = 4
MIN_BEATS = 16
CELLS_A_BEAT = (1, 2, 3, 4, 6, 8, 12)

INVITATION = "play a phrase and pause: improvd answers"

SLIVER_BEATS = 0.02
"""A note that reaches this little into a cell does not show there."""

UPPER, LOWER = 0, 1
GLYPHS = {
    (CALL, UPPER): "▀", (CALL, LOWER): "▄", (ANSWER, UPPER): "▘", (ANSWER, LOWER): "▖",
}  # fmt: skip
FULL = {CALL: "█", ANSWER: "▌"}

Half = tuple[str, bool]
"""(who, whether the note starts here): what half a character shows."""


@dataclass(frozen=True, slots=True)
class Frame:
    """This places beats and pitches on a grid of characters.

    Attributes:
        columns, rows: of the grid.
        cells_a_beat: columns a beat takes.
        playhead: number of the cell of the present moment, counted from beat 0.
        last_cell: number of the cell at the right border.
        lowest: pitch at the bottom.
        span: semitones from bottom to top.
    """

    columns: int
    rows: int
    cells_a_beat: int
    playhead: int
    last_cell: int
    lowest: int
    span: int

    def cell(self, beats: float) -> int:
        """Return the column of a moment; negative left of the border."""
        return math.floor(beats * self.cells_a_beat + 1e-6) - self.last_cell + self.columns - 1

    def half_row(self, pitch: int) -> int:
        """Return the half row of a pitch, counted from the top; out of the grid where it does not fit."""
        halves = 2 * self.rows
        return halves - 1 - (pitch - self.lowest) * halves // max(self.span, halves)


def roll_pane(status: Status, columns: int, rows: int) -> list[Line]:
    """Return the piano roll with names of pitches at its left; an empty one stands still and invites."""
    frame = _frame(status, columns - LABEL_COLUMNS, rows)
    halves = _halves(status.roll, frame, status.beats)
    if not halves:
        return [centred((("class:dim", INVITATION),), columns) if row == rows // 2 else () for row in range(rows)]
    bars = _bar_columns(frame, status)
    return [(_label(frame, row), *_row(frame, halves, row, bars)) for row in range(rows)]


def _frame(status: Status, columns: int, rows: int) -> Frame:
    cells_a_beat = max((n for n in CELLS_A_BEAT if n * MIN_BEATS <= columns), default=1)
    playhead = math.floor(status.beats * cells_a_beat + 1e-6)
    # It scrolls by half beats: every step sends all that is drawn anew, and SSH may be slow.
    step = max(1, cells_a_beat // 2)
    last_cell = playhead // step * step + step - 1
    first_beat = (last_cell - columns + 1) / cells_a_beat
    seen = [note.pitch for note in status.roll if _end_beats(note, status.beats) > first_beat]
    lowest, span = _pitch_range(seen, 2 * rows)
    return Frame(columns, rows, cells_a_beat, playhead, last_cell, lowest, span)


def _pitch_range(pitches: Iterable[int], halves: int) -> tuple[int, int]:
    """Return the lowest pitch and the span shown: a multiple of 6 semitones, so that it seldom moves."""
    pitches = list(pitches) or [60]
    low, high = min(pitches) // 6 * 6, max(pitches) // 6 * 6 + 6
    span = max(high - low, halves)
    spare = (span - (high - low)) // 2
    return max(0, min(low - spare, PITCHES - span)), span


def _end_beats(note: RollNote, now_beats: float) -> float:
    return now_beats if note.duration_beats is None else note.onset_beats + note.duration_beats


def _halves(notes: Iterable[RollNote], frame: Frame, now_beats: float) -> dict[tuple[int, int], Half]:
    """Return what each (half row, column) shows; the answer lies over the call."""
    halves: dict[tuple[int, int], Half] = {}
    for note in sorted(notes, key=lambda note: (note.who == ANSWER, note.onset_beats)):
        first = frame.cell(note.onset_beats)
        end = now_beats if note.duration_beats is None else _end_beats(note, now_beats) - SLIVER_BEATS
        last = max(first, frame.cell(end))
        for column in range(max(first, 0), min(last, frame.columns - 1) + 1):
            halves[frame.half_row(note.pitch), column] = (note.who, column == first)
    return halves


def _row(frame: Frame, halves: dict[tuple[int, int], Half], row: int, bars: frozenset[int]) -> Line:
    cells: list[Piece] = []
    for column in range(frame.columns):
        above, below = halves.get((2 * row, column)), halves.get((2 * row + 1, column))
        cells.append(_glyph(above, below) or _ground(frame, column, bars))
    return from_cells(cells)


def _bar_columns(frame: Frame, status: Status) -> frozenset[int]:
    bar_beats = status.metre.bar_beats
    bars = math.ceil(frame.columns / frame.cells_a_beat / bar_beats) + 1
    return frozenset(frame.cell(status.bar_start_beats - n * bar_beats + 1e-3) for n in range(bars))


def _ground(frame: Frame, column: int, bars: frozenset[int]) -> Piece:
    if column == frame.columns - 1 - (frame.last_cell - frame.playhead):
        return ("class:playhead", "│")
    return ("class:barline", "┊") if column in bars else ("", " ")


def _glyph(above: Half | None, below: Half | None) -> Piece | None:
    """Return the character for the two halves of a cell, or None for an empty one."""
    if above and below and above[0] != below[0]:
        return ("class:both" if above[0] == CALL else "class:both-swapped", "▀")
    shown = above or below
    if shown is None:
        return None
    who, onset = shown[0], any(half and half[1] for half in (above, below))
    glyph = FULL[who] if above and below else GLYPHS[who, UPPER if above else LOWER]
    return (f"class:{who}-onset" if onset else f"class:{who}", glyph)


def _label(frame: Frame, row: int) -> Piece:
    """Return the name of a C that lies in a row, else blanks."""
    names = [pitch for pitch in range(0, PITCHES, 12) if frame.half_row(pitch) // 2 == row]
    return ("class:dim", (pitch_name(names[0]) if names else "").ljust(LABEL_COLUMNS - 1) + " ")
