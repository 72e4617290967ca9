"""Which part each line of a MIDI file plays, told by channel, program, name and how the lines lie to each other."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from improvd.music.codec import KEYS, PARTS
from improvd.music.midifile import FileNote

MELODY, CHORDS, BASS, DRUMS, VOICE_1 = map(PARTS.index, ("melody", "chords", "bass", "drums", "voice 1"))

BASS_PROGRAMS = range(32, 40)
"""Source: General MIDI 1, sound set, program groups."""

WORDS = (
    (r"left|right|hands?|piano", KEYS),
    (r"melody|lead|vocals?", MELODY),
    (r"(contra)?bass", BASS),
    (r"chords?", CHORDS),
)
"""Whole words in the name of a track and the part that they tell, the first that fits."""

CHOIR = 4
MONOPHONIC = 0.02
"""Overlap up to which a line is a single voice: now and then a finger stays on a key."""

CHORDAL = 0.4
"""Overlap from which a line is chords; pairs of notes have 0.5, triads 0.67."""

LEGATO_BEATS = 1 / 8
"""Notes that overlap by no more than this follow each other."""


class Line(NamedTuple):
    """This is what is known of the notes of one track and channel.

    `name` of the track; `program` 0-127; `pitch`: the mean, 0-127; `overlap`: share of the notes
    that are struck while another of the line sounds, 0-1.
    """

    name: str = ""
    drums: bool = False
    program: int = 0
    pitch: float = 60.0
    overlap: float = 0.0

    @classmethod
    def of(cls, notes: Sequence[FileNote], name: str) -> Line:
        """Return the line that some notes make, given in order of onset, at least one."""
        pitch = sum(note.pitch for note in notes) / len(notes)
        return cls(name, notes[0].drums, notes[0].program, pitch, _overlap(notes))


def _overlap(notes: Sequence[FileNote]) -> float:
    overlaps, end = 0, 0.0
    for note, later in pairwise(notes):
        end = max(end, note.end_beats)
        overlaps += later.onset_beats < end - LEGATO_BEATS or later.onset_beats == note.onset_beats
    return overlaps / len(notes)


def parts_of(lines: Sequence[Line]) -> list[int]:
    """Return for each line of a piece the part that it plays, as index into `codec.PARTS`.

    Four single voices are a choir from the highest to the lowest; a single
    voice above chords is a melody; whatever nothing tells is keys.
    """
    pitched = [line for line in lines if not line.drums]
    if _is_choir(lines):
        ranks = sorted(range(CHOIR), key=lambda i: -lines[i].pitch)
        return [VOICE_1 + ranks.index(i) for i in range(CHOIR)]
    if _is_tune(pitched):
        top = max(pitched, key=lambda line: line.pitch)
        return [DRUMS if line.drums else MELODY if line is top else CHORDS for line in lines]
    return [DRUMS if line.drums else _told(line) or KEYS for line in lines]


def _told(line: Line) -> int | None:
    """Return the part that program or name tell, None if they tell none."""
    if line.program in BASS_PROGRAMS:
        return BASS
    words = (part for word, part in WORDS if re.search(rf"(?<![a-z])({word})(?![a-z])", line.name.lower()))
    return next(words, None)


def _is_choir(lines: Sequence[Line]) -> bool:
    """Whether these are four single voices; the lowest may be named bass."""
    single = all(line.overlap <= MONOPHONIC and not line.drums for line in lines)
    return len(lines) == CHOIR and single and all(_told(line) in (None, BASS) for line in lines)


def _is_tune(pitched: Sequence[Line]) -> bool:
    """Whether these are a single voice above chords, and nothing tells otherwise."""
    if len(pitched) != 2 or any(_told(line) is not None for line in pitched):
        return False
    low, high = sorted(pitched, key=lambda line: line.pitch)
    return high.overlap <= MONOPHONIC and low.overlap >= CHORDAL
