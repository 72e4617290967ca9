"""The performer: what the player does with messages, with what arrives at its ports, and as time passes."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any, Protocol

from improvd.errors import PortError
from improvd.live.band import OWN, Band, Sends
from improvd.live.click import CLICK, Click
from improvd.live.clock import Clock
from improvd.live.clock_out import STOP
from improvd.live.echo import is_note
from improvd.live.fingers import Fingers
from improvd.live.keystrokes import TYPED
from improvd.live.ledger import CONTROL, NOTE_OFF, NOTE_ON, Ledger, Message, neutral
from improvd.live.link import join
from improvd.live.listener import COMMANDS
from improvd.live.timekeeper import Timekeeper, Turn
from improvd.music.timing import Meter
from improvd.protocol import (
    Alive,
    Cancel,
    Connect,
    Downbeat,
    Finished,
    Heard,
    Inject,
    LetGo,
    Owed,
    Panic,
    Play,
    Push,
    SetClick,
    SetClock,
    SetMeter,
    SetOffsets,
    SetTempo,
    SetThru,
    Setup,
    Transport,
    Trouble,
    UseSynth,
)

_SYSTEM = 0xF0
_FIRST_MODE_MESSAGE = 120
_PLAIN_RELEASE_VELOCITY = 64


class Outside(Sends, Protocol):
    """This is what the performer needs of the ports; `ports.Ports` has it, and so has a fake."""

    def connect(self, inputs: Iterable[str], outputs: Iterable[str]) -> None:
        """Connect real ports by pattern, in place of those connected so far."""

    def route(self, offsets: tuple[tuple[str, float], ...], click_port: str) -> None:
        """Give outputs their lanes: how much later they get everything, and whether they click; by pattern."""

    def open_clock(self, *, on: bool) -> None:
        """Open the port that is for the MIDI clock alone, or close it."""

    def look(self) -> None:
        """Find what came and went, and connect what is wanted."""

    def take_lost(self) -> list[str]:
        """Return the inputs that were connected and are no longer, each once."""

    def use_synth(self, *, on: bool) -> None:
        """Start or end the synth."""


class Performer:
    """This plays plans, passes keys on and reports; it is told the time and given its ports.

    Attributes:
        say: takes what goes to the daemon.
    """

    def __init__(self, setup: Setup, clock: Clock, outside: Outside, say: Callable[[Any], None]) -> None:
        self._clock = clock
        self._outside = outside
        self.say = say
        self._time = Timekeeper(setup, clock, join)
        self._band = Band(setup, clock, outside, say)
        self._click = Click()
        self._offsets: tuple[tuple[str, float], ...] = ()
        self._fingers = Fingers()
        self._thru = setup.thru
        self._thru_channel = setup.thru_channel
        self._keyboards: set[str] = set()
        self._answers: set[int] = set()
        self._notes_in = self._echo_count = 0
        self._handlers: dict[type, Callable[[Any, float], None]] = {
            Owed: lambda message, now_s: self.owe(message.notes, now_s),
            Play: self._play,
            Cancel: self._cancel,
            SetTempo: self._set_tempo,
            SetMeter: self._set_meter,
            SetClock: self._set_clock,
            SetClick: self._set_click,
            SetOffsets: self._set_offsets,
            Downbeat: self._set_downbeat,
            Push: self._push,
            Transport: self._transport,
            SetThru: self._set_thru,
            Inject: self._inject,
            LetGo: lambda message, now_s: self._lose(message.source, now_s),
            Connect: self._connect,
            UseSynth: lambda message, _: outside.use_synth(on=message.on),
            Panic: self._panic,
        }

    # --- as time passes -----------------------------------------------------------------

    def next_due_s(self) -> float | None:
        """Return when `play_due` has something to do, in seconds; None when nothing is planned."""
        due_s = [s for s in (self._band.next_due_s(), self._time.next_s(), self._click_s()) if s is not None]
        next_s = min(due_s)
        return None if next_s == math.inf else next_s

    def play_due(self, now_s: float) -> None:
        """Send what is due."""
        self._band.play_due(now_s)
        if self._time.tick(now_s):
            self._moved(now_s)
        elif self._time.has_strayed(now_s):
            self.say(self._time.anchor(now_s))
        if now_s >= self._click_s():
            self._plan_clicks(now_s)
        self._tell_finished()

    def pulse(self, now_s: float) -> None:
        """Report where the music is, and how well it goes."""
        self.say(self._time.anchor(now_s))
        band, jitter_ms = self._band, self._band.lateness_p99_s() * 1000
        self.say(Alive(band.late, band.dropped, self._echo_count, jitter_ms, self._notes_in, band.notes_out))

    # --- from the daemon ----------------------------------------------------------------

    def obey(self, message: Any, now_s: float) -> None:
        """Do what a message of the daemon says."""
        self._handlers[type(message)](message, now_s)

    def _play(self, message: Play, now_s: float) -> None:
        self._answers.add(message.answer)
        if self._time.rolling:
            self._band.plan(message.answer, message.notes)
        self.play_due(now_s)

    def _cancel(self, message: Cancel, now_s: float) -> None:
        self._answers.add(message.answer)
        self._band.cancel(message.answer, message.within_beats, now_s)
        self.play_due(now_s)

    def _set_tempo(self, message: SetTempo, now_s: float) -> None:
        self.play_due(now_s)  # what is due by the old tempo is not late by the new one
        self._time.set_tempo(message, now_s)
        self.say(self._time.anchor(now_s))

    def _push(self, message: Push, now_s: float) -> None:
        self.play_due(now_s)
        self._time.push(message.beats, now_s)
        self.say(self._time.anchor(now_s))

    def _set_meter(self, message: SetMeter, now_s: float) -> None:
        self._time.set_meter(Meter(message.numerator, message.denominator), now_s)
        self._click_anew(now_s)
        self._moved(now_s)

    def _set_downbeat(self, message: Downbeat, now_s: float) -> None:
        self._time.set_downbeat(message.at_beats)
        self._moved(now_s)

    def _transport(self, message: Transport, now_s: float) -> None:
        self._time.transport(message, now_s)
        self._moved(now_s)

    def _set_clock(self, message: SetClock, now_s: float) -> None:
        self._outside.open_clock(on=message.out == OWN)
        self._band.give_clock(message.out, now_s)
        try:
            self._time.set_clock(message, now_s)
        except PortError as error:
            self.say(Trouble(str(error)))
        self._moved(now_s)

    def _set_click(self, message: SetClick, now_s: float) -> None:
        self._click.sound = message
        self._route(now_s)
        self._click_anew(now_s)

    def _set_offsets(self, message: SetOffsets, now_s: float) -> None:
        self._offsets = message.offsets
        self._route(now_s)

    def _route(self, now_s: float) -> None:
        self._outside.route(self._offsets, self._click.sound.port)
        self._band.assign(now_s)

    def _set_thru(self, message: SetThru, now_s: float) -> None:
        if self._thru and not message.on:
            for source in tuple(self._keyboards):
                self._let_go(source, now_s)
        self._thru = message.on

    def _connect(self, message: Connect, now_s: float) -> None:
        self._outside.connect(message.inputs, message.outputs)
        self._band.assign(now_s)
        self._let_go_of_lost(now_s)

    def _inject(self, message: Inject, now_s: float) -> None:
        self._take(TYPED, message.data, now_s, now_s)

    def _panic(self, _: Panic, now_s: float) -> None:
        self._band.clear()
        self._click.forget()
        self._band.emit(Ledger.panic, now_s)
        self._tell_finished()

    # --- the song -----------------------------------------------------------------------

    def _moved(self, now_s: float) -> None:
        """Tell the others and the daemon where the song is now; while it stands improvd is silent."""
        turns = self._time.take_turns()
        for turn in turns:
            self._band.turn(turn)
        if turns:
            self._click_anew(now_s)
        if not self._time.rolling:
            for answer in self._answers:
                self._band.cancel(answer, 0.0, now_s)
        self.say(self._time.anchor(now_s))
        self.play_due(now_s)

    def _click_anew(self, now_s: float) -> None:
        self._band.cancel(CLICK, 0.0, now_s)
        self._click.forget()

    def _click_s(self) -> float:
        """Return when clicks have to be planned; infinite if there are none."""
        wanted = self._click.sound.on or self._time.counting
        return self._clock.time_at(self._click.next_beats()) if wanted else math.inf

    def _plan_clicks(self, now_s: float) -> None:
        time, click = self._time, self._click
        notes = click.plan(self._clock.beats_at(now_s), time.bar_line_beats, time.meter)
        self._band.plan(CLICK, [note for note in notes if self._clicks_at(note[0])], clicks=True)
        self._band.play_due(now_s)

    def _clicks_at(self, beats: float) -> bool:
        return self._time.counts_at(beats) or (self._click.sound.on and self._time.rolls_at(beats))

    # --- from the keyboards -------------------------------------------------------------

    def hear(self, source: str, data: tuple[int, ...], at_s: float, now_s: float) -> None:
        """Take in a MIDI message that arrived at `at_s`: pass it on, then report it.

        What lifts a key or pedal is no echo even if it looks like one: to lose it would leave a note hanging.
        """
        data = _plain(data)
        if data[0] >= _SYSTEM:
            if self._time.hear(source, data, at_s, now_s):
                self._moved(now_s)
            return
        if self._band.echoes.is_echo(data, at_s) and not self._fingers.lifts(source, data):
            self._echo_count += is_note(data)
            return
        self._take(source, data, at_s, now_s)

    def look(self, now_s: float) -> None:
        """Find ports that came or went; what a lost keyboard holds ends."""
        self._outside.look()
        self._band.assign(now_s)
        self._let_go_of_lost(now_s)

    def _let_go_of_lost(self, now_s: float) -> None:
        for source in self._outside.take_lost():
            self._lose(source, now_s)

    def _lose(self, source: str, now_s: float) -> None:
        """Have a keyboard that is gone let go of all that it held, here and in what is reported."""
        self._let_go(source, now_s)
        for data in self._fingers.let_go(source):
            self.say(Heard(now_s, self._clock.beats_at(now_s), data, source))

    def _let_go(self, source: str, now_s: float) -> None:
        """End what a keyboard holds, and undo its pedal and bend."""
        if source in self._keyboards:
            self._keyboards.remove(source)
            self._band.emit(lambda ledger: [*ledger.release(source), *neutral(self._thru_channel)], now_s)

    def _take(self, source: str, data: tuple[int, ...], at_s: float, now_s: float) -> None:
        self._fingers.feed(source, data)
        self._notes_in += data[0] & 0xF0 == NOTE_ON
        if self._thru and not (data[0] & 0xF0 == CONTROL and data[1] in COMMANDS):
            self._keyboards.add(source)
            self._band.emit(lambda ledger: self._passed_on(ledger, source, data), now_s)
        self.say(Heard(at_s, self._clock.beats_at(at_s), data, source))

    def _passed_on(self, ledger: Ledger, source: str, data: tuple[int, ...]) -> list[Message]:
        kind, channel = data[0] & 0xF0, self._thru_channel
        if kind == NOTE_ON:
            return ledger.note_on(channel, data[1], data[2], source)
        if kind == NOTE_OFF:
            return ledger.note_off(channel, data[1], source, data[2])
        released = ledger.release(source) if kind == CONTROL and data[1] >= _FIRST_MODE_MESSAGE else []
        return released + ledger.control(channel, *data)

    # --- to the outputs -----------------------------------------------------------------

    def owe(self, notes: Iterable[tuple[int, int]], now_s: float) -> None:
        """Send the note_offs that an earlier player left unsent, as (channel, pitch), but for what sounds again."""
        silent = [note for note in notes if note not in self._band.sounding]
        ends = [Message((NOTE_OFF | channel, pitch, _PLAIN_RELEASE_VELOCITY)) for channel, pitch in silent]
        self._band.emit(lambda _: ends, now_s)

    def fall_silent(self, now_s: float) -> None:
        """Stop who follows the clock, end everything that sounds, and go; nobody may be there to read a report."""
        self._time.close()
        self._band.turn(Turn(STOP))
        self._band.fall_silent(now_s)

    def _tell_finished(self) -> None:
        for answer in [answer for answer in self._answers if not self._band.holds(answer)]:
            self._answers.remove(answer)
            self.say(Finished(answer))


def _plain(data: tuple[int, ...]) -> tuple[int, ...]:
    """Return a message with a note_on of velocity 0 told as what it is, a note_off."""
    if data[0] & 0xF0 == NOTE_ON and data[2] == 0:
        return (NOTE_OFF | data[0] & 0x0F, data[1], _PLAIN_RELEASE_VELOCITY)
    return data
