"""The notes of call and answer as they sounded, from their messages: for the screen's piano roll and for takes."""

from __future__ import annotations

from dataclasses import dataclass

NOTE_OFF, NOTE_ON = 0x80, 0x90


@dataclass(slots=True)
class RollNote:
    """This is one note that sounded.

    Attributes:
        voice: "call" or "answer".
        onset_beats, end_beats: from the clock's origin; the end is None while it sounds.
        pitch, velocity, channel: 0-127, 1-127, 0-15.
    """

    voice: str
    onset_beats: float
    pitch: int
    velocity: int
    channel: int
    end_beats: float | None = None


class Roll:
    """This pairs note_ons with their note_offs, in order of onset."""

    def __init__(self) -> None:
        self.notes: list[RollNote] = []
        self._sounding: dict[tuple[str, int, int], RollNote] = {}

    def feed(self, voice: str, at_beats: float, data: tuple[int, ...]) -> bool:
        """Take in one message; return whether it was of a note."""
        kind = data[0] & 0xF0 if len(data) == 3 else 0
        if kind not in (NOTE_ON, NOTE_OFF):
            return False
        key = (voice, data[0] & 0x0F, data[1])
        if (ended := self._sounding.pop(key, None)) is not None:
            ended.end_beats = at_beats
        if kind == NOTE_ON and data[2]:
            note = RollNote(voice, at_beats, data[1], data[2], data[0] & 0x0F)
            self._sounding[key] = note
            self.notes.append(note)
        return True

    def forget_before(self, beats: float) -> None:
        """Drop the notes that ended before a place in the music."""
        self.notes = [note for note in self.notes if note.end_beats is None or note.end_beats >= beats]
