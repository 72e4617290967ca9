"""The style in force: the one that the settings name, or with `auto` what the musician plays in, as the model hears it.

What was played last, less the answers, is weighed as it would be written, whatever style it was read in: so
fingers do not decide, and no style confirms itself. One window takes one vote; a style gives way to another that is
much likelier, or that two windows in a row name.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

from improvd.config import Config
from improvd.live.grid import Grid
from improvd.live.listener import Onset, PlayedNote
from improvd.live.timebase import Timebase
from improvd.live.window import Window
from improvd.music.codec import STYLES
from improvd.protocol import Context, GridNote, Weigh, Weighed

ABOUT, AUTO, ANY = "style", "auto", STYLES[0]

NOTES = 32
"""How many of the last notes are weighed."""

EVERY_NOTES = 8
"""After so many new ones."""

MARGIN = 2.0
"""A style that is likelier than the one in force by so many nats is believed at once."""


@dataclass(slots=True)
class _Heard:
    """This is a note that was played, and the ticks on which it would be written and ends; None while it is held."""

    onset: Onset
    ticks: int
    phrase: int
    end_s: float = 0.0
    end_ticks: int | None = None


class StyleEar:
    """This knows the style in force; like the conductor it is told everything.

    Attributes:
        style: the one in force, a name of `codec.STYLES`; 'any' while nobody knows.
    """

    def __init__(self) -> None:
        self.style = ANY
        self._auto = False
        self._heard: deque[_Heard] = deque(maxlen=NOTES)
        self._new_notes = self._number = self._phrase = 0
        self._waits = self._deaf = False
        self._last = ""

    def configure(self, config: Config) -> Config:
        """Take the settings, and return them with the style in force in place of `auto`."""
        self._auto = config.model.style == AUTO
        if not self._auto:
            self.style = config.model.style
        return config.having("model.style", self.style)

    def strike(self, onset: Onset, ticks: int, *, begins: bool) -> None:
        """Take in a key that was struck, the tick on which it would be written, and whether it begins a phrase."""
        self._phrase += begins
        self._heard.append(_Heard(onset, ticks, self._phrase))
        self._new_notes += 1

    def release(self, played: PlayedNote, end_ticks: int) -> None:
        """Take in where a note ended."""
        for heard in self._heard:
            if heard.onset == played.onset:
                heard.end_s, heard.end_ticks = played.end_s, end_ticks

    def lay(self, grid: Grid, time: Timebase) -> None:
        """Lay the phrase on another grid, and have it weighed anew."""
        for heard in self._heard:
            if heard.phrase == self._phrase:
                heard.ticks = grid.read_at(time.beats_at(heard.onset.at_s))
                if heard.end_ticks is not None:
                    heard.end_ticks = grid.ticks_at(time.beats_at(heard.end_s))
        self._new_notes = max(self._new_notes, EVERY_NOTES) if len(self._heard) >= EVERY_NOTES else self._new_notes

    def forget(self) -> None:
        """Forget what was played, and with `auto` its style."""
        self._heard.clear()
        self._new_notes, self._last = 0, ""
        if self._auto:
            self.style = ANY

    def model_ready(self) -> None:
        """Take in that a model came or went: what was asked of it is not answered any more."""
        self._waits = self._deaf = False

    def ask(self, numerator: int, denominator: int) -> Weigh | None:
        """Return what to ask the model, if enough was played since it was asked last."""
        if not self._auto or self._waits or self._deaf or self._new_notes < EVERY_NOTES:
            return None
        self._new_notes, self._waits = 0, True
        self._number += 1
        return Weigh(self._number, ABOUT, (_written(self._heard),), (Context(numerator, denominator),))

    def weighed(self, message: Weighed) -> bool:
        """Take in how likely the model finds each style, and return whether another one is in force by that."""
        if message.about != ABOUT or message.number != self._number or not self._waits:
            return False
        self._waits, self._deaf = False, not message.styles
        if self._deaf or not self._auto:
            return False
        (best, log_prob), *others = sorted(message.styles, key=lambda style: -style[1])
        rival = dict(others).get(self.style, others[0][1] if others else -math.inf)
        believed = log_prob - rival >= MARGIN or best == self._last
        self._last = best
        if best == self.style or not believed:
            return False
        self.style = best
        return True


def _written(notes: Iterable[_Heard]) -> tuple[GridNote, ...]:
    """Return notes as the model reads what is written."""
    window = Window()
    for heard in notes:
        note = window.add_played(heard.ticks, heard.onset.pitch, heard.onset.velocity)
        if heard.end_ticks is not None:
            note.held = False
            window.stretch(note, heard.end_ticks)
    return window.notes()
