"""The clock: seconds to beats and back, at a tempo that may change."""

from __future__ import annotations

from improvd.music.timing import beats_to_s, s_to_beats

SLOWEST_BPM = 20.0
FASTEST_BPM = 300.0


class Clock:
    """This ties seconds of `time.monotonic` to beats; it is told the time and never asks for it.

    Beat 0 is at `origin_s`. A change of tempo moves no beat that has passed.
    """

    def __init__(self, bpm: float, origin_s: float) -> None:
        self._bpm = _checked(bpm)
        self._anchor_s = origin_s
        self._anchor_beats = 0.0

    @property
    def bpm(self) -> float:
        """Tempo in quarter notes per minute, 20-300."""
        return self._bpm

    def beats_at(self, at_s: float) -> float:
        """Return the place in the music at a moment."""
        return self._anchor_beats + s_to_beats(at_s - self._anchor_s, self._bpm)

    def time_at(self, beats: float) -> float:
        """Return the moment of a place in the music, in seconds."""
        return self._anchor_s + beats_to_s(beats - self._anchor_beats, self._bpm)

    def set_bpm(self, bpm: float, now_s: float) -> None:
        """Go on at another tempo from `now_s`, without a jump in phase.

        Raises:
            ValueError: outside 20-300 bpm.
        """
        bpm = _checked(bpm)
        self._anchor_beats = self.beats_at(now_s)
        self._anchor_s = now_s
        self._bpm = bpm


def _checked(bpm: float) -> float:
    if not SLOWEST_BPM <= bpm <= FASTEST_BPM:
        raise ValueError(f"tempo {bpm:g} bpm: allowed are {SLOWEST_BPM:g} to {FASTEST_BPM:g}")
    return bpm
