"""Batches: pieces cut to one length, transposed, and told what the network is told at each step."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from improvd.music import codec
from improvd.music.codec import FIELDS, KEYS, STEPS, STYLES, GridNote
from improvd.music.note import PITCHES
from improvd.training.corpus.piece import Piece

Array = NDArray[Any]
Batch = tuple[dict[str, Array], Array]
"""Inputs of the network by name, and the weight of each field's nats (B, T, 5): 1, or 0 where nothing follows."""

ADVANCE_TICKS = np.array([*STEPS, 0, 0], np.int32)
DURATION_TICKS = np.array([*STEPS[1:], 0], np.int32)


@dataclass(frozen=True, slots=True)
class Score:
    """This is a piece ready for training.

    Attributes:
        notes: (N, 5) int32: onset, part, pitch, duration, velocity, as `codec.GridNote`.
        meter: index in `codec.METERS`; bar_ticks: length of a bar.
        style: index in `codec.STYLES`.
        dynamics: whether velocities were played.
        ends: whether the last note is the last of the piece.
    """

    notes: Array
    meter: int
    bar_ticks: int
    style: int
    dynamics: bool
    ends: bool = True


@dataclass(frozen=True, slots=True)
class Augmentation:
    """This says how training varies a piece each time it is shown.

    Attributes:
        keys: share shown as one keyboard part, as live playing arrives.
        any_style: share shown without its style.
        transpose: semitones up or down at most.
        dynamics: give music without played velocities a drawn loudness, which the network learns to keep up.
    """

    keys: float = 0.6
    any_style: float = 0.5
    transpose: int = 6
    dynamics: bool = True


def prepare(pieces: Sequence[Piece], *, as_keys: bool) -> list[Score]:
    """Return pieces on the grid; `as_keys` merges their parts into one keyboard part."""
    scores = []
    for piece in pieces:
        notes = codec.snap(piece.notes)
        if as_keys:
            notes = [note._replace(part=KEYS) for note in notes]
        meter = piece.meters[0].meter
        scores.append(
            Score(
                np.array(notes, np.int32),
                codec.meter_index(meter.numerator, meter.denominator),
                meter.bar_ticks,
                STYLES.index(piece.style),
                piece.dynamics,
            )
        )
    return scores


def without_style(score: Score) -> Score:
    """Return a score whose style is not told."""
    return replace(score, style=STYLES.index("any"))


