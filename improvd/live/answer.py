"""The answer: where it begins and ends, what of it is drawn, and what of it has sounded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import inf

from improvd.live.grid import Grid
from improvd.live.groove import AS_DRAWN, Groove
from improvd.live.window import Window, WindowNote
from improvd.music.note import TICKS_PER_BEAT
from improvd.protocol import GridNote, PlannedNote, Sounded

_NOTE_ON = 0x90
_SHORTEST_BEATS = 1 / TICKS_PER_BEAT


@dataclass(frozen=True, slots=True)
class Span:
    """This is where an answer begins, strikes its last chord on a strong beat, and ends; in ticks."""

    begin_ticks: int
    final_ticks: int
    end_ticks: int


@dataclass(frozen=True, slots=True)
class Chunk:
    """This is the next piece of an answer to draw; fields as in `Ask`."""

    begin_ticks: int
    until_ticks: int
    strike: bool


@dataclass(slots=True)
class _Planned:
    """This is a note of the answer; `note` is its place in the window."""

    onset_beats: float
    note: WindowNote
    sounded: bool = False
    ended: bool = False
    withdrawn: bool = False


def span_of(grid: Grid, begin_ticks: int, call_ticks: int, *, in_bars: bool, max_bars: int) -> Span:
    """Return the span of an answer about as long as its call, `max_bars` at most.

    In bars it has whole bars, and strikes its last chord on the last strong beat in them, one bar
    later where that is where it begins. Otherwise it strikes its last chord on the strong beat
    nearest to where the call's last beat would be, and holds it for a beat.
    """
    most_ticks = grid.meter.bar_ticks * max_bars
    if not in_bars:
        return _span_in_beats(grid, begin_ticks, min(call_ticks, most_ticks), begin_ticks + most_ticks)
    bar = grid.meter.bar_ticks
    end_ticks = begin_ticks + min(max(round(call_ticks / bar) * bar, bar), most_ticks)
    if grid.strong_ticks(begin_ticks, end_ticks) == [begin_ticks]:
        end_ticks = begin_ticks + min(2 * bar, most_ticks)
    return Span(begin_ticks, grid.strong_ticks(begin_ticks, end_ticks)[-1], end_ticks)


def _span_in_beats(grid: Grid, begin_ticks: int, length_ticks: int, latest_ticks: int) -> Span:
    wanted = begin_ticks + max(length_ticks - TICKS_PER_BEAT, TICKS_PER_BEAT)
    strong = grid.strong_ticks(begin_ticks + 1, latest_ticks - TICKS_PER_BEAT + 1)
    final_ticks = min(strong, key=lambda ticks: (abs(ticks - wanted), -ticks), default=wanted)
    return Span(begin_ticks, final_ticks, final_ticks + TICKS_PER_BEAT)


class Answer:
    """This is one answer, from its plan to its last note_off.

    Attributes:
        number: as in `Play`.
        span: where it lies.
        start_beats: where it begins on the player's clock.
        start: on what it begins: now, beat or bar.
        drawn_until: up to which tick it is drawn; beyond `span.final_ticks`: wholly.
        chunks: how many pieces have been drawn.
        begun: whether its beginning is drawn and its time has come.
        cut: whether it was taken back before its end.
    """

    def __init__(self, number: int, grid: Grid, span: Span, start_beats: float, start: str) -> None:
        self.number = number
        self.grid = grid
        self.span = span
        self.start_beats = start_beats
        self.start = start
        self.drawn_until = span.begin_ticks
        self.chunks = 0
        self.begun = False
        self.cut = False
        self._planned: list[_Planned] = []

    @property
    def drawn(self) -> bool:
        """Whether nothing is left to draw."""
        return self.drawn_until > self.span.final_ticks

    @property
    def end_beats(self) -> float:
        """Where it ends on the player's clock."""
        return self.beats_at(self.span.end_ticks)

    def beats_at(self, ticks: float) -> float:
        """Return when a tick of this answer sounds, in beats of the player's clock."""
        return self.start_beats + (ticks - self.span.begin_ticks) / TICKS_PER_BEAT

    def share_at(self, beats: float) -> float:
        """Return how much of this answer has passed at a place of the player's clock, 0-1."""
        return min(max((beats - self.start_beats) / (self.end_beats - self.start_beats), 0.0), 1.0)

    def next_chunk(self) -> Chunk:
        """Return the piece to draw next: up to a beat, at last the chord on the final strong beat."""
        begin, final = self.drawn_until, self.span.final_ticks
        if begin >= final:
            return Chunk(final, final + 1, True)
        first = self.span.begin_ticks
        following = begin + TICKS_PER_BEAT - (begin - first) % TICKS_PER_BEAT
        return Chunk(begin, min(following, final), begin == first)

    def move_to(self, begin_ticks: int, start_beats: float) -> None:
        """Begin elsewhere, as long as before; only while nothing has been taken in."""
        length = self.span.end_ticks - self.span.begin_ticks
        max_bars = -(-length // self.grid.meter.bar_ticks)
        self.span = span_of(self.grid, begin_ticks, length, in_bars=self.start == "bar", max_bars=max_bars)
        self.start_beats = start_beats
        self.drawn_until = begin_ticks

    def skip_to(self, playhead_beats: float) -> bool:
        """Give up drawing what the playhead has passed, and return whether there was any."""
        before = self.drawn_until
        while not self.drawn and self.beats_at(self.drawn_until) < playhead_beats:
            self.drawn_until = self.next_chunk().until_ticks
        return self.drawn_until != before

    def take(
        self,
        notes: Iterable[GridNote],
        chunk: Chunk,
        window: Window,
        *,
        earliest_beats: float,
        channel: int,
        groove: Groove = AS_DRAWN,
    ) -> tuple[tuple[PlannedNote, ...], int]:
        """Take in what was drawn for a chunk, up to its end; a groove moves where it sounds.

        Returns:
            the notes to play, and how many came too late: their onset lies before `earliest_beats`.
        """
        self.drawn_until = max(self.drawn_until, chunk.until_ticks)
        self.chunks += 1
        inside = [note for note in notes if chunk.begin_ticks <= note[0] < chunk.until_ticks]
        timely = [note for note in inside if self.beats_at(note[0]) >= earliest_beats]
        return tuple(self._plan(timely, window, channel, groove)), len(inside) - len(timely)

    def sounded(self, message: Sounded, window: Window) -> None:
        """Take in that a note has begun or ended, so that the window holds what was heard."""
        same = [planned for planned in self._planned if planned.note.pitch == message.data[1]]
        if message.data[0] & 0xF0 == _NOTE_ON and message.data[2] > 0:
            waiting = [planned for planned in same if not planned.sounded]
            if waiting:
                self._confirm(min(waiting, key=lambda p: abs(p.onset_beats - message.at_beats)), window)
            return
        ending = next((planned for planned in same if planned.sounded and not planned.ended), None)
        if ending is not None:
            ending.ended = True
            self._shorten(ending.note, message.at_beats, window)

    def withdraw(self, window: Window, after_beats: float = -inf) -> None:
        """Take what has not sounded out of the window, as far as it begins after a place of the clock."""
        for planned in self._planned:
            if planned.note.planned and planned.onset_beats > after_beats:
                planned.withdrawn = True
                window.discard(planned.note)

    def _plan(self, notes: Iterable[GridNote], window: Window, channel: int, groove: Groove) -> Iterator[PlannedNote]:
        """Put notes into the window and yield them for the player; the last chord is held to the end."""
        for onset, _, pitch, duration, velocity in notes:
            end = self.span.end_ticks
            length = end - onset if onset >= self.span.final_ticks else max(1, min(duration, end - onset))
            note = window.add(onset, pitch, velocity, duration_ticks=length, planned=True)
            onset_beats, end_beats = self.beats_at(groove.place(onset)), self.beats_at(groove.place(onset + length))
            self._planned.append(_Planned(onset_beats, note))
            yield (onset_beats, max(end_beats - onset_beats, _SHORTEST_BEATS), pitch, velocity, channel)

    def _confirm(self, planned: _Planned, window: Window) -> None:
        note = planned.note
        planned.sounded, note.planned = True, False
        if planned.withdrawn:
            planned.note = window.add(note.onset_ticks, note.pitch, note.velocity, duration_ticks=note.duration_ticks)

    def _shorten(self, note: WindowNote, end_beats: float, window: Window) -> None:
        """Let a note of an answer that was cut end where it did; else it ends where planned, to the tick."""
        if self.cut:
            end_ticks = self.span.begin_ticks + round((end_beats - self.start_beats) * TICKS_PER_BEAT)
            window.end(note, min(end_ticks, note.end_ticks))
