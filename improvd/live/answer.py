"""The answer: where it begins and ends, what of it is drawn, and what of that the player has."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from math import ceil, inf, isnan, nan

from improvd.live.bar import Bar, Row
from improvd.live.committed import Committed
from improvd.live.grid import Grid
from improvd.live.groove import AS_DRAWN, Groove
from improvd.live.span import Chunk, Span, piece_of, span_of
from improvd.live.window import Window
from improvd.music.note import TICKS_PER_BEAT
from improvd.protocol import GridNote, PlannedNote, Sounded

REST_TICKS = 6
"""What is drawn anew of a bar begins on a sixteenth."""

PLACES_TICKS = (TICKS_PER_BEAT, TICKS_PER_BEAT // 2, REST_TICKS)
"""Where a note is put into a rest: on a beat, else on an eighth, else on a sixteenth."""

PROMISED_BEATS = 23 / 24
"""A turned temperature is heard this soon, also where the music rests: a beat, less the way of a key press."""

_SHORTEST_BEATS = 1 / TICKS_PER_BEAT


class Answer:
    """This is one answer, from its plan to its last note_off.

    Attributes:
        number: as in `Play`; 0 for one that is not given.
        exchange: number of the exchange, for the noise.
        grid, span: where it lies.
        call_ticks: where its call begins.
        start_beats: where it begins on the player's clock.
        start: on what it begins: now, beat or bar.
        bars: what is drawn and not wholly committed.
        pieces: how many have been drawn.
        turns: how often other notes came to play: what was asked for before goes on from notes that do not play.
        drawn_until: up to which tick it is drawn; beyond `span.final_ticks`: wholly.
        committed_until: up to which tick the player has it.
        begun: whether its beginning is drawn and its time has come.
        cut: whether it was taken back before its end.
    """

    def __init__(
        self, number: int, grid: Grid, span: Span, start_beats: float, start: str, *, call_ticks: int = -1,
        exchange: int = 0,
    ) -> None:  # fmt: skip
        self.number, self.exchange = number, exchange
        self.grid, self.span, self.call_ticks = grid, span, call_ticks
        self.start_beats, self.start = start_beats, start
        self.bars: list[Bar] = []
        self.pieces = self.turns = 0
        self.drawn_until = self.committed_until = span.begin_ticks
        self.begun = self.cut = False
        self._committed = Committed()
        self._temperature, self._promised_beats = nan, inf

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

    # --- drawing -----------------------------------------------------------------------------

    def next_chunk(self) -> Chunk:
        """Return the piece to draw next."""
        return piece_of(self.grid, self.span, self.drawn_until)

    def rest_of(self, bar: Bar, from_beats: float) -> Chunk | None:
        """Return what of a bar can be drawn anew, if it may begin at a place of the clock; None: nothing."""
        if self.beats_at(bar.chunk.begin_ticks) >= from_beats and bar.chunk.begin_ticks >= self.committed_until:
            return bar.chunk
        begin = self._earliest(bar, from_beats)
        begin += -begin % REST_TICKS
        return Chunk(begin, bar.chunk.until_ticks, False) if begin < bar.chunk.until_ticks else None

    def struck_rest_of(self, bar: Bar, from_beats: float, groove: Groove) -> Chunk | None:
        """Return what of a bar to draw anew so that a note sounds as soon as promised; None: one does, or none can."""
        if self._promised_beats == inf or self._sounds_in_time(groove):
            return None
        earliest = self._earliest(bar, from_beats)
        begins = [earliest + -earliest % place for place in PLACES_TICKS]
        begins = [at for at in begins if at < self._reach(bar.chunk) and self._in_time(at, groove)]
        return Chunk(begins[0], bar.chunk.until_ticks, True) if begins else None

    def _sounds_in_time(self, groove: Groove) -> bool:
        """Return whether a note that was promised is drawn, and not committed yet."""
        return any(
            bar.plays(self._temperature, onset) and self._in_time(onset, groove)
            for bar in self.bars
            for onset, *_ in self._inside(bar, self.committed_until, self.drawn_until)
        )

    def _in_time(self, ticks: int, groove: Groove) -> bool:
        return self.beats_at(groove.place(ticks)) <= self._promised_beats

    def _earliest(self, bar: Bar, from_beats: float) -> int:
        """Return the first tick of a bar that is not committed, from a place of the clock on."""
        earliest = self.span.begin_ticks + ceil((from_beats - self.start_beats) * TICKS_PER_BEAT)
        return max(earliest, self.committed_until, bar.chunk.begin_ticks)

    def move_to(self, begin_ticks: int, start_beats: float) -> None:
        """Begin elsewhere, as long as before; only while nothing has been taken in."""
        length = self.span.end_ticks - self.span.begin_ticks
        max_bars = -(-length // self.grid.meter.bar_ticks)
        self.span = span_of(self.grid, begin_ticks, length, in_bars=self.start == "bar", max_bars=max_bars)
        self.start_beats = start_beats
        self.drawn_until = self.committed_until = begin_ticks

    def skip_to(self, playhead_beats: float) -> bool:
        """Give up drawing the beats that the playhead has passed, and return whether there was any."""
        before, final = self.drawn_until, self.span.final_ticks
        while not self.drawn and self.beats_at(self.drawn_until) < playhead_beats:
            into_beat = (self.drawn_until - self.span.begin_ticks) % TICKS_PER_BEAT
            following = self.drawn_until + TICKS_PER_BEAT - into_beat
            self.drawn_until = min(following, final) if self.drawn_until < final else final + 1
            self.committed_until = self.drawn_until
        return self.drawn_until != before

    def take(self, chunk: Chunk, temperatures: Sequence[float], rows: Sequence[Row], *, turns: int = 0) -> None:
        """Take in what was drawn for the next piece, asked for after so many turns."""
        self.bars.append(Bar(self.pieces, chunk, temperatures, rows))
        self.bars[-1].stale = turns != self.turns
        self.pieces += 1
        self.drawn_until = max(self.drawn_until, self._reach(chunk))

    def put(
        self, bar: Bar, chunk: Chunk, temperatures: Sequence[float], rows: Sequence[Row], *, turns: int = 0
    ) -> None:
        """Take in further rows that were drawn for the rest of a bar, unless other notes play by now."""
        if turns != self.turns:
            return
        if chunk.strike and chunk.begin_ticks >= self.committed_until and self._temperature in temperatures:
            self._promised_beats = inf  # kept as well as it could be
        if bar.put(chunk, temperatures, rows):
            self._turned(bar)

    def kept(self, until_ticks: int) -> list[GridNote]:
        """Return what will play of what is drawn and not committed, onsets before a tick."""
        return [note for bar in self.bars for note in self._inside(bar, self.committed_until, until_ticks)]

    def turn(self, temperature: float, at_beats: float) -> None:
        """Let the rows of a temperature play on, where there are any; what was drawn after other ones is stale.

        A note at another temperature than before is promised from that place of the clock on.
        """
        if temperature != self._temperature:
            self._promised_beats = inf if isnan(self._temperature) else at_beats + PROMISED_BEATS
            self._temperature = temperature
        for bar in self.bars:
            if bar.turn(temperature):
                self._turned(bar)

    def _turned(self, bar: Bar) -> None:
        """Take in that other notes of a bar play."""
        self.turns += 1
        for later in self.bars[self.bars.index(bar) + 1 :] if bar in self.bars else ():
            later.stale = True

    # --- committing --------------------------------------------------------------------------

    def next_due_beats(self, groove: Groove = AS_DRAWN) -> float:
        """Return where the first note sounds that the player has not got; infinite if none is drawn."""
        kept = self.kept(self.drawn_until)
        return self.beats_at(groove.place(kept[0][0])) if kept else inf

    def commit(
        self, until_beats: float, window: Window, *, earliest_beats: float, channel: int, groove: Groove = AS_DRAWN
    ) -> tuple[tuple[PlannedNote, ...], int]:
        """Return the notes that sound by a place of the clock and the player has not got, and put them into the window.

        Returns:
            the notes to play, and how many came too late: their onset lies before `earliest_beats`.
        """
        before = self.committed_until
        while self.committed_until < self.drawn_until and self._sounds_by(until_beats, groove):
            self.committed_until += 1
        due = [(bar, note) for bar in self.bars for note in self._inside(bar, before, self.committed_until)]
        self.bars = [bar for bar in self.bars if bar.chunk.until_ticks > self.committed_until]
        timely = [(bar, note) for bar, note in due if self.beats_at(note[0]) >= earliest_beats]
        if any(bar.plays(self._temperature, note[0]) for bar, note in timely):
            self._promised_beats = inf
        return tuple(self._plan((note for _, note in timely), window, channel, groove)), len(due) - len(timely)

    def sounded(self, message: Sounded, window: Window) -> None:
        """Take in that a note has begun or ended, so that the window holds what was heard.

        A note of an answer that was cut ends where it did; else it ends where planned, to the tick.
        """
        ended = self._committed.sounded(message, window)
        if ended is not None and self.cut:
            end_ticks = self.span.begin_ticks + round((message.at_beats - self.start_beats) * TICKS_PER_BEAT)
            window.end(ended, min(end_ticks, ended.end_ticks))

    def withdraw(self, window: Window, after_beats: float = -inf) -> None:
        """Take what has not sounded out of the window, as far as it begins after a place of the clock."""
        self._committed.withdraw(window, after_beats)

    def _inside(self, bar: Bar, from_ticks: int, until_ticks: int) -> Iterator[GridNote]:
        """Yield what plays of a bar, as long as this answer lets it: the last chord is held to the end."""
        end, final = self.span.end_ticks, self.span.final_ticks
        from_ticks, until_ticks = max(from_ticks, bar.chunk.begin_ticks), min(until_ticks, self._reach(bar.chunk))
        for onset, part, pitch, duration, velocity in bar.notes(from_ticks, until_ticks):
            yield onset, part, pitch, end - onset if onset >= final else max(1, min(duration, end - onset)), velocity

    def _reach(self, chunk: Chunk) -> int:
        """Return up to where a piece plays: one that was drawn for elsewhere leaves the last chord to be drawn."""
        final = self.span.final_ticks
        return chunk.until_ticks if chunk.begin_ticks >= final else min(chunk.until_ticks, final)

    def _sounds_by(self, beats: float, groove: Groove) -> bool:
        return self.beats_at(groove.place(self.committed_until)) <= beats

    def _plan(self, notes: Iterable[GridNote], window: Window, channel: int, groove: Groove) -> Iterator[PlannedNote]:
        """Put notes into the window and yield them for the player."""
        for onset, _, pitch, duration, velocity in notes:
            note = window.add(onset, pitch, velocity, duration_ticks=duration, planned=True)
            onset_beats, end_beats = self.beats_at(groove.place(onset)), self.beats_at(groove.place(onset + duration))
            self._committed.plan(onset_beats, note)
            yield (onset_beats, max(end_beats - onset_beats, _SHORTEST_BEATS), pitch, velocity, channel)
