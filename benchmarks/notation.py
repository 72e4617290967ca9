"""What it costs the model to read fingers instead of notes, and what `live.notation` gets back.

    IMPROVD_DATA=… .venv/bin/python benchmarks/notation.py

Validation pieces as one keyboard part are 'performed': onsets moved at random, durations shortened. The
shipped model's nats per note are given for what was performed on the plain grid of 24 ticks a beat, and for
the same as `notation` writes it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from improvd.live.notation import written_duration, written_onset
from improvd.model.bundle import open_bundle
from improvd.model.runtimes import open_step
from improvd.music import codec
from improvd.music.note import Note
from improvd.training import batches, grid, stepwise
from improvd.training.corpus import library

BPM = 120.0
PIECES = 60
PERFORMANCES = ((0, 0.8), (5, 0.8), (12, 0.8), (20, 0.8), (12, 0.5))
"""(spread of the onsets in ms, share of its length that a note sounds)"""


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


def playable(notes: Any) -> Any:
    """Return notes on the codec's grid."""
    beats = 1 / codec.TICKS_PER_BEAT
    return np.array(codec.snap(Note(o * beats, p, d * beats, v, part) for o, part, p, d, v in notes.tolist()), np.int32)


def main() -> None:
    """Print a table for each corpus."""
    bundle = open_bundle("default")
    step = open_step(bundle, "auto")
    print(f"{'music':<14}{'played':<18}{'pitch: grid':>12}{'notation':>10}{'all: grid':>12}{'notation':>10}")
    for corpus in ("abc-folk", "jsb-chorales"):
        pieces = library.split([corpus]).valid[:PIECES]
        scores = [batches.without_style(score) for score in grid.prepare(pieces, as_keys=True)]

        def nats(change: Callable[[Any], Any], scores: list[batches.Score] = scores) -> Any:
            changed = [replace(score, notes=playable(change(score.notes))) for score in scores]
            return stepwise.nats_per_note(step, bundle.shape, changed)

        _report(corpus, "as written", nats(lambda notes: notes), None)
        for spread_ms, share in PERFORMANCES:
            takes = [performed(s.notes, spread_ms, share, np.random.default_rng(i)) for i, s in enumerate(scores)]
            raw, read = iter(takes), iter(takes)
            _report(corpus, f"±{spread_ms} ms, {share:.0%}", nats(lambda _, raw=raw: next(raw)),
                    nats(lambda _, read=read: written(next(read))))  # fmt: skip


def _report(corpus: str, played: str, grid: Any, notation: Any) -> None:
    cells = [f"{grid[codec.PITCH]:.3f}", "", f"{grid.sum():.2f}", ""]
    if notation is not None:
        cells[1], cells[3] = f"{notation[codec.PITCH]:.3f}", f"{notation.sum():.2f}"
    print(f"{corpus:<14}{played:<18}{cells[0]:>12}{cells[1]:>10}{cells[2]:>12}{cells[3]:>10}", flush=True)


if __name__ == "__main__":
    main()
