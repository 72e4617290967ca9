"""Written music as fingers would play it, and as improvd would then write it down."""

from __future__ import annotations

import numpy as np

from improvd.live.notation import written_duration, written_onset
from improvd.music.note import TICKS_PER_BEAT
from improvd.training.grid import Array

BPM = 120.0


def performed(notes: Array, spread_ms: float, share: float, rng: np.random.Generator) -> Array:
    """Return notes (N, 5) on the grid as fingers play them: onsets moved by chance, ends before they are written.

    Args:
        notes: as `codec.GridNote`, a note a row.
        spread_ms: standard deviation of the onsets of what is struck together, at 120 bpm.
        share: of its length that a note sounds, give or take a tenth.
        rng: of all that is drawn.
    """
    notes = notes.copy()
    onsets, chord = np.unique(notes[:, 0], return_inverse=True)
    moved = onsets + rng.normal(0, spread_ms / 1000 * BPM / 60 * TICKS_PER_BEAT, len(onsets))
    notes[:, 0] = np.maximum(0, np.round(np.sort(moved)[chord]))
    notes[:, 3] = np.maximum(1, np.round(notes[:, 3] * rng.uniform(share - 0.1, share + 0.1, len(notes))))
    return notes


def written(notes: Array) -> Array:
    """Return played notes (N, 5) as `live.notation` writes them, in order of onset and pitch."""
    notes = notes.copy()
    notes[:, 0] = [written_onset(int(onset)) for onset in notes[:, 0]]
    onsets = np.unique(notes[:, 0])
    following = dict(zip(onsets[:-1].tolist(), np.diff(onsets).tolist(), strict=True))
    notes[:, 3] = [written_duration(int(n[3]), following.get(int(n[0]), 0)) for n in notes]
    return notes[np.lexsort((notes[:, 2], notes[:, 0]))]
