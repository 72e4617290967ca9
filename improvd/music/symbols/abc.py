"""The codec `abc`: the characters of tunes in ABC notation.

Networks learn the characters of whole texts by anyone. What is played live
becomes a text of our own (`abc_writer`), and what is drawn is read one
character at a time (`abc_reader`).

Source: 'SongRNN: Music Generation Through a Character Level LSTM'.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from fractions import Fraction

from improvd.music.codec import GridNote
from improvd.music.symbols import abc_writer
from improvd.music.symbols.abc_reader import AbcReader
from improvd.music.symbols.moment import Primer, moments, on_place
from improvd.music.timing import Meter


class Abc:
    """This is the codec `abc`."""

    name = "abc"

    def write(self, notes: Iterable[GridNote], meter: Meter) -> list[str]:
        """Return the characters of music, its onsets and ends taken to the nearest sixteenth or triplet."""
        return list(abc_writer.text(moments(notes, on_place), meter))

    def reader(self) -> AbcReader:
        """Return a reader from tick 0."""
        return AbcReader()

    def prime(self, notes: Sequence[GridNote], meter: Meter, begin_ticks: int, *, strike: bool, most: int) -> Primer:
        """Return music as at most `most` characters, and the reader of what follows from `begin_ticks` on.

        The text is a header and the last bars, in three quarters of the room: what follows pushes it out. To
        strike, it is cut at `begin_ticks`; where the music ends before, rests lead there.
        """
        chords = moments(notes, on_place)
        text, end_ticks = abc_writer.primer(chords, meter, begin_ticks, cut=strike, most=most * 3 // 4)
        reader = AbcReader()
        for character in text:
            reader = reader.fed(character)[0]  # type: ignore[index]  # a reader that is not playing takes all
        ready = replace(reader, now=Fraction(end_ticks), tied=None, playing=True, strike=strike)
        return Primer(list(text)[-most:], ready)

    def knows(self, symbol: str) -> bool:
        """Return whether it is one character."""
        return len(symbol) == 1

    def nearest(self, symbol: str, known: Collection[str]) -> str | None:
        """Return None: no character can stand for another."""
        return None
