"""Takes: what was played and what improvd answered, as a MIDI file with a track for each."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from improvd.music.timing import Meter
from improvd.protocol import Heard, Sounded

LONGEST_TAKE = 4000
"""Messages in a take before the next one begins: a file is written within some 50 ms."""

_NOTE_OFF, _NOTE_ON = 0x80, 0x90
Messages = list[tuple[float, tuple[int, ...]]]


class Recorder:
    """This collects the notes of call and answer, and writes the take whole each time.

    Attributes:
        on: whether it does.
        path: the file of the current take; None until it is written.
    """

    def __init__(self, name_take: Callable[[], Path], *, on: bool) -> None:
        """Begin without a take; `name_take` gives the path of the next one."""
        self.on = on
        self.path: Path | None = None
        self._name_take = name_take
        self._call: Messages = []
        self._answer: Messages = []

    def heard(self, message: Heard) -> None:
        """Take in what the musician played."""
        if self.on and _is_note(message.data):
            self._call.append((message.at_beats, message.data))

    def sounded(self, message: Sounded) -> None:
        """Take in what improvd played; the rest was thru, which was heard already."""
        if self.on and message.answer > 0 and _is_note(message.data):
            self._answer.append((message.at_beats, message.data))

    def save(self, bpm: float, meter: Meter) -> None:
        """Write the take so far, in place of what was written of it; begin the next one when it is long.

        Raises:
            MidiFileError: if it cannot be written.
        """
        if not self._call and not self._answer:
            return
        self.path = self.path or self._name_take()
        self._write(self.path, bpm, meter)
        if len(self._call) + len(self._answer) > LONGEST_TAKE:
            self.begin()

    def begin(self) -> None:
        """Begin a new take with the next note."""
        self.path, self._call, self._answer = None, [], []

    def _write(self, path: Path, bpm: float, meter: Meter) -> None:
        from improvd.music import midifile  # it needs mido, and most daemons record nothing

        start = meter.bar_start(min(messages[0][0] for messages in (self._call, self._answer) if messages))
        tracks = [
            midifile.Track(name, tuple(midifile.TimedMessage(at - start, data) for at, data in _complete(messages)))
            for name, messages in (("player", self._call), ("improvd", self._answer))
        ]
        midifile.write(path, tracks, bpm=bpm, meter=meter)


def _is_note(data: tuple[int, ...]) -> bool:
    return data[0] & 0xF0 in (_NOTE_OFF, _NOTE_ON)


def _complete(messages: Messages) -> Messages:
    """Return messages in order, with the note_offs of what still sounds at the end."""
    ordered = sorted(messages, key=lambda message: message[0])
    sounding: dict[tuple[int, int], tuple[float, tuple[int, ...]]] = {}
    for at_beats, data in ordered:
        key = (data[0] & 0x0F, data[1])
        sounding.pop(key, None)
        if data[0] & 0xF0 == _NOTE_ON and data[2]:
            sounding[key] = (at_beats, data)
    last = ordered[-1][0] if ordered else 0.0
    return ordered + [
        (max(last, at + 1.0), (_NOTE_OFF | channel, pitch, 64)) for (channel, pitch), (at, _) in sounding.items()
    ]
