"""The codec `metric`: music as a sequence of events, one event a note, time in beats.

An event is a tuple of five small integers, its fields, in the order in which
they are drawn: part, advance, pitch, duration, velocity. `advance` is the
distance from the previous onset; one of its values ends the piece. What is
known before the note (bar position, metre, style, harmony) is no field: the
network derives or is told it.

The grid has 24 ticks a beat, coarser for steps beyond two beats. Music that
lies on it (see `snap`) survives encoding and decoding unchanged.

    python -m improvd.music.codec      prints the vocabulary
"""

from __future__ import annotations

import hashlib
import json
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from improvd.music.note import PITCHES, TICKS_PER_BEAT, Note

Event = tuple[int, int, int, int, int]
"""(part, advance, pitch, duration, velocity), each an index below its field's size."""


class GridNote(NamedTuple):
    """This is a note on the codec's grid; velocity is in MIDI units (1-127)."""

    onset_ticks: int
    part: int
    pitch: int
    duration_ticks: int
    velocity: int


@dataclass(frozen=True, slots=True)
class Field:
    """This is one field of an event: how it is called and how many values it has."""

    name: str
    size: int


PARTS = ("keys", "melody", "chords", "bass", "drums", *(f"voice {i}" for i in range(1, 8)))
KEYS = PARTS.index("keys")
"""The part of music whose parts nobody told apart: all live playing."""

STYLES = ("any", "chorale", "folk", "jazz", "classical", "lead sheet", "groove", *(f"own {i}" for i in range(1, 10)))
METERS = (
    (0, 0), (4, 4), (3, 4), (2, 4), (6, 8), (2, 2), (9, 8), (12, 8),
    (3, 8), (3, 2), (5, 4), (6, 4), (7, 8), (4, 2), (5, 8), (4, 8),
)  # fmt: skip
"""Known time signatures; the first stands for every other."""

STEPS = (*range(2 * TICKS_PER_BEAT + 1), *range(54, 97, 6), *range(108, 193, 12), *range(216, 385, 24))
"""Distances in ticks that the grid knows: each up to 2 beats, then sixteenths, eighths, quarters up to 16 beats."""

END = len(STEPS)
"""The value of `advance` that ends a piece."""

VELOCITY_LEVELS = 32
BEATS_IN_BAR = 16
"""Beats of a bar told apart by the network; later ones count as the last."""

FIELDS = (
    Field("part", len(PARTS)),
    Field("advance", len(STEPS) + 1),
    Field("pitch", PITCHES),
    Field("duration", len(STEPS) - 1),
    Field("velocity", VELOCITY_LEVELS),
)
PART, ADVANCE, PITCH, DURATION, VELOCITY = range(len(FIELDS))

START: Event = (FIELDS[0].size, FIELDS[1].size, FIELDS[2].size, FIELDS[3].size, FIELDS[4].size)
"""The input before the first event: every field one beyond its values."""


def nearest_step(ticks: int, lowest: int = 0) -> int:
    """Return the index in `STEPS` of the distance nearest to `ticks`, at least `lowest`; ties go down."""
    above = min(bisect_left(STEPS, ticks), len(STEPS) - 1)
    below = max(above - 1, 0)
    index = below if ticks - STEPS[below] <= STEPS[above] - ticks else above
    return max(index, lowest)


def velocity_level(velocity: int) -> int:
    """Return the level (0-31) of a MIDI velocity (1-127)."""
    return (velocity - 1) * VELOCITY_LEVELS // 127


def level_velocity(level: int) -> int:
    """Return the MIDI velocity (1-127) in the middle of a level (0-31)."""
    return (2 * level + 1) * 127 // (2 * VELOCITY_LEVELS) + 1


def meter_index(numerator: int, denominator: int) -> int:
    """Return the index of a time signature in `METERS`; 0 for one that is not there."""
    meter = (numerator, denominator)
    return METERS.index(meter) if meter in METERS else 0


def snap(notes: Iterable[Note]) -> list[GridNote]:
    """Return music laid on the grid: sorted by onset and pitch, and playable on one keyboard.

    A pitch struck again ends its earlier note; of two notes on one pitch at
    the same time the longer stays. Long rests are rounded to the grid's
    coarser steps and the difference is made up with the next onset.
    """
    rounded = sorted(
        (
            GridNote(
                round(n.onset_beats * TICKS_PER_BEAT),
                n.part,
                n.pitch,
                max(1, round(n.duration_beats * TICKS_PER_BEAT)),
                n.velocity,
            )
            for n in notes
        ),
        key=lambda n: (n.onset_ticks, n.pitch, -n.duration_ticks),
    )
    return _each_pitch_once(_on_steps(rounded))


