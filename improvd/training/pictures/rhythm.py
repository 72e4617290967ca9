"""Rhythm as it is written: onsets and ends on sixteenths or triplets, in two voices at most, cut where a tie is read.

Music that was played is written down plainly: a beat is divided by four or by three, whichever is nearer to it; what
is left of a sixteenth between a note and the next is articulation, not a rest.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import pairwise
from math import floor
from typing import NamedTuple

from improvd.music.note import Note
from improvd.training.pictures.bars import Bar

DIVISIONS = (4, 3)
FAVOUR = 0.02
"""By so many beats an onset a triplet must be nearer to be written."""

SIXTEENTH = Fraction(1, 4)
WHOLE = (8, 6, 4, 3, 2, 1)
SIMPLE = (Fraction(1, 2), Fraction(1), Fraction(3, 2), Fraction(2), Fraction(3), Fraction(4), Fraction(6), Fraction(8))
"""Lengths in beats that one note shows: from a beat on, and across beats from the half of one."""

PARTS_OF_A_BEAT = tuple(Fraction(n, d) for n, d in ((3, 4), (2, 3), (1, 2), (1, 3), (1, 4), (1, 6), (1, 12)))
"""Lengths that one note shows within a beat."""

VOICES = 2


class Chord(NamedTuple):
    """This is what one voice plays at once: places in beats, and pitches (0-127) from below; none is a rest."""

    onset: Fraction
    end: Fraction
    pitches: tuple[int, ...]


class Sign(NamedTuple):
    """This is one written note, chord or rest in a bar; `begins`, `goes_on`: whether ties end or begin at it."""

    chord: Chord
    tied_from: bool
    tied_to: bool


def voices(notes: Sequence[Note]) -> list[list[Chord]]:
    """Return notes as at most two voices of chords, each in order and without overlap; at least one voice."""
    found: list[list[Chord]] = [[]]
    for chord in _chords(_on_grid(notes)):
        free = [voice for voice in found if not voice or voice[-1].end <= chord.onset]
        if free:
            free[0].append(chord)
        elif len(found) < VOICES:
            found.append([chord])
        else:
            _cut_in(min(found, key=lambda voice: voice[-1].end), chord)
    return [_articulated(voice) for voice in found]


def _cut_in(voice: list[Chord], chord: Chord) -> None:
    """Let a chord end what a voice holds; of chords struck together make one."""
    held = voice.pop()
    if held.onset == chord.onset:
        voice.append(held._replace(pitches=tuple(sorted({*held.pitches, *chord.pitches}))))
    else:
        voice.extend((held._replace(end=chord.onset), chord))


def _articulated(voice: Sequence[Chord]) -> list[Chord]:
    """Return a voice whose notes reach to the next where less than a sixteenth and no more than one is missing."""
    reaching = [
        chord._replace(end=later.onset) if 0 < later.onset - chord.end <= SIXTEENTH else chord
        for chord, later in pairwise(voice)
    ]
    return [*reaching, *voice[-1:]]


def _chords(placed: Iterable[tuple[Fraction, Fraction, int]]) -> list[Chord]:
    """Return notes of one onset and end as chords, in order of onset, the longer before the shorter."""
    together: dict[tuple[Fraction, Fraction], set[int]] = defaultdict(set)
    for onset, end, pitch in placed:
        together[onset, end].add(pitch)
    chords = [Chord(onset, end, tuple(sorted(pitches))) for (onset, end), pitches in together.items()]
    return sorted(chords, key=lambda chord: (chord.onset, -max(chord.pitches), -chord.end))


def _on_grid(notes: Sequence[Note]) -> Iterator[tuple[Fraction, Fraction, int]]:
    """Yield onset, end and pitch of notes on the grid of their beats."""
    beats: dict[int, list[float]] = defaultdict(list)
    for note in notes:
        beats[floor(note.onset_beats + 1e-6)].append(note.onset_beats)
    divisions = {beat: _division(beat, onsets) for beat, onsets in beats.items()}
    for note in notes:
        onset = _snapped(note.onset_beats, divisions)
        least = Fraction(1, divisions[floor(note.onset_beats + 1e-6)])
        yield onset, max(_snapped(note.end_beats, divisions), onset + least), note.pitch


def _division(beat: int, onsets: Sequence[float]) -> int:
    """Return by what a beat is divided."""
    errors = {d: sum(abs((o - beat) * d - round((o - beat) * d)) / d for o in onsets) for d in DIVISIONS}
    return 3 if errors[3] + FAVOUR * len(onsets) < errors[4] else 4


def _snapped(place: float, divisions: dict[int, int]) -> Fraction:
    beat = floor(place + 1e-6)
    division = divisions.get(beat, 4)
    return beat + Fraction(round((place - beat) * division), division)


def written(voice: Sequence[Chord], bar: Bar) -> list[Sign]:
    """Return what stands in a bar of a voice from its first beat to its last, places counted from there."""
    start = _on_sixteenth(bar.start_beats)
    length = _on_sixteenth(bar.end_beats) - start
    signs: list[Sign] = []
    at = Fraction(0)
    for chord in voice:
        if chord.end <= start or chord.onset >= start + length:
            continue
        onset, end = max(chord.onset - start, Fraction(0)), min(chord.end - start, length)
        signs += _cut(Chord(at, onset, ()), chord.onset < start, goes_on=False)
        signs += _cut(Chord(onset, end, chord.pitches), chord.onset < start, goes_on=chord.end > start + length)
        at = end
    return signs + _cut(Chord(at, length, ()), False, goes_on=False)


def _on_sixteenth(beats: float) -> Fraction:
    return Fraction(round(beats * 4), 4)


def _cut(chord: Chord, tied: bool, *, goes_on: bool) -> list[Sign]:
    """Return a chord or rest as signs that each have one length, tied."""
    signs: list[Sign] = []
    at = chord.onset
    while at < chord.end:
        end = _sign_end(at, chord.end)
        more = end < chord.end or goes_on
        signs.append(Sign(Chord(at, end, chord.pitches), tied and bool(chord.pitches), more and bool(chord.pitches)))
        at, tied = end, True
    return signs


def _sign_end(at: Fraction, end: Fraction) -> Fraction:
    """Return how far the first sign goes of what lasts from one place to another."""
    if end - at in SIMPLE and (at * 2).denominator == 1:
        return end
    if at.denominator == 1 and end - at >= 1:
        return at + next(whole for whole in WHOLE if whole <= end - at)
    in_beat = min(end, Fraction(floor(at) + 1)) - at
    return at + next(part for part in PARTS_OF_A_BEAT if part <= in_beat)
