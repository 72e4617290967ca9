"""N-grams over the codec's events: the figures that a network has to beat.

Each field of an event is predicted by itself, from a list of features: the
fields of this event that are already known, and the same field of the notes
before. The model backs off by dropping the last feature of the list,
then the one before it, down to no feature at all and a uniform floor, so that
everything has a chance. It is interpolated, with modified Kneser-Ney
discounts: lower orders count in how many longer contexts a value was seen.

Source: Chen and Goodman, An Empirical Study of Smoothing Techniques for
Language Modeling, 1998, sections 2.7 and 3.

A list of features is packed into one number, the first feature in its highest
digits; every count and every look-up is a search in a sorted array.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from improvd.music import codec
from improvd.music.codec import ADVANCE, FIELDS, PART, PITCH
from improvd.training.grid import Array, Score

LONGEST = 5
"""Notes that an n-gram looks back at most."""


class Feature(NamedTuple):
    """This is one thing that a value is predicted from.

    Attributes:
        field: its index in `codec.FIELDS`.
        back: notes back; 0 is this note.
    """

    field: int
    back: int = 0

    @property
    def size(self) -> int:
        """Number of values; one more for what lies before the first note."""
        return FIELDS[self.field].size + (self.back > 0)


class Table:
    """This is the events of many pieces, one after another, with the features of each."""

    def __init__(self, scores: Sequence[Score]) -> None:
        pieces = [_events(score) for score in scores]
        lengths = [len(events) for events in pieces]
        self._events = np.concatenate([np.zeros((0, len(FIELDS)), np.int64), *pieces])
        self.ends = np.cumsum(lengths)
        self._place = np.arange(len(self._events)) - np.repeat(self.ends - lengths, lengths)
        self._is_note = self._events[:, ADVANCE] != codec.END

    def asked(self, field: int) -> Array:
        """Return which events have a field (E,): the one that ends a piece has part and advance alone."""
        return np.asarray(self._is_note | (field < PITCH))

    def column(self, feature: Feature) -> Array:
        """Return a feature of every event (E,)."""
        earlier = np.roll(self._events[:, feature.field], feature.back)
        return np.where(self._place >= feature.back, earlier, FIELDS[feature.field].size)

    def contexts(self, field: int, features: Sequence[Feature]) -> Iterator[Array]:
        """Yield the packed features of the events that have a field: none, the first, the first two, and so on."""
        asked = self.asked(field)
        packed = np.zeros(int(asked.sum()), np.int64)
        yield packed
        for feature in features:
            packed = packed * feature.size + self.column(feature)[asked]
            yield packed

    def values(self, field: int) -> Array:
        """Return the values of a field where there is one."""
        return np.asarray(self._events[self.asked(field), field])


def _events(score: Score) -> Array:
    """Return the events of a score, with the one that ends it where it ends."""
    end = [codec.end_event(int(score.events[-1, PART]))] if score.ends else []
    return np.concatenate([score.events, np.array(end, score.events.dtype).reshape(-1, len(FIELDS))])


class Level(NamedTuple):
    """This is what one number of features predicts.

    Attributes:
        keys: contexts with a value that were seen, packed, in order, int64.
        chances: of each such value, discounted, float64.
        contexts: that were seen, packed, in order, int64.
        rest: of each context, what its discounts leave to the shorter context, float64.
    """

    keys: Array
    chances: Array
    contexts: Array
    rest: Array

    @classmethod
    def of_counts(cls, keys: Array, counts: Array, size: int) -> Level:
        """Return the level of some counts, with modified Kneser-Ney discounts."""
        contexts = keys // size
        starts = np.flatnonzero(np.diff(contexts, prepend=-1))
        off = discounts(counts)[np.minimum(counts, 3)]
        total = np.add.reduceat(counts, starts)
        each = np.repeat(total, np.diff(starts, append=len(keys)))
        rest = np.add.reduceat(off, starts) / total
        return cls(keys, (counts - off) / each, contexts[starts], rest)

    def refine(self, shorter: Array, contexts: Array, values: Array, size: int) -> Array:
        """Return the chances of some values (E,), given those after one feature less."""
        seen = _found(self.keys, self.chances, contexts * size + values, missing=0.0)
        return np.asarray(seen + _found(self.contexts, self.rest, contexts, missing=1.0) * shorter)


def discounts(counts: Array) -> Array:
    """Return what is taken off counts of 0, 1, 2 and 3 or more, float64 (4,), from how often each count occurs."""
    once, twice, thrice, four = (np.count_nonzero(counts == n) for n in (1, 2, 3, 4))
    if not (once and twice and thrice):
        return np.array([0.0, 0.5, 0.5, 0.5])
    y = once / (once + 2 * twice)
    off = [1 - 2 * y * twice / once, 2 - 3 * y * thrice / twice, 3 - 4 * y * four / thrice]
    return np.array([0.0, *np.clip(off, 0.05, [0.95, 1.95, 2.95])])


def _found(keys: Array, values: Array, wanted: Array, *, missing: float) -> Array:
    """Return the value beside each wanted key (E,)."""
    unique, inverse = np.unique(wanted, return_inverse=True)
    at = np.minimum(np.searchsorted(keys, unique), len(keys) - 1)
    return np.where(keys[at] == unique, values[at], missing)[inverse]


@dataclass(frozen=True, slots=True)
class FieldModel:
    """This predicts one field.

    Attributes:
        field: its index in `codec.FIELDS`.
        features: what it is predicted from; the last is dropped first.
        levels: by number of features, from none to all.
    """

    field: int
    features: tuple[Feature, ...]
    levels: tuple[Level, ...]

    def nats(self, table: Table) -> Array:
        """Return the nats of the field of each event (E,); 0 where an event has none."""
        size, values = FIELDS[self.field].size, table.values(self.field)
        chances = np.full(len(values), 1 / size)
        for level, contexts in zip(self.levels, table.contexts(self.field, self.features), strict=True):
            chances = level.refine(chances, contexts, values, size)
        nats = np.zeros(len(table.asked(self.field)))
        nats[table.asked(self.field)] = -np.log(chances)
        return nats


@dataclass(frozen=True, slots=True)
class Ngram:
    """This predicts events, field by field."""

    fields: tuple[FieldModel, ...]

    def nats(self, scores: Sequence[Score]) -> list[Array]:
        """Return the nats of each field of each event, the one that ends it included, (N + 1, 5) for every score."""
        table = Table(scores)
        nats = np.stack([field.nats(table) for field in self.fields], 1)
        return np.split(nats, table.ends[:-1])


def fit(train: Sequence[Score], valid: Sequence[Score]) -> Ngram:
    """Return the n-gram of a training split; each field's features are those that do best on validation."""
    seen, held_out = Table(train), Table(valid)
    return Ngram(tuple(_best(seen, held_out, field) for field in range(len(FIELDS))))


