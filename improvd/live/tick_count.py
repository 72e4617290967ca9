"""The tick count: by how many ticks a clock has gone on when one arrives, as some are lost, doubled or late."""

from __future__ import annotations

import math
from collections import deque
from itertools import pairwise
from typing import NamedTuple

from improvd.live.loop_filter import FINE_S, LoopFilter
from improvd.music.note import MIDI_CLOCK_PPQ

_SILENT_TICKS, _SILENT_S = 6.0, 0.15
_FORESEEN_S = 2.0
"""After a longer silence the old grid says nothing: the tempo is not known well enough."""
_TOO_EARLY = 0.3
"""A tick less than so many intervals after the last is that one again: none comes early by so much."""
_NEAR, _USUAL_TIMES = 0.1, 2.0
"""A tick is on the grid if it is beside it by less than a tenth of an interval and twice what is usual; of some
ticks the mean is, and what is usual shrinks with the root of their number."""
_STEADY, _STEADY_TICKS = 0.3, 4
"""So many ticks in a row, each beside where it was due by less than so many intervals, are a steady clock."""
_USUAL, _FRESH = 0.05, 0.1
"""How far ticks are beside where they were due until it is known, and the share of the newest in that mean."""
_NEW_TEMPO, _NEW_TEMPO_TICKS, _SPREAD = 0.1, 8, 0.12
"""How far another tempo is at least, how many intervals show it, and how far they spread, all in intervals."""
_COARSE = 1.7
"""Stamps are coarse where an interval is less than so many of their grains."""
_RECURS = 4
"""Ticks lost or doubled so often, at equal distances, are none: stamps are coarse."""


class _Forgiven(NamedTuple):
    """This is a difference between time and count that was taken for lost (< 0) or doubled (> 0) ticks."""

    heard: int
    ticks: int


