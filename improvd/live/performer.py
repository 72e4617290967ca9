"""The performer: what the player does with messages, with what arrives at its ports, and as time passes."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from typing import Any, Protocol

from improvd.live.clock import Clock
from improvd.live.echo import EchoGuard, is_note
from improvd.live.fingers import Fingers
from improvd.live.ledger import CONTROL, NOTE_OFF, NOTE_ON, Ledger, Message, neutral
from improvd.live.listener import COMMANDS
from improvd.live.scheduler import NoteEvent, Scheduler
from improvd.protocol import (
    Alive,
    Anchor,
    Cancel,
    Connect,
    Finished,
    Heard,
    Inject,
    LetGo,
    Owed,
    Panic,
    Play,
    SetMeter,
    SetTempo,
    SetThru,
    Setup,
    Sounded,
    UseSynth,
)

TYPED = "computer keyboard"
"""Source of what came by `Inject`."""

_SYSTEM = 0xF0
_FIRST_MODE_MESSAGE = 120
_PLAIN_RELEASE_VELOCITY = 64
_LATENESSES = 512


class Outside(Protocol):
    """This is what the performer needs of the ports; `ports.Ports` has it, and so has a fake."""

    def send(self, data: tuple[int, ...]) -> None:
        """Send a MIDI message to all outputs."""

    def connect(self, inputs: Iterable[str], outputs: Iterable[str]) -> None:
        """Connect real ports by pattern, in place of those connected so far."""

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
        self._scheduler = Scheduler(clock, setup.max_lateness_s)
        self._ledger = Ledger()
        self._echoes = EchoGuard()
        self._fingers = Fingers()
        self._meter = (setup.numerator, setup.denominator)
        self._thru = setup.thru
        self._thru_channel = setup.thru_channel
        self._keyboards: set[str] = set()
        self._answers: set[int] = set()
        self._begun = 0
        self._lateness_s: deque[float] = deque(maxlen=_LATENESSES)
        self._notes_in = self._notes_out = self._echo_count = 0
        self._handlers: dict[type, Callable[[Any, float], None]] = {
            Owed: lambda message, now_s: self.owe(message.notes, now_s),
            Play: self._play,
            Cancel: self._cancel,
            SetTempo: self._set_tempo,
            SetMeter: self._set_meter,
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
        return self._scheduler.next_due_s()

    def play_due(self, now_s: float) -> None:
        """Send what is due."""
        for event in self._scheduler.pop_due(now_s):
            self._perform(event, now_s)
        self._tell_finished()

    def pulse(self, now_s: float) -> None:
        """Report where the music is, and how well it goes."""
        self._anchor(now_s)
        line, jitter_ms = self._scheduler, percentile(self._lateness_s, 0.99) * 1000
        self.say(Alive(line.late, line.dropped, self._echo_count, jitter_ms, self._notes_in, self._notes_out))

    # --- from the daemon ----------------------------------------------------------------

    def obey(self, message: Any, now_s: float) -> None:
        """Do what a message of the daemon says."""
        self._handlers[type(message)](message, now_s)

    def _play(self, message: Play, now_s: float) -> None:
        self._answers.add(message.answer)
        self._scheduler.plan(message.answer, message.notes)
        self.play_due(now_s)

    def _cancel(self, message: Cancel, now_s: float) -> None:
        self._answers.add(message.answer)
        self._scheduler.cancel(message.answer, message.within_beats, now_s)
        self.play_due(now_s)

    def _set_tempo(self, message: SetTempo, now_s: float) -> None:
        self.play_due(now_s)  # what is due by the old tempo is not late by the new one
        self._clock.set_bpm(message.bpm, now_s)
        self._anchor(now_s)

    def _set_meter(self, message: SetMeter, now_s: float) -> None:
        self._meter = (message.numerator, message.denominator)
        self._anchor(now_s)

    def _set_thru(self, message: SetThru, now_s: float) -> None:
        if self._thru and not message.on:
            for source in tuple(self._keyboards):
                self._let_go(source, now_s)
        self._thru = message.on

    def _connect(self, message: Connect, now_s: float) -> None:
        self._outside.connect(message.inputs, message.outputs)
        self._let_go_of_lost(now_s)

    def _inject(self, message: Inject, now_s: float) -> None:
        self._take(TYPED, message.data, now_s, now_s)

    def _panic(self, _: Panic, now_s: float) -> None:
        self._scheduler.clear()
        self._emit(self._ledger.panic(), now_s)
        self._tell_finished()

    # --- from the keyboards -------------------------------------------------------------

    def hear(self, source: str, data: tuple[int, ...], at_s: float, now_s: float) -> None:
        """Take in a MIDI message that arrived at `at_s`: pass it on, then report it.

        What lifts a key or pedal is no echo even if it looks like one: to lose it would leave a note hanging.
        """
        data = _plain(data)
        if data[0] >= _SYSTEM:
            return
        if self._echoes.is_echo(data, at_s) and not self._fingers.lifts(source, data):
            self._echo_count += is_note(data)
            return
        self._take(source, data, at_s, now_s)

    def look(self, now_s: float) -> None:
        """Find ports that came or went; what a lost keyboard holds ends."""
        self._outside.look()
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
            self._emit([*self._ledger.release(source), *neutral(self._thru_channel)], now_s)

    def _take(self, source: str, data: tuple[int, ...], at_s: float, now_s: float) -> None:
        self._fingers.feed(source, data)
        self._notes_in += data[0] & 0xF0 == NOTE_ON
        if self._thru:
            self._emit(self._passed_on(source, data), now_s)
        self.say(Heard(at_s, self._clock.beats_at(at_s), data, source))

    def _passed_on(self, source: str, data: tuple[int, ...]) -> list[Message]:
        kind, channel, ledger = data[0] & 0xF0, self._thru_channel, self._ledger
        if kind == CONTROL and data[1] in COMMANDS:
            return []
        self._keyboards.add(source)
        if kind == NOTE_ON:
            return ledger.note_on(channel, data[1], data[2], source)
        if kind == NOTE_OFF:
            return ledger.note_off(channel, data[1], source)
        released = ledger.release(source) if kind == CONTROL and data[1] >= _FIRST_MODE_MESSAGE else []
        return released + ledger.control(channel, *data)

    # --- to the outputs -----------------------------------------------------------------

    def owe(self, notes: Iterable[tuple[int, int]], now_s: float) -> None:
        """Send the note_offs that an earlier player left unsent, as (channel, pitch), but for what sounds again."""
        silent = [note for note in notes if note not in self._ledger.sounding]
        self._emit([Message((NOTE_OFF | channel, pitch, _PLAIN_RELEASE_VELOCITY)) for channel, pitch in silent], now_s)

    def fall_silent(self, now_s: float) -> None:
        """End everything that sounds, without a report: nobody may be there to read it."""
        for message in self._ledger.silence():
            self._send(message.data, now_s)

    def _perform(self, event: NoteEvent, now_s: float) -> None:
        lateness_s = now_s - self._clock.time_at(event.due_beats)
        self._lateness_s.append(lateness_s)
        ledger = self._ledger
        if event.velocity == 0:
            self._emit(ledger.note_off(event.channel, event.pitch, event.note), now_s, lateness_s)
            return
        if event.answer != self._begun:
            self._begin(event, now_s)
        messages = ledger.note_on(event.channel, event.pitch, event.velocity, event.note, event.answer)
        self._emit(messages, now_s, lateness_s)

    def _begin(self, event: NoteEvent, now_s: float) -> None:
        """Give an answer a channel without the player's pedal and bend, if they share it."""
        self._begun = event.answer
        if event.channel == self._thru_channel:
            self._emit(neutral(event.channel), now_s)

    def _emit(self, messages: Iterable[Message], now_s: float, lateness_s: float = 0.0) -> None:
        for message in messages:
            self._send(message.data, now_s)
            if is_note(message.data):
                self._notes_out += message.data[0] & 0xF0 == NOTE_ON
                at_beats = self._clock.beats_at(now_s)
                self.say(Sounded(now_s, at_beats, message.data, message.answer, lateness_s))

    def _send(self, data: tuple[int, ...], now_s: float) -> None:
        self._echoes.sent(data, now_s)
        self._outside.send(data)

    # --- reports ------------------------------------------------------------------------

    def _anchor(self, now_s: float) -> None:
        self.say(Anchor(now_s, self._clock.beats_at(now_s), self._clock.bpm, *self._meter))

    def _tell_finished(self) -> None:
        for answer in [answer for answer in self._answers if not self._scheduler.holds(answer)]:
            self._answers.remove(answer)
            self.say(Finished(answer))


def percentile(values: Iterable[float], share: float) -> float:
    """Return the value that a share (0-1) of the values do not exceed; 0 of no values."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


def _plain(data: tuple[int, ...]) -> tuple[int, ...]:
    """Return a message with a note_on of velocity 0 told as what it is, a note_off."""
    if data[0] & 0xF0 == NOTE_ON and data[2] == 0:
        return (NOTE_OFF | data[0] & 0x0F, data[1], _PLAIN_RELEASE_VELOCITY)
    return data
