"""What a note is: one played note on the beat grid, and its limits."""

from __future__ import annotations

from dataclasses import dataclass

PITCHES = 128
CHANNELS = 16
MAX_VELOCITY = 127
MIDI_CLOCK_PPQ = 24
TICKS_PER_BEAT = 24
"""Grid of the codec: it holds sixteenths, triplets and the MIDI clock."""

PITCH_NAMES = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")


@dataclass(frozen=True, slots=True, order=True)
class Note:
    """This is one note, wherever it came from.

    Attributes:
        onset_beats: start in quarter notes from the origin of its piece or clock.
        pitch: MIDI key number, 0-127; 60 is middle C.
        duration_beats: length in quarter notes, > 0.
        velocity: 1-127.
        part: index into `codec.PARTS`.
    """

    onset_beats: float
    pitch: int
    duration_beats: float
    velocity: int
    part: int = 0

    @property
    def end_beats(self) -> float:
        """Where the note ends, in quarter notes."""
        return self.onset_beats + self.duration_beats


def pitch_name(pitch: int) -> str:
    """Return the name of a pitch, with middle C (60) as C4."""
    return f"{PITCH_NAMES[pitch % 12]}{pitch // 12 - 1}"
