"""The ten features by which generated and human music are compared.

Those of Yang & Lerch but two: their note count says nothing where every
passage has as many notes (its density is the note count per bar), and their
pitch class histogram per bar needs as many bars in each.

Source: L.-C. Yang, A. Lerch, On the evaluation of generative models in music,
Neural Computing and Applications 32 (2020), section 4.1, and their mgeval.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from improvd.music.note import TICKS_PER_BEAT
from improvd.training.metrics.passage import Array, Passage, histogram, transitions

LENGTHS_BEATS = (4.0, 2.0, 1.0, 1 / 2, 1 / 4, 3.0, 3 / 2, 3 / 4, 3 / 8, 4 / 3, 2 / 3, 1 / 3)
"""Classes of note lengths: plain, dotted, triplets."""


@dataclass(frozen=True, slots=True)
class Feature:
    """This is one thing measured of a passage: a number, or a vector of some."""

    name: str
    of: Callable[[Passage], Array]


def length_classes(durations_ticks: Array) -> Array:
    """Return the index in `LENGTHS_BEATS` of the class nearest to each duration."""
    lengths = np.array(LENGTHS_BEATS) * TICKS_PER_BEAT
    return np.asarray(np.abs(durations_ticks[:, None] - lengths).argmin(1))


def pitch_count(passage: Passage) -> Array:
    """Return how many different pitches there are."""
    return np.array([len(np.unique(passage.pitches))])


def pitch_count_per_bar(passage: Passage) -> Array:
    """Return how many different pitches a bar has in the mean, bars without notes left out."""
    pairs = np.unique(np.stack([passage.bars, passage.pitches]), axis=1)
    return np.array([pairs.shape[1] / len(np.unique(passage.bars))])


def note_count_per_bar(passage: Passage) -> Array:
    """Return how many notes begin in the time of a bar, from the first onset to the last."""
    bars = max(np.ptp(passage.onsets), 1) / passage.bar_ticks
    return np.array([(len(passage.notes) - 1) / bars])


def pitch_class_histogram(passage: Passage) -> Array:
    """Return the share of time of each pitch class, (12,)."""
    weighted = np.bincount(passage.pitches % 12, passage.durations, 12)
    return np.asarray(weighted / weighted.sum())


def pitch_class_transitions(passage: Passage) -> Array:
    """Return the share of each step from pitch class to pitch class, (144,)."""
    return transitions(passage.pitches % 12, 12)


def pitch_range(passage: Passage) -> Array:
    """Return the distance from the lowest to the highest pitch in semitones."""
    return np.array([np.ptp(passage.pitches)])


def pitch_interval(passage: Passage) -> Array:
    """Return the mean interval from note to note in semitones, up or down alike."""
    return np.array([np.abs(np.diff(passage.pitches)).mean()])


def inter_onset_interval(passage: Passage) -> Array:
    """Return the mean distance from onset to onset in beats; a chord has one onset."""
    onsets = np.unique(passage.onsets)
    return np.array([np.ptp(onsets) / max(len(onsets) - 1, 1) / TICKS_PER_BEAT])


def note_length_histogram(passage: Passage) -> Array:
    """Return the share of notes of each class of lengths, (12,)."""
    return histogram(length_classes(passage.durations), len(LENGTHS_BEATS))


def note_length_transitions(passage: Passage) -> Array:
    """Return the share of each step from length to length, (144,)."""
    return transitions(length_classes(passage.durations), len(LENGTHS_BEATS))


FEATURES = (
    Feature("pitch count", pitch_count),
    Feature("pitch count per bar", pitch_count_per_bar),
    Feature("pitch class histogram", pitch_class_histogram),
    Feature("pitch class transitions", pitch_class_transitions),
    Feature("pitch range", pitch_range),
    Feature("pitch interval", pitch_interval),
    Feature("note count per bar", note_count_per_bar),
    Feature("inter-onset interval", inter_onset_interval),
    Feature("note length histogram", note_length_histogram),
    Feature("note length transitions", note_length_transitions),
)


def measured(passages: Sequence[Passage]) -> tuple[Array, ...]:
    """Return each of `FEATURES` over some passages of two notes or more; (passages, size of the feature) each."""
    return tuple(np.stack([feature.of(passage) for passage in passages]) for feature in FEATURES)
