"""What it costs the model to read fingers instead of notes, and what `live.notation` gets back.

    IMPROVD_DATA=… .venv/bin/python benchmarks/notation.py

Validation pieces as one keyboard part are 'performed': onsets moved at random, durations shortened. The
shipped model's nats per note are given for what was performed on the plain grid of 24 ticks a beat, and for
the same as `notation` writes it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from improvd.live.notation import written_duration, written_onset
from improvd.model.bundle import open_bundle
from improvd.model.runtimes import open_step
from improvd.music import codec
from improvd.music.note import Note
from improvd.training import grid, stepwise
from improvd.training.corpus import library
from improvd.training.corpus.piece import Piece

BPM = 120.0
PIECES = 60
PERFORMANCES = ((0, 0.8), (5, 0.8), (12, 0.8), (20, 0.8), (12, 0.5))
"""(spread of the onsets in ms, share of its length that a note sounds)"""

CORPORA = (("abc-folk", PERFORMANCES), ("jsb-chorales", PERFORMANCES), ("wjazzd", ()), ("piano-midi-de", ()))
"""Written music and how it is performed; music that was played already."""


def performed(notes: Any, spread_ms: float, share: float, rng: np.random.Generator) -> Any:
    """Return notes (N, 5) as fingers would play them."""
    notes = notes.copy()
    onsets, chord = np.unique(notes[:, 0], return_inverse=True)
    moved = onsets + rng.normal(0, spread_ms / 1000 * BPM / 60 * codec.TICKS_PER_BEAT, len(onsets))
    notes[:, 0] = np.maximum(0, np.round(np.sort(moved)[chord]))
    notes[:, 3] = np.maximum(1, np.round(notes[:, 3] * rng.uniform(share - 0.1, share + 0.1, len(notes))))
    return notes


def written(notes: Any) -> Any:
    """Return performed notes as `notation` writes them."""
    notes = notes.copy()
    notes[:, 0] = [written_onset(int(onset)) for onset in notes[:, 0]]
    onsets = np.unique(notes[:, 0])
    following = dict(zip(onsets[:-1], np.diff(onsets), strict=True))
    notes[:, 3] = [written_duration(int(n[3]), int(following.get(n[0], 0))) for n in notes]
    return notes


def changed(piece: Piece, notes: Any) -> Piece:
    """Return a piece with other notes, (N, 5) in ticks."""
    beats = 1 / codec.TICKS_PER_BEAT
    return replace(piece, notes=tuple(Note(o * beats, p, d * beats, v, part) for o, part, p, d, v in notes.tolist()))


def main() -> None:
    """Print a table for each corpus."""
    bundle = open_bundle("default")
    step = open_step(bundle, "auto")
    print(f"{'music':<14}{'played':<18}{'pitch: grid':>12}{'notation':>10}{'all: grid':>12}{'notation':>10}")

    def nats(pieces: list[Piece]) -> Any:
        return stepwise.nats_per_note(step, bundle.shape, grid.prepare(pieces, as_keys=True))

    for corpus, performances in CORPORA:
        pieces = library.split([corpus]).valid[:PIECES]
        plain = [np.array(codec.snap(piece.notes), np.int32) for piece in pieces]
        kinds = {"as it is": plain}
        for spread_ms, share in performances:
            kinds[f"±{spread_ms} ms, {share:.0%}"] = [
                performed(notes, spread_ms, share, np.random.default_rng(i)) for i, notes in enumerate(plain)
            ]
        for name, takes in kinds.items():
            raw = nats([changed(*pair) for pair in zip(pieces, takes, strict=True)])
            read = nats([changed(piece, written(notes)) for piece, notes in zip(pieces, takes, strict=True)])
            _report(corpus, name, raw, read)


def _report(corpus: str, played: str, raw: Any, read: Any) -> None:
    pitch = f"{raw[codec.PITCH]:>12.3f}{read[codec.PITCH]:>10.3f}"
    print(f"{corpus:<14}{played:<18}{pitch}{raw.sum():>12.2f}{read.sum():>10.2f}", flush=True)


if __name__ == "__main__":
    main()
