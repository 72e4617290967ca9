"""Chorales as JSON: a list of sixteenths, each with the four voices' pitches or -1."""

from __future__ import annotations

from improvd.music.codec import PARTS
from improvd.music.note import Note

VELOCITY = 80
FRAME_BEATS = 0.25
BAR_FRAMES = 16


def notes_of(frames: list[list[int]]) -> list[Note]:
    """Return the notes of a chorale in 4/4; equal pitches that follow each other within a bar are one note.

    The files do not tell held from repeated notes, nor upbeats: what is left
    over of the last bar is taken to be the upbeat.
    """
    upbeat = len(frames) % BAR_FRAMES
    offset = BAR_FRAMES - upbeat if upbeat else 0
    notes = [note for voice in range(4) for note in _voice([f[voice] for f in frames], offset, voice)]
    return sorted(notes)


def _voice(pitches: list[int], offset: int, voice: int) -> list[Note]:
    part = PARTS.index(f"voice {voice + 1}")
    notes: list[Note] = []
    start = 0
    for index in range(1, len(pitches) + 1):
        held = index < len(pitches) and pitches[index] == pitches[start] and (index + offset) % BAR_FRAMES
        if held:
            continue
        if pitches[start] > 0:
            onset = (start + offset) * FRAME_BEATS
            notes.append(Note(onset, int(pitches[start]), (index - start) * FRAME_BEATS, VELOCITY, part))
        start = index
    return notes
