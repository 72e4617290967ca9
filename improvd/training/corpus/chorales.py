"""Chorales as JSON: for each side of a split, pieces as lists of frames of the pitches that sound in them.

Where every frame names four pitches or -1 they are voices; else the frames are chords.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from improvd.errors import CorpusError
from improvd.music.codec import KEYS, PARTS
from improvd.music.note import PITCHES, Note
from improvd.music.timing import steady
from improvd.training.corpus.files import Files
from improvd.training.corpus.piece import Piece

VELOCITY = 80
STYLE = "chorale"
SILENT = -1
VOICES = 4
BAR_BEATS = 4.0
FRAME_BEATS = {"quarter": 1.0, "8th": 0.5}
"""How long a frame lasts, by a word in the file's name; else a sixteenth."""

Frames = Sequence[Sequence[int]]


def pieces(files: Files, name: str) -> list[Piece]:
    """Return the chorales of a file.

    Raises:
        CorpusError: if it holds something else.
    """
    try:
        sides = json.loads(files.read(name))
        found = [(side, _checked(frames)) for side, chorales in sides.items() for frames in chorales]
    except (ValueError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise CorpusError(
            f"{name} holds no chorales ({error}); allowed is JSON such as {{'train': [[[67, 64], [67, 64]]]}}: "
            "pieces of frames of pitches, 0-127 or -1"
        ) from error
    beats = next((beats for word, beats in FRAME_BEATS.items() if word in name), 0.25)
    voiced = all(len(frame) == VOICES for _, frames in found for frame in frames)
    return [
        Piece(f"{name}#{number} {side}", STYLE, steady(4, 4), notes_of(frames, frame_beats=beats, voiced=voiced))
        for number, (side, frames) in enumerate(found)
    ]


def _checked(frames: Sequence[Sequence[float]]) -> Frames:
    """Return frames of whole pitches, which some files write as 60.0; ValueError for what is no pitch."""
    whole = [[int(pitch) for pitch in frame] for frame in frames]
    wrong = next((pitch for frame in whole for pitch in frame if not SILENT <= pitch < PITCHES), None)
    if wrong is not None:
        raise ValueError(f"{wrong} is no pitch")
    return whole


def notes_of(frames: Frames, *, frame_beats: float, voiced: bool) -> tuple[Note, ...]:
    """Return the notes of a chorale in 4/4; equal pitches that follow each other within a bar are one note.

    The files do not tell held from repeated notes, nor upbeats: what is left
    over of the last bar is taken to be the upbeat.
    """
    bar_frames = round(BAR_BEATS / frame_beats)
    offset = -len(frames) % bar_frames
    notes = []
    for part, line in _lines(frames, voiced=voiced):
        for start, end in _runs(line, offset, bar_frames):
            onset, length = (start + offset) * frame_beats, (end - start) * frame_beats
            notes.append(Note(onset, line[start], length, VELOCITY, part))
    return tuple(sorted(notes))


def _lines(frames: Frames, *, voiced: bool) -> Iterator[tuple[int, list[int]]]:
    """Yield the part and the pitch in each frame, or -1, of each voice, else of each pitch that sounds."""
    if voiced:
        for voice in range(VOICES):
            yield PARTS.index(f"voice {voice + 1}"), [frame[voice] for frame in frames]
        return
    for pitch in sorted({pitch for frame in frames for pitch in frame}):
        yield KEYS, [pitch if pitch in frame else SILENT for frame in frames]


def _runs(line: Sequence[int], offset: int, bar_frames: int) -> Iterator[tuple[int, int]]:
    """Yield where each note of a line starts and ends, in frames."""
    start = 0
    for index in range(1, len(line) + 1):
        held = index < len(line) and line[index] == line[start] and (index + offset) % bar_frames
        if not held:
            if line[start] != SILENT:
                yield start, index
            start = index
