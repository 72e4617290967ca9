"""MIDI files (.mid .midi .rmi .kar) as pieces: in beats, on their bar lines, by parts."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from improvd.errors import CorpusError, MidiFileError
from improvd.music import midifile
from improvd.music.midifile import FileNote, MidiPiece
from improvd.music.note import TICKS_PER_BEAT, Note
from improvd.music.timing import Meter, MeterChange
from improvd.training.corpus.files import Files
from improvd.training.corpus.parts import Line, parts_of
from improvd.training.corpus.piece import Piece

FLAT_VELOCITIES = 4
FLAT_SHARE = 0.9
"""Velocities of which this share of the notes has only this many were not played: one to a part, an accent or two."""


def pieces(files: Files, name: str) -> list[Piece]:
    """Return the one piece of a MIDI file, with the pedal's sustain in its durations.

    Whole bars of silence before the music are left out.

    Raises:
        CorpusError: if it is no MIDI file, damaged or without notes.
    """
    try:
        file = midifile.parse(files.read(name), name, pedal=True)
    except MidiFileError as fault:
        raise CorpusError(str(fault)) from None
    if not file.notes:
        raise CorpusError(f"{name}: holds no notes")
    meters = _clean_meters(file.meters)
    start = _first_bar(meters, file.notes[0].onset_beats)
    return [Piece(name, "any", _meters_from(meters, start), _notes(file, start), dynamics=_has_dynamics(file.notes))]


def _clean_meters(changes: Iterable[MeterChange]) -> tuple[MeterChange, ...]:
    """Return time signatures as a piece has them: from beat 0 on, one at a place, none without effect.

    Args:
        changes: in order of place; 4/4 holds before the first. One that is not on
            a bar line of the metre before it makes a bar line.
    """
    last_at_place = {0.0: Meter(), **{change.at_beats: change.meter for change in changes}}
    kept: list[MeterChange] = []
    for at_beats, meter in last_at_place.items():
        if not kept or meter != kept[-1].meter or not _on_bar_line(at_beats, kept[-1]):
            kept.append(MeterChange(at_beats, meter))
    return tuple(kept)


def _on_bar_line(at_beats: float, change: MeterChange) -> bool:
    bars = (at_beats - change.at_beats) / change.meter.bar_beats
    return abs(bars - round(bars)) < 1e-6


def _first_bar(meters: Sequence[MeterChange], first_onset_beats: float) -> float:
    """Return the bar line at or before the first note as the codec's grid rounds it, in beats."""
    onset = round(first_onset_beats * TICKS_PER_BEAT) / TICKS_PER_BEAT
    at_beats, meter = [change for change in meters if change.at_beats <= onset][-1]
    return at_beats + meter.bar_start(onset - at_beats)


def _meters_from(meters: Sequence[MeterChange], start_beats: float) -> tuple[MeterChange, ...]:
    """Return the time signatures of what begins at a bar line, counted from there."""
    moved = {max(0.0, change.at_beats - start_beats): change.meter for change in meters}
    return tuple(MeterChange(*item) for item in moved.items())


def _has_dynamics(notes: Sequence[FileNote]) -> bool:
    """Whether velocities were played, or written with care: not just a few of them."""
    common = Counter(note.velocity for note in notes).most_common(FLAT_VELOCITIES)
    return sum(count for _, count in common) < FLAT_SHARE * len(notes)


def _notes(file: MidiPiece, start_beats: float) -> tuple[Note, ...]:
    lines: dict[tuple[int, int], list[FileNote]] = defaultdict(list)
    for note in file.notes:
        lines[note.track, note.channel].append(note)
    parts = parts_of([Line.of(notes, file.tracks[track].name) for (track, _), notes in lines.items()])
    part_of = dict(zip(lines, parts, strict=True))
    return tuple(
        Note(
            max(0.0, note.onset_beats - start_beats),
            note.pitch,
            note.duration_beats,
            note.velocity,
            part_of[note.track, note.channel],
        )
        for note in file.notes
    )
