"""The timekeeper: the clock, where the song stands on it, and who moves both: improvd, or a clock outside.

Beats of the clock only ever go on. A song that starts again, or jumps, does not move them: its
beginning, `downbeat_beats`, comes to lie elsewhere.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from improvd.live.clock import Clock
from improvd.live.clock_out import CONTINUE, SIXTEENTHS_PER_BEAT, START, STOP
from improvd.live.leader import Lead, Leader, LinkLeader, MidiLeader
from improvd.live.link import LinkPeer
from improvd.music.note import MIDI_CLOCK_PPQ
from improvd.music.timing import Meter, s_to_beats
from improvd.protocol import Anchor, SetClock, SetTempo, Setup, Transport

INTERNAL = "internal"
Join = Callable[[float, float], LinkPeer]
"""Joins a Link session, given tempo and length of a bar in beats; `link.join`, or a fake."""

LEAD_S = 0.020
"""A song starts this much after it was asked for, so that what goes before its first tick is heard before it."""

JUMP_BEATS = 0.25
"""A leader that is farther off than this has jumped; nearer, improvd's clock moves to it."""

STRAYED_BEATS = 0.01
"""Where the music is, is told anew when it comes to be so far from where the last word would have it."""

_SAME_BEATS = 1e-9
_TICK_BEATS = 1 / MIDI_CLOCK_PPQ


@dataclass(frozen=True, slots=True)
class Turn:
    """This is what those who hear improvd's clock are told: `what` is START, CONTINUE or STOP, at a place of it."""

    what: int
    at_beats: float = 0.0
    song_beats: float = 0.0


