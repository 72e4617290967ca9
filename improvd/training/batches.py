"""Batches: pieces side by side, varied, and told what the network is told at each step, window after window."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from improvd.music import codec
from improvd.music.codec import ADVANCE, DURATION, FIELDS, KEYS, PART, PARTS, PITCH, STEPS, STYLES, VELOCITY
from improvd.music.note import MAX_VELOCITY, PITCHES, TICKS_PER_BEAT
from improvd.training.corpus.piece import Piece

Array = NDArray[Any]
Told = dict[str, Array]
"""What the network is told, by the names of its inputs, and beside it `bar` (B, T) and `chord` (B, T, 12)."""

ADVANCE_TICKS = np.array([*STEPS, 0, 0], np.int32)
DURATION_TICKS = np.array([*STEPS[1:], 0], np.int32)
LEVELS = np.array([codec.velocity_level(max(1, velocity)) for velocity in range(MAX_VELOCITY + 1)], np.int32)
DRUMS = PARTS.index("drums")
SMALLEST_SPAN = 16


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


@dataclass(frozen=True, slots=True)
class Augmentation:
    """This says how training varies a piece each time it is shown.

    Attributes:
        keys: share shown as one keyboard part, as live playing arrives.
        any_style: share shown without its style.
        no_chords: share shown without the chords that the music names.
        transpose: semitones up or down at most, within `lowest` and `highest`.
        dynamics: share of the music without played velocities that is given a drawn loudness; the rest has one
            velocity throughout, another each time.
    """

    keys: float = 0.5
    any_style: float = 0.4
    no_chords: float = 0.5
    transpose: int = 6
    lowest: int = 21
    highest: int = 108
    dynamics: float = 0.5


class Window(NamedTuple):
    """This is what the network is shown at once.

    `weight` (B, T, 5) is 1 where the nats of a field count; `carried`: whether rows go on from the window before.
    """

    told: Told
    weight: Array
    carried: bool


# --- from pieces to scores -------------------------------------------------------------------


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
    return replace(_merged(score), style=STYLES.index("any"), chord=np.zeros_like(score.chord))


def _merged(score: Score) -> Score:
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


# --- what is shown ---------------------------------------------------------------------------


def training_windows(
    scores: Sequence[Score], rng: np.random.Generator, augmentation: Augmentation, *, rows: int, length: int, span: int
) -> Iterator[Window]:
    """Yield every note once: pieces cut at random into spans, varied, spans of like length side by side.

    Args:
        scores: pieces.
        rng: of all that is drawn.
        augmentation: how pieces are varied.
        rows: spans side by side, always so many.
        length: events a window; the state is carried from window to window of a span.
        span: notes of a span at most.
    """
    spans = [cut for score in scores for cut in _spans(score, span, rng)]
    order = sorted(range(len(spans)), key=lambda i: (len(spans[i]) // 32, rng.random()))
    order += rng.choice(order, -len(order) % rows).tolist()
    groups = [order[i : i + rows] for i in range(0, len(order), rows)]
    rng.shuffle(groups)
    for group in groups:
        yield from _windows([_varied(spans[i], rng, augmentation) for i in group], rows, length)


def evaluation_windows(scores: Sequence[Score], *, rows: int, length: int) -> Iterator[Window]:
    """Yield every note of every piece once, unvaried, from the first to the last with the state carried."""
    order = sorted(scores, key=len)
    for start in range(0, len(order), rows):
        yield from _windows(order[start : start + rows], rows, length)


def _spans(score: Score, span: int, rng: np.random.Generator) -> Iterator[Score]:
    """Yield a score in pieces of `span` notes at most, cut somewhere else each time."""
    if len(score) <= span:
        yield score
        return
    start, stop = 0, int(rng.integers(SMALLEST_SPAN, span + 1))
    while start < len(score):
        if len(score) - stop < SMALLEST_SPAN:
            stop = len(score)
        yield excerpt(score, start, stop)
        start, stop = stop, stop + span


def _windows(scores: Sequence[Score], rows: int, length: int) -> Iterator[Window]:
    """Yield the windows of some scores side by side; rows without a score weigh nothing."""
    told, weight = batch(scores, round_up=64)
    spare = rows - len(scores)
    for start in range(0, weight.shape[1], length):
        part = slice(start, start + length)
        shown = {name: np.pad(values[:, part], _below(values, spare)) for name, values in told.items()}
        yield Window(shown, np.pad(weight[:, part], _below(weight, spare)), carried=start > 0)


def _below(values: Array, spare: int) -> list[tuple[int, int]]:
    return [(0, spare), *[(0, 0)] * (values.ndim - 1)]


def _varied(score: Score, rng: np.random.Generator, augmentation: Augmentation) -> Score:
    if rng.random() < augmentation.keys:
        score = _merged(score)
    events = score.events.copy()
    pitched = events[:, PART] != DRUMS
    shift = _shift(events[pitched, PITCH], rng, augmentation) if pitched.any() else 0
    events[pitched, PITCH] += shift
    if not score.dynamics:
        shaped = rng.random() < augmentation.dynamics
        events[:, VELOCITY] = drawn_levels(score, rng) if shaped else LEVELS[rng.integers(40, 111)]
    chord = np.roll(score.chord, shift, 1) * (rng.random() >= augmentation.no_chords)
    style = 0 if rng.random() < augmentation.any_style else score.style
    return replace(score, events=events, chord=chord, style=style)


def _shift(pitches: Array, rng: np.random.Generator, augmentation: Augmentation) -> int:
    """Return by how many semitones to transpose, so that the music stays within the range."""
    down = max(0, min(augmentation.transpose, int(pitches.min()) - augmentation.lowest))
    up = max(0, min(augmentation.transpose, augmentation.highest - int(pitches.max())))
    return int(rng.integers(-down, up + 1))


def drawn_levels(score: Score, rng: np.random.Generator) -> Array:
    """Return velocity levels (N,) for music that has none: a level, an accent on the bar, and a slow drift."""
    level, accent, touch = rng.uniform(40, 110), rng.uniform(0, 14), rng.uniform(0, 4)
    bars = np.cumsum(ADVANCE_TICKS[score.events[:, ADVANCE]]) / score.bar
    drift = rng.uniform(0, 12) * np.sin(bars * rng.uniform(0.3, 1.2) + rng.uniform(0, 6.3))
    metric = np.where(score.position == 0, accent, np.where(score.position % TICKS_PER_BEAT == 0, accent / 2, 0.0))
    drawn = level + drift + metric + touch * rng.standard_normal(len(score))
    return LEVELS[np.clip(drawn, 1, MAX_VELOCITY).astype(np.int32)]


# --- what the network is told ----------------------------------------------------------------


def batch(scores: Sequence[Score], *, round_up: int = 1) -> tuple[Told, Array]:
    """Return scores side by side as the network is told them, and the weight (B, T, 5) of each field's nats.

    Each starts with `codec.START` on its bar line; one that ends its piece ends with the event that says so.
    """
    longest = max(map(len, scores)) + 1
    rows, steps = len(scores), -(-longest // round_up) * round_up
    target = np.zeros((rows, steps, len(FIELDS)), np.int32)
    weight = np.zeros((rows, steps, len(FIELDS)), np.float32)
    place = np.zeros((rows, steps, 3), np.int32)
    chord = np.zeros((rows, steps, 12), np.float32)
    for row, score in enumerate(scores):
        count = len(score)
        target[row, :count] = score.events
        target[row, count] = codec.end_event(int(score.events[-1, PART]))
        weight[row, :count] = 1
        weight[row, count, :PITCH] = score.ends
        columns = np.stack([score.position, score.bar, score.meter], 1)
        place[row, 0] = 0, *columns[0, 1:]
        place[row, 1 : count + 1] = columns
        place[row, count + 1 :] = columns[-1]
        chord[row, : count + 1] = score.chord[np.maximum(np.arange(count + 1) - 1, 0)]
    start = np.broadcast_to(np.array(codec.START, np.int32), (rows, 1, len(FIELDS)))
    event = np.concatenate([start, target[:, :-1]], 1)
    position, bar, meter = place[..., 0], place[..., 1], place[..., 2]
    sounding, illegal = _sounding(event, target, weight[:, :, PITCH] > 0)
    styles = np.array([score.style for score in scores], np.int32)
    told = {
        "event": event,
        "position": position,
        "bar": bar,
        "meter": meter,
        "style": np.repeat(styles[:, None], steps, 1),
        "chord": chord,
        "harmony": np.where(chord.any(2, keepdims=True), chord, sounding),
        "target": target,
        "target_position": (position + ADVANCE_TICKS[target[..., ADVANCE]]) % bar,
        "illegal": illegal,
    }
    return told, weight


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
            remaining[every[struck], event[struck, t, PITCH]] = DURATION_TICKS[event[struck, t, DURATION]]
        for octave in range(0, PITCHES, 12):
            harmony[:, t, : PITCHES - octave] = np.maximum(
                harmony[:, t, : PITCHES - octave], remaining[:, octave : octave + 12] > 0
            )
        advance = ADVANCE_TICKS[target[:, t, ADVANCE], None]
        remaining = np.maximum(remaining - advance, 0)
        previous = event[:, t, PITCH, None]
        in_chord = (advance == 0) & (pitches <= previous) & (previous < PITCHES)
        illegal[:, t] = ((remaining > 0) | in_chord) & is_note[:, t, None]
    return harmony, illegal