class TickCount:
    """This counts ticks. Each is one, but for one that comes at once after another, and one late by whole intervals.

    The first was doubled: it counts nothing. Before the other some were lost: it counts for them too. Any other that
    is late counts as one, for then either the way or the master itself had a pause.

    Where that differs from one each, the next steady ticks decide. On the grid of before, so it was. Beside it, the
    master has paused or changed its tempo, and each tick counts as one after all. So it does, too, as long as there
    is no grid: at the beginning, and after the master went to another place.

    Eight like intervals, a tenth or more beside the loop's, are a new tempo, taken at once: twice the tempo would be
    ticks doubled for ever, and half of it ticks lost.

    Stamps may be about as coarse as ticks: a JACK period of 1,024 frames is one at 117 bpm. Then ticks come two at
    once, or not at all, at equal distances, or are not steady for a whole beat; from there on each counts as one.
    """

    def __init__(self, loop: LoopFilter, grain_s: float) -> None:
        """Begin on a MIDI system that stamps as coarsely as this, or of which it is not known: 0."""
        self._loop = loop
        self._grain_s = grain_s
        self._stamps_s: deque[float] = deque((-math.inf,), maxlen=_NEW_TEMPO_TICKS + 1)
        self._heard = 0
        self._surplus = 0
        """Ticks heard less ticks counted, since both last agreed."""
        self._steady = self._unsettled = 0
        self._usual = _USUAL
        """How far steady ticks are beside where they were due, in intervals."""
        self._grid: tuple[float, float] | None = None
        """Where a steady clock last had a tick, and its interval, in seconds."""
        self._since_grid = 0
        self._forgiven: deque[_Forgiven] = deque(maxlen=_RECURS)

    def silent_from_s(self) -> float:
        """Return when the clock counts as silent if no tick comes: 6 ticks after the last, 150 ms at least."""
        return self._stamps_s[-1] + max(_SILENT_TICKS * self._loop.interval_s, _SILENT_S)

    def forget(self) -> None:
        """Forget the grid, for the master goes on from another place."""
        self._surplus = self._steady = self._unsettled = 0
        self._grid = None

    def hear(self, at_s: float) -> int:
        """Take in a tick; return by how many the master has gone on, which may be none, or less than none.

        What it returns for the first one means nothing.
        """
        if at_s > self.silent_from_s():
            return self._resume(at_s)
        self._stamps_s.append(at_s)
        ticks = self._ticks_to(at_s)
        self._count(ticks)
        if self._is_new_tempo():
            self._loop.fit(self._stamps_s)
            return ticks + self._one_each()
        self._follow(at_s, ticks)
        if self._steady >= _STEADY_TICKS:
            return ticks + self._settle()
        if self._unsettled >= MIDI_CLOCK_PPQ:
            self._grain_s = self._loop.interval_s
            return ticks + self._one_each()
        return ticks

    # --- one tick -------------------------------------------------------------------------------

    def _ticks_to(self, at_s: float) -> int:
        ahead = (at_s - self._loop.at_s) / self._loop.interval_s
        if self._is_coarse() or not self._loop.is_locked:
            return 1
        if ahead < _TOO_EARLY:
            return 0
        is_on_grid = abs(ahead - round(ahead)) < self._near(1)
        return max(1, round(ahead)) if is_on_grid else 1

    def _is_coarse(self) -> bool:
        return self._loop.interval_s < _COARSE * self._grain_s

    def _near(self, ticks: int) -> float:
        """Return how far the mean of so many ticks may lie beside the grid, in intervals."""
        return _NEAR + _USUAL_TIMES * self._usual / math.sqrt(ticks)

    def _count(self, ticks: int) -> None:
        self._heard += 1
        self._unsettled += 1
        self._surplus += 1 - ticks
        self._since_grid += ticks

    def _follow(self, at_s: float, ticks: int) -> None:
        self._loop.grain_s = self._grain_s if self._is_coarse() else FINE_S
        late_s = self._loop.follow(at_s, ticks) if ticks else math.inf
        late = abs(late_s) / self._loop.interval_s
        if ticks == 1 and late < _STEADY:
            self._steady += 1
            self._usual += _FRESH * (late - self._usual)
        else:
            self._steady = 0

    def _resume(self, at_s: float) -> int:
        """Go on after a silence, by time until steady ticks tell better."""
        ticks = max(1, round((at_s - self._loop.at_s) / self._loop.interval_s))
        self._count(ticks)
        if at_s - self._stamps_s[-1] > _FORESEEN_S:
            self._surplus = 0
        self._loop.begin(at_s)
        self._stamps_s.clear()
        self._stamps_s.append(at_s)
        self._steady = self._unsettled = 0
        return ticks

    def _is_new_tempo(self) -> bool:
        if len(self._stamps_s) <= _NEW_TEMPO_TICKS:
            return False
        interval_s = self._loop.interval_s
        mean_s = (self._stamps_s[-1] - self._stamps_s[0]) / _NEW_TEMPO_TICKS
        if abs(mean_s - interval_s) < _NEW_TEMPO * interval_s + self._loop.grain_s / _NEW_TEMPO_TICKS:
            return False
        square = sum((later - earlier - mean_s) ** 2 for earlier, later in pairwise(self._stamps_s)) / _NEW_TEMPO_TICKS
        return square < (_SPREAD * mean_s) ** 2 + self._loop.grain_s**2

    # --- where the count is not one each --------------------------------------------------------

    def _settle(self) -> int:
        """Have the ticks, which are steady, be the grid; return how many to add if each was one after all."""
        was_right = self._surplus != 0 and self._is_on_grid()
        ticks = self._forgive() if was_right else self._one_each()
        self._grid = self._loop.at_s, self._loop.interval_s
        self._since_grid = 0
        return ticks

    def _is_on_grid(self) -> bool:
        if self._grid is None:
            return False
        grid_s, interval_s = self._grid
        late_s = [
            self._stamps_s[-1 - ago] - grid_s - (self._since_grid - ago) * interval_s for ago in range(_STEADY_TICKS)
        ]
        return abs(sum(late_s)) < _STEADY_TICKS * self._near(_STEADY_TICKS) * interval_s

    def _one_each(self) -> int:
        """Return how many ticks to add so that each one heard counts as one."""
        missing = self._surplus
        self._surplus = self._unsettled = 0
        return missing

    def _forgive(self) -> int:
        """Leave the count as it is, unless that happens again and again: then return what to add for all times."""
        self._forgiven.append(_Forgiven(self._heard, self._one_each()))
        if not self._recurs():
            return 0
        self._grain_s = self._loop.interval_s
        ticks = sum(forgiven.ticks for forgiven in self._forgiven)
        self._forgiven.clear()
        return ticks

    def _recurs(self) -> bool:
        if len(self._forgiven) < _RECURS:
            return False
        distances = [later.heard - earlier.heard for earlier, later in pairwise(self._forgiven)]
        return max(distances) - min(distances) <= 1 and len({forgiven.ticks for forgiven in self._forgiven}) == 1
