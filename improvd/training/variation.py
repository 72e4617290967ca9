"""Variation: how a score is changed each time that training shows it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from improvd.music import codec
from improvd.music.codec import ADVANCE, PART, PITCH, VELOCITY
from improvd.music.note import MAX_VELOCITY, TICKS_PER_BEAT
from improvd.training.grid import ANY, DRUMS, Array, Score, as_one_part

LEVELS = np.array([codec.velocity_level(max(1, velocity)) for velocity in range(MAX_VELOCITY + 1)], np.int32)
"""The codec's level of every MIDI velocity."""

CONSTANT = (40, 111)
"""Velocities, the last left out, of which music without any has one throughout."""


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


def varied(score: Score, rng: np.random.Generator, augmentation: Augmentation) -> Score:
    """Return a score as it is shown this time."""
    if rng.random() < augmentation.keys:
        score = as_one_part(score)
    events = score.events.copy()
    pitched = events[:, PART] != DRUMS
    shift = _shift(events[pitched, PITCH], rng, augmentation) if pitched.any() else 0
    events[pitched, PITCH] += shift
    if not score.dynamics:
        shaped = rng.random() < augmentation.dynamics
        events[:, VELOCITY] = drawn_levels(score, rng) if shaped else LEVELS[rng.integers(*CONSTANT)]
    chord = np.roll(score.chord, shift, 1) * (rng.random() >= augmentation.no_chords)
    style = ANY if rng.random() < augmentation.any_style else score.style
    return replace(score, events=events, chord=chord, style=style)


def _shift(pitches: Array, rng: np.random.Generator, augmentation: Augmentation) -> int:
    """Return by how many semitones to transpose, so that the music stays within the range."""
    down = max(0, min(augmentation.transpose, int(pitches.min()) - augmentation.lowest))
    up = max(0, min(augmentation.transpose, augmentation.highest - int(pitches.max())))
    return int(rng.integers(-down, up + 1))


def drawn_levels(score: Score, rng: np.random.Generator) -> Array:
    """Return velocity levels (N,) for music that has none: a level, an accent on the bar, and a slow drift."""
    level, accent, touch = rng.uniform(40, 110), rng.uniform(0, 14), rng.uniform(0, 4)
    bars = np.cumsum(np.array([*codec.STEPS, 0])[score.events[:, ADVANCE]]) / score.bar
    drift = rng.uniform(0, 12) * np.sin(bars * rng.uniform(0.3, 1.2) + rng.uniform(0, 6.3))
    metric = np.where(score.position == 0, accent, np.where(score.position % TICKS_PER_BEAT == 0, accent / 2, 0.0))
    drawn = level + drift + metric + touch * rng.standard_normal(len(score))
    return LEVELS[np.clip(drawn, 1, MAX_VELOCITY).astype(np.int32)]