def unigram(train: Sequence[Score]) -> Ngram:
    """Return the n-gram of no feature: how often each value occurs, each counted once more than it was seen."""
    seen = Table(train)
    return Ngram(tuple(_alone(seen, field) for field in range(len(FIELDS))))


def _alone(seen: Table, field: int) -> FieldModel:
    counts = np.bincount(seen.values(field), minlength=FIELDS[field].size) + 1
    chances = counts / counts.sum()
    return FieldModel(field, (), (Level(np.arange(len(counts)), chances, np.zeros(1, np.int64), np.zeros(1)),))


def _best(seen: Table, held_out: Table, field: int) -> FieldModel:
    fitted = (fit_field(seen, field, features) for features in feature_lists(field))
    return min(fitted, key=lambda model: float(model.nats(held_out).sum()))


def feature_lists(field: int) -> Iterable[tuple[Feature, ...]]:
    """Return the lists of features to be tried for a field.

    Dropped first are either the fields of the notes before, the oldest first,
    or those known of this note.
    """
    known = [Feature(earlier) for earlier in range(field)]
    for order in range(LONGEST + 1):
        before = [Feature(field, back) for back in range(1, order + 1)]
        yield (*known, *before)
        if known and before:
            yield (*before, *known)


def fit_field(seen: Table, field: int, features: Sequence[Feature]) -> FieldModel:
    """Return the model of one field on a given list of features."""
    size = FIELDS[field].size
    *_, longest = seen.contexts(field, features)
    keys, counts = np.unique(longest * size + seen.values(field), return_counts=True)
    levels = [Level.of_counts(keys, counts, size)]
    for feature in reversed(features):
        shorter = keys // (size * feature.size) * size + keys % size
        keys, counts = np.unique(shorter, return_counts=True)
        levels.append(Level.of_counts(keys, counts, size))
    return FieldModel(field, tuple(features), tuple(reversed(levels)))


def to_arrays(model: Ngram) -> dict[str, Array]:
    """Return a model as arrays by name, as `from_arrays` reads them."""
    arrays: dict[str, Array] = {}
    for field in model.fields:
        name = FIELDS[field.field].name
        arrays[f"{name}.features"] = np.array(field.features, np.int64).reshape(-1, 2)
        for number, level in enumerate(field.levels):
            arrays |= {f"{name}.{number}.{part}": array for part, array in level._asdict().items()}
    return arrays


def from_arrays(arrays: Mapping[str, Array]) -> Ngram:
    """Return the model that was made into arrays.

    Raises:
        KeyError: if one is missing.
    """
    return Ngram(tuple(_field_of(arrays, index) for index in range(len(FIELDS))))


def _field_of(arrays: Mapping[str, Array], index: int) -> FieldModel:
    name = FIELDS[index].name
    features = tuple(Feature(int(field), int(back)) for field, back in arrays[f"{name}.features"])
    levels = [
        Level(*(arrays[f"{name}.{number}.{part}"] for part in Level._fields)) for number in range(len(features) + 1)
    ]
    return FieldModel(index, features, tuple(levels))
