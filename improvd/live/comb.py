"""The comb: how well each tempo fits the times and lengths of some notes, as learnt from jazz solos.

Where a tempo holds, the time between any two onsets, the time to the next one and the length of a note are
likely to be certain shares of a beat. A `comb_table` gives each such share a weight, in favour of the tempo
or against it; the sum over all notes says how well it fits. The logarithm of a time and that of a tempo add
up to that of a share: so what one time says of every tempo is one piece of a list.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from itertools import pairwise

from improvd.live.comb_table import BETWEEN, LASTING, TO_NEXT, USUAL
from improvd.music.note import TICKS_PER_BEAT

SLOWEST_BPM, FASTEST_BPM = 45.0, 312.0
STEP = 0.02
"""Tempi are this far apart, as a natural logarithm."""

TEMPI = tuple(
    SLOWEST_BPM * math.exp(STEP * index) for index in range(math.ceil(math.log(FASTEST_BPM / SLOWEST_BPM) / STEP))
)

SHORTEST_S, LONGEST_S = 0.020, 6.0
"""Times beyond count as these: the longer one is more beats than the table has, at any tempo."""

CHORD_S = 0.030
"""Onsets nearer than this are one."""

_FINE = 4
"""Times are told apart so many times as finely as tempi."""

MIDDLE_BPM, MIDDLE_NOTES = 170.0, 16

Table = tuple[float, ...]
Fits = list[float]
"""How well each of `TEMPI` fits, as a log-probability but for a constant."""


def fits(onsets_s: Sequence[float], durations_s: Sequence[float]) -> Fits:
    """Return how well each tempo fits some notes, N onsets in order and N durations, in seconds."""
    later = [at - before for i, at in enumerate(onsets_s) for before in onsets_s[:i] if at - before > CHORD_S]
    following = [at - before for before, at in pairwise(onsets_s) if at - before > SHORTEST_S]
    sums = [
        _sum(BETWEEN, [gap for gap in later if gap < LONGEST_S], 3.0, 0.75),
        _sum(TO_NEXT, following, 1.0, 0.5),
        _sum(LASTING, durations_s, 1.0, 0.5),
        _usual(len(onsets_s)),
    ]
    return [sum(values) for values in zip(*sums, strict=True)]


def _sum(table: Table, times_s: Sequence[float], share: float, power: float) -> Fits:
    """Return what a table says of some times, each counting the less, the more there are."""
    said = [_said(table, time_s) for time_s in times_s]
    weight = share / max(len(said), 1) ** power
    return [weight * sum(values) for values in zip(*said, strict=True)] if said else [0.0] * len(TEMPI)


def _usual(notes: int) -> Fits:
    """Return how usual each tempo is, for a phrase of so many notes."""
    longer = math.log(notes / MIDDLE_NOTES)
    relative = [math.log(bpm / MIDDLE_BPM) for bpm in TEMPI]
    a, b, c, d, e = USUAL
    return [a * x + b * x**2 + c * x**3 + longer * (d * x + e * x**2) for x in relative]


def _said(table: Table, time_s: float) -> Sequence[float]:
    """Return what a table says of one time at each tempo."""
    place = round(math.log(min(max(time_s, SHORTEST_S), LONGEST_S) / SHORTEST_S) / STEP * _FINE)
    return _spread(table)[place % _FINE][place // _FINE :][: len(TEMPI)]


@cache
def _spread(table: Table) -> tuple[tuple[float, ...], ...]:
    """Return a table by the logarithm of time, `_FINE` lists whose places are `STEP` apart; long enough for all."""
    places = len(TEMPI) + math.ceil(math.log(LONGEST_S / SHORTEST_S) / STEP) + 1
    first_ticks = SHORTEST_S * SLOWEST_BPM / 60 * TICKS_PER_BEAT
    return tuple(
        tuple(_at(table, first_ticks * math.exp(STEP * (place + fine / _FINE))) for place in range(places))
        for fine in range(_FINE)
    )


def _at(table: Table, ticks: float) -> float:
    """Return a table's weight between two of its places; nothing beyond its end."""
    below, share = int(ticks), ticks % 1
    padded = (*table[below : below + 2], 0.0, 0.0)
    return (1 - share) * padded[0] + share * padded[1]
