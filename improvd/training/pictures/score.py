"""A piece as sheet music in MusicXML: staves, clefs, key signature, voices, ties; music21 adds beams and writes it."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import floor
from typing import Any

from improvd.music.codec import KEYS, PARTS
from improvd.music.note import Note
from improvd.training.corpus.piece import Piece
from improvd.training.metrics.passage import DRUMS
from improvd.training.pictures.bars import Bar, bars_of
from improvd.training.pictures.rhythm import Chord, Sign, voices, written
from improvd.training.pictures.spelling import signature, spelled

MIDDLE_C = 60
TWO_HANDS = (KEYS, PARTS.index("chords"))
"""Parts that get a stave for each hand where they are wide."""

DRUM_PLACES: Mapping[int, str] = {
    35: "F4", 36: "F4", 37: "C5", 38: "C5", 39: "C5", 40: "C5", 41: "A4", 43: "A4", 45: "D5", 47: "D5", 48: "E5",
    50: "E5", 44: "D4", 22: "G5", 42: "G5", 46: "G5", 26: "G5", 51: "F5", 53: "F5", 59: "F5", 49: "A5", 52: "A5",
    55: "A5", 57: "A5",
}  # fmt: skip
"""Where a drum stands on its stave. Source: N. Weinberg, Guide to Standardized Drumset Notation, 1998."""

STROKE_BEATS = 1 / 8
"""Strokes closer than this are one."""

DATE = re.compile(rb"\s*<encoding-date>.*?</encoding-date>")
"""Left out of a file, so that the same music gives the same bytes."""

METAL = frozenset((22, 26, 42, 44, 46, 49, 51, 52, 53, 55, 57, 59))
"""Hats and cymbals, whose heads are crosses."""


@dataclass(frozen=True, slots=True)
class Staff:
    """This is one stave: the part it belongs to, its clef (treble, bass or percussion) and its notes."""

    part: int
    clef: str
    notes: tuple[Note, ...]


def musicxml(piece: Piece, *, title: str = "") -> bytes:
    """Return a piece as MusicXML; what was played freely is written on sixteenths and triplets."""
    from music21.metadata import Metadata
    from music21.musicxml.m21ToXml import GeneralObjectExporter
    from music21.stream import Score

    score = Score()
    score.insert(0, Metadata(title=title or None, composer="improvd"))
    found, staves = bars_of(piece), list(staves_of(piece))
    sharps = signature(note.pitch for note in piece.notes if note.part != DRUMS)
    for number, staff in enumerate(staves):
        part = _part(staff, found, sharps)
        part.insert(0, _instrument(number, _name(staves, number)))
        score.insert(0, part)
    for group in _groups(staves, score.parts):
        score.insert(0, group)
    return DATE.sub(b"", GeneralObjectExporter(score).parse())


def staves_of(piece: Piece) -> Iterator[Staff]:
    """Yield the staves of a piece from above downwards, as the parts stand in the codec; drums are lowest."""
    parts = sorted({note.part for note in piece.notes}, key=lambda part: (part == DRUMS, part))
    for part in parts:
        notes = tuple(note for note in piece.notes if note.part == part)
        if part == DRUMS:
            yield Staff(part, "percussion", tuple(_ringing(notes)))
        else:
            yield from _hands(part, notes) if part in TWO_HANDS else [Staff(part, _clef(notes), notes)]


def _ringing(notes: Sequence[Note]) -> Iterator[Note]:
    """Yield strokes on drums as they are written: until the next one or the end of the beat."""
    onsets = sorted({note.onset_beats for note in notes})
    for note in notes:
        later = onsets[bisect_right(onsets, note.onset_beats + STROKE_BEATS) :]
        end = min([floor(note.onset_beats + STROKE_BEATS) + 1.0, *later[:1]])
        yield replace(note, duration_beats=end - note.onset_beats)


def _hands(part: int, notes: tuple[Note, ...]) -> Iterator[Staff]:
    high = tuple(note for note in notes if note.pitch >= MIDDLE_C)
    low = tuple(note for note in notes if note.pitch < MIDDLE_C)
    lone = min(len(high), len(low)) < len(notes) / 10
    yield from [Staff(part, _clef(notes), notes)] if lone else [
        Staff(part, "treble", high), Staff(part, "bass", low)
    ]  # fmt: skip


def _clef(notes: Sequence[Note]) -> str:
    return "treble" if sorted(note.pitch for note in notes)[len(notes) // 2] >= MIDDLE_C - 3 else "bass"


def _name(staves: Sequence[Staff], number: int) -> str:
    """Return what is written before a stave: the part's name, once."""
    first = [staff.part for staff in staves].index(staves[number].part) == number
    return PARTS[staves[number].part] if first and len({staff.part for staff in staves}) > 1 else ""


