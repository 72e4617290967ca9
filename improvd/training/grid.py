"""Scores: pieces on the grid as arrays, as training and evaluation read them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from improvd.music import codec
from improvd.music.codec import ADVANCE, KEYS, PART, PARTS, STYLES
from improvd.music.note import TICKS_PER_BEAT
from improvd.training.corpus.piece import Piece

Array = NDArray[Any]
DRUMS = PARTS.index("drums")
ANY = STYLES.index("any")


@dataclass(frozen=True, slots=True)
class Score:
    """This is a piece ready for training, N notes.

    Attributes:
        events: (N, 5) int32, as `codec.encode` gives them; the first advance counts from the bar line.
        position: (N,) int32, ticks of each onset from its bar line.
        bar: (N,) int32, ticks of the bar that each onset is in; meter: its index in `codec.METERS`.
        chord: (N, 12) bool, the pitch classes of the chord named at each onset; none where none is.
        style: index in `codec.STYLES`.
        dynamics: whether velocities were played.
        ends: whether the last note is the last of the piece.
    """

    events: Array
    position: Array
    bar: Array
    meter: Array
    chord: Array
    style: int
    dynamics: bool
    ends: bool = True

    def __len__(self) -> int:
        return len(self.events)


def prepare(pieces: Sequence[Piece], *, as_keys: bool) -> list[Score]:
    """Return pieces on the grid; `as_keys` gives them as live playing arrives, see `seen_as_keys`."""
    scores = [score_of(piece) for piece in pieces]
    return [seen_as_keys(score) for score in scores] if as_keys else scores


def score_of(piece: Piece) -> Score:
    """Return a piece on the grid."""
    notes = codec.snap(piece.notes)
    onset = np.array([note.onset_ticks for note in notes], np.int32)
    starts = np.array([round(change.at_beats * TICKS_PER_BEAT) for change in piece.meters], np.int32)
    which = np.maximum(np.searchsorted(starts, onset, "right") - 1, 0)
    bars = np.array([change.meter.bar_ticks for change in piece.meters], np.int32)
    meters = [codec.meter_index(change.meter.numerator, change.meter.denominator) for change in piece.meters]
    position = (onset - starts[which]) % bars[which]
    origin = int(onset[0] - position[0])
    return Score(
        np.array(codec.encode(notes, origin_ticks=origin), np.int32),
        position,
        bars[which],
        np.array(meters, np.int32)[which],
        _chords_at(onset, piece),
        STYLES.index(piece.style),
        piece.dynamics,
    )


def _chords_at(onset: Array, piece: Piece) -> Array:
    """Return the pitch classes of the named chord in force at each onset, (N, 12)."""
    named = np.zeros((len(piece.chords) + 1, 12), bool)
    for row, chord in enumerate(piece.chords, 1):
        named[row, list(chord.pitch_classes)] = True
    starts = np.array([round(chord.at_beats * TICKS_PER_BEAT) for chord in piece.chords], np.int32)
    return named[np.searchsorted(starts, onset, "right")]


def seen_as_keys(score: Score) -> Score:
    """Return a score as live playing arrives: all pitched notes one keyboard part, no style, no chords named."""
    return replace(as_one_part(score), style=ANY, chord=np.zeros_like(score.chord))


def as_one_part(score: Score) -> Score:
    """Return a score with all pitched notes in one keyboard part."""
    events = score.events.copy()
    events[events[:, PART] != DRUMS, PART] = KEYS
    return replace(score, events=events)


def excerpt(score: Score, start: int, stop: int) -> Score:
    """Return some notes of a score, counted from the bar line at or before the first."""
    part = slice(start, stop)
    events = score.events[part].copy()
    events[0, ADVANCE] = codec.nearest_step(int(score.position[start]))
    return replace(
        score,
        events=events,
        position=score.position[part],
        bar=score.bar[part],
        meter=score.meter[part],
        chord=score.chord[part],
        ends=score.ends and stop >= len(score),
    )
