"""Where keys act and statuses arrive: it keeps the view and says what to ask of the daemon.

It reads no clock and knows no terminal: time comes with each call, requests go to `send`.
"""

from __future__ import annotations

from dataclasses import replace
from enum import Enum
from typing import Protocol

from improvd.tui.piano import letter_pitch
from improvd.tui.status import Status, later
from improvd.tui.view import HIGHEST_OCTAVE, LOWEST_OCTAVE, NO_MIDI, Mode, View

SAY_S = 4.0
"""How long the screen shows what a key led to."""

VELOCITY, LOUD_VELOCITY = 80, 112

THRU_MODES = ("auto", "on", "off")

NO_SYNTH = "fluidsynth is not there: apt-get install fluidsynth timgm6mb-soundfont, then start improvd again"


class Leaving(Enum):
    """This says why the screen closes."""

    DETACHED = "detached"
    QUIT = "quit"


class Send(Protocol):
    """This passes one request on to the daemon."""

    def __call__(self, method: str, **params: str | float | bool) -> None:
        """Send a request; refusals come back as `Desk.refused`."""


class Desk:
    """This holds the view and changes it: by keys, by statuses, by silence of the daemon.

    Attributes:
        view: what to show, as of the last status.
        leaving: set once the screen is to close.
    """

    def __init__(self, send: Send) -> None:
        self.view = View()
        self.leaving: Leaving | None = None
        self._send = send
        self._now_s = self._status_at_s = self._said_at_s = 0.0
        self._lost_at_s: float | None = None
        self._met = self._auditioning = False

    # --- what arrives

    def hear(self, status: Status, now_s: float) -> None:
        """Take a new status."""
        self._status_at_s, self._lost_at_s = now_s, None
        self._change(status=status, lost_s=None)
        if not self._met and status.midi == NO_MIDI:
            self._change(mode=Mode.PIANO)
        self._met = True
        self._audition()

    def refused(self, sentence: str) -> None:
        """Show why the daemon did not do what a key asked."""
        self._say(sentence)

    def lose(self, now_s: float) -> None:
        """Note that the daemon does not answer; a daemon told to quit is not missed."""
        self._lost_at_s = now_s if self._lost_at_s is None else self._lost_at_s
        self._auditioning = False
        self._change(asking=False)

    def lost_for_s(self, now_s: float) -> float:
        """Return for how long the daemon has been gone; 0 while it is there."""
        return 0.0 if self._lost_at_s is None else now_s - self._lost_at_s

    def at(self, now_s: float) -> View:
        """Return what to show now: the clock goes on between statuses, what was said fades."""
        self._now_s = now_s
        if self.view.say and now_s - self._said_at_s > SAY_S:
            self._change(say="")
        if self._lost_at_s is not None:
            return replace(self.view, lost_s=now_s - self._lost_at_s)
        elapsed_s = now_s - self._status_at_s if self._met else 0.0
        return replace(self.view, status=later(self.view.status, elapsed_s))

    # --- what keys do

    def nudge(self, name: str, steps: float) -> None:
        """Change a setting by some of its steps."""
        self._send("nudge", name=name, steps=steps)

    def do(self, what: str) -> None:
        """Give a command that takes nothing more."""
        self._send("do", what=what)

    def play(self, letter: str) -> None:
        """Play the note of a letter, louder for a capital one."""
        velocity = LOUD_VELOCITY if letter.isupper() else VELOCITY
        self._send("do", what="key", pitch=letter_pitch(letter.lower(), self.view), velocity=velocity)

    def move_octave(self, octaves: int) -> None:
        """Move the computer keyboard up or down."""
        self._change(octave=min(max(self.view.octave + octaves, LOWEST_OCTAVE), HIGHEST_OCTAVE))

    def cycle_thru(self) -> None:
        """Go on to the next of auto, on and off."""
        now = THRU_MODES.index(self.view.status.thru_mode) if self.view.status.thru_mode in THRU_MODES else -1
        chosen = THRU_MODES[(now + 1) % len(THRU_MODES)]
        self._send("set", name="midi.thru", value=chosen)
        self._say(f"thru {chosen}")

    def switch_click(self) -> None:
        """Start the click, or end it."""
        self._send("set", name="click.on", value=not self.view.status.click)

    def roll(self) -> None:
        """Stop the song, or let it go on."""
        self._send("do", what="clock_stop" if self.view.status.rolling else "clock_continue")

    def push(self, ms: float) -> None:
        """Push the beat forward by some milliseconds, or drag it back."""
        self._send("do", what="push", ms=ms)
        self._say(f"the beat moves {abs(ms):g} ms {'on' if ms > 0 else 'back'}")

    def switch_synth(self) -> None:
        """Start fluidsynth, or end it."""
        status = self.view.status
        if status.synth or status.synth_available:
            self._send("do", what="synth", on=not status.synth)
        else:
            self._say(NO_SYNTH)

    def take_keyboard(self, number: int) -> None:
        """Connect a keyboard by its place in the list of the first minute, from 1."""
        keyboards = self.view.status.keyboards
        if self.view.first_minute and number <= len(keyboards):
            self._send("do", what="connect", name=keyboards[number - 1])

    def switch_mode(self) -> None:
        """Change between PIANO and COMMANDS."""
        self._change(mode=Mode.PIANO if self.view.mode is Mode.COMMANDS else Mode.COMMANDS)
        self._audition()

    def toggle_help(self) -> None:
        """Open the table of keys, or close it."""
        self._change(help=not self.view.help)

    def close(self) -> None:
        """Close what is open: the table of keys, else the question of the first minute."""
        if self.view.help:
            self._change(help=False)
        elif self.view.first_minute:
            self._change(passed=True)
            self._audition()

    def ask(self) -> None:
        """Ask whether the daemon is to end; with the daemon gone just leave."""
        if self._lost_at_s is not None:
            self.detach()
        else:
            self._change(asking=True)

    def stay(self) -> None:
        """Take the question back."""
        self._change(asking=False)

    def detach(self) -> None:
        """Leave the screen; the daemon plays on."""
        if self._auditioning:
            self._send("do", what="audition", on=False)
        self.leaving = Leaving.DETACHED

    def quit(self) -> None:
        """End the daemon and leave."""
        self._send("do", what="quit")
        self.leaving = Leaving.QUIT

    # --- inside

    def _change(self, **changes: object) -> None:
        self.view = replace(self.view, **changes)  # type: ignore[arg-type]  # names of fields, checked by replace

    def _say(self, sentence: str) -> None:
        self._said_at_s = self._now_s
        self._change(say=sentence)

    def _audition(self) -> None:
        """Have every keyboard listened to while the first minute is on the screen, and not longer."""
        if self.view.first_minute != self._auditioning:
            self._auditioning = self.view.first_minute
            self._send("do", what="audition", on=self._auditioning)