def _on_steps(notes: Sequence[GridNote]) -> list[GridNote]:
    """Move onsets so that every distance is one of `STEPS`, without letting the error add up."""
    laid: list[GridNote] = []
    last_true = last_laid = 0
    for note in notes:
        same_chord = laid and note.onset_ticks == last_true
        last_true = note.onset_ticks
        last_laid += 0 if same_chord else STEPS[nearest_step(max(0, note.onset_ticks - last_laid))]
        duration = STEPS[nearest_step(note.duration_ticks, lowest=1)]
        velocity = level_velocity(velocity_level(note.velocity))
        laid.append(note._replace(onset_ticks=last_laid, duration_ticks=duration, velocity=velocity))
    return sorted(laid, key=lambda n: (n.onset_ticks, n.pitch, -n.duration_ticks))


def _each_pitch_once(notes: Sequence[GridNote]) -> list[GridNote]:
    """Cut a note where its pitch is struck again, and merge doubles."""
    kept: list[GridNote] = []
    last_of_pitch: dict[int, int] = {}
    for note in notes:
        earlier = last_of_pitch.get(note.pitch)
        if earlier is not None:
            gap = note.onset_ticks - kept[earlier].onset_ticks
            if gap == 0:
                continue
            if kept[earlier].duration_ticks > gap:
                step = STEPS[max(1, _step_at_most(gap))]
                kept[earlier] = kept[earlier]._replace(duration_ticks=step)
        last_of_pitch[note.pitch] = len(kept)
        kept.append(note)
    return kept


def _step_at_most(ticks: int) -> int:
    """Return the index of the longest step that is no longer than `ticks`."""
    index = nearest_step(ticks)
    return index if STEPS[index] <= ticks else index - 1


def encode(notes: Sequence[GridNote], *, origin_ticks: int = 0) -> list[Event]:
    """Return one event a note, for notes in order of onset and pitch.

    Args:
        notes: as `snap` gives them; other onsets and durations go to the nearest step.
        origin_ticks: where the first advance counts from.
    """
    events: list[Event] = []
    previous = origin_ticks
    for note in notes:
        events.append(
            (
                note.part,
                nearest_step(note.onset_ticks - previous),
                note.pitch,
                nearest_step(note.duration_ticks, lowest=1) - 1,
                velocity_level(note.velocity),
            )
        )
        previous = note.onset_ticks
    return events


def end_event(part: int) -> Event:
    """Return the event that ends a piece, told as a continuation of `part`."""
    return (part, END, 0, 0, 0)


def decode_event(event: Event, previous_ticks: int) -> GridNote:
    """Return the note of one event, given the onset before it.

    Raises:
        ValueError: if the event ends the piece.
    """
    part, advance, pitch, duration, level = event
    if advance == END:
        raise ValueError("the event that ends a piece is no note")
    return GridNote(previous_ticks + STEPS[advance], part, pitch, STEPS[duration + 1], level_velocity(level))


def decode(events: Iterable[Event], *, origin_ticks: int = 0) -> list[GridNote]:
    """Return the notes of a sequence of events, up to its end."""
    notes: list[GridNote] = []
    previous = origin_ticks
    for event in events:
        if event[ADVANCE] == END:
            break
        notes.append(decode_event(event, previous))
        previous = notes[-1].onset_ticks
    return notes


def fingerprint() -> str:
    """Return 16 hex digits that change whenever the meaning of any event changes."""
    tables = [
        "metric", [(f.name, f.size) for f in FIELDS], STEPS, PARTS, STYLES, METERS, TICKS_PER_BEAT, BEATS_IN_BAR,
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(tables).encode()).hexdigest()[:16]


def vocabulary() -> str:
    """Return the codec's fields and tables as text."""
    lines = [f"metric, fingerprint {fingerprint()}, {TICKS_PER_BEAT} ticks a beat", ""]
    lines += [f"{field.name:<10}{field.size:>5} values" for field in FIELDS]
    lines += ["", f"parts      {', '.join(PARTS)}", f"styles     {', '.join(STYLES)}"]
    lines += ["metres     " + ", ".join(f"{n}/{d}" if n else "other" for n, d in METERS)]
    lines += ["steps      " + " ".join(map(str, STEPS)) + " ticks"]
    return "\n".join(lines)


if __name__ == "__main__":
    print(vocabulary())
