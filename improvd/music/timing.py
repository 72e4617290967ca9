"""Metre: bars, beats and which of them are strong."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import NamedTuple

from improvd.music.note import TICKS_PER_BEAT


@dataclass(frozen=True, slots=True)
class Meter:
    """This is a time signature; beats are quarter notes throughout.

    Attributes:
        numerator: 1-32.
        denominator: 1, 2, 4, 8, 16 or 32.
    """

    numerator: int = 4
    denominator: int = 4

    @classmethod
    def parse(cls, text: str) -> Meter:
        """Return the metre written as `numerator/denominator`.

        Raises:
            ValueError: if there is none such; the text says what is allowed.
        """
        written = re.fullmatch(r"([0-9]{1,2})/([0-9]{1,2})", text)
        numerator, denominator = map(int, written.groups()) if written else (0, 0)
        if not 1 <= numerator <= 32 or denominator not in (1, 2, 4, 8, 16, 32):
            raise ValueError(f"{text!r} is no time signature; allowed: 1-32 over 1, 2, 4, 8, 16 or 32, such as 3/4")
        return cls(numerator, denominator)

    @property
    def bar_beats(self) -> float:
        """Length of a bar in quarter notes."""
        return self.numerator * 4 / self.denominator

    @property
    def bar_ticks(self) -> int:
        """Length of a bar on the codec's grid."""
        return round(self.bar_beats * TICKS_PER_BEAT)

    @property
    def strong_beats(self) -> tuple[float, ...]:
        """Return the places in the bar (in quarters) on which a phrase may end.

        The downbeat; the middle of an even bar of four or more units; every
        dotted beat of a compound bar (6/8, 9/8, 12/8).
        """
        unit = 4 / self.denominator
        if self.numerator % 3 == 0 and self.numerator > 3:
            return tuple(i * 3 * unit for i in range(self.numerator // 3))
        if self.numerator % 2 == 0 and self.numerator >= 4:
            return (0.0, self.bar_beats / 2)
        return (0.0,)

    def bar_start(self, beats: float) -> float:
        """Return the bar line at or before a position; both in beats."""
        return math.floor(beats / self.bar_beats + 1e-9) * self.bar_beats


class MeterChange(NamedTuple):
    """This is a time signature from a place on, which is a bar line."""

    at_beats: float
    meter: Meter


def steady(numerator: int, denominator: int) -> tuple[MeterChange, ...]:
    """Return the metres of a piece that keeps one throughout."""
    return (MeterChange(0.0, Meter(numerator, denominator)),)


def beats_to_s(beats: float, bpm: float) -> float:
    """Return how long some quarter notes last, in seconds, at a tempo in bpm."""
    return beats * 60 / bpm


def s_to_beats(seconds: float, bpm: float) -> float:
    """Return how many quarter notes pass in some seconds at a tempo in bpm."""
    return seconds * bpm / 60
