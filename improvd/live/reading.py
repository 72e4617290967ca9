"""Readings of a phrase: a tempo, and where a beat falls."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from statistics import fmean

from improvd.live.comb_table import ON_BEAT, ON_BEAT_BPM
from improvd.live.notation import NEAR_TICKS, PLACES
from improvd.music.note import TICKS_PER_BEAT
from improvd.music.timing import beats_to_s, s_to_beats

WRITTEN = tuple(
    math.log(share / 100)
    for share in (19, 9, 0.4, 0.4, 0.4, 1, 6, 2, 3, 1, 0.4, 7, 14, 7, 0.4, 1, 3, 2, 6, 1, 0.4, 0.4, 0.4, 9)
)
"""Where in the beat onsets fall that are played straight, a tick early or late: on eighths, sixteenths, triplets."""

RARER = 0.7
"""How much less usual it is that a phrase is played straight, in the mean of its onsets."""

STRAIGHT = 0.9
"""Played straight is a phrase of which so many onsets lie near a sixteenth or triplet."""

LEAST_PLACES = 4
"""Fewer different places tell no tempo."""

FARTHEST = 0.02
"""How far from that of the reading a tempo that fits better may be, as a share."""

FINER = (-0.006, 0.0, 0.006)
"""Tempi tried about one, as natural logarithms."""


@dataclass(frozen=True, slots=True)
class Reading:
    """This is a way to hear a phrase.

    Attributes:
        bpm: its tempo.
        beat_s: the moment of a beat, in seconds.
        usual: how usual the places of its onsets in the beat are, as a mean log-probability.
    """

    bpm: float
    beat_s: float
    usual: float = 0.0

    def beats_at(self, at_s: float) -> float:
        """Return the quarters from `beat_s` to a moment."""
        return s_to_beats(at_s - self.beat_s, self.bpm)

    def beat_near(self, at_s: float) -> float:
        """Return the moment of the beat that is nearest to another moment."""
        return self.beat_s + beats_to_s(math.floor(self.beats_at(at_s) + 0.5), self.bpm)


def readings(onsets_s: Sequence[float], about_bpm: float) -> Iterator[Reading]:
    """Yield every reading of some onsets at about one tempo, the beat moved tick by tick."""
    last_s = onsets_s[-1]
    played = ON_BEAT[sum(about_bpm > bpm for bpm in ON_BEAT_BPM)]
    for finer in FINER:
        bpm = about_bpm * math.exp(finer)
        tick_s = beats_to_s(1 / TICKS_PER_BEAT, bpm)
        places = [round((at_s - last_s) / tick_s) % TICKS_PER_BEAT for at_s in onsets_s]
        for last in range(TICKS_PER_BEAT):
            usual = max(_usual(played, places, last), _usual(WRITTEN, places, last) - RARER)
            yield Reading(bpm, last_s - last * tick_s, usual)


def _usual(table: tuple[float, ...], places: Sequence[int], last: int) -> float:
    """Return how usual places in the beat are, all moved on by some ticks."""
    moved = table[last:] + table[:last]
    return sum(map(moved.__getitem__, places)) / len(places)


def fitted(onsets_s: Sequence[float], reading: Reading) -> Reading:
    """Return a reading of what is played straight with the tempo and beat that fit it best, by least squares.

    What is not played straight stays as it is, and so does a reading that this leads away from.
    """
    near = [(at_s, place) for at_s in onsets_s if (place := _written(reading.beats_at(at_s))) is not None]
    if len(near) < STRAIGHT * len(onsets_s) or len({place for _, place in near}) < LEAST_PLACES:
        return reading
    mean_s, mean = fmean(at_s for at_s, _ in near), fmean(place for _, place in near)
    spread = sum((place - mean) ** 2 for _, place in near)
    beat_s = sum((at_s - mean_s) * (place - mean) for at_s, place in near) / spread
    if abs(beats_to_s(1, reading.bpm) / beat_s - 1) > FARTHEST:
        return reading
    return replace(reading, bpm=beats_to_s(1, beat_s), beat_s=mean_s - mean * beat_s)


def _written(beats: float) -> float | None:
    """Return the sixteenth or triplet that a place is near to, in quarters; None if it is near none."""
    beat = math.floor(beats)
    nearest = min(PLACES, key=lambda ticks: abs(ticks / TICKS_PER_BEAT - (beats - beat))) / TICKS_PER_BEAT
    return beat + nearest if abs(beats - beat - nearest) * TICKS_PER_BEAT <= NEAR_TICKS else None


def likeliest(onsets_s: Sequence[float], about_bpm: float) -> Reading:
    """Return the reading at about one tempo whose onsets fall on the most usual places of the beat."""
    return fitted(onsets_s, max(readings(onsets_s, about_bpm), key=lambda reading: reading.usual))
