"""A line: what one group of outputs gets, in its own time: notes of answers, clicks, keys passed on, MIDI clock."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from improvd.live.clock import Clock, Shifted
from improvd.live.clock_out import ClockOut
from improvd.live.ledger import Ledger, Message, neutral
from improvd.live.scheduler import NoteEvent, Scheduler


@dataclass(frozen=True, slots=True)
class Lane:
    """This is what some outputs have in common: how much later they get everything, and whether they click."""

    offset_s: float = 0.0
    clicks: bool = True


@dataclass(frozen=True, slots=True)
class Due:
    """This is a message to send now, and how late it is."""

    message: Message
    lateness_s: float = 0.0


class Line:
    """This plans for the outputs of one lane, and knows what sounds there.

    Attributes:
        lane: which outputs.
        scheduler, ledger: what is planned, and what sounds.
        clock_out: the MIDI clock among the notes, where it is shared.
    """

    def __init__(self, lane: Lane, clock: Clock, max_lateness_s: float, clean_channel: int) -> None:
        """Begin with nothing planned; a channel is rid of pedal and bend when another answer begins on it."""
        self.lane = lane
        self.timeline = Shifted(clock, lane.offset_s)
        self.scheduler = Scheduler(self.timeline, max_lateness_s)
        self.ledger = Ledger()
        self.clock_out: ClockOut | None = None
        self._clean_channel = clean_channel
        self._begun = 0

    def next_due_s(self) -> float | None:
        """Return when something is due, in seconds; None when nothing is planned."""
        note_s = self.scheduler.next_due_s()
        if self.clock_out is None:
            return note_s
        tick_s = self.clock_out.next_due_s()
        return tick_s if note_s is None else min(note_s, tick_s)

    def pop_due(self, now_s: float) -> Iterator[Due]:
        """Yield what is due by `now_s`, MIDI clock first."""
        if self.clock_out is not None:
            yield from (Due(Message(data)) for data in self.clock_out.pop_due(now_s))
        for event in self.scheduler.pop_due(now_s):
            lateness_s = now_s - self.timeline.time_at(event.due_beats)
            yield from (Due(message, lateness_s) for message in self._sound(event))

    def _sound(self, event: NoteEvent) -> list[Message]:
        if event.velocity == 0:
            return self.ledger.note_off(event.channel, event.pitch, event.note)
        before = self._begin(event) if event.answer > self._begun else []
        return before + self.ledger.note_on(event.channel, event.pitch, event.velocity, event.note, event.answer)

    def _begin(self, event: NoteEvent) -> list[Message]:
        """Return what gives an answer a channel without the player's pedal and bend, if they share it."""
        self._begun = event.answer
        return neutral(event.channel) if event.channel == self._clean_channel else []
