"""The click: a metronome's notes, planned a little ahead, so that they are played like any others."""

from __future__ import annotations

import math

from improvd.music.timing import Meter
from improvd.protocol import PlannedNote, SetClick

CLICK = -1
"""The number under which clicks are planned and told of; answers count from 1."""

AHEAD_BEATS = 1.0
_LENGTH_BEATS = 0.125
_VELOCITY, _ACCENT_VELOCITY = 90, 120
_JUST_NOW_BEATS = 0.02
"""A beat so shortly ago is clicked yet: a song that starts now starts with a click."""
_SAME_BEATS = 1e-6


class Click:
    """This plans a click on every beat of the metre, counting from a bar line."""

    def __init__(self) -> None:
        self.sound = SetClick(False, "", 9, 77, 76)
        self._until_beats = -math.inf

    def forget(self) -> None:
        """Plan anew from the next call on; the caller takes back what was planned."""
        self._until_beats = -math.inf

    def next_beats(self) -> float:
        """Return the place at which more has to be planned."""
        return self._until_beats - AHEAD_BEATS

    def plan(self, now_beats: float, downbeat_beats: float, meter: Meter) -> tuple[PlannedNote, ...]:
        """Return the clicks not planned before, up to two beats after the playhead."""
        begin, end = max(self._until_beats, now_beats - _JUST_NOW_BEATS), now_beats + 2 * AHEAD_BEATS
        self._until_beats = end
        unit = 4 / meter.denominator
        first = math.ceil((begin - downbeat_beats) / unit - _SAME_BEATS)
        last = math.ceil((end - downbeat_beats) / unit - _SAME_BEATS)
        return tuple(self._note(downbeat_beats + i * unit, strong=i % meter.numerator == 0) for i in range(first, last))

    def _note(self, at_beats: float, *, strong: bool) -> PlannedNote:
        pitch, velocity = (self.sound.accent, _ACCENT_VELOCITY) if strong else (self.sound.pitch, _VELOCITY)
        return (at_beats, _LENGTH_BEATS, pitch, velocity, self.sound.channel)
