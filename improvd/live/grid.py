"""The grid: where the player's beats lie on the window's ticks, and where its bar lines are."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from improvd.live.notation import written_onset
from improvd.music.note import TICKS_PER_BEAT
from improvd.music.timing import Meter


@dataclass(frozen=True, slots=True)
class Grid:
    """This ties one bar line of the player's clock to a tick of the window.

    Attributes:
        meter: the time signature; bar lines lie at multiples of its bar from tick 0.
        origin_beats: the bar line in beats of the clock.
        origin_ticks: the same bar line in ticks of the window.
    """

    meter: Meter
    origin_beats: float = 0.0
    origin_ticks: int = 0

    def ticks_at(self, beats: float) -> int:
        """Return the tick nearest to a place on the clock."""
        return self.origin_ticks + round((beats - self.origin_beats) * TICKS_PER_BEAT)

    def read_at(self, beats: float, *, as_played: bool = False) -> int:
        """Return the tick on which the model reads an onset at a place on the clock: as played, or as it is written."""
        ticks = self.ticks_at(beats)
        return ticks if as_played else self.written(ticks)

    def written(self, ticks: int) -> int:
        """Return the tick on which an onset is written that was played on a tick."""
        into_bar = ticks % self.meter.bar_ticks
        return ticks - into_bar + written_onset(into_bar)

    def tick_from(self, beats: float) -> int:
        """Return the first tick at or after a place on the clock."""
        return self.origin_ticks + math.ceil((beats - self.origin_beats) * TICKS_PER_BEAT - 1e-6)

    def beats_at(self, ticks: int) -> float:
        """Return the place on the clock of a tick."""
        return self.origin_beats + (ticks - self.origin_ticks) / TICKS_PER_BEAT

    def place_of(self, beats: float) -> tuple[int, float]:
        """Return the bar of a place on the clock, from 1 at the origin, and the beat in it, from 0."""
        bar, beat = divmod(beats - self.origin_beats, self.meter.bar_beats)
        return int(bar) + 1, beat

    def beat_from(self, ticks: int) -> int:
        """Return the tick of the first beat at or after a tick; beats count from the bar line before."""
        bar = ticks // self.meter.bar_ticks * self.meter.bar_ticks
        return min(bar + _up_to_multiple(ticks - bar, TICKS_PER_BEAT), self.bar_from(ticks))

    def bar_from(self, ticks: int) -> int:
        """Return the tick of the first bar line at or after a tick."""
        return _up_to_multiple(ticks, self.meter.bar_ticks)

    def strong_ticks(self, begin_ticks: int, end_ticks: int) -> list[int]:
        """Return the ticks of the strong beats from one tick to before another."""
        bar = self.meter.bar_ticks
        lines = range(begin_ticks // bar * bar, end_ticks, bar)
        strong = [line + round(beat * TICKS_PER_BEAT) for line in lines for beat in self.meter.strong_beats]
        return [tick for tick in strong if begin_ticks <= tick < end_ticks]

    def with_downbeat(self, beats: float, after_ticks: int) -> Grid:
        """Return the grid on which a bar begins at a place of the clock.

        In the window it is the first bar line from `after_ticks` on, the end of
        what was played: the model need not read how long a musician paused.
        """
        return replace(self, origin_beats=beats, origin_ticks=self.bar_from(after_ticks))

    def with_song(self, downbeat_beats: float, now_beats: float, after_ticks: int) -> Grid:
        """Return the grid of a song whose first bar line lies at a place of the clock, from its bar of now on."""
        bars = math.floor((now_beats - downbeat_beats) / self.meter.bar_beats)
        return self.with_downbeat(downbeat_beats + bars * self.meter.bar_beats, after_ticks)

    def with_meter(self, meter: Meter, now_beats: float) -> Grid:
        """Return the grid of another time signature, its bars counting from the last bar line of this one."""
        if meter == self.meter:
            return self
        bar = math.floor((now_beats - self.origin_beats) / self.meter.bar_beats) * self.meter.bar_beats
        last_line = self.origin_beats + bar
        return Grid(meter, last_line, _up_to_multiple(self.ticks_at(last_line), meter.bar_ticks))


def _up_to_multiple(ticks: int, of: int) -> int:
    return -(-ticks // of) * of
