"""What every codec of symbols speaks of: notes that begin together, and a reader of symbols one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple, Protocol

from improvd.music.codec import GridNote
from improvd.music.note import TICKS_PER_BEAT

PLACES = (0, 6, 8, 12, 16, 18, 24)
"""The sixteenths and triplets of a beat, in ticks."""

SIXTEENTH_TICKS = TICKS_PER_BEAT // 4
EIGHTH_TICKS = TICKS_PER_BEAT // 2


class Moment(NamedTuple):
    """This is what begins at one time: a note or a chord, its pitches (0-127) from the lowest up."""

    onset_ticks: int
    pitches: tuple[int, ...]
    duration_ticks: int

    @property
    def end_ticks(self) -> int:
        """Where it ends."""
        return self.onset_ticks + self.duration_ticks


class Reader(Protocol):
    """This reads symbols one by one; each reader is a value, and reading gives the next one."""

    @property
    def now_ticks(self) -> int:
        """The first tick on which something not yet read completely may begin."""

    def fed(self, symbol: str) -> tuple[Reader, tuple[Moment, ...]] | None:
        """Return the reader after a symbol and what is thereby complete; None where the symbol has no place."""

    def finished(self) -> tuple[Moment, ...]:
        """Return what is complete if nothing follows."""


class Primer(NamedTuple):
    """This is music written as symbols, and the reader of what follows it."""

    symbols: list[str]
    reader: Reader


def on_sixteenth(ticks: int) -> int:
    """Return the sixteenth nearest to a tick; half-way goes up."""
    return (ticks + SIXTEENTH_TICKS // 2) // SIXTEENTH_TICKS * SIXTEENTH_TICKS


def on_place(ticks: int) -> int:
    """Return the sixteenth or triplet nearest to a tick; half-way goes down."""
    beat, place = divmod(ticks, TICKS_PER_BEAT)
    return beat * TICKS_PER_BEAT + min(PLACES, key=lambda written: abs(written - place))


def moments(notes: Iterable[GridNote], place: Callable[[int], int]) -> list[Moment]:
    """Return what begins together once onsets and ends are placed on a grid, in order.

    A chord lasts as long as its longest note; nothing lasts less than a tick.
    """
    together: dict[int, list[GridNote]] = {}
    for note in notes:
        together.setdefault(place(note.onset_ticks), []).append(note)
    return [_chord(onset, chord, place) for onset, chord in sorted(together.items())]


def _chord(onset: int, notes: Iterable[GridNote], place: Callable[[int], int]) -> Moment:
    pitches = sorted({note.pitch for note in notes})
    end = max(place(note.onset_ticks + note.duration_ticks) for note in notes)
    return Moment(onset, tuple(pitches), max(end - onset, 1))
