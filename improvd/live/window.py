"""The window: the last notes on the grid, as the model reads them."""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from improvd.live.notation import written_duration
from improvd.music.codec import KEYS
from improvd.protocol import GridNote

WINDOW_NOTES = 128
ANCHOR_NOTES = 64
"""How many of the oldest notes are dropped at once, so that what the model has read stays a prefix."""


@dataclass(slots=True)
class WindowNote:
    """This is one note in the window.

    Attributes:
        planned: until it has sounded.
        rewritten: when the model reads it.
        held: while its key or the pedal is down; its duration is not known yet.
    """

    onset_ticks: int
    pitch: int
    duration_ticks: int
    velocity: int
    planned: bool = False
    rewritten: bool = False
    held: bool = False

    @property
    def end_ticks(self) -> int:
        """Where it ends."""
        return self.onset_ticks + self.duration_ticks


class Window:
    """This keeps the last notes in order of onset and pitch, each placed on the grid once.

    A pitch struck again cuts the note before; struck twice on one tick it is one note.
    """

    def __init__(self) -> None:
        self._notes: list[WindowNote] = []

    def __len__(self) -> int:
        return len(self._notes)

    @property
    def last_onset_ticks(self) -> int:
        """Where the last note begins; -1 when empty."""
        return self._notes[-1].onset_ticks if self._notes else -1

    @property
    def end_ticks(self) -> int:
        """Where the last note ends, of those held what is known of them; 0 when empty."""
        return self.end_at(0)

    def end_at(self, at_ticks: int) -> int:
        """Return where the last note ends; what is held lasts until `at_ticks`."""
        ends = (max(note.end_ticks, at_ticks) if note.held else note.end_ticks for note in self._notes)
        return max(ends, default=0)

    def notes(self, at_ticks: int = 0) -> tuple[GridNote, ...]:
        """Return the window as the model takes it at a tick: what was played as it would be written, or as it is.

        What is held lasts until that tick.
        """
        read: list[GridNote] = []
        onset = later = 0
        for note in reversed(self._notes):
            if note.onset_ticks != onset:
                onset, later = note.onset_ticks, onset
            duration = max(note.duration_ticks, at_ticks - onset) if note.held else note.duration_ticks
            if note.rewritten:
                duration = written_duration(duration, later - onset)
            read.append((onset, KEYS, note.pitch, duration, note.velocity))
        return tuple(reversed(read))

    def followed_by(self, notes: Iterable[GridNote]) -> Window:
        """Return the window as it will be when some notes have been planned; this one stays as it is."""
        ahead = Window()
        ahead._notes = [replace(note) for note in self._notes]
        for onset, _, pitch, duration, velocity in notes:
            ahead.add(onset, pitch, velocity, duration_ticks=duration, planned=True)
        return ahead

    def add_played(self, onset_ticks: int, pitch: int, velocity: int, *, as_played: bool = False) -> WindowNote:
        """Put in a note that was just struck by hand, and is held; to be read `as_played` or as it would be written."""
        note = self.add(onset_ticks, pitch, velocity)
        note.rewritten, note.held = not as_played, True
        return note

    def add(
        self, onset_ticks: int, pitch: int, velocity: int, *, duration_ticks: int = 1, planned: bool = False
    ) -> WindowNote:
        """Put a note in and return it, or the note of this pitch that is on this tick already."""
        same = [note for note in self._notes if note.pitch == pitch]
        for note in same:
            if note.onset_ticks == onset_ticks:
                note.velocity = max(note.velocity, velocity)
                note.planned = note.planned and planned
                return note
            if note.onset_ticks < onset_ticks:
                lasting = onset_ticks if note.held else note.end_ticks
                note.duration_ticks, note.held = min(lasting, onset_ticks) - note.onset_ticks, False
        added = WindowNote(onset_ticks, pitch, 0, velocity, planned)
        insort(self._notes, added, key=lambda note: (note.onset_ticks, note.pitch))
        self.end(added, onset_ticks + duration_ticks)
        if len(self._notes) > WINDOW_NOTES:
            del self._notes[:ANCHOR_NOTES]
        return added

    def end(self, note: WindowNote, end_ticks: int) -> None:
        """Let a note end somewhere: a tick after its onset at least, before its pitch is struck again at most."""
        later = (n.onset_ticks for n in self._notes if n.pitch == note.pitch and n.onset_ticks > note.onset_ticks)
        note.duration_ticks = max(1, min(end_ticks, *later, end_ticks) - note.onset_ticks)

    def stretch(self, note: WindowNote, end_ticks: int) -> None:
        """Let a note last until somewhere at least, as far as `end` allows."""
        self.end(note, max(note.end_ticks, end_ticks))

    def discard(self, note: WindowNote) -> None:
        """Take a note out, if it is still in."""
        self._notes = [kept for kept in self._notes if kept is not note]

    def take_out(self, notes: Sequence[WindowNote]) -> list[WindowNote]:
        """Take notes out to lay them elsewhere, and return those that were still in, each once."""
        inside = [kept for kept in self._notes if any(kept is note for note in notes)]
        for note in inside:
            self.discard(note)
        return inside

    def lay(self, places: Iterable[tuple[WindowNote, int, int]]) -> None:
        """Put notes back in, each with its onset and its end; struck twice on one tick it is one note."""
        laid = []
        for note, onset_ticks, end_ticks in places:
            note.onset_ticks = onset_ticks
            if not any(n.pitch == note.pitch and n.onset_ticks == onset_ticks for n in self._notes):
                insort(self._notes, note, key=lambda n: (n.onset_ticks, n.pitch))
                laid.append((note, end_ticks))
        for note, end_ticks in laid:
            self.end(note, end_ticks)

    def clear(self) -> None:
        """Forget every note."""
        self._notes.clear()
