"""Continuations: primers from held-out music, and how a model goes on from each.

A primer is the 48 notes from a bar line on, in one metre together with the 48
notes that follow, which are the human continuation. 48 notes are what live
playing hands over in a phrase or two, and leave two passages to most folk
tunes. The model reads the primer and then draws as many notes as the human
wrote: it may not end the piece, and plays the parts that the primer has.
Named chords are not told: who plays live names none.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest

import numpy as np

from improvd.config import SamplingSettings
from improvd.errors import CorpusError
from improvd.model.step import LEGAL_WIDTH, Inputs, Shape, Step
from improvd.music import codec
from improvd.music.codec import ADVANCE, END, FIELDS, KEYS, STYLES, Event, GridNote
from improvd.music.note import PITCHES, TICKS_PER_BEAT
from improvd.music.timing import Meter, MeterChange
from improvd.training.corpus.piece import Piece
from improvd.training.metrics.legality import ENDS, UNDECODABLE, faults
from improvd.training.metrics.passage import DRUMS, Array, Passage

NOTES = 48
"""Notes of a primer, and of its continuation."""

PER_PIECE = 2
"""Primers from one piece at most; their passages do not overlap."""

BELOW_1 = np.float32(0.99999)


@dataclass(frozen=True, slots=True)
class Primer:
    """This is a passage to go on from, and how its composer did.

    Attributes:
        piece: the name of the piece it is from; style: as the piece has it.
        meter: in which all of it stands.
        notes: the passage; human: what follows. Both count onsets from the bar line where the passage begins.
    """

    piece: str
    style: str
    meter: Meter
    notes: Passage
    human: Passage

    def events(self) -> list[Event]:
        """Return the passage as events."""
        return codec.encode(_grid_notes(self.notes))

    def parts(self) -> list[int]:
        """Return the parts of the passage."""
        return [int(part) for part in np.unique(self.notes.parts)]


@dataclass(frozen=True, slots=True)
class Answer:
    """This is how a model went on from a primer.

    Attributes:
        notes: as many as the human has, counted from the same bar line.
        illegal: how many of its events may not be played.
    """

    notes: Passage
    illegal: int


def primers(pieces: Sequence[Piece], count: int, *, seed: int, as_keys: bool) -> list[Primer]:
    """Return primers drawn from pieces, each style and each of its pieces as often as the others as far as it has any.

    Args:
        count: how many at most; fewer come where the music has no more.
        as_keys: merge the parts, drums apart, into one keyboard part.

    Raises:
        CorpusError: if no piece has a passage long enough.
    """
    rng = np.random.default_rng(seed)
    drawn: dict[str, list[list[Primer]]] = {style: [] for style in STYLES}
    for index in rng.permutation(len(pieces)):
        piece = pieces[index]
        drawn[piece.style].append(_primers_of(piece, rng, as_keys=as_keys))
    found = _in_turn([_in_turn(by_piece) for by_piece in drawn.values()])
    if not found:
        raise CorpusError(
            f"no primers: a piece needs {2 * NOTES} notes in one metre from a bar line on, and none of {len(pieces)} "
            "pieces has them; give longer music"
        )
    return found[:count]


def _in_turn(lists: Iterable[Sequence[Primer]]) -> list[Primer]:
    """Return the first of each list, then the second, and so on."""
    return [primer for primer in chain(*zip_longest(*lists)) if primer]


def _primers_of(piece: Piece, rng: np.random.Generator, *, as_keys: bool) -> list[Primer]:
    """Return up to `PER_PIECE` primers from random places of a piece."""
    notes = np.array(codec.snap(piece.notes), np.int32).reshape(-1, len(GridNote._fields))
    if as_keys:
        notes[notes[:, 1] != DRUMS, 1] = KEYS
    found: list[Primer] = []
    taken: list[int] = []
    places = _places(notes, piece.meters)
    for index in rng.permutation(len(places)):
        start, change = places[index]
        if len(taken) < PER_PIECE and all(abs(start - other) >= 2 * NOTES for other in taken):
            taken.append(start)
            found.append(_primer(piece, notes[start : start + 2 * NOTES], change))
    return found


def _places(notes: Array, meters: Sequence[MeterChange]) -> list[tuple[int, MeterChange]]:
    """Return the first note of each bar from which the metre stays the same long enough, and that metre."""
    found = []
    ends = [meter.at_beats * TICKS_PER_BEAT for meter in meters[1:]] + [np.inf]
    for change, end in zip(meters, ends, strict=True):
        bars = (notes[:, 0] - round(change.at_beats * TICKS_PER_BEAT)) // change.meter.bar_ticks
        firsts = np.flatnonzero(np.diff(bars, prepend=bars[:1] - 1))
        for first in firsts.tolist():
            last = first + 2 * NOTES - 1
            if bars[first] >= 0 and last < len(notes) and notes[last, 0] < end:
                found.append((first, change))
    return found


def _primer(piece: Piece, notes: Array, change: MeterChange) -> Primer:
    bar = change.meter.bar_ticks
    start = round(change.at_beats * TICKS_PER_BEAT)
    notes = notes.copy()
    notes[:, 0] -= start + (notes[0, 0] - start) // bar * bar
    return Primer(piece.name, piece.style, change.meter, Passage(notes[:NOTES], bar), Passage(notes[NOTES:], bar))


def continued(
    step: Step,
    shape: Shape,
    given: Sequence[Primer],
    sampling: SamplingSettings,
    *,
    seed: int,
    told_style: bool = True,
    rows: int = 64,
) -> list[Answer]:
    """Return how a model goes on from each primer; its noise hangs on the seed and the primer's number alone.

    Args:
        step, shape: of the model.
        sampling: temperature, top_p and min_p; its seed does not count.
        told_style: tell the model the style of the piece, else 'any'.
        rows: primers a batch.
    """
    noise = [np.random.default_rng((seed, number)) for number in range(len(given))]
    answers: list[Answer] = []
    for start in range(0, len(given), rows):
        batch = given[start : start + rows]
        first = _first_inputs(batch, shape, sampling, told_style=told_style)
        events = _events(step, first, batch, noise[start : start + rows])
        answers += [_answer(primer, row) for primer, row in zip(batch, events.tolist(), strict=True)]
    return answers


def _first_inputs(batch: Sequence[Primer], shape: Shape, sampling: SamplingSettings, *, told_style: bool) -> Inputs:
    """Return what the step is fed before the first event of each primer; the noise is still to come."""
    rows = len(batch)
    settings = np.empty((rows, 3, len(FIELDS)), np.float32)
    settings[:] = np.array([sampling.temperature, sampling.top_p, sampling.min_p], np.float32)[:, None]
    return Inputs(
        np.repeat(np.array([codec.START], np.int32), rows, 0),
        np.array([_context(primer, told_style=told_style) for primer in batch], np.int32),
        np.zeros((rows, 12), np.float32),
        np.zeros((rows, PITCHES), np.float32),
        np.zeros((rows, 2, shape.state_width), np.float32),
        np.stack([_legal(primer) for primer in batch]),
        settings,
        np.zeros((rows, len(FIELDS)), np.float32),
        np.full((rows, len(FIELDS)), -1, np.int32),
    )


def _context(primer: Primer, *, told_style: bool) -> tuple[int, int, int, int]:
    meter = primer.meter
    style = STYLES.index(primer.style if told_style else "any")
    return 0, meter.bar_ticks, codec.meter_index(meter.numerator, meter.denominator), style


def _legal(primer: Primer) -> Array:
    """Return what may be drawn, (V,) float32: the parts of the primer, and no end."""
    legal = np.ones(LEGAL_WIDTH, np.float32)
    part, advance = np.split(legal, np.cumsum([field.size for field in FIELDS]))[: ADVANCE + 1]
    part[:] = np.isin(np.arange(len(part)), primer.parts())
    advance[END] = 0
    return legal


def _events(step: Step, inputs: Inputs, batch: Sequence[Primer], noise: Sequence[np.random.Generator]) -> Array:
    """Return the events of primers and answers, (rows, 2 * NOTES, 5) int32: the former forced, the latter drawn."""
    forced = np.full((len(batch), 2 * NOTES, len(FIELDS)), -1, np.int32)
    forced[:, :NOTES] = [primer.events() for primer in batch]
    drawn = np.stack([rng.random((2 * NOTES, len(FIELDS)), np.float32) for rng in noise]) * BELOW_1
    events = np.empty_like(forced)
    for at in range(2 * NOTES):
        outputs = step(
            inputs._replace(forced=np.ascontiguousarray(forced[:, at]), noise=np.ascontiguousarray(drawn[:, at]))
        )
        events[:, at] = outputs.event
        context = inputs.context.copy()
        context[:, 0] = outputs.position
        inputs = inputs._replace(
            event=outputs.event.astype(np.int32), context=context, remaining=outputs.remaining, state=outputs.state
        )
    return events


def _answer(primer: Primer, events: Iterable[Sequence[int]]) -> Answer:
    """Return a row of events as an answer; one that cannot be decoded is counted and left out."""
    told: list[Event] = [(e[0], e[1], e[2], e[3], e[4]) for e in events]
    found = faults(told, parts=primer.parts())
    readable = [event for event, fault in zip(told, found, strict=True) if fault not in (UNDECODABLE, ENDS)]
    notes = np.array(codec.decode(readable)[NOTES:], np.int32)
    return Answer(Passage(notes, primer.notes.bar_ticks), sum(fault is not None for fault in found[NOTES:]))


def _grid_notes(passage: Passage) -> list[GridNote]:
    return [GridNote(*note) for note in passage.notes.tolist()]
