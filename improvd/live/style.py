"""The style in force: the one that the settings name, or with `auto` what the musician plays in, as the model hears it.

What was played last, less the answers, is weighed as it would be written, whatever style it was read in: so
fingers do not decide, and no style confirms itself. One window takes one vote; a style gives way to another that is
much likelier, or that two windows in a row name.
"""

from __future__ import annotations

import math
from collections import deque

from improvd.config import Config
from improvd.live.grid import Grid
from improvd.live.window import Window, WindowNote
from improvd.music.codec import STYLES
from improvd.protocol import Context, GridNote, Weigh, Weighed

ABOUT, AUTO, ANY = "style", "auto", STYLES[0]

NOTES = 32
"""How many of the last notes are weighed."""

EVERY_NOTES = 8
"""After so many new ones."""

MARGIN = 2.0
"""A style that is likelier than the one in force by so many nats is believed at once."""


class StyleEar:
    """This knows the style in force; like the conductor it is told everything.

    Attributes:
        style: the one in force, a name of `codec.STYLES`; 'any' while nobody knows.
    """

    def __init__(self) -> None:
        self.style = ANY
        self._auto = False
        self._notes: deque[WindowNote] = deque(maxlen=NOTES)
        self._new_notes = self._number = 0
        self._waits = self._deaf = False
        self._last = ""

    def configure(self, config: Config) -> Config:
        """Take the settings, and return them with the style in force in place of `auto`."""
        self._auto = config.model.style == AUTO
        if not self._auto:
            self.style = config.model.style
        return config.having("model.style", self.style)

    def strike(self, note: WindowNote) -> None:
        """Take in a key that was struck, as it stands in the window from now on."""
        self._notes.append(note)
        self._new_notes += 1

    def laid_anew(self) -> None:
        """Take in that what was played lies elsewhere in the window by now: it is weighed anew."""
        if len(self._notes) >= EVERY_NOTES:
            self._new_notes = EVERY_NOTES

    def forget(self) -> None:
        """Forget what was played, and with `auto` its style."""
        self._notes.clear()
        self._new_notes, self._waits, self._last = 0, False, ""
        if self._auto:
            self.style = ANY

    def model_ready(self) -> None:
        """Take in that a model came or went: what was asked of it is not answered any more."""
        self._waits = self._deaf = False

    def ask(self, grid: Grid) -> Weigh | None:
        """Return what to ask the model, if enough was played since it was asked last."""
        if not self._auto or self._waits or self._deaf or self._new_notes < EVERY_NOTES:
            return None
        self._new_notes, self._waits = 0, True
        self._number += 1
        context = Context(grid.meter.numerator, grid.meter.denominator)
        return Weigh(self._number, ABOUT, (self._written(grid),), (context,))

    def _written(self, grid: Grid) -> tuple[GridNote, ...]:
        """Return what was played last where it lies by now, as it would be written."""
        written = Window()
        for note in self._notes:
            added = written.add(grid.written(note.onset_ticks), note.pitch, note.velocity)
            added.rewritten = True
            written.stretch(added, note.end_ticks)
        return written.notes()

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
