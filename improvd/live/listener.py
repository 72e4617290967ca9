"""The listener: what was played, told from the MIDI messages that arrived.

It knows which keys are held, which are sustained by the pedal, and when a
note ended. Soft and sostenuto pedal (CC 67, 66) are commands, not music.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from improvd.protocol import Heard

DOUBLED_S = 0.010
"""A note_on of a key held for less than this is the same keyboard wired twice."""

PEDAL_DOWN = 64
_NOTE_OFF, _NOTE_ON, _CONTROL = 0x80, 0x90, 0xB0
_SUSTAIN, _SOSTENUTO, _SOFT, _ALL_SOUND_OFF, _RESET, _ALL_NOTES_OFF = 64, 66, 67, 120, 121, 123

Key = tuple[int, int]
"""(channel, pitch)"""


class Command(Enum):
    """This is what a pedal press asks for."""

    YOUR_TURN = _SOFT
    STOP = _SOSTENUTO


COMMANDS = frozenset(command.value for command in Command)
"""The pedals that steer improvd: no instrument gets to hear of them."""


@dataclass(frozen=True, slots=True)
class Onset:
    """This is a key as it was struck; channel 0-15, pitch 0-127, velocity 1-127."""

    at_s: float
    at_beats: float
    channel: int
    pitch: int
    velocity: int


@dataclass(frozen=True, slots=True)
class PlayedNote:
    """This is a note that has ended: its onset, and when it stopped sounding."""

    onset: Onset
    end_s: float
    end_beats: float

    @property
    def duration_s(self) -> float:
        """How long it sounded, in seconds."""
        return self.end_s - self.onset.at_s

    @property
    def duration_beats(self) -> float:
        """How long it sounded, in beats."""
        return self.end_beats - self.onset.at_beats


@dataclass(frozen=True, slots=True)
class Change:
    """This is what one message meant: a key struck, notes that ended by it, a command."""

    onset: Onset | None = None
    ended: tuple[PlayedNote, ...] = ()
    command: Command | None = None


class Listener:
    """This follows keys and pedals from message to message, of all channels together."""

    def __init__(self) -> None:
        self._held: dict[Key, Onset] = {}
        self._sustained: dict[Key, Onset] = {}
        self._pedals: set[int] = set()

    @property
    def held(self) -> tuple[Onset, ...]:
        """The keys under a finger, in the order in which they were struck."""
        return tuple(self._held.values())

    @property
    def sustained(self) -> tuple[Onset, ...]:
        """The notes that only the pedal keeps sounding."""
        return tuple(self._sustained.values())

    @property
    def sounding(self) -> tuple[Onset, ...]:
        """The notes held or sustained, in the order in which they were struck."""
        return tuple(sorted((*self.held, *self.sustained), key=lambda onset: onset.at_s))

    @property
    def pedal_down(self) -> bool:
        """Whether a sustain pedal is down on any channel."""
        return bool(self._pedals)

    @property
    def busy(self) -> bool:
        """Whether a finger or foot holds anything."""
        return bool(self._held or self._pedals)

    def feed(self, heard: Heard) -> Change:
        """Take one message and return what it meant; what is no music and no command means nothing."""
        kind, channel = heard.data[0] & 0xF0, heard.data[0] & 0x0F
        if kind == _NOTE_ON and heard.data[2] > 0:
            return self._strike(heard, Onset(heard.at_s, heard.at_beats, channel, heard.data[1], heard.data[2]))
        if kind in (_NOTE_ON, _NOTE_OFF):
            return self._release(heard, (channel, heard.data[1]))
        if kind == _CONTROL:
            return self._control(heard, channel, heard.data[1], heard.data[2])
        return Change()

    def _strike(self, heard: Heard, onset: Onset) -> Change:
        key = (onset.channel, onset.pitch)
        held = self._held.get(key)
        if held is not None and onset.at_s - held.at_s < DOUBLED_S:
            return Change()
        ended = self._end(heard, [key])
        self._held[key] = onset
        return Change(onset, ended)

    def _release(self, heard: Heard, key: Key) -> Change:
        if key not in self._held:
            return Change()
        if key[0] in self._pedals:
            self._sustained[key] = self._held.pop(key)
            return Change()
        return Change(ended=self._end(heard, [key]))

    def _control(self, heard: Heard, channel: int, control: int, value: int) -> Change:
        if control in (_ALL_SOUND_OFF, _ALL_NOTES_OFF):
            return Change(ended=self._end(heard, [key for key in (*self._held, *self._sustained) if key[0] == channel]))
        if control == _RESET or (control == _SUSTAIN and value < PEDAL_DOWN):
            self._pedals.discard(channel)
            return Change(ended=self._end(heard, [key for key in self._sustained if key[0] == channel]))
        if control == _SUSTAIN:
            self._pedals.add(channel)
        elif control in (_SOFT, _SOSTENUTO) and value >= PEDAL_DOWN:
            return Change(command=Command(control))
        return Change()

    def _end(self, heard: Heard, keys: Sequence[Key]) -> tuple[PlayedNote, ...]:
        """Forget the keys that sound, and return their notes as ending now."""
        ended = [self._held.pop(key, None) or self._sustained.pop(key, None) for key in keys]
        return tuple(PlayedNote(onset, heard.at_s, heard.at_beats) for onset in ended if onset)