def training_batches(
    pieces: Sequence[Score], rng: np.random.Generator, augmentation: Augmentation, *, rows: int, length: int
) -> Iterator[Batch]:
    """Yield every piece once, cut at random, in batches of pieces of like length, in random order."""
    order = sorted(range(len(pieces)), key=lambda i: (min(len(pieces[i].notes), length) // 16, rng.random()))
    groups = [order[i : i + rows] for i in range(0, len(order), rows)]
    rng.shuffle(groups)
    for group in groups:
        shown = [_varied(_cut(pieces[i], length, rng), rng, augmentation) for i in group]
        yield batch(shown, round_up=32)


def evaluation_batches(pieces: Sequence[Score], *, rows: int, length: int) -> Iterator[Batch]:
    """Yield every note of every piece once, unvaried, pieces cut at `length` notes."""
    cuts = [_slice(p, start, length) for p in pieces for start in range(0, len(p.notes), length)]
    cuts.sort(key=lambda p: len(p.notes))
    for i in range(0, len(cuts), rows):
        yield batch(cuts[i : i + rows], round_up=32)


def _cut(piece: Score, length: int, rng: np.random.Generator) -> Score:
    if len(piece.notes) <= length:
        return piece
    return _slice(piece, int(rng.integers(0, len(piece.notes) - length + 1)), length)


def _slice(piece: Score, start: int, length: int) -> Score:
    """Return some notes of a piece, counted from the bar line at or before the first."""
    notes = piece.notes[start : start + length].copy()
    notes[:, 0] -= notes[0, 0] // piece.bar_ticks * piece.bar_ticks
    ends = piece.ends and start + length >= len(piece.notes)
    return replace(piece, notes=notes, ends=ends)


def _varied(piece: Score, rng: np.random.Generator, augmentation: Augmentation) -> Score:
    notes = piece.notes.copy()
    reach = augmentation.transpose
    lowest, highest = notes[:, 2].min(), notes[:, 2].max()
    notes[:, 2] += int(rng.integers(-min(reach, lowest), min(reach, PITCHES - 1 - highest) + 1))
    if rng.random() < augmentation.keys:
        notes[:, 1] = KEYS
    if augmentation.dynamics and not piece.dynamics:
        notes[:, 4] = drawn_velocities(notes[:, 0], piece.bar_ticks, rng)
    style = 0 if rng.random() < augmentation.any_style else piece.style
    return replace(piece, notes=notes, style=style)


def drawn_velocities(onsets: Array, bar_ticks: int, rng: np.random.Generator) -> Array:
    """Return velocities (N,) for music that has none: a level, an accent on the bar, and a slow drift."""
    level, accent, touch = rng.uniform(40, 110), rng.uniform(0, 14), rng.uniform(0, 4)
    drift = rng.uniform(0, 12) * np.sin(onsets / bar_ticks * rng.uniform(0.3, 1.2) + rng.uniform(0, 6.3))
    metric = np.where(onsets % bar_ticks == 0, accent, np.where(onsets % 24 == 0, accent / 2, 0.0))
    return np.clip(level + drift + metric + touch * rng.standard_normal(len(onsets)), 1, 127).astype(np.int32)


def batch(pieces: Sequence[Score], *, round_up: int = 1) -> Batch:
    """Return pieces side by side as the network's inputs, and the weights of their nats.

    Each starts with `codec.START` on its bar line; one that ends its piece ends with the event that says so.
    """
    longest = max(len(piece.notes) for piece in pieces) + 1
    steps = -(-longest // round_up) * round_up
    target = np.zeros((len(pieces), steps, len(FIELDS)), np.int32)
    weight = np.zeros((len(pieces), steps, len(FIELDS)), np.float32)
    onset = np.zeros((len(pieces), steps + 1), np.int32)
    for row, piece in enumerate(pieces):
        count = len(piece.notes)
        notes = [GridNote(*note) for note in piece.notes.tolist()]
        target[row, : count + 1] = [*codec.encode(notes), codec.end_event(notes[-1].part)]
        weight[row, :count] = 1
        weight[row, count, : codec.PITCH] = piece.ends
        onset[row, 1 : count + 1] = piece.notes[:, 0]
        onset[row, count + 1 :] = piece.notes[-1, 0]
    event = np.concatenate(
        [np.broadcast_to(np.array(codec.START, np.int32), (len(pieces), 1, len(FIELDS))), target[:, :-1]], 1
    )
    bars = np.array([[piece.bar_ticks] for piece in pieces], np.int32)
    harmony, illegal = _sounding(event, target, weight[:, :, codec.PITCH] > 0)
    inputs = {
        "event": event,
        "position": onset[:, :-1] % bars,
        "meter": _column([p.meter for p in pieces], steps),
        "style": _column([p.style for p in pieces], steps),
        "harmony": harmony,
        "target": target,
        "target_position": onset[:, 1:] % bars,
        "illegal": illegal,
    }
    return inputs, weight


def _column(values: list[int], steps: int) -> Array:
    return np.repeat(np.array(values, np.int32)[:, None], steps, 1)


def _sounding(event: Array, target: Array, is_note: Array) -> tuple[Array, Array]:
    """Return the pitch classes sounding at each event (B, T, 12) and the pitches that may not follow (B, T, 128)."""
    rows, steps = event.shape[:2]
    harmony = np.zeros((rows, steps, 12), np.float32)
    illegal = np.zeros((rows, steps, PITCHES), bool)
    remaining = np.zeros((rows, PITCHES), np.int32)
    every, pitches = np.arange(rows), np.arange(PITCHES)
    for t in range(steps):
        if t:
            struck = is_note[:, t - 1]
            remaining[every[struck], event[struck, t, codec.PITCH]] = DURATION_TICKS[event[struck, t, codec.DURATION]]
        for octave in range(0, PITCHES, 12):
            harmony[:, t, : PITCHES - octave] = np.maximum(
                harmony[:, t, : PITCHES - octave], remaining[:, octave : octave + 12] > 0
            )
        advance = ADVANCE_TICKS[target[:, t, codec.ADVANCE], None]
        remaining = np.maximum(remaining - advance, 0)
        previous = event[:, t, codec.PITCH, None]
        in_chord = (advance == 0) & (pitches <= previous) & (previous < PITCHES)
        illegal[:, t] = ((remaining > 0) | in_chord) & is_note[:, t, None]
    return harmony, illegal
