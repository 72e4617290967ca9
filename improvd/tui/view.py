"""What the screen shows, as one value: the daemon's status and what the screen itself adds."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from improvd.tui.status import Status

LOWEST_OCTAVE, HIGHEST_OCTAVE = 0, 7
NO_MIDI = "none"


class Mode(Enum):
    """This is what the letter keys do."""

    COMMANDS = "commands"
    PIANO = "piano"
    QUESTION = "question"


@dataclass(frozen=True, slots=True)
class View:
    """This is everything that a redraw depends on, but the size.

    Attributes:
        status: the daemon's, brought up to now.
        mode: COMMANDS or PIANO; `asking` stands above it.
        octave: of the lowest key of the computer keyboard, 0-7.
        help: the table of keys is open.
        asking: the screen asks whether the daemon is to end.
        passed: the first minute was left by a key.
        say: what a key just led to, if that needs saying.
        lost_s: for how long the daemon has been gone; None while it is there.
    """

    status: Status = Status()
    mode: Mode = Mode.COMMANDS
    octave: int = 3
    help: bool = False
    asking: bool = False
    passed: bool = False
    say: str = ""
    lost_s: float | None = None

    @property
    def context(self) -> Mode:
        """Which keys are in force."""
        return Mode.QUESTION if self.asking else self.mode

    @property
    def first_minute(self) -> bool:
        """Whether the musician is asked which keyboard is theirs."""
        may_ask = self.mode is Mode.COMMANDS and not self.passed
        return self.status.first_run and may_ask and self.status.midi not in ("", NO_MIDI)

    @property
    def lowest_pitch(self) -> int:
        """The pitch of the lowest key of the computer keyboard."""
        return 12 * (self.octave + 1)
