"""The belief in each tempo of the comb: what phrases so far say, as log-probabilities.

A musician keeps to a tempo, or nearly; now and then another one begins, and nothing of the last holds.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from improvd.live.comb import SLOWEST_BPM, STEP, TEMPI

Belief = tuple[float, ...]

NONE: Belief = (0.0,) * len(TEMPI)
"""Nothing is known but what the comb itself finds usual."""

TRUST = 0.75
"""How much of what the comb says is believed: its sums know nothing of what a musician does again and again."""

DRIFT = 0.05
"""How likely the next phrase is a step faster, and how likely one slower."""

ANEW = 0.01
"""How likely it has another tempo altogether."""

TOLD = 0.5
"""How likely it has the tempo that somebody set."""


def index_of(bpm: float) -> int:
    """Return the place of the tempo of the comb that is nearest."""
    return min(max(round(math.log(bpm / SLOWEST_BPM) / STEP), 0), len(TEMPI) - 1)


def after(belief: Belief, fits: Iterable[float]) -> Belief:
    """Return the belief after a phrase, given how well each tempo fits it."""
    return _normal([old + TRUST * fit for old, fit in zip(belief, fits, strict=True)])


def before_next(belief: Belief) -> Belief:
    """Return the belief before the next phrase."""
    chances = [math.exp(value) for value in belief]
    padded = [chances[0], *chances, chances[-1]]
    drifted = (
        (1 - 2 * DRIFT) * here + DRIFT * (slower + faster)
        for slower, here, faster in zip(padded, chances, padded[2:], strict=False)
    )
    return _normal([math.log((1 - ANEW) * chance + ANEW / len(TEMPI)) for chance in drifted])


def when_told(bpm: float) -> Belief:
    """Return the belief when somebody set a tempo."""
    told = index_of(bpm)
    rest = (1 - TOLD) / len(TEMPI)
    return _normal([math.log(rest + TOLD * (index == told)) for index in range(len(TEMPI))])


def near(belief: Sequence[float], index: int) -> float:
    """Return the log-probability of a tempo and its two neighbours."""
    return log_sum(belief[max(index - 1, 0) : index + 2])


def tempo(belief: Belief, index: int) -> float:
    """Return the mean tempo, in bpm, of one of the comb and its two neighbours."""
    places = range(max(index - 1, 0), min(index + 2, len(TEMPI)))
    chances = [math.exp(belief[place] - belief[index]) for place in places]
    mean = sum(chance * place for chance, place in zip(chances, places, strict=True)) / sum(chances)
    return SLOWEST_BPM * math.exp(STEP * mean)


def log_sum(values: Sequence[float]) -> float:
    """Return the logarithm of the sum of what some values are logarithms of."""
    most = max(values)
    return most + math.log(sum(math.exp(value - most) for value in values))


def _normal(values: Sequence[float]) -> Belief:
    total = log_sum(values)
    return tuple(value - total for value in values)
