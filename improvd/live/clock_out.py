"""MIDI clock out: 24 ticks a beat, with start, stop, continue and song position, in the time of one output.

Source: MIDI 1.0, System Common and System Real Time Messages. The tick after Start or Continue is the
moment of the song position.
"""

from __future__ import annotations

from dataclasses import dataclass

from improvd.live.clock import Timeline
from improvd.music.note import MIDI_CLOCK_PPQ

SONG_POSITION, TICK, START, CONTINUE, STOP = 0xF2, 0xF8, 0xFA, 0xFB, 0xFC
SIXTEENTHS_PER_BEAT = 4
LAST_SIXTEENTH = 0x3FFF

_HALF_TICK_BEATS = 0.5 / MIDI_CLOCK_PPQ


@dataclass(frozen=True, slots=True)
class _Course:
    """This is where ticks lie: one at `origin_beats`, with a message before it, and the others from there on."""

    origin_beats: float
    message: int = 0


class ClockOut:
    """This gives ticks from now on, also while the song stands: who follows then knows the tempo at the start."""

    def __init__(self, timeline: Timeline, now_s: float) -> None:
        self._timeline = timeline
        self._course = _Course(timeline.beats_at(now_s))
        self._next: _Course | None = None
        self._ticks = 0

    def next_due_s(self) -> float:
        """Return when the next tick is due, in seconds."""
        return self._timeline.time_at(self._due_beats())

    def pop_due(self, now_s: float) -> list[tuple[int, ...]]:
        """Return the messages due by `now_s`; ticks that were missed come all, for the other side counts them."""
        messages: list[tuple[int, ...]] = []
        while self.next_due_s() <= now_s:
            messages += self._pop()
        return messages

    def start(self, at_beats: float) -> None:
        """Have the song start from its beginning at a place of the clock."""
        self._next = _Course(at_beats, START)

    def go_on(self, at_beats: float, song_beats: float) -> list[tuple[int, ...]]:
        """Have the song go on at a place of the clock; return what tells where, to send now."""
        self._next = _Course(at_beats, CONTINUE)
        sixteenth = min(max(round(song_beats * SIXTEENTHS_PER_BEAT), 0), LAST_SIXTEENTH)
        return [(SONG_POSITION, sixteenth & 0x7F, sixteenth >> 7)]

    def stop(self) -> list[tuple[int, ...]]:
        """Return what stops the song now; ticks go on."""
        self._next = None
        return [(STOP,)]

    def _due_beats(self) -> float:
        beats = self._course.origin_beats + self._ticks / MIDI_CLOCK_PPQ
        coming = self._next
        return coming.origin_beats if coming and beats > coming.origin_beats - _HALF_TICK_BEATS else beats

    def _pop(self) -> list[tuple[int, ...]]:
        coming = self._next
        if coming is None or self._due_beats() != coming.origin_beats:
            self._ticks += 1
            return [(TICK,)]
        self._course, self._next, self._ticks = coming, None, 1
        return [(coming.message,), (TICK,)]