# --- music21's objects -----------------------------------------------------------------------


def _groups(staves: Sequence[Staff], parts: Sequence[Any]) -> Iterator[Any]:
    """Yield what holds two staves of one part together."""
    from music21.layout import StaffGroup

    for part in {staff.part for staff in staves}:
        both = [found for staff, found in zip(staves, parts, strict=True) if staff.part == part]
        if len(both) > 1:
            yield StaffGroup(both, symbol="brace", barTogether=True)


def _instrument(number: int, name: str) -> Any:
    """Return what names a part; without it music21 numbers parts by chance."""
    from music21.instrument import Instrument

    made = Instrument()
    made.partId, made.partName = f"P{number + 1}", name
    return made


def _part(staff: Staff, found: Sequence[Bar], sharps: int) -> Any:
    from music21 import clef, key, stream

    part = stream.PartStaff() if staff.part in TWO_HANDS else stream.Part()
    lines = voices(staff.notes)
    meter = None
    for bar in found:
        measure = stream.Measure(number=bar.number)
        if bar.number == 1:
            measure.insert(0, getattr(clef, f"{staff.clef.title()}Clef")())
            if staff.clef != "percussion":
                measure.insert(0, key.KeySignature(sharps))
        if bar.meter != meter:
            measure.insert(0, _time_signature(bar))
        meter = bar.meter
        for number, line in enumerate(lines):
            _fill(measure, written(line, bar), staff, sharps, second=number > 0, alone=len(lines) == 1)
        part.append(measure)
    part.makeBeams(inPlace=True)
    return part


def _time_signature(bar: Bar) -> Any:
    from music21.meter import TimeSignature

    return TimeSignature(f"{bar.meter.numerator}/{bar.meter.denominator}")


def _fill(measure: Any, signs: Sequence[Sign], staff: Staff, sharps: int, *, second: bool, alone: bool) -> None:
    """Write a voice into a bar; a second voice that is silent throughout is left out."""
    from music21.stream import Voice

    if second and not any(sign.chord.pitches for sign in signs):
        return
    voice = measure if alone else Voice(id=str(1 + second))
    for sign in signs:
        voice.insert(sign.chord.onset, _sign(sign, staff, sharps, hidden=second))
    if not alone:
        measure.insert(0, voice)


def _sign(sign: Sign, staff: Staff, sharps: int, *, hidden: bool) -> Any:
    """Return a sign as music21's note, chord or rest; the rests of a second voice are hidden."""
    from music21 import note, tie

    made = _struck(sign.chord, staff, sharps) if sign.chord.pitches else note.Rest()
    made.quarterLength = _length(sign.chord)
    made.style.hideObjectOnPrint = hidden and not sign.chord.pitches
    if (sign.tied_from or sign.tied_to) and staff.part != DRUMS:
        made.tie = tie.Tie("continue" if sign.tied_from and sign.tied_to else "stop" if sign.tied_from else "start")
    return made


def _length(chord: Chord) -> Fraction | float:
    length = chord.end - chord.onset
    return float(length) if length.denominator in (1, 2, 4) else length


def _struck(chord: Chord, staff: Staff, sharps: int) -> Any:
    from music21 import chord as chords
    from music21 import note, percussion, pitch

    if staff.part == DRUMS:
        heads = {DRUM_PLACES.get(key, "C5"): key in METAL for key in chord.pitches}
        made = [note.Unpitched(displayName=place) for place in heads]
        for head, metal in zip(made, heads.values(), strict=True):
            head.notehead = "x" if metal else "normal"
        return made[0] if len(made) == 1 else percussion.PercussionChord(made)
    names = [spelled(key, sharps) for key in chord.pitches]
    pitches = [pitch.Pitch(step=name.letter, octave=name.octave, accidental=name.alter or None) for name in names]
    return note.Note(pitches[0]) if len(pitches) == 1 else chords.Chord(pitches)