class Timekeeper:
    """This keeps the time; it is told of orders and of what clocks outside say.

    Attributes:
        clock: ties seconds to beats.
        meter: the time signature.
        downbeat_beats: the song's beginning on the clock.
        rolling: whether the song moves.
        source: who gives the tempo now: internal, midi or link.
    """

    def __init__(self, setup: Setup, clock: Clock, join: Join) -> None:
        self.clock = clock
        self.meter = Meter(setup.numerator, setup.denominator)
        self.downbeat_beats = 0.0
        self.rolling = True
        self.source = INTERNAL
        self._orders = SetClock(INTERNAL, "off", "wait", 0.0)
        self._join = join
        self._leader: Leader | None = None
        self._state = ""
        self._along = False
        self._stood_beats = 0.0
        self._metre_beats = 0.0
        """Where in the song the metre changed last, and bars count from."""
        self._counts_from = self._rolls_from = math.inf
        self._turns: list[Turn] = []
        self._told: Anchor | None = None

    # --- told --------------------------------------------------------------------------------

    def take_turns(self) -> list[Turn]:
        """Return what those who hear our clock are to be told since the last call."""
        turns, self._turns = self._turns, []
        return turns

    def anchor(self, now_s: float) -> Anchor:
        """Return where the music is."""
        clock, meter = self.clock, self.meter
        self._told = Anchor(
            now_s, clock.beats_at(now_s), clock.bpm_at(now_s), meter.numerator, meter.denominator,
            self.bar_line_beats, self.source, self._state, self.rolling,
        )  # fmt: skip
        return self._told

    def has_strayed(self, now_s: float) -> bool:
        """Return whether the music is not where the last anchor would have it."""
        told = self._told
        if told is None:
            return False
        expected = told.at_beats + s_to_beats(now_s - told.at_s, told.bpm)
        return abs(self.clock.beats_at(now_s) - expected) > STRAYED_BEATS

    @property
    def bar_line_beats(self) -> float:
        """The bar line on the clock that bars count from: the song's beginning, or where the metre changed last."""
        return self.downbeat_beats + self._metre_beats

    @property
    def counting(self) -> bool:
        """Whether a start is being counted in."""
        return self._counts_from < math.inf

    def counts_at(self, beats: float) -> bool:
        """Return whether a place of the clock is counted in."""
        return self._counts_from - _SAME_BEATS <= beats < self._rolls_from - _SAME_BEATS

    def rolls_at(self, beats: float) -> bool:
        """Return whether the song moves at a place of the clock, as far as is known."""
        return self.rolling or beats >= self._rolls_from - _SAME_BEATS

    def next_s(self) -> float:
        """Return when `tick` has something to do; infinite if never."""
        rolls_s = self.clock.time_at(self._rolls_from) if self._rolls_from < math.inf else math.inf
        return min(rolls_s, self._leader.next_s() if self._leader else math.inf)

    def tick(self, now_s: float) -> bool:
        """Notice that a song counted in begins, or what a leader does; return whether the song changed by it."""
        if self.clock.beats_at(now_s) >= self._rolls_from - _SAME_BEATS:
            self._counts_from = self._rolls_from = math.inf
            self.rolling = True
            return True
        return self._leader is not None and now_s >= self._leader.next_s() and self._follow(now_s)

    # --- orders ------------------------------------------------------------------------------

    def set_tempo(self, message: SetTempo, now_s: float) -> None:
        """Take another tempo, and tell a Link session; a MIDI clock's is not ours to change."""
        if isinstance(self._leader, LinkLeader):
            self._leader.peer.set_bpm(message.bpm, now_s)
        elif self.source == INTERNAL:
            self.clock.set_bpm(message.bpm, now_s, message.beats)

    def set_meter(self, meter: Meter, now_s: float) -> None:
        """Take another time signature from the last bar line on, or for the whole song of a leader."""
        if self.source != INTERNAL:
            self._metre_beats = 0.0
        elif meter != self.meter:
            bars = (self._song_beats(now_s) - self._metre_beats) // self.meter.bar_beats
            self._metre_beats += max(bars, 0.0) * self.meter.bar_beats
        self.meter = meter
        if isinstance(self._leader, LinkLeader):
            self._leader.peer.bar_beats = meter.bar_beats

    def set_clock(self, message: SetClock, now_s: float) -> None:
        """Go by another clock from now on; a song that the last one had stopped goes on.

        Raises:
            PortError: if that clock is not to be had; then improvd's own is in force.
        """
        before, self._orders = self._orders, message
        if (before.source, before.out) != (message.source, message.out):
            self.close()
            self._leader = self._find_leader(message)
        self._follow(now_s)

    def _find_leader(self, orders: SetClock) -> Leader | None:
        bpm = self.clock.bpm
        if orders.source == "link":
            return LinkLeader(self._join(bpm, self.meter.bar_beats))
        if orders.source == "midi" or (orders.source == "auto" and orders.out == "off"):
            return MidiLeader(bpm, at_once=orders.source == "midi")
        return None

    def close(self) -> None:
        """Leave the leader; the song goes on by improvd's own clock."""
        if isinstance(self._leader, LinkLeader):
            self._leader.peer.close()
        self._leader, self._state, self._along = None, "", False
        self.source, self.rolling = INTERNAL, True

    def push(self, beats: float, now_s: float) -> None:
        """Move the music on or back, unless a leader says where it is."""
        if self.source == INTERNAL:
            self.clock.push(beats, now_s)

    def set_downbeat(self, at_beats: float) -> None:
        """Have the song that moves begin at a place of the clock, unless a leader says where it is."""
        if self.source == INTERNAL and self.rolling:
            self._begin_song(at_beats)
            self._turns.append(Turn(START, at_beats))

    def transport(self, message: Transport, now_s: float) -> None:
        """Start, stop or go on, and so does a Link session; a MIDI clock does it itself."""
        if isinstance(self._leader, LinkLeader):
            (self._leader.peer.stop if message.what == "stop" else self._leader.peer.start)(now_s)
        if self.source == INTERNAL:
            _TRANSPORT[message.what](self, message, now_s)

    def _start(self, message: Transport, now_s: float) -> None:
        if self.rolling and message.bars:
            self._turns.append(Turn(STOP))
        self._counts_from = self.clock.beats_at(now_s + LEAD_S)
        self._begin(Turn(START, self._counts_from + message.bars * self.meter.bar_beats))

    def _go_on(self, _message: Transport, now_s: float) -> None:
        if not self.rolling:
            sixteenth = math.ceil(self._stood_beats * SIXTEENTHS_PER_BEAT - _SAME_BEATS)
            self._begin(Turn(CONTINUE, self.clock.beats_at(now_s + LEAD_S), sixteenth / SIXTEENTHS_PER_BEAT))

    def _begin(self, turn: Turn) -> None:
        self.rolling, self._rolls_from = False, turn.at_beats
        self._begin_song(turn.at_beats - turn.song_beats, self._metre_beats if turn.what == CONTINUE else 0.0)
        self._turns.append(turn)

    def _begin_song(self, at_beats: float, metre_beats: float = 0.0) -> None:
        self.downbeat_beats, self._metre_beats = at_beats, metre_beats

    def _song_beats(self, now_s: float) -> float:
        """Return the place in the song, counted in or standing too."""
        stands = not self.rolling and not self.counting
        return self._stood_beats if stands else self.clock.beats_at(now_s) - self.downbeat_beats

    def _stop(self, _message: Transport, now_s: float) -> None:
        self._stood_beats = max(self._song_beats(now_s), 0.0)
        self._counts_from = self._rolls_from = math.inf
        self.rolling = False
        self._turns.append(Turn(STOP))

    # --- a leader ----------------------------------------------------------------------------

    def hear(self, port: str, data: tuple[int, ...], at_s: float, now_s: float) -> bool:
        """Take in a system message of a port; return whether the song, or who gives the tempo, changed by it."""
        leader = self._leader
        if not isinstance(leader, MidiLeader) or not leader.hear(port, data, at_s - self._orders.offset_s):
            return False
        return self._follow(now_s)

    def _follow(self, now_s: float) -> bool:
        """Go where the leader is; return whether the song, or who gives the tempo, changed by it."""
        before = (self.source, self.rolling, self.downbeat_beats, self._state)
        lead = self._leader.lead(now_s) if self._leader else None
        if self._leader and lead:
            self.source, self.rolling, self._state = self._leader.name, lead.rolling, lead.state
            if lead.state == "lost" and self._orders.lost == "go on":
                self.source, self.rolling = INTERNAL, True
            elif lead.state != "lost":
                self._go_along(lead, now_s)
            self._pass_on(before[1], before[2], now_s)
        return before != (self.source, self.rolling, self.downbeat_beats, self._state)

    def _pass_on(self, rolled: bool, downbeat_beats: float, now_s: float) -> None:
        """Tell those who hear our clock what the leader's song does."""
        if rolled and not self.rolling:
            self._turns.append(Turn(STOP))
        elif self.rolling and self._along and (not rolled or downbeat_beats != self.downbeat_beats):
            song_beats = self.clock.beats_at(now_s) - self.downbeat_beats
            sixteenth = max(math.ceil((song_beats - _TICK_BEATS) * SIXTEENTHS_PER_BEAT), 0)
            place = sixteenth / SIXTEENTHS_PER_BEAT
            self._turns.append(Turn(CONTINUE if sixteenth else START, self.downbeat_beats + place, place))

    def _go_along(self, lead: Lead, now_s: float) -> None:
        here = self.clock.beats_at(now_s)
        if lead.song_beats is None:
            self._along = False
            self.clock.follow(now_s, here, lead.bpm, now_s)
            return
        place = self.downbeat_beats + lead.song_beats + s_to_beats(now_s - lead.at_s, lead.bpm)
        if not self._along or abs(place - here) > JUMP_BEATS:
            self._begin_song(self.downbeat_beats + here - place)
            place = here
        self._along = True
        self.clock.follow(now_s, place, lead.bpm, now_s)


_TRANSPORT: dict[str, Callable[[Timekeeper, Transport, float], None]] = {
    "start": Timekeeper._start,
    "stop": Timekeeper._stop,
    "go on": Timekeeper._go_on,
}
