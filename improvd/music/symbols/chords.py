"""The codec `chords`: one symbol an onset, a note's name with its octave or a chord's pitch classes; no durations.

What is written back goes in half beats, chords voiced upwards from middle C.

Source: 'Using LSTM-RNN to Generate Novel Salsa Tracks' (notes and chords as a list), 'Music Generation with LSTM
Neural Networks', and 'Music Generation using LSTM' (the list of notes and chords that music21 reads).
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from improvd.music.codec import GridNote
from improvd.music.note import pitch_name
from improvd.music.symbols.moment import EIGHTH_TICKS, Moment, Primer, moments, on_place
from improvd.music.symbols.names import pitch_named, unlikeness
from improvd.music.timing import Meter

MIDDLE_C = 60


def normal_order(pitch_classes: Iterable[int]) -> list[int]:
    """Return pitch classes (0-11) in the order that packs them most closely from the first one up.

    Source: Forte, The Structure of Atonal Music, 1973; music21 has the same.
    """
    classes = sorted(set(pitch_classes))
    turns = [classes[start:] + classes[:start] for start in range(len(classes))]
    return min(turns, key=lambda turn: ((turn[-1] - turn[0]) % 12, [(pitch - turn[0]) % 12 for pitch in turn]))


def symbol_of(pitches: Sequence[int]) -> str:
    """Return the symbol of a note or a chord."""
    if len(pitches) == 1:
        return pitch_name(pitches[0])
    return ".".join(map(str, normal_order(pitch % 12 for pitch in pitches)))


def pitches_of(symbol: str) -> tuple[int, ...]:
    """Return the pitches of a symbol, a chord's from middle C upwards; one pitch class alone sounds in octaves.

    Raises:
        ValueError: if it is no symbol of this codec.
    """
    if not symbol[:1].isdigit():
        return (pitch_named(symbol),)
    if not all(part in _CLASSES for part in symbol.split(".")):
        raise ValueError(f"{symbol!r} is no chord; allowed are pitch classes 0 to 11 such as 0.4.7")
    first, *rest = map(int, symbol.split("."))
    above = [MIDDLE_C + first + (pitch_class - first) % 12 for pitch_class in rest]
    return (MIDDLE_C + first, *sorted(set(above) - {MIDDLE_C + first} or {MIDDLE_C + first + 12}))


_CLASSES = frozenset(map(str, range(12)))


@dataclass(frozen=True, slots=True)
class ChordReader:
    """This reads each symbol as half a beat."""

    now_ticks: int = 0

    def fed(self, symbol: str) -> tuple[ChordReader, tuple[Moment, ...]]:
        """Return the reader after a symbol, and its note or chord."""
        moment = Moment(self.now_ticks, pitches_of(symbol), EIGHTH_TICKS)
        return replace(self, now_ticks=moment.end_ticks), (moment,)

    def finished(self) -> tuple[Moment, ...]:
        """Return nothing: every symbol is complete by itself."""
        return ()


class Chords:
    """This is the codec `chords`."""

    name = "chords"

    def write(self, notes: Iterable[GridNote], meter: Meter) -> list[str]:
        """Return the symbols of music, its onsets taken to the nearest sixteenth or triplet."""
        return [symbol_of(moment.pitches) for moment in moments(notes, on_place)]

    def reader(self) -> ChordReader:
        """Return a reader from tick 0."""
        return ChordReader()

    def prime(self, notes: Sequence[GridNote], meter: Meter, begin_ticks: int, *, strike: bool, most: int) -> Primer:
        """Return music as at most `most` symbols, and the reader of what follows from `begin_ticks` on."""
        after = max((note.onset_ticks + EIGHTH_TICKS for note in notes), default=begin_ticks)
        return Primer(self.write(notes, meter)[-most:], ChordReader(begin_ticks if strike else max(begin_ticks, after)))

    def knows(self, symbol: str) -> bool:
        """Return whether it is a symbol of this codec."""
        try:
            return bool(pitches_of(symbol))
        except ValueError:
            return False

    def nearest(self, symbol: str, known: Collection[str]) -> str | None:
        """Return the known symbol that can best stand for another; None where none can."""
        wanted = pitches_of(symbol)
        unlike = {other: unlikeness(wanted, pitches_of(other)) for other in known}
        best = min(unlike, key=lambda other: unlike[other], default=None)
        return best if best is not None and unlike[best] < math.inf else None
