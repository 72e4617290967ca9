"""The beats of a recording: what lies between seconds and the bars of the music."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from statistics import median
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from improvd.music import harmony
from improvd.music.harmony import Chord
from improvd.music.timing import Meter, MeterChange

LATE = 2.5
"""A beat that comes this many times later than usual is another bar's: nobody counted the bars before it."""

FASTEST_S = 0.01
FAR_BEATS = 1e6
"""How far beyond its ends a track goes on."""

T = TypeVar("T")


class Beat(NamedTuple):
    """This is one beat of a recording.

    Attributes:
        at_s: when it falls, in seconds.
        bar: number of its bar; those before the form begins are below 1.
        number: its number in the bar, from 1.
        meter: the metre of the bar.
        chord: the symbol of the chord in force; '' where none is written.
    """

    at_s: float
    bar: int
    number: int
    meter: Meter
    chord: str = ""

    @property
    def place_beats(self) -> float:
        """Where in its bar it falls, in quarters."""
        return (self.number - 1) * 4 / self.meter.denominator

    def beats_to(self, later: Beat) -> float:
        """Return the quarters from here to another beat, as bars and beats are numbered; negative if it is before."""
        if later.bar == self.bar:
            return later.place_beats - self.place_beats
        bars_between = later.bar - self.bar - 1
        return self.meter.bar_beats - self.place_beats + bars_between * later.meter.bar_beats + later.place_beats


@dataclass(frozen=True, slots=True)
class BeatTrack:
    """This is the course of the beats through a recording, made by `track`.

    Attributes:
        beats: in order of time, at least two.
        places: where each falls in the music, in quarters from the first.
        usual_s: how long a quarter usually lasts, in seconds.
    """

    beats: tuple[Beat, ...]
    places: tuple[float, ...]
    usual_s: float

    def at_beats(self, seconds: Sequence[float]) -> NDArray[np.float64]:
        """Return places in quarters of N moments in seconds, shape (N,); beyond the ends at the usual tempo."""
        first_s, last_s = self.beats[0].at_s, self.beats[-1].at_s
        far_s = FAR_BEATS * self.usual_s
        at_s = [first_s - far_s, *(beat.at_s for beat in self.beats), last_s + far_s]
        places = [self.places[0] - FAR_BEATS, *self.places, self.places[-1] + FAR_BEATS]
        return np.interp(seconds, at_s, places)

    def bar_line(self, at_beats: float) -> float:
        """Return the last bar line at or before a place; both in quarters."""
        index = max(bisect_right(self.places, at_beats) - 1, 0)
        line = self._line(index)
        return line + self.beats[index].meter.bar_start(at_beats - line)

    def meters(self, start_beats: float) -> tuple[MeterChange, ...]:
        """Return the metres counted from a bar line, which becomes beat 0."""
        lines = [(self._line(index), beat.meter) for index, beat in enumerate(self.beats)]
        first = (start_beats, lines[0][1])
        return tuple(MeterChange(at, meter) for at, meter in _changes([first, *lines], start_beats))

    def chords(self, start_beats: float) -> tuple[Chord, ...]:
        """Return the chords counted from a place, which becomes beat 0; what is no chord symbol names none."""
        symbols = [(place, beat.chord) for place, beat in zip(self.places, self.beats, strict=True) if beat.chord]
        return tuple(Chord(at, _pitch_classes(symbol)) for at, symbol in _changes(symbols, start_beats))

    def _line(self, index: int) -> float:
        return self.places[index] - self.beats[index].place_beats


def track(beats: Sequence[Beat]) -> BeatTrack:
    """Return the course of some beats, whose numbers tell where each falls.

    Numbers may be left out. Where far more time passes than they account for,
    as when nobody counted through a break, whole bars are put in.

    Raises:
        ValueError: if there are too few to tell a tempo, or they are out of order.
    """
    if len(beats) < 2:
        raise ValueError(f"{len(beats)} beats; at least 2 are needed to tell the tempo")
    for earlier, later in pairwise(beats):
        if later.at_s <= earlier.at_s or earlier.beats_to(later) <= 0:
            raise ValueError(
                f"beat {later.number} of bar {later.bar} at {later.at_s:.3f} s does not follow beat {earlier.number} "
                f"of bar {earlier.bar} at {earlier.at_s:.3f} s; beats must be in order of time, bar and number"
            )
    usual_s = median((later.at_s - earlier.at_s) / earlier.beats_to(later) for earlier, later in pairwise(beats))
    if usual_s < FASTEST_S:
        raise ValueError(f"a beat lasts {usual_s:g} s; at least {FASTEST_S} are needed for music")
    steps = (_step(earlier, later, usual_s) for earlier, later in pairwise(beats))
    return BeatTrack(tuple(beats), tuple(accumulate(steps, initial=0.0)), usual_s)


def _step(earlier: Beat, later: Beat, usual_s: float) -> float:
    """Return the quarters between two beats, lost bars included."""
    numbered = earlier.beats_to(later)
    passed = (later.at_s - earlier.at_s) / usual_s
    if passed < LATE * numbered:
        return numbered
    bar_beats = earlier.meter.bar_beats
    return numbered + round((passed - numbered) / bar_beats) * bar_beats


def _changes(values: Iterable[tuple[float, T]], start: float) -> list[tuple[float, T]]:
    """Return where a value becomes another, counted from a start; of those before it the last holds there."""
    held: list[tuple[float, T]] = []
    for at, value in values:
        if held and held[-1][1] == value:
            continue
        place = max(at - start, 0.0)
        if held and held[-1][0] == place:
            held.pop()
        held.append((place, value))
    return held


def _pitch_classes(symbol: str) -> frozenset[int]:
    try:
        return harmony.chord(symbol)
    except ValueError:
        return frozenset()
