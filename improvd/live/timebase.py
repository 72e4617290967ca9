"""The time base: the player's clock as the conductor knows it, from the last anchor on."""

from __future__ import annotations

import math
from dataclasses import replace

from improvd.music.timing import beats_to_s, s_to_beats
from improvd.protocol import Anchor


class Timebase:
    """This tells seconds from beats and back at the last tempo heard of; `bpm` until then."""

    def __init__(self, bpm: float) -> None:
        self._bpm = bpm
        self._anchor: Anchor | None = None

    @property
    def known(self) -> bool:
        """Whether the player has told where its clock is."""
        return self._anchor is not None

    @property
    def bpm(self) -> float:
        """Tempo in quarters per minute."""
        return self._anchor.bpm if self._anchor else self._bpm

    @property
    def led(self) -> bool:
        """Whether a clock outside gives the tempo."""
        return self._anchor is not None and self._anchor.source != "internal"

    @property
    def rolling(self) -> bool:
        """Whether the song moves; while it stands nothing is played."""
        return self._anchor is None or self._anchor.rolling

    def anchor(self, anchor: Anchor) -> bool:
        """Go on from another anchor; return whether the song's beginning moved by it."""
        before, self._anchor = self._anchor, anchor
        return before is not None and before.downbeat_beats != anchor.downbeat_beats

    def retempo(self, bpm: float, now_s: float) -> None:
        """Go on at another tempo, ahead of the anchor that will say so."""
        if self._anchor is not None:
            self._anchor = replace(self._anchor, at_s=now_s, at_beats=self.beats_at(now_s), bpm=bpm)

    def beats_at(self, at_s: float) -> float:
        """Return the place of a moment on the player's clock; 0 as long as it is not known."""
        if self._anchor is None:
            return 0.0
        return self._anchor.at_beats + s_to_beats(at_s - self._anchor.at_s, self._anchor.bpm)

    def time_of(self, beats: float) -> float:
        """Return the moment of a place on the player's clock; infinity as long as it is not known."""
        if self._anchor is None:
            return math.inf
        return self._anchor.at_s + beats_to_s(beats - self._anchor.at_beats, self._anchor.bpm)
