"""The ledger: what sounds on the output, who holds it, and what to send so that nothing hangs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from improvd.music.note import CHANNELS

NOTE_OFF, NOTE_ON, CONTROL, BEND = 0x80, 0x90, 0xB0, 0xE0
SUSTAIN, ALL_SOUND_OFF, ALL_NOTES_OFF = 64, 120, 123
_RELEASE_VELOCITY = 64
_BEND_CENTRE = (0, 64)

Owner = str | int
"""Who holds a pitch: the keyboard's name, or the number of a planned note."""


@dataclass(frozen=True, slots=True)
class Message:
    """This is a MIDI message to send now; `answer` is the one whose note it starts or ends, 0 for thru."""

    data: tuple[int, ...]
    answer: int = 0


@dataclass(slots=True)
class _Sounding:
    """Who holds a pitch, and the answer that struck it last."""

    answer: int
    owners: set[Owner] = field(default_factory=set)


class Ledger:
    """This knows every note that sounds, by channel and pitch, and all who hold it.

    Methods return what to send. On every channel and pitch note_ons and
    note_offs alternate, whatever is asked for: a pitch that is struck again
    ends first, and ends for good when the last of its owners lets go.
    """

    def __init__(self) -> None:
        self._sounding: dict[tuple[int, int], _Sounding] = {}
        self._channels: set[int] = set()

    @property
    def sounding(self) -> tuple[tuple[int, int], ...]:
        """What sounds, as (channel, pitch), in the order in which it began."""
        return tuple(self._sounding)

    def note_on(self, channel: int, pitch: int, velocity: int, owner: Owner, answer: int = 0) -> list[Message]:
        """Return what starts a note, after the end of the one that sounds there already."""
        self._channels.add(channel)
        old = self._sounding.pop((channel, pitch), None)
        owners = (old.owners if old else set()) | {owner}
        self._sounding[channel, pitch] = _Sounding(answer, owners)
        end = [_note_off(channel, pitch, old.answer)] if old else []
        return [*end, Message((NOTE_ON | channel, pitch, velocity), answer)]

    def note_off(self, channel: int, pitch: int, owner: Owner, velocity: int = _RELEASE_VELOCITY) -> list[Message]:
        """Return what ends a note: nothing if it does not sound, or somebody else still holds it."""
        note = self._sounding.get((channel, pitch))
        if note is None or owner not in note.owners:
            return []
        note.owners.remove(owner)
        if note.owners:
            return []
        del self._sounding[channel, pitch]
        return [_note_off(channel, pitch, note.answer, velocity)]

    def release(self, owner: Owner) -> list[Message]:
        """Return what ends all notes that one owner holds, such as a keyboard that was unplugged."""
        return [message for key in self.sounding for message in self.note_off(*key, owner)]

    def control(self, channel: int, *data: int) -> list[Message]:
        """Return a message that is no note, given without its channel, for a channel."""
        self._channels.add(channel)
        return [Message((data[0] & 0xF0 | channel, *data[1:]))]

    def silence(self) -> list[Message]:
        """Return what ends everything on the channels used so far, and start afresh."""
        return self._end_all(sorted(self._channels))

    def panic(self) -> list[Message]:
        """Return what ends everything on all channels, whoever began it, and start afresh."""
        return self._end_all(range(CHANNELS))

    def _end_all(self, channels: Iterable[int]) -> list[Message]:
        ends = [_note_off(*key, note.answer) for key, note in self._sounding.items()]
        self._sounding.clear()
        self._channels.clear()
        return ends + [
            Message((CONTROL | channel, controller, 0))
            for channel in channels
            for controller in (SUSTAIN, ALL_NOTES_OFF, ALL_SOUND_OFF)
        ]


def neutral(channel: int) -> list[Message]:
    """Return what undoes a player's feet and hands on a channel: pedal up, bend centre."""
    return [Message((CONTROL | channel, SUSTAIN, 0)), Message((BEND | channel, *_BEND_CENTRE))]


def _note_off(channel: int, pitch: int, answer: int, velocity: int = _RELEASE_VELOCITY) -> Message:
    return Message((NOTE_OFF | channel, pitch, velocity), answer)
