"""The table of codecs of symbols, and what holds for all of them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import chain
from typing import Protocol

from improvd.music.codec import GridNote
from improvd.music.symbols.abc import Abc
from improvd.music.symbols.chords import Chords
from improvd.music.symbols.durations import Durations
from improvd.music.symbols.moment import Moment, Primer, Reader
from improvd.music.timing import Meter


class SymbolCodec(Protocol):
    """This translates between music and symbols, which are strings."""

    @property
    def name(self) -> str:
        """What cards and recipes call it."""

    def write(self, notes: Iterable[GridNote], meter: Meter) -> list[str]:
        """Return the symbols of music."""

    def reader(self) -> Reader:
        """Return a reader from tick 0."""

    def prime(self, notes: Sequence[GridNote], meter: Meter, begin_ticks: int, *, strike: bool, most: int) -> Primer:
        """Return music as at most `most` symbols, and the reader of what follows.

        Args:
            notes: what was played, in order of onset.
            meter: bar lines lie at multiples of its bar from tick 0.
            begin_ticks: nothing that follows may begin before it.
            strike: a note must follow, exactly there.
            most: symbols at most.
        """

    def knows(self, symbol: str) -> bool:
        """Return whether it is a symbol of this codec."""

    def nearest(self, symbol: str, known: Collection[str]) -> str | None:
        """Return the known symbol that can best stand for one of this codec; None where none can."""


CODECS: Mapping[str, SymbolCodec] = {codec.name: codec for codec in (Chords(), Durations(), Abc())}


def read(codec: SymbolCodec, symbols: Iterable[str]) -> list[Moment]:
    """Return the music of symbols from tick 0 on; what has no place is passed over."""
    reader = codec.reader()
    music: list[Moment] = []
    for symbol in symbols:
        reader, told = reader.fed(symbol) or (reader, ())
        music += told
    return [*music, *reader.finished()]


_SAMPLE = tuple(
    GridNote(onset, 0, pitch, ticks, 80)
    for onset, pitch, ticks in chain(
        ((12 * step, pitch, 12) for step, pitch in enumerate(range(128))),
        ((1536 + 48 * step, 36 + step + third, 30) for step in range(24) for third in (0, 4, 7)),
        ((2688 + 8 * step, 60, 8) for step in range(12)),
        ((2800, 61, 300), (3300, 62, 3)),
    )
)


def fingerprint(codec: SymbolCodec) -> str:
    """Return 16 hex digits that change when a codec writes or reads music in another way: it is tried on some."""
    symbols = codec.write(_SAMPLE, Meter())
    return hashlib.sha256(json.dumps([codec.name, symbols, read(codec, symbols)]).encode()).hexdigest()[:16]
