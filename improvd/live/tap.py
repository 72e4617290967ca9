"""Tap tempo: the tempo of the last taps."""

from __future__ import annotations

from improvd.live.clock import FASTEST_BPM, SLOWEST_BPM
from improvd.music.timing import beats_to_s

LONGEST_GAP_S = beats_to_s(1.0, SLOWEST_BPM)
_TAPS = 5


class Taps:
    """This takes taps, one a beat; a pause longer than a beat at the slowest tempo begins anew."""

    def __init__(self) -> None:
        self._taps_s: list[float] = []

    def tap(self, at_s: float) -> float | None:
        """Take in a tap; return the tempo in bpm, 20-300 to a tenth, or None after the first tap."""
        if self._taps_s and not 0 < at_s - self._taps_s[-1] <= LONGEST_GAP_S:
            self._taps_s.clear()
        self._taps_s = [*self._taps_s[-_TAPS + 1 :], at_s]
        beats = len(self._taps_s) - 1
        if not beats:
            return None
        bpm = 60 * beats / (at_s - self._taps_s[0])
        return round(min(max(bpm, SLOWEST_BPM), FASTEST_BPM), 1)
