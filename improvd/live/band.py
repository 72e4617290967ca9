"""The band: all lines together. What is asked of it each line does in its own time; of the first one it tells."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from typing import Any, Protocol

from improvd.live.clock import Clock, Shifted
from improvd.live.clock_out import CONTINUE, START, ClockOut
from improvd.live.echo import EchoGuard, is_note
from improvd.live.ledger import NOTE_ON, Ledger, Message
from improvd.live.line import Due, Lane, Line
from improvd.live.scheduler import Scheduler
from improvd.live.timekeeper import Turn
from improvd.protocol import PlannedNote, Setup, Sounded

_LATENESSES = 512
SHARED, OWN = "shared", "own"

Makes = Callable[[Ledger], Iterable[Message]]
"""Returns what a line is to send, from what sounds there."""


class Sends(Protocol):
    """This is what the band needs of the ports."""

    def lanes(self) -> tuple[Lane, ...]:
        """Return what the outputs ask for, the own output's first."""

    def send(self, data: tuple[int, ...], lane: Lane) -> None:
        """Send a MIDI message to the outputs of a lane."""

    def send_clock(self, data: tuple[int, ...]) -> None:
        """Send a message of the MIDI clock to the port that is for it alone."""

    def clock_offset_s(self) -> float:
        """Return how much later that port gets everything."""


class Band:
    """This plays on all lines, and says what the first one sent.

    Attributes:
        echoes: knows what was sent.
        notes_out: note_ons sent by the first line.
    """

    def __init__(self, setup: Setup, clock: Clock, outside: Sends, say: Callable[[Any], None]) -> None:
        self.echoes = EchoGuard()
        self.notes_out = 0
        self._setup, self._clock, self._outside, self._say = setup, clock, outside, say
        self._lines: list[Line] = []
        self._told: list[Sounded] = []
        self._own_clock: ClockOut | None = None
        self._clock_out = "off"
        self._lateness_s: deque[float] = deque(maxlen=_LATENESSES)
        self.assign(0.0)

    # --- what there is ------------------------------------------------------------------

    def assign(self, now_s: float) -> None:
        """Take up the lanes that the outputs ask for now; what sounds on others ends."""
        lanes = self._outside.lanes()
        if lanes == tuple(line.lane for line in self._lines):
            return
        kept = {line.lane: line for line in self._lines}
        for lane in kept.keys() - set(lanes):
            self._send(kept[lane], kept[lane].ledger.silence(), now_s)
        self._lines = [kept.get(lane) or self._new_line(lane) for lane in lanes]
        self.give_clock(self._clock_out, now_s)

    def _new_line(self, lane: Lane) -> Line:
        return Line(lane, self._clock, self._setup.max_lateness_s, self._setup.thru_channel)

    def give_clock(self, out: str, now_s: float) -> None:
        """Give MIDI clock on a port of its own, shared with the notes, or not at all."""
        self._clock_out = out
        own = Shifted(self._clock, self._outside.clock_offset_s())
        self._own_clock = (self._own_clock or ClockOut(own, now_s)) if out == OWN else None
        for line in self._lines:
            line.clock_out = (line.clock_out or ClockOut(line.timeline, now_s)) if out == SHARED else None

    @property
    def _first(self) -> Scheduler:
        return self._lines[0].scheduler

    @property
    def late(self) -> int:
        """Note_ons that came out more than 10 ms late."""
        return self._first.late

    @property
    def dropped(self) -> int:
        """Note_ons that were left out because they were too late."""
        return self._first.dropped

    @property
    def sounding(self) -> tuple[tuple[int, int], ...]:
        """What sounds, as (channel, pitch)."""
        return self._lines[0].ledger.sounding

    def lateness_p99_s(self) -> float:
        """Return the lateness that 99 % of the last notes do not exceed."""
        return percentile(self._lateness_s, 0.99)

    # --- in time ------------------------------------------------------------------------

    def next_due_s(self) -> float | None:
        """Return when `play_due` has something to do, in seconds; None when nothing is planned."""
        due_s = [line.next_due_s() for line in self._lines]
        if self._own_clock is not None:
            due_s.append(self._own_clock.next_due_s())
        return min((s for s in due_s if s is not None), default=None)

    def play_due(self, now_s: float) -> None:
        """Send what is due by `now_s`."""
        if self._own_clock is not None:
            for data in self._own_clock.pop_due(now_s):
                self._outside.send_clock(data)
        for line in self._lines:
            for due in line.pop_due(now_s):
                self._play(line, due, now_s)
        self._report()

    def plan(self, answer: int, notes: Iterable[PlannedNote], *, clicks: bool = False) -> None:
        """Plan notes of an answer, or clicks, which only some outputs get."""
        notes = tuple(notes)
        for line in self._lines:
            if line.lane.clicks or not clicks:
                line.scheduler.plan(answer, notes)

    def cancel(self, answer: int, within_beats: float, now_s: float) -> None:
        """Take back what an answer has not sounded yet, and end what sounds within some beats (0: now)."""
        for line in self._lines:
            line.scheduler.cancel(answer, within_beats, now_s)

    def holds(self, answer: int) -> bool:
        """Return whether an answer has anything left, be it only the end of a note that sounds."""
        return any(line.scheduler.holds(answer) for line in self._lines)

    def clear(self) -> None:
        """Forget all plans, note_offs too: the caller silences what sounds."""
        for line in self._lines:
            line.scheduler.clear()

    def turn(self, turn: Turn) -> None:
        """Tell those who hear the MIDI clock that the song starts, goes on or stops."""
        if self._own_clock is not None:
            for data in _told(self._own_clock, turn):
                self._outside.send_clock(data)
        for line in self._lines:
            if line.clock_out is not None:
                for data in _told(line.clock_out, turn):
                    self._outside.send(data, line.lane)

    # --- at once ------------------------------------------------------------------------

    def emit(self, makes: Makes, now_s: float) -> None:
        """Send what `makes` returns for each line, and say what the first one sent."""
        for line in self._lines:
            for message in makes(line.ledger):
                self._play(line, Due(message), now_s)
        self._report()

    def fall_silent(self, now_s: float) -> None:
        """End everything that sounds, without a report: nobody may be there to read it."""
        for line in self._lines:
            self._send(line, line.ledger.silence(), now_s)

    def _play(self, line: Line, due: Due, now_s: float) -> None:
        data = due.message.data
        self._send(line, [due.message], now_s)
        if line is self._lines[0] and is_note(data):
            self.notes_out += data[0] & 0xF0 == NOTE_ON
            if due.message.answer:
                self._lateness_s.append(due.lateness_s)
            at_beats = self._clock.beats_at(now_s)
            self._told.append(Sounded(now_s, at_beats, data, due.message.answer, due.lateness_s))

    def _report(self) -> None:
        """Say what was sent, once all is sent: a chord does not wait for the report of its first note."""
        told, self._told = self._told, []
        for message in told:
            self._say(message)

    def _send(self, line: Line, messages: Iterable[Message], now_s: float) -> None:
        for message in messages:
            self.echoes.sent(message.data, now_s)
            self._outside.send(message.data, line.lane)


def _told(clock_out: ClockOut, turn: Turn) -> list[tuple[int, ...]]:
    if turn.what == START:
        clock_out.start(turn.at_beats)
        return []
    return clock_out.go_on(turn.at_beats, turn.song_beats) if turn.what == CONTINUE else clock_out.stop()


def percentile(values: Iterable[float], share: float) -> float:
    """Return the value that a share (0-1) of the values do not exceed; 0 of no values."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0
