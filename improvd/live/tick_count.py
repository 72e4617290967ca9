"""The tick count: by how many ticks a clock has gone on when one arrives, as some are lost, doubled or late."""

from __future__ import annotations

import math
from collections import deque
from itertools import pairwise
from typing import NamedTuple

from improvd.live.loop_filter import LoopFilter
from improvd.music.note import MIDI_CLOCK_PPQ

_SILENT_TICKS, _SILENT_S = 6.0, 0.15
_FORESEEN_S = 2.0
"""After a longer silence the old grid says nothing: the tempo is not known well enough."""
_ALONE = 0.6
"""A tick that comes this close to one interval after the last is the next one, whatever the errors before it."""
_STEADY = 0.3
"""A tick this close to where it was due is steady; four in a row are a steady clock."""
_STEADY_TICKS = 4
_ON_GRID = 0.25
_NEW_TEMPO, _NEW_TEMPO_TICKS = 0.1, 8
_SPREAD = 0.12
_RECURS = 5
_COARSE = 1.7


class _Forgiven(NamedTuple):
    """This is a difference between time and count that was taken for lost (< 0) or doubled (> 0) ticks."""

    heard: int
    ticks: int


class TickCount:
    """This counts ticks by time: a lost one is counted, one doubled, or late beside its neighbour, is not.

    Where time and count differ, the next steady ticks decide. On the grid of before, ticks were lost or doubled, and
    time is right. Beside it, the master has paused or changed its tempo, and each tick counts as one. So it does, too,
    as long as there is no grid: at the beginning, and after the master went to another place.

    Eight like intervals, a tenth or more beside the loop's, are a new tempo, taken at once: by time alone, twice the
    tempo would be ticks doubled for ever, and half of it ticks lost.

    Stamps may be coarser than ticks: a JACK period of 1,024 frames is a tick at 117 bpm. Then ticks come two at once,
    or not at all, at equal distances, or are not steady for a whole beat; from there on each tick counts as one.
    """

    def __init__(self, loop: LoopFilter) -> None:
        self._loop = loop
        self._stamps_s: deque[float] = deque((-math.inf,), maxlen=_NEW_TEMPO_TICKS + 1)
        self._heard = 0
        self._surplus = 0
        """Ticks heard less ticks counted, since both last agreed."""
        self._steady = self._unsettled = 0
        self._grid: tuple[float, float] | None = None
        """Where a steady clock last had a tick, and its interval, in seconds."""
        self._since_grid = 0
        self._forgiven: deque[_Forgiven] = deque(maxlen=_RECURS)

    def silent_from_s(self) -> float:
        """Return when the clock counts as silent if no tick comes: 6 ticks after the last, 150 ms at least."""
        return self._stamps_s[-1] + max(_SILENT_TICKS * self._loop.interval_s, _SILENT_S)

    def begin(self, at_s: float) -> None:
        """Take in a first tick."""
        self._restart(at_s)
        self.forget()

    def forget(self) -> None:
        """Forget the grid, for the master goes on from another place."""
        self._surplus = self._steady = self._unsettled = 0
        self._grid = None

    def hear(self, at_s: float) -> int:
        """Take in a further tick; return by how many ticks the master has gone on: none and less are possible."""
        if at_s > self.silent_from_s():
            return self._resume(at_s)
        self._stamps_s.append(at_s)
        ticks = self._ticks_to(at_s)
        self._count(ticks)
        if self._is_new_tempo():
            self._loop.fit(self._stamps_s)
            return ticks + self._correct()
        self._follow(at_s, ticks)
        if self._steady >= _STEADY_TICKS:
            return ticks + self._settle()
        if self._unsettled >= MIDI_CLOCK_PPQ:
            self._loop.grain_s = self._loop.interval_s
            return ticks + self._correct()
        return ticks

    # --- one tick -------------------------------------------------------------------------------

    def _ticks_to(self, at_s: float) -> int:
        ahead = (at_s - self._loop.at_s) / self._loop.interval_s
        is_coarse = self._loop.interval_s < _COARSE * self._loop.grain_s
        if is_coarse or not self._loop.is_locked or abs(ahead - 1) < _ALONE:
            return 1
        return max(0, round(ahead))

    def _count(self, ticks: int) -> None:
        self._heard += 1
        self._unsettled += 1
        self._surplus += 1 - ticks
        self._since_grid += ticks

    def _follow(self, at_s: float, ticks: int) -> None:
        late_s = self._loop.follow(at_s, ticks) if ticks else math.inf
        self._steady = self._steady + 1 if ticks == 1 and abs(late_s) < _STEADY * self._loop.interval_s else 0

    def _resume(self, at_s: float) -> int:
        """Go on after a silence, by time until steady ticks tell better."""
        ticks = max(1, round((at_s - self._loop.at_s) / self._loop.interval_s))
        self._count(ticks)
        if at_s - self._stamps_s[-1] > _FORESEEN_S:
            self._surplus = 0
        self._restart(at_s)
        return ticks

    def _restart(self, at_s: float) -> None:
        self._loop.begin(at_s)
        self._stamps_s.clear()
        self._stamps_s.append(at_s)
        self._steady = self._unsettled = 0

    # --- time or count --------------------------------------------------------------------------

    def _settle(self) -> int:
        """Have the ticks, which are steady, be the grid; return how many to add if the count was right."""
        was_on_grid = self._surplus != 0 and self._is_on_grid()
        self._grid = self._loop.at_s, self._loop.interval_s
        self._since_grid = 0
        return self._forgive() if was_on_grid else self._correct(keep_grid=True)

    def _correct(self, *, keep_grid: bool = False) -> int:
        """Return how many ticks to add so that each one heard counts as one."""
        missing = self._surplus
        self._surplus = self._unsettled = 0
        if not keep_grid:
            self._grid = None
        return missing

    def _forgive(self) -> int:
        """Go by time, unless that happens again and again: then return how many ticks to add for all the times."""
        self._forgiven.append(_Forgiven(self._heard, self._surplus))
        self._surplus = self._unsettled = 0
        if not self._recurs():
            return 0
        ticks = sum(forgiven.ticks for forgiven in self._forgiven)
        heard = self._forgiven[-1].heard - self._forgiven[0].heard
        self._loop.grain_s = self._loop.interval_s
        self._loop.interval_s *= 1 - (ticks - self._forgiven[0].ticks) / heard
        self._forgiven.clear()
        return ticks

    def _recurs(self) -> bool:
        if len(self._forgiven) < _RECURS:
            return False
        distances = [later.heard - earlier.heard for earlier, later in pairwise(self._forgiven)]
        return max(distances) - min(distances) <= 1 and len({forgiven.ticks for forgiven in self._forgiven}) == 1

    def _is_on_grid(self) -> bool:
        if self._grid is None:
            return False
        grid_s, interval_s = self._grid
        late_s = [
            self._stamps_s[-1 - ago] - grid_s - (self._since_grid - ago) * interval_s for ago in range(_STEADY_TICKS)
        ]
        return abs(sum(late_s)) < _STEADY_TICKS * _ON_GRID * interval_s

    def _is_new_tempo(self) -> bool:
        if len(self._stamps_s) <= _NEW_TEMPO_TICKS:
            return False
        interval_s = self._loop.interval_s
        mean_s = (self._stamps_s[-1] - self._stamps_s[0]) / _NEW_TEMPO_TICKS
        if abs(mean_s - interval_s) < _NEW_TEMPO * interval_s + self._loop.grain_s / _NEW_TEMPO_TICKS:
            return False
        square = sum((later - earlier - mean_s) ** 2 for earlier, later in pairwise(self._stamps_s)) / _NEW_TEMPO_TICKS
        return square < (_SPREAD * mean_s) ** 2 + self._loop.grain_s**2
