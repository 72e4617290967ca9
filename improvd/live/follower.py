"""The follower: estimates tempo and beat of free playing, phrase by phrase.

The comb says what the notes of a phrase tell of every tempo, the belief what earlier phrases told. The likeliest
tempo holds if it is likely enough, and clearly likelier than the one so far; else that one stays.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from improvd.live import belief, comb
from improvd.live.belief import Belief
from improvd.live.reading import Reading, likeliest

LEAST_ONSETS = 8
"""A phrase of fewer tells too little."""

LAST_NOTES = 32

QUIET_S, QUIET_GAPS = 0.150, 1.2
"""A phrase is judged after so much silence, and so many of its median gaps: before it counts as ended."""

MARGIN = 0.5
"""By how much another tempo must be likelier than that so far, as a natural logarithm."""

SURE = math.log(0.25)
"""How likely a tempo must be at all."""

SAME = 2
"""Tempi of the comb that are so near to each other are the same."""


@dataclass(slots=True)
class _Note:
    onset_s: float
    pitch: int
    end_s: float | None = None

    def lasts_s(self, now_s: float) -> float:
        return (now_s if self.end_s is None else self.end_s) - self.onset_s


class Follower:
    """This is told the notes of a phrase, and finds its tempo; `bpm` is the tempo so far."""

    def __init__(self, bpm: float) -> None:
        self.bpm = bpm
        self._belief = belief.NONE
        self._after: Belief | None = None
        self._notes: list[_Note] = []
        self._onsets_s: list[float] = []

    # --- what it is told ---------------------------------------------------------------------

    def told(self, bpm: float) -> None:
        """Take in that somebody set a tempo."""
        if bpm != self.bpm:
            self.bpm, self._belief, self._after = bpm, belief.when_told(bpm), None

    def begin(self) -> None:
        """Begin with another phrase; what the last one told is known from now on."""
        if self._after is not None:
            self._belief, self._after = belief.before_next(self._after), None
        self._notes, self._onsets_s = [], []

    def strike(self, at_s: float, pitch: int) -> None:
        """Take in a note."""
        if not self._onsets_s or at_s - self._onsets_s[-1] > comb.CHORD_S:
            self._onsets_s = [*self._onsets_s[1 - LAST_NOTES :], at_s]
        self._notes = [*self._notes[1 - LAST_NOTES :], _Note(at_s, pitch)]

    def end(self, onset_s: float, pitch: int, end_s: float) -> None:
        """Take in that a note ended."""
        for note in self._notes:
            if note.onset_s == onset_s and note.pitch == pitch:
                note.end_s = end_s

    # --- what it finds -----------------------------------------------------------------------

    def next_s(self) -> float:
        """Return when the phrase can be judged if nothing more is played; infinite if it is too short."""
        if len(self._onsets_s) < LEAST_ONSETS:
            return math.inf
        gaps = [later - at for at, later in pairwise(self._onsets_s)]
        return self._onsets_s[-1] + max(QUIET_S, QUIET_GAPS * median(gaps))

    def find(self, now_s: float) -> Reading | None:
        """Return how the phrase as played until now is heard; None where its tempo is not clear."""
        lasting_s = [note.lasts_s(now_s) for note in self._notes]
        self._after = belief.after(self._belief, comb.fits(self._onsets_s, lasting_s))
        chances, before = self.chances(), belief.index_of(self.bpm)
        best = max(range(len(chances)), key=chances.__getitem__)
        so_far = max(chances[max(before - SAME, 0) : before + SAME + 1])
        if abs(best - before) > SAME and chances[best] < max(so_far + MARGIN, SURE):
            return None
        return self.likeliest()

    def chances(self) -> list[float]:
        """Return how likely each tempo of the comb is after the phrase, with its neighbours, as log-probabilities."""
        after = self._after or self._belief
        return [belief.near(after, index) for index in range(len(after))]

    def likeliest(self) -> Reading:
        """Return how the phrase is heard at its likeliest tempo, clear or not."""
        chances = self.chances()
        best = max(range(len(chances)), key=chances.__getitem__)
        return likeliest(self._onsets_s, belief.tempo(self._after or self._belief, best))
