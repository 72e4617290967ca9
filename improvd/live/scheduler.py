"""The scheduler: planned notes come out of it as note_ons and note_offs when they are due."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from improvd.live.clock import Timeline
from improvd.protocol import PlannedNote

LATE_S = 0.010
"""A note_on later than this counts as late, and takes its note_off along so that it keeps its length.

What is less late than anybody hears leaves the note_off in its place: else every
tone of a line would overlap the next one by that much, which a monophonic synth plays as a slur.
"""

_SAME_MOMENT_DIGITS = 6
"""Beats are compared to a millionth, so that 1/3 + 1/3 ends where 2/3 begins."""


@dataclass(frozen=True, slots=True)
class NoteEvent:
    """This is a note_on, or a note_off (velocity 0), at its place in the music.

    Attributes:
        due_beats: when it is to sound, in beats of the clock.
        pitch, channel: 0-127, 0-15.
        velocity: 1-127; 0 is a note_off.
        answer: the answer it belongs to.
        note: the same number for the note_on and the note_off of one note, and for no other.
    """

    due_beats: float
    pitch: int
    velocity: int
    channel: int = 0
    answer: int = 0
    note: int = 0


_Entry = tuple[float, bool, int, NoteEvent, float]
"""(due_beats, is_on, note, event, duration_beats): heapq takes the least, so note_offs before note_ons."""


class Scheduler:
    """This keeps the notes of answers until they are due.

    A note_off enters the queue when its note_on has come out, so none ever
    comes alone.

    Attributes:
        late: note_ons that came out more than 10 ms late.
        dropped: note_ons that were left out because they were too late.
    """

    def __init__(self, clock: Timeline, max_lateness_s: float) -> None:
        self._clock = clock
        self._max_lateness_s = max_lateness_s
        self._queue: list[_Entry] = []
        self._count: Counter[int] = Counter()
        self._last_note = 0
        self.late = 0
        self.dropped = 0

    def plan(self, answer: int, notes: Iterable[PlannedNote]) -> None:
        """Take in notes of an answer, in any order."""
        for onset_beats, duration_beats, pitch, velocity, channel in notes:
            self._last_note += 1
            event = NoteEvent(onset_beats, pitch, velocity, channel, answer, self._last_note)
            self._push(event, duration_beats)

    def pop_due(self, now_s: float) -> list[NoteEvent]:
        """Return the events due by `now_s`, in playing order; note_offs first where they meet note_ons.

        A note_on more than `max_lateness_s` late is dropped, and its note_off
        with it. One that is less late than that keeps its duration. A note_off
        is never dropped: lateness may cost a note, it must not leave one hanging.
        """
        events = []
        while (due_s := self.next_due_s()) is not None and due_s <= now_s:
            *_, event, duration_beats = heapq.heappop(self._queue)
            self._uncount(event.answer)
            if event.velocity == 0 or self._start(event, duration_beats, now_s - due_s, now_s):
                events.append(event)
        return events

    def next_due_s(self) -> float | None:
        """Return when the next event is due, in seconds; None when nothing is planned."""
        return self._clock.time_at(self._queue[0][0]) if self._queue else None

    def cancel(self, answer: int, within_beats: float, now_s: float) -> None:
        """Take back what an answer has not sounded yet, and end what sounds within some beats (0: now)."""
        end_beats = self._clock.beats_at(now_s) + within_beats
        entries, self._queue = self._queue, []
        for entry in entries:
            event = entry[3]
            if event.answer != answer:
                self._queue.append(entry)
                continue
            self._uncount(answer)
            if event.velocity == 0:
                self._push_note_off(event, min(event.due_beats, end_beats))
        heapq.heapify(self._queue)

    def clear(self) -> None:
        """Forget all plans, note_offs too: the caller silences what sounds."""
        self._queue.clear()
        self._count.clear()

    def holds(self, answer: int) -> bool:
        """Return whether an answer has anything left, be it only the end of a note that sounds."""
        return answer in self._count

    def _start(self, event: NoteEvent, duration_beats: float, lateness_s: float, now_s: float) -> bool:
        """Queue the note_off of a due note_on; False if it comes too late to play."""
        if lateness_s > self._max_lateness_s:
            self.dropped += 1
            return False
        onset_beats = event.due_beats
        if lateness_s > LATE_S:
            self.late += 1
            onset_beats = self._clock.beats_at(now_s)
        self._push_note_off(event, onset_beats + duration_beats)
        return True

    def _push_note_off(self, event: NoteEvent, due_beats: float) -> None:
        self._push(NoteEvent(due_beats, event.pitch, 0, event.channel, event.answer, event.note), 0.0)

    def _push(self, event: NoteEvent, duration_beats: float) -> None:
        due_beats = round(event.due_beats, _SAME_MOMENT_DIGITS)
        heapq.heappush(self._queue, (due_beats, event.velocity > 0, event.note, event, duration_beats))
        self._count[event.answer] += 1

    def _uncount(self, answer: int) -> None:
        self._count[answer] -= 1
        if not self._count[answer]:
            del self._count[answer]
