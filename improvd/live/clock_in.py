"""The clock of another: where the song of an outside MIDI clock stands, and how fast it moves."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from improvd.live.clock import FASTEST_BPM, SLOWEST_BPM
from improvd.live.loop_filter import LoopFilter
from improvd.live.tick_count import TickCount
from improvd.music.note import MIDI_CLOCK_PPQ
from improvd.music.timing import beats_to_s

_TICKS_PER_SIXTEENTH = MIDI_CLOCK_PPQ // 4


class ClockState(StrEnum):
    """This is what an outside clock does.

    none: nothing has been heard. waiting: it was started or continued, and its first tick is awaited. locking, locked:
    it ticks, and its tempo is known roughly, or well. stopped: it was stopped, whether it goes on ticking or not.
    lost: its ticks ceased without a stop.
    """

    NONE = "none"
    WAITING = "waiting"
    LOCKING = "locking"
    LOCKED = "locked"
    STOPPED = "stopped"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Reading:
    """This is where the song stands at a moment; while it rolls, it goes on in a straight line at `bpm`.

    Attributes:
        at_s: seconds of `time.monotonic`; the moment of the last tick, smoothed.
        song_beats: quarter notes from song position 0, which is a bar line.
        bpm: quarter notes per minute, 20-300.
    """

    at_s: float
    song_beats: float
    bpm: float


class ClockIn:
    """This follows a MIDI clock; it is told each message with the moment it came (`time.monotonic`), in order.

    The first tick after start or continue is the song position itself, each further one is 1/24 of a beat later, and
    so is the first one after a stop and continue. Ticks alone tell the tempo. A song position is where the next tick
    of a rolling song stands, or the first one after the next continue.

    Six intervals without a tick, 150 ms at least, and the clock is lost. When ticks come back and nothing else did,
    nobody knows how many were missed. A master that pauses says stop; so it is taken for a cable that was out, and the
    song stands where it would, had it gone on at its tempo. Should the first ticks back not be in the rhythm of those
    before, after 2 s at most, the master itself hung: then it goes on where it was.

    Tempos from 20 to 300 bpm are followed; beyond them the place is not to be relied on.

    Source: MIDI 1.0 Detailed Specification, 'System Real Time Messages' and 'Song Position Pointer'.
    """

    def __init__(self, bpm: float = 120.0, grain_s: float = 0.0) -> None:
        """Begin with a tempo to go by until the second tick.

        Args:
            bpm: that tempo, 20-300.
            grain_s: how coarsely the MIDI system stamps, where it is known: JACK's period. It is found out in about
                seven beats else, where it matters.
        """
        self._loop = LoopFilter(beats_to_s(1 / MIDI_CLOCK_PPQ, bpm))
        self._ticks = TickCount(self._loop, grain_s)
        self._place_ticks = 0
        """Rolling: of the last tick. Else: of the first tick to come."""
        self._jump_ticks: int | None = None
        """Of the next tick, where a rolling song was sent elsewhere."""
        self._state = ClockState.NONE
        self._rolls = False

    # --- what it tells ----------------------------------------------------------------------------

    @property
    def state(self) -> ClockState:
        """What the clock does."""
        if self._state is ClockState.LOCKING and self._loop.is_locked:
            return ClockState.LOCKED
        return self._state

    @property
    def rolling(self) -> bool:
        """Whether the song moves."""
        return self._rolls and self._state is not ClockState.LOST

    def reading(self) -> Reading:
        """Return the place, and the tempo even while the song stands."""
        bpm = 60 / MIDI_CLOCK_PPQ / self._loop.interval_s
        bpm = min(max(bpm, SLOWEST_BPM), FASTEST_BPM)
        return Reading(self._loop.at_s, self._place_ticks / MIDI_CLOCK_PPQ, bpm)

    def next_s(self) -> float:
        """Return when to `check`, in seconds; infinity while there is nothing to wait for."""
        return self._ticks.silent_from_s() if self._state is ClockState.LOCKING else math.inf

    # --- what it is told --------------------------------------------------------------------------

    def tick(self, at_s: float) -> None:
        """Take in a timing clock (0xF8)."""
        ticks = self._ticks.hear(at_s)
        if self._rolls:
            self._place_ticks += ticks
        self._arrive()
        if self._state is not ClockState.STOPPED:
            self._state = ClockState.LOCKING

    def start(self, at_s: float) -> None:
        """Take in a start (0xFA): the next tick is at song position 0."""
        self.locate(0, at_s)
        self.go_on(at_s)

    def go_on(self, at_s: float) -> None:
        """Take in a continue (0xFB): the next tick is at the place where the song stands."""
        if not self.rolling:
            self._stand()
            self._state = ClockState.WAITING

    def stop(self, at_s: float) -> None:
        """Take in a stop (0xFC)."""
        self._stand()
        self._state = ClockState.STOPPED

    def locate(self, sixteenths: int, at_s: float) -> None:
        """Take in a song position (0xF2), in sixteenths from the beginning."""
        if self._rolls:
            self._jump_ticks = sixteenths * _TICKS_PER_SIXTEENTH
        else:
            self._place_ticks = sixteenths * _TICKS_PER_SIXTEENTH

    def check(self, now_s: float) -> None:
        """Notice that ticks ceased."""
        if now_s >= self.next_s():
            self._state = ClockState.LOST

    # --- places -----------------------------------------------------------------------------------

    def _arrive(self) -> None:
        """Be where the master said that this tick is, if it did."""
        if self._state is ClockState.WAITING:
            self._rolls = True
            self._ticks.forget()
        elif self._jump_ticks is not None:
            self._place_ticks, self._jump_ticks = self._jump_ticks, None
            self._ticks.forget()

    def _stand(self) -> None:
        """Stand still at the tick to come."""
        if self._rolls:
            self._place_ticks = self._place_ticks + 1 if self._jump_ticks is None else self._jump_ticks
        self._rolls, self._jump_ticks = False, None
