"""The stage: a performer on virtual time, whose clock goes as the player's went by what the log tells of it."""

from __future__ import annotations

from improvd.config import Config
from improvd.live.clock import Clock
from improvd.live.no_ports import NoPorts
from improvd.live.performer import Performer
from improvd.music.timing import beats_to_s
from improvd.protocol import (
    Anchor,
    Cancel,
    Downbeat,
    Panic,
    Play,
    Push,
    SetMeter,
    SetTempo,
    Setup,
    Sounded,
    Transport,
)
from improvd.steering import greeting_of

Order = Play | Cancel | Downbeat | Panic | SetMeter | SetTempo | Push | Transport

HEEDED = (Play, Cancel, Downbeat, Panic, SetMeter)
BY_OUR_CLOCK = (SetTempo, Push, Transport)
"""What moves the clock while improvd gives the tempo; else the anchors alone do."""

INTERNAL = "internal"
NEAR_BEATS = 0.002
"""A clock of improvd's own that is so near to an anchor goes on by itself: it knows how it glides."""


class Stage:
    """This plays what one player was told, and keeps what sounds of answers.

    Attributes:
        sounded: the note messages of answers, in order.
    """

    def __init__(self, config: Config) -> None:
        self.sounded: list[Sounded] = []
        self._setup: Setup = greeting_of(config, inputs=(), thru=False)[0]
        self._clock: Clock | None = None
        self._performer: Performer | None = None
        self._internal = True
        self._answers: set[int] = set()

    def anchor(self, anchor: Anchor) -> None:
        """Go as the player's clock went at the anchor's moment."""
        if self._clock is None:
            self._begin(anchor)
        self.go_to(anchor.at_s)
        self._internal = anchor.source == INTERNAL
        self._follow(anchor)
        if not anchor.rolling and not self._internal:
            for answer in self._answers:
                self.obey(Cancel(answer, 0.0), anchor.at_s)

    def obey(self, order: Order, now_s: float) -> None:
        """Do what the session said to the player at a moment."""
        if self._performer is None or (isinstance(order, BY_OUR_CLOCK) and not self._internal):
            return
        self.go_to(now_s)
        if isinstance(order, Play):
            self._answers.add(order.answer)
        self._performer.obey(order, now_s)

    def go_to(self, now_s: float) -> None:
        """Play all that is due up to a moment, each thing at its own."""
        performer = self._performer
        while performer and (due_s := performer.next_due_s()) is not None and due_s <= now_s:
            performer.play_due(due_s)

    def _begin(self, anchor: Anchor) -> None:
        self._clock = Clock(anchor.bpm, anchor.at_s - beats_to_s(anchor.at_beats, anchor.bpm))
        self._performer = Performer(self._setup, self._clock, NoPorts(), self._hear)

    def _follow(self, anchor: Anchor) -> None:
        clock = self._clock
        strays = clock is not None and abs(clock.beats_at(anchor.at_s) - anchor.at_beats) > NEAR_BEATS
        if clock is not None and (strays or not self._internal):
            clock.follow(anchor.at_s, anchor.at_beats, anchor.bpm, anchor.at_s)

    def _hear(self, message: object) -> None:
        if isinstance(message, Sounded) and message.answer > 0:
            self.sounded.append(message)
