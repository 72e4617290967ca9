"""The codec `frames`: a piano roll as a sequence of symbols, each frame written key by key.

A frame is the set of the piano's keys that sound in one step of time. Its
symbols are those keys from the lowest to the highest, then one that ends the
frame; a silent frame is that one alone. Nothing says how long a step is, nor
whether a key was struck anew.

After a key only higher ones may follow, or the end: so a frame is written in
one way only, and its probability is the product over its symbols.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator

KEYS = 88
"""Symbols 0-87 are the keys A0-C8."""

LOWEST_PITCH = 21
"""The MIDI pitch of key 0."""

END = KEYS
"""The symbol that ends a frame."""

START = KEYS + 1
"""What is fed before the first symbol; it is never drawn."""

Frame = tuple[int, ...]
"""The keys (0-87) that sound, ascending."""


def encode(frame: Iterable[int]) -> list[int]:
    """Return the symbols of a frame, given its keys in any order."""
    return [*sorted(set(frame)), END]


def decode(symbols: Iterable[int]) -> Iterator[Frame]:
    """Yield the frames that some symbols write; one that is not ended is left out."""
    keys: list[int] = []
    for symbol in symbols:
        if symbol == END:
            yield tuple(keys)
            keys = []
        else:
            keys.append(symbol)


def may_follow(symbol: int) -> range:
    """Return the symbols that may come after one: higher keys than it, and the end."""
    return range(symbol + 1 if symbol < END else 0, END + 1)


def fingerprint() -> str:
    """Return 16 hex digits that change whenever the meaning of any symbol changes."""
    return hashlib.sha256(json.dumps(["frames", KEYS, LOWEST_PITCH, END, START]).encode()).hexdigest()[:16]
