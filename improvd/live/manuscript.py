"""The manuscript: what is heard, written down in the window as it lies on the grid."""

from __future__ import annotations

from improvd.live.grid import Grid
from improvd.live.listener import Onset, PlayedNote
from improvd.live.window import Window, WindowNote
from improvd.music.timing import Meter
from improvd.protocol import Anchor

_SAME_BEATS = 1e-6


class Manuscript:
    """This ties onsets to their notes in the window.

    Attributes:
        grid: where bar lines and ticks lie on the player's clock.
        window: the notes, those of answers too.
    """

    def __init__(self, meter: Meter) -> None:
        self.grid = Grid(meter)
        self.window = Window()
        self._entries: dict[Onset, WindowNote] = {}

    def end_ticks(self, beats: float) -> int:
        """Return where the last note ends, as is known at a place of the clock."""
        return self.window.end_at(self.grid.ticks_at(beats))

    def anchor(self, anchor: Anchor, *, moved: bool) -> bool:
        """Take in the metre, and where the song lies if it moved; return whether bar lines lie elsewhere by that."""
        before, meter = self.grid, Meter(anchor.numerator, anchor.denominator)
        self.grid = before.with_meter(meter, anchor.at_beats)
        elsewhere = abs(anchor.downbeat_beats - self.grid.origin_beats) > _SAME_BEATS
        if elsewhere and (moved or meter != before.meter):
            end_ticks = self.end_ticks(anchor.at_beats)
            self.grid = self.grid.with_song(anchor.downbeat_beats, anchor.at_beats, end_ticks)
        return self.grid != before

    def begin_bar(self, beats: float) -> None:
        """Let a bar begin at a place of the clock."""
        self.grid = self.grid.with_downbeat(beats, self.end_ticks(beats))

    def strike(self, onset: Onset, *, as_played: bool) -> WindowNote:
        """Write a note down that is held from now on, and return it."""
        ticks = self.grid.read_at(onset.at_beats, as_played=as_played)
        self._entries[onset] = self.window.add_played(ticks, onset.pitch, onset.velocity, as_played=as_played)
        return self._entries[onset]

    def release(self, played: PlayedNote) -> bool:
        """Let a note end, and return whether it was written down."""
        entry = self._entries.pop(played.onset, None)
        if entry is None:
            return False
        entry.held = any(other is entry for other in self._entries.values())
        self.window.stretch(entry, self.grid.ticks_at(played.end_beats))
        return True

    def clear(self) -> None:
        """Forget every note."""
        self._entries.clear()
        self.window.clear()
