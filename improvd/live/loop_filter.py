"""The loop filter: a straight line through ticks that come early and late."""

from __future__ import annotations

from collections.abc import Collection

from improvd.live.clock import FASTEST_BPM, SLOWEST_BPM
from improvd.music.note import MIDI_CLOCK_PPQ
from improvd.music.timing import beats_to_s

_LOCK_TICKS = 12
"""A line through so many ticks halves their jitter in phase, and leaves a twelfth of it in the interval."""
_SHORTEST_TICKS, _LONGEST_TICKS = 3.0, 144.0
_PHASE_LEAN, _TEMPO_LEAN = 0.16, 0.3
"""How far the errors lean before each memory shrinks; the mean of nine errors without bias leans by 0.11."""
_FRESH = 0.2
"""The share of the newest error in the running means."""
FINE_S = 0.001
"""How coarse stamps usually are."""
_OUTLIER = 3.0
"""An error counts as so many standard deviations at most."""
_MARGIN = 1.1
_LEAST_S = beats_to_s(1 / MIDI_CLOCK_PPQ, FASTEST_BPM * _MARGIN)
_MOST_S = beats_to_s(1 / MIDI_CLOCK_PPQ, SLOWEST_BPM / _MARGIN)


class LoopFilter:
    """This tells when the last tick was due and how far apart ticks are: a delay-locked loop of second order.

    Each tick pulls the line towards itself as far as it would pull a least-squares line through the last `memory`
    ticks. Phase and tempo have a memory each. Both grow with every tick, up to six beats, and shrink while the
    errors lean one way: then it is the master that moves. They lean by mean² / mean square, from 0 to 1.

    Source: F. Adriaensen, 'Using a DLL to filter time' (2005), for the loop; E. Brookner, 'Tracking and Kalman
    Filtering Made Easy' (1998), for the shares of an expanding memory; D. Trigg and A. Leach, 'Exponential smoothing
    with an adaptive response rate' (1967), for the lean.

    Attributes:
        at_s: when the last tick was due.
        interval_s: from tick to tick, within 10 % of what 20-300 bpm allow.
        grain_s: errors as small as this tell nothing.
    """

    def __init__(self, interval_s: float) -> None:
        self.at_s = 0.0
        self.interval_s = interval_s
        self.grain_s = FINE_S
        self._followed = 0
        self._phase_ticks = self._tempo_ticks = 1.0
        self._mean_s = self._mean_square = 0.0

    @property
    def is_locked(self) -> bool:
        """Whether it has followed ticks for long enough."""
        return self._followed >= _LOCK_TICKS

    def begin(self, at_s: float) -> None:
        """Start anew at a tick; the interval stays until the next one."""
        self.at_s = at_s
        self._followed = 1
        self._mean_s = self._mean_square = 0.0

    def fit(self, stamps_s: Collection[float]) -> None:
        """Start anew on the least-squares line through these ticks, three or more."""
        last = len(stamps_s) - 1
        moment = sum((index - last / 2) * at_s for index, at_s in enumerate(stamps_s))
        self._set_interval(moment * 12 / (last * (last + 1) * (last + 2)))
        self.begin(sum(stamps_s) / (last + 1) + self.interval_s * last / 2)
        self._followed = last + 1

    def follow(self, at_s: float, ticks: int) -> float:
        """Take in a tick, so many ticks after the last; return how late it came, in seconds."""
        due_s = self.at_s + ticks * self.interval_s
        error_s = at_s - due_s
        self._followed += 1
        pull_s = self._learn(error_s)
        self.at_s = due_s + _phase_share(self._phase_ticks) * pull_s
        self._set_interval(self.interval_s + _tempo_share(self._tempo_ticks) * pull_s)
        return error_s

    def _learn(self, error_s: float) -> float:
        """Fit the memories to the errors; return the error as far as it counts."""
        most_s: float = _OUTLIER * (self._mean_square + self.grain_s**2) ** 0.5
        self._mean_s += _FRESH * (error_s - self._mean_s)
        self._mean_square += _FRESH * (error_s**2 - self._mean_square)
        if not self.is_locked:
            self._phase_ticks = self._tempo_ticks = float(self._followed)
            return error_s
        lean = self._mean_s**2 / (self._mean_square + self.grain_s**2)
        self._phase_ticks = _remember(self._phase_ticks, lean - _PHASE_LEAN)
        self._tempo_ticks = _remember(self._tempo_ticks, lean - _TEMPO_LEAN)
        return min(max(error_s, -most_s), most_s)

    def _set_interval(self, interval_s: float) -> None:
        self.interval_s = min(max(interval_s, _LEAST_S), _MOST_S)


def _remember(ticks: float, excess: float) -> float:
    """Return the next length of a memory, given how far the errors lean beyond what chance does."""
    return max(ticks * (1 - excess), _SHORTEST_TICKS) if excess > 0 else min(ticks + 1, _LONGEST_TICKS)


def _phase_share(ticks: float) -> float:
    return 2 * (2 * ticks - 1) / (ticks * (ticks + 1))


def _tempo_share(ticks: float) -> float:
    return 6 / (ticks * (ticks + 1))
