"""Masters of a MIDI clock, and what becomes of their ticks on the way.

    sent = ticks(ramp(90.0, 150.0, from_beats=8.0, over_beats=32.0), beats=64.0)
    heard = in_periods(sent, frames=64, rng=random.Random(1))
    place = follow(started(heard), heard)

A tick is (seconds, its true place in quarter notes); what changes ticks returns new ones, in order of time.
"""

from __future__ import annotations

import math
import random
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise

from improvd.live.clock_in import ClockIn, Reading

PPQ = 24
RATE = 48_000
Tick = tuple[float, float]
Tempo = Callable[[float], float]
"""The tempo in bpm at a place in beats."""


# --- masters --------------------------------------------------------------------------------------


def steady(bpm: float) -> Tempo:
    return lambda beats: bpm


def sudden(bpm: float, then_bpm: float, at_beats: float) -> Tempo:
    return lambda beats: bpm if beats < at_beats else then_bpm


def ramp(bpm: float, to_bpm: float, from_beats: float, over_beats: float) -> Tempo:
    return lambda beats: bpm + (to_bpm - bpm) * min(max((beats - from_beats) / over_beats, 0.0), 1.0)


def ticks(tempo: Tempo, beats: float, from_s: float = 100.0, from_beats: float = 0.0) -> list[Tick]:
    """Return the ticks of so many beats."""
    sent, at_s = [], from_s
    for number in range(round(beats * PPQ)):
        here = number / PPQ
        sent.append((at_s, from_beats + here))
        at_s += 60 / PPQ / tempo(here + 0.5 / PPQ)
    return sent


# --- the way --------------------------------------------------------------------------------------


def in_periods(sent: Iterable[Tick], frames: int, rng: random.Random) -> list[Tick]:
    """Stamp ticks as JACK hands them on: at the start of a period, and the thread's 0.05-0.3 ms later."""
    period_s = frames / RATE
    begin_s = rng.random() * period_s
    heard: list[Tick] = []
    for at_s, beats in sent:
        stamp_s = begin_s + math.floor((at_s - begin_s) / period_s) * period_s + rng.uniform(0.00005, 0.0003)
        heard.append((max(stamp_s, heard[-1][0] + 0.00002 if heard else 0.0), beats))
    return heard


def jittered(sent: Sequence[Tick], share: float, rng: random.Random) -> list[Tick]:
    """Move each tick by up to a share of its interval, for itself."""
    intervals_s = [later - earlier for (earlier, _), (later, _) in pairwise(sent)]
    pairs = zip(sent, [*intervals_s, intervals_s[-1]], strict=True)
    return sorted((at_s + rng.uniform(-share, share) * interval_s, beats) for (at_s, beats), interval_s in pairs)


def drifting(sent: Sequence[Tick], share: float, rng: random.Random) -> list[Tick]:
    """Change each interval by up to a share of it, as `jack_midi_clock -J` does; what is changed stays."""
    moved, drift_s = [sent[0]], 0.0
    for (earlier, _), (later, beats) in pairwise(sent):
        drift_s += rng.uniform(-share, share) * (later - earlier)
        moved.append((later + drift_s, beats))
    return moved


def stalling(sent: Iterable[Tick], chance: float, rng: random.Random) -> list[Tick]:
    """Hold ticks back for 10-20 ms now and then, and hand them on together."""
    heard, until_s = [], 0.0
    for at_s, beats in sent:
        if rng.random() < chance:
            until_s = at_s + rng.uniform(0.010, 0.020)
        heard.append((max(at_s, until_s), beats))
    return heard


def without(sent: Sequence[Tick], *numbers: int) -> list[Tick]:
    return [tick for number, tick in enumerate(sent) if number not in numbers]


def doubled(sent: Sequence[Tick], number: int, after_s: float = 0.0) -> list[Tick]:
    """Send one tick twice, the second time a little later."""
    at_s, beats = sent[number]
    return sorted([*sent, (at_s + after_s, beats)])


def delayed(sent: Sequence[Tick], number: int, by_s: float) -> list[Tick]:
    """Hand one tick on later, with those that come meanwhile; their order stays."""
    until_s = sent[number][0] + by_s
    return [(max(at_s, until_s) if index >= number else at_s, beats) for index, (at_s, beats) in enumerate(sent)]


def paused(sent: Iterable[Tick], from_beats: float, for_s: float) -> list[Tick]:
    """Have the master itself stand still for a while, without a word."""
    return [(at_s + for_s if beats >= from_beats else at_s, beats) for at_s, beats in sent]


# --- the slave ------------------------------------------------------------------------------------


def follow(clock: ClockIn, heard: Iterable[Tick]) -> list[tuple[float, Reading]]:
    """Have a clock hear ticks; return its reading after each, with the moment of it."""
    read = []
    for at_s, _ in heard:
        clock.check(at_s)
        clock.tick(at_s)
        read.append((at_s, clock.reading()))
    return read


def started(at_s: float = 99.0) -> ClockIn:
    """Return a clock that has heard a start."""
    clock = ClockIn()
    clock.start(at_s)
    return clock


def place(reading: Reading, at_s: float) -> float:
    """Return where the song stands at a moment, in beats."""
    return reading.song_beats + (at_s - reading.at_s) * reading.bpm / 60


def errors_ticks(read: Sequence[tuple[float, Reading]], sent: Iterable[Tick]) -> list[float]:
    """Return how many ticks ahead the song was thought to be at each tick of the master, from what was heard then."""
    moments_s = [at_s for at_s, _ in read]
    return [(place(read[max(bisect_right(moments_s, at_s) - 1, 0)][1], at_s) - beats) * PPQ for at_s, beats in sent]


def spread(values: Sequence[float], share: float) -> float:
    """Return the size that a share of some values stay within, after their median is taken off."""
    middle = sorted(values)[len(values) // 2]
    sizes = sorted(abs(value - middle) for value in values)
    return sizes[min(len(sizes) - 1, int(share * len(sizes)))]
