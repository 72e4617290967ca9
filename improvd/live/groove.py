"""Groove: how the notes of an answer lie on the beat, from where the model put them to where they sound."""

from __future__ import annotations

from dataclasses import dataclass

from improvd.live.notation import PLACES
from improvd.music.note import TICKS_PER_BEAT

STRAIGHT = 0.5


@dataclass(frozen=True, slots=True)
class Groove:
    """This moves places in the music; what comes earlier stays earlier, or comes to lie on the same place.

    Attributes:
        swing: where the second half of a beat begins, 0.5-0.75 of it.
        timing: how much of the distance to the nearest sixteenth or triplet is kept, 0-1.
    """

    swing: float = STRAIGHT
    timing: float = 1.0

    def place(self, ticks: int) -> float:
        """Return where a tick sounds, in ticks; bar lines and beats stay where they are."""
        beat, into = divmod(ticks, TICKS_PER_BEAT)
        nearest = min(PLACES, key=lambda place: abs(place - into))
        return beat * TICKS_PER_BEAT + self._swung(nearest + (into - nearest) * self.timing)

    def _swung(self, ticks: float) -> float:
        """Return where a place of a beat lies when its halves are `swing` and the rest of it long."""
        half = TICKS_PER_BEAT / 2
        swung_half = TICKS_PER_BEAT * self.swing
        if ticks <= half:
            return ticks * swung_half / half
        return swung_half + (ticks - half) * (TICKS_PER_BEAT - swung_half) / half


AS_DRAWN = Groove()
"""Every note sounds where the model put it."""
