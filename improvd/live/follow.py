"""Following: the tempo and beat of free playing are found in the phrase, and clock, grid and window go along.

Only while nobody else gives the beat: an outside clock, a click, a clock for others. The tempo is set in the silence
that ends a phrase, never while an answer is on its way or plays; the notes of the phrase are then laid on the
new grid, whose bars count from the beat of the first one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from improvd.config import Config
from improvd.live.clock import FASTEST_BPM
from improvd.live.follower import Follower
from improvd.live.grid import Grid
from improvd.live.keystrokes import TYPED
from improvd.live.listener import Onset, PlayedNote
from improvd.live.reading import Reading
from improvd.live.timebase import Timebase
from improvd.live.window import WINDOW_NOTES, Window, WindowNote
from improvd.music.note import TICKS_PER_BEAT
from improvd.protocol import Downbeat, SetTempo

FOLLOW = "follow"
SAME_TEMPO, SAME_BEATS = 0.005, 1 / TICKS_PER_BEAT
"""A tempo, as a share, and a downbeat that are so near to those in force stay as they are."""

_SAME_S = 1e-6


def follows(config: Config, *, led: bool) -> bool:
    """Return whether the tempo is found in what is played; `led`: a clock outside gives it."""
    clock = config.clock
    unheard = not config.tells_beat and clock.phase == "first-note"
    return not led and (clock.source == FOLLOW or (clock.source == "auto" and unheard))


@dataclass(slots=True)
class _Laid:
    """This is a note of the phrase, and where the window has it."""

    onset: Onset
    note: WindowNote
    end_s: float | None = None


@dataclass(slots=True)
class _Phrase:
    """This is what was played since the phrase began.

    Attributes:
        typed: whether on the computer keyboard, in no rhythm worth following.
        judged: whether its tempo was looked for, with all that was played so far.
    """

    first_s: float = 0.0
    notes: list[_Laid] = field(default_factory=list)
    typed: bool = False
    judged: bool = False


class Follow:
    """This follows one phrase after another, for the conductor, whose time base and window it shares.

    Attributes:
        source: from where what is played comes now.
        begin_ticks: where the phrase begins, once it is laid anew.
    """

    def __init__(
        self, config: Config, time: Timebase, window: Window, say: Callable[[SetTempo | Downbeat], None]
    ) -> None:
        self.source = ""
        self.begin_ticks = 0
        self._config, self._time, self._window, self._say = config, time, window, say
        self._follower = Follower(config.clock.bpm)
        self._phrase = _Phrase()

    # --- what it is told ---------------------------------------------------------------------

    def configure(self, config: Config) -> None:
        """Take other settings from now on."""
        self._config = config

    def tempo_set(self, bpm: float) -> None:
        """Take in that somebody set a tempo: it is believed."""
        self._follower.told(bpm)

    def strike(self, onset: Onset, note: WindowNote, *, begins: bool) -> None:
        """Take in a note of the phrase, or the first of another one."""
        if begins:
            self._phrase = _Phrase(onset.at_s)
            self._follower.begin()
        self._phrase.typed |= self.source == TYPED
        self._phrase.notes = [*self._phrase.notes[1 - WINDOW_NOTES :], _Laid(onset, note)]
        self._phrase.judged = False
        self._follower.strike(onset.at_s, onset.pitch)

    def end(self, played: PlayedNote) -> None:
        """Take in that a note ended."""
        self._follower.end(played.onset.at_s, played.onset.pitch, played.end_s)
        for laid in self._phrase.notes:
            if laid.onset == played.onset:
                laid.end_s = played.end_s

    # --- what it does ------------------------------------------------------------------------

    def next_s(self, *, waits: bool) -> float:
        """Return when `tick` has something to do; `waits`: a phrase is played, and no answer to it is on its way."""
        if not waits or self._phrase.judged or self._phrase.typed or not follows(self._config, led=self._time.led):
            return math.inf
        return self._follower.next_s()

    def tick(self, now_s: float, grid: Grid, *, waits: bool) -> Grid:
        """Judge the phrase when it is time to, and go along with what is found; return the grid from now on."""
        if now_s < self.next_s(waits=waits) - _SAME_S:
            return grid
        self._phrase.judged = True
        reading = self._follower.find(now_s)
        return grid if reading is None else self._go_along(reading, now_s, grid)

    def _go_along(self, reading: Reading, now_s: float, grid: Grid) -> Grid:
        """Set the tempo and the downbeat, and lay the phrase on the new grid, unless it lies there already."""
        bpm, first_s = min(round(reading.bpm, 1), FASTEST_BPM), self._phrase.first_s
        same = abs(bpm / self._time.bpm - 1) < SAME_TEMPO
        downbeat = self._time.beats_at(reading.beat_near(first_s))
        if same and abs(downbeat - grid.origin_beats) < SAME_BEATS:
            return grid
        self._follower.bpm = bpm
        self._time.retempo(bpm, now_s)
        self._say(SetTempo(bpm))
        return self._lay(self._time.beats_at(reading.beat_near(first_s)), grid)

    def _lay(self, downbeat: float, grid: Grid) -> Grid:
        """Lay the phrase where a bar begins at a place of the clock, and its first note there or before."""
        self._say(Downbeat(downbeat))
        first = self._time.beats_at(self._phrase.first_s)
        inside = self._window.take_out([laid.note for laid in self._phrase.notes])
        pickup_ticks = max(round((downbeat - first) * TICKS_PER_BEAT), 0)
        grid = grid.with_downbeat(downbeat, self._window.end_ticks + pickup_ticks)
        self._window.lay(self._places(grid, inside))
        self.begin_ticks = self._ticks_at(grid, self._phrase.first_s, self._phrase.notes[0].note)
        return grid

    def _places(self, grid: Grid, inside: Sequence[WindowNote]) -> Iterator[tuple[WindowNote, int, int]]:
        """Yield where the notes that are still in the window lie on a grid, and where they end as far as is known."""
        for note in inside:
            struck = [laid for laid in self._phrase.notes if laid.note is note]
            end_s = max(laid.onset.at_s if laid.end_s is None else laid.end_s for laid in struck)
            yield note, self._ticks_at(grid, struck[0].onset.at_s, note), grid.ticks_at(self._time.beats_at(end_s))

    def _ticks_at(self, grid: Grid, at_s: float, note: WindowNote) -> int:
        """Return where a note lies that was struck at a moment: as played or as written, as the model reads it."""
        return grid.read_at(self._time.beats_at(at_s), as_played=not note.rewritten)
