"""A bar of an answer as it was drawn: a row a temperature, one of which plays."""

from __future__ import annotations

from collections.abc import Sequence

from improvd.live.span import Chunk
from improvd.protocol import GridNote

Row = tuple[GridNote, ...]


class Bar:
    """This keeps a piece of an answer that is drawn and not yet played.

    Attributes:
        piece: number of the piece in its answer, from 0.
        chunk: where it lies.
        stale: whether it goes on from notes that do not play any more.
    """

    def __init__(self, piece: int, chunk: Chunk, temperatures: Sequence[float], rows: Sequence[Row]) -> None:
        """Keep what was drawn, a row a temperature; the first row plays."""
        self.piece = piece
        self.chunk = chunk
        self.stale = False
        self._playing = temperatures[0]
        self._rows: dict[float, Row] = {self._playing: ()} | dict(zip(temperatures, rows, strict=False))
        self._begins = dict.fromkeys(self._rows, chunk.begin_ticks)

    def has(self, temperature: float) -> bool:
        """Return whether there is a row of a temperature that goes on from what plays."""
        return not self.stale and temperature in self._rows

    def plays(self, temperature: float, onset_ticks: int) -> bool:
        """Return whether what plays from a tick on was drawn at a temperature: a row may begin as another one."""
        return self._playing == temperature and onset_ticks >= self._begins[temperature]

    def turn(self, temperature: float) -> bool:
        """Let the row of a temperature play, if there is one; return whether another one plays by that."""
        turns = temperature != self._playing and temperature in self._rows
        if turns:
            self._playing = temperature
        return turns

    def notes(self, from_ticks: int, until_ticks: int) -> Row:
        """Return the notes that play, with onsets from one tick to before another."""
        return tuple(note for note in self._rows[self._playing] if from_ticks <= note[0] < until_ticks)

    def put(self, chunk: Chunk, temperatures: Sequence[float], rows: Sequence[Row]) -> bool:
        """Take rows that were drawn for the rest of this bar, each to begin as the one that plays.

        A row that was asked for and is missing is the one that plays: it is not asked for again.
        Return whether other notes play by that.
        """
        before = self.notes(self.chunk.begin_ticks, chunk.begin_ticks)
        new = dict.fromkeys(temperatures, self._rows[self._playing])
        new |= {warmth: before + row for warmth, row in zip(temperatures, rows, strict=False)}
        if self.stale:
            self._rows, self._playing = {}, temperatures[0]
        self.stale = False
        self._rows |= new
        self._begins |= dict.fromkeys(new, chunk.begin_ticks)
        return self._playing in temperatures
