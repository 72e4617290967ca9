"""Notation: what was played, as one would write it down, so that the model reads the phrase and not the fingers.

A finger, a cable and a MIDI server move every onset by some milliseconds, and
let notes end well before the next, while most of what the model has learnt
from is written music. In a style that it learnt from people's playing it reads
fingers as they are.
"""

from __future__ import annotations

import math

from improvd.music.note import TICKS_PER_BEAT

AS_PLAYED = frozenset({"jazz", "classical", "groove"})
"""The styles, see `codec.STYLES`, that were learnt from playing."""

PLACES = (0, 6, 8, 12, 16, 18, 24)
"""The sixteenths and triplets of a beat, in ticks."""

NEAR_TICKS = 2
"""An onset this near to one of them is written on it."""

LENGTHS = (3, 6, 12, 24, 36, 48, 72, 96, 144, 192, 288, 384)
"""The lengths of other notes: a 32nd, a sixteenth, …, in ticks."""

LEGATO = 0.3
"""A note that fills so much of the time to the next onset is written as filling it."""


def written_onset(ticks: int) -> int:
    """Return where an onset is written; both in ticks from a bar line."""
    beat, place = divmod(ticks, TICKS_PER_BEAT)
    nearest = min(PLACES, key=lambda written: abs(written - place))
    return beat * TICKS_PER_BEAT + (nearest if abs(nearest - place) <= NEAR_TICKS else place)


def written_duration(ticks: int, to_next_ticks: int) -> int:
    """Return how long a note is written, in ticks.

    One that is shorter or longer than the time to the next onset, or has no next, gets the
    nearest of `LENGTHS`.

    Args:
        ticks: how long it sounded, at least 1.
        to_next_ticks: from its onset to the next later one; below 1 if there is none.
    """
    if LEGATO * to_next_ticks <= ticks <= to_next_ticks:
        return to_next_ticks
    return min(LENGTHS, key=lambda length: abs(math.log(ticks / length)))
