"""The clock: seconds to beats and back, at a tempo that may change at once or gradually, and be pushed or dragged."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

from improvd.music.timing import beats_to_s, s_to_beats

SLOWEST_BPM = 20.0
FASTEST_BPM = 300.0


class Timeline(Protocol):
    """This ties seconds to beats: the clock itself, or the clock as one output is to hear it."""

    def beats_at(self, at_s: float) -> float:
        """Return the place in the music at a moment."""

    def time_at(self, beats: float) -> float:
        """Return the moment of a place in the music, in seconds."""


@dataclass(frozen=True, slots=True)
class _Stretch:
    """This is a piece of the tempo map: from a moment on, `rate` beats a second, and `gain` more each second."""

    begin_s: float
    begin_beats: float
    rate: float
    gain: float = 0.0

    def beats_at(self, at_s: float) -> float:
        after_s = at_s - self.begin_s
        return self.begin_beats + (self.rate + self.gain * max(after_s, 0.0) / 2) * after_s

    def time_at(self, beats: float) -> float:
        after = beats - self.begin_beats
        root = math.sqrt(max(self.rate**2 + 2 * self.gain * max(after, 0.0), 0.0))
        return self.begin_s + 2 * after / (self.rate + root)

    def rate_at(self, at_s: float) -> float:
        return self.rate + self.gain * max(at_s - self.begin_s, 0.0)


class Clock:
    """This ties seconds of `time.monotonic` to beats; it is told the time and never asks for it.

    Beat 0 is at `origin_s`. No change but that of `follow` moves the place of the moment at which it is made.
    """

    def __init__(self, bpm: float, origin_s: float) -> None:
        self._bpm = _checked(bpm)
        self._stretches = [_Stretch(origin_s, 0.0, s_to_beats(1.0, bpm))]

    @property
    def bpm(self) -> float:
        """Tempo in quarter notes per minute, 20-300; that which it is going to, while it changes gradually."""
        return self._bpm

    def bpm_at(self, at_s: float) -> float:
        """Return the tempo of a moment."""
        return beats_to_s(self._at(at_s).rate_at(at_s), 1.0)

    def beats_at(self, at_s: float) -> float:
        """Return the place in the music at a moment."""
        return self._at(at_s).beats_at(at_s)

    def time_at(self, beats: float) -> float:
        """Return the moment of a place in the music, in seconds."""
        begun = [stretch for stretch in self._stretches if stretch.begin_beats <= beats]
        return (begun or self._stretches)[-1 if begun else 0].time_at(beats)

    def set_bpm(self, bpm: float, now_s: float, beats: float = 0.0) -> None:
        """Go on at another tempo, reached gradually over some beats from `now_s` on.

        Raises:
            ValueError: outside 20-300 bpm.
        """
        self._bpm = _checked(bpm)
        place, now_rate, rate = self.beats_at(now_s), self._at(now_s).rate_at(now_s), s_to_beats(1.0, bpm)
        lasts_s = 2 * beats / (now_rate + rate)
        glide = [_Stretch(now_s, place, now_rate, (rate - now_rate) / lasts_s)] if lasts_s else []
        self._go_on(now_s, *glide, _Stretch(now_s + lasts_s, place + beats, rate))

    def push(self, beats: float, now_s: float) -> None:
        """Move the music on by some beats, or back (less than 0): faster or slower by half at most, until it is there.

        It takes a beat, and longer for more than half of one.
        """
        last, place = self._stretches[-1], self.beats_at(now_s)
        ahead = last.beats_at(now_s) + beats - place
        lasts_s = max(max(1.0, 2 * abs(ahead)) / last.rate, last.begin_s - now_s)
        there = last.beats_at(now_s + lasts_s) + beats
        moving = _Stretch(now_s, place, (there - place) / lasts_s)
        self._go_on(now_s, moving, _Stretch(now_s + lasts_s, there, last.rate))

    def follow(self, at_s: float, at_beats: float, bpm: float, now_s: float) -> None:
        """Go by another clock from `now_s` on: at `at_s` it stood at `at_beats`; a tempo is kept in range."""
        self._bpm = min(max(bpm, SLOWEST_BPM), FASTEST_BPM)
        self._go_on(now_s, _Stretch(now_s, at_beats + s_to_beats(now_s - at_s, self._bpm), s_to_beats(1.0, self._bpm)))

    def is_steady(self, at_s: float) -> bool:
        """Return whether the tempo stays as it is from a moment on."""
        return at_s >= self._stretches[-1].begin_s

    def _at(self, at_s: float) -> _Stretch:
        begun = [stretch for stretch in self._stretches if stretch.begin_s <= at_s]
        return begun[-1] if begun else self._stretches[0]

    def _go_on(self, now_s: float, *stretches: _Stretch) -> None:
        """Replace what comes after `now_s`; what is in force now stays for what lies before."""
        self._stretches = [self._at(now_s), *stretches]


@dataclass(frozen=True, slots=True)
class Shifted:
    """This is a timeline as an output hears it that gets everything `offset_s` later, or earlier (less than 0)."""

    timeline: Timeline
    offset_s: float

    def beats_at(self, at_s: float) -> float:
        """Return the place in the music at a moment."""
        return self.timeline.beats_at(at_s - self.offset_s)

    def time_at(self, beats: float) -> float:
        """Return the moment of a place in the music, in seconds."""
        return self.timeline.time_at(beats) + self.offset_s


def _checked(bpm: float) -> float:
    if not SLOWEST_BPM <= bpm <= FASTEST_BPM:
        raise ValueError(f"tempo {bpm:g} bpm: allowed are {SLOWEST_BPM:g} to {FASTEST_BPM:g}")
    return bpm
