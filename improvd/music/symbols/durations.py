"""The codec `durations`: names and length of a note or chord in one symbol, in steps of 0.25 beat, and rests.

    C4:0.5   C4.E4.G4:1.0   rest:0.25

A note lasts at most until the next one begins, and 4 beats; a longer rest is
several. So a sequence of symbols keeps the time.

Source: 'Music generator with Recurrent Neural Networks' (name and duration as one symbol, rests from the end of the
one note to the offset of the next, time step 0.25).
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from improvd.music.codec import GridNote
from improvd.music.note import TICKS_PER_BEAT, pitch_name
from improvd.music.symbols.moment import SIXTEENTH_TICKS, Moment, Primer, moments, on_sixteenth
from improvd.music.symbols.names import pitch_named, unlikeness
from improvd.music.timing import Meter

REST = "rest"
LONGEST_TICKS = 4 * TICKS_PER_BEAT
SILENCE_TICKS = 2 * TICKS_PER_BEAT


class Word(NamedTuple):
    """This is a symbol taken apart; a rest has no pitches."""

    pitches: tuple[int, ...]
    duration_ticks: int

    def __str__(self) -> str:
        names = ".".join(map(pitch_name, self.pitches)) or REST
        return f"{names}:{self.duration_ticks / TICKS_PER_BEAT}"


_LENGTHS = {str(ticks / TICKS_PER_BEAT): ticks for ticks in range(SIXTEENTH_TICKS, LONGEST_TICKS + 1, SIXTEENTH_TICKS)}
"""Ticks of every length, as it is written."""


def word_of(symbol: str) -> Word:
    """Return a symbol taken apart.

    Raises:
        ValueError: if it is none of this codec.
    """
    names, _, length = symbol.rpartition(":")
    if length not in _LENGTHS:
        raise ValueError(f"{symbol!r} has no length; allowed are 0.25 to 4.0 beats in steps of 0.25, such as C4:0.5")
    pitches = () if names == REST else tuple(map(pitch_named, names.split(".")))
    return Word(pitches, _LENGTHS[length])


@dataclass(frozen=True, slots=True)
class DurationReader:
    """This reads each symbol from the end of the one before.

    Attributes:
        now_ticks: where the next symbol begins.
        begin_ticks: no note may begin before it.
        strike: only a note may come next.
    """

    now_ticks: int = 0
    begin_ticks: int = 0
    strike: bool = False

    def fed(self, symbol: str) -> tuple[DurationReader, tuple[Moment, ...]] | None:
        """Return the reader after a symbol, and its note or chord; None for one that may not come here."""
        pitches, ticks = word_of(symbol)
        if (self.strike and not pitches) or self.now_ticks + (0 if pitches else ticks) < self.begin_ticks:
            return None
        after = replace(self, now_ticks=self.now_ticks + ticks, strike=False)
        return after, (Moment(self.now_ticks, pitches, ticks),) if pitches else ()

    def finished(self) -> tuple[Moment, ...]:
        """Return nothing: every symbol is complete by itself."""
        return ()


class Durations:
    """This is the codec `durations`."""

    name = "durations"

    def write(self, notes: Iterable[GridNote], meter: Meter) -> list[str]:
        """Return the symbols of music, its onsets and ends taken to the nearest sixteenth; the first is a note."""
        return list(map(str, _words(moments(notes, on_sixteenth))))

    def reader(self) -> DurationReader:
        """Return a reader from tick 0."""
        return DurationReader()

    def prime(self, notes: Sequence[GridNote], meter: Meter, begin_ticks: int, *, strike: bool, most: int) -> Primer:
        """Return music as at most `most` symbols, and the reader of what follows from `begin_ticks` on.

        To strike, the music is cut there, or the rest up to there is written, as it is after two beats of silence.
        Else the network draws the rest.
        """
        chords = moments(notes, on_sixteenth)
        words = list(_words(chords))
        end_ticks = chords[-1].onset_ticks + words[-1].duration_ticks if chords else begin_ticks
        if strike or begin_ticks - end_ticks > SILENCE_TICKS:
            words, end_ticks = list(_words(chords, until_ticks=begin_ticks)), begin_ticks
        return Primer(list(map(str, words))[-most:], DurationReader(end_ticks, begin_ticks, strike))

    def knows(self, symbol: str) -> bool:
        """Return whether it is a symbol of this codec."""
        try:
            return bool(word_of(symbol))
        except ValueError:
            return False

    def nearest(self, symbol: str, known: Collection[str]) -> str | None:
        """Return the known symbol that can best stand for another, first by pitch; None where none can."""
        wanted = word_of(symbol)
        unlike = {other: _unlikeness(wanted, word_of(other)) for other in known}
        best = min(unlike, key=lambda other: unlike[other], default=None)
        return best if best is not None and unlike[best][0] < math.inf else None


def _unlikeness(wanted: Word, other: Word) -> tuple[float, int]:
    apart = abs(wanted.duration_ticks - other.duration_ticks)
    if not wanted.pitches or not other.pitches:
        return (0.0 if wanted.pitches == other.pitches else math.inf), apart
    return unlikeness(wanted.pitches, other.pitches), apart


def _words(chords: Sequence[Moment], until_ticks: int | None = None) -> Iterator[Word]:
    """Yield the symbols of what is played, with rests between and, given an end, up to it."""
    now = chords[0].onset_ticks if chords else until_ticks or 0
    ends = [chord.onset_ticks for chord in chords[1:]] + [until_ticks]
    for chord, end_ticks in zip(chords, ends, strict=False):
        yield from _rests(chord.onset_ticks - now)
        most = LONGEST_TICKS if end_ticks is None else min(end_ticks - chord.onset_ticks, LONGEST_TICKS)
        ticks = max(min(on_sixteenth(chord.duration_ticks), on_sixteenth(most)), SIXTEENTH_TICKS)
        yield Word(chord.pitches, ticks)
        now = chord.onset_ticks + ticks
    if until_ticks is not None:
        yield from _rests(until_ticks - now)


def _rests(ticks: int) -> Iterator[Word]:
    steps = max(on_sixteenth(ticks), 0)
    yield from [Word((), LONGEST_TICKS)] * (steps // LONGEST_TICKS)
    if steps % LONGEST_TICKS:
        yield Word((), steps % LONGEST_TICKS)
