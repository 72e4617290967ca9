"""MIDI files: any file becomes a piece in beats or one clear error, and music becomes the same bytes every time.

The only place that imports mido. A file may be of type 0, 1 or 2 (whose
patterns follow one another), in ticks or SMPTE time, plain or in a RIFF.
"""

from __future__ import annotations

import io
from bisect import bisect_left
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import mido

from improvd.errors import MidiFileError
from improvd.music.note import MAX_VELOCITY
from improvd.music.timing import Meter, MeterChange

DRUM_CHANNEL = 9
"""Channel 10 on screen: General MIDI's drums."""

DEFAULT_BPM = 120.0
"""Tempo of a file that names none. Source: Standard MIDI Files 1.0, Set Tempo."""

WRITTEN_TICKS_PER_BEAT = 480
DENOMINATORS = (1, 2, 4, 8, 16, 32)
MAX_FILE_BYTES = 32 * 2**20
MAX_BEATS = 1_000_000
"""A longer file is damaged: at 300 beats a minute it would last two days."""

_MAX_HIGH_BYTES = 1000
_NOTE_OFF, _NOTE_ON, _CONTROL, _PROGRAM = 0x80, 0x90, 0xB0, 0xC0
_PEDAL = 64
_CHANNEL_KINDS = frozenset(
    ("note_off", "note_on", "polytouch", "control_change", "program_change", "aftertouch", "pitchwheel")
)


class TimedMessage(NamedTuple):
    """This is a channel message (its bytes) at a place in the music, in beats."""

    at_beats: float
    data: tuple[int, ...]


class FileNote(NamedTuple):
    """This is one note of a file.

    `onset_beats`, `duration_beats`: quarter notes from the start, duration > 0. `channel` 0-15;
    `program` 0-127 as last chosen on the channel; `track` counts from 0.
    """

    onset_beats: float
    pitch: int
    duration_beats: float
    velocity: int
    channel: int = 0
    track: int = 0
    program: int = 0

    @property
    def drums(self) -> bool:
        """Whether it is on the channel of General MIDI's drums."""
        return self.channel == DRUM_CHANNEL

    @property
    def end_beats(self) -> float:
        """Where it ends."""
        return self.onset_beats + self.duration_beats


class TempoChange(NamedTuple):
    """This is a tempo in quarters per minute from a place on."""

    at_beats: float
    bpm: float


@dataclass(frozen=True, slots=True)
class Track:
    """This is one track: its name and its channel messages in order of time."""

    name: str
    messages: tuple[TimedMessage, ...]


@dataclass(frozen=True, slots=True)
class MidiPiece:
    """This is what a MIDI file holds; `notes` are sorted by onset, then pitch."""

    tempos: tuple[TempoChange, ...]
    meters: tuple[MeterChange, ...]
    tracks: tuple[Track, ...]
    notes: tuple[FileNote, ...]

    @property
    def bpm(self) -> float:
        """The first tempo, in quarters per minute."""
        return self.tempos[0].bpm if self.tempos else DEFAULT_BPM

    @property
    def meter(self) -> Meter:
        """The first time signature."""
        return self.meters[0].meter if self.meters else Meter()

    @property
    def end_beats(self) -> float:
        """Where the last note ends."""
        return max((note.end_beats for note in self.notes), default=0.0)


# --- reading ---------------------------------------------------------------------------------


def read(path: str | Path, *, pedal: bool = False, need_notes: bool = False) -> MidiPiece:
    """Return what a MIDI file holds.

    Args:
        path: the file.
        pedal: whether the sustain pedal lengthens notes.
        need_notes: whether a file without notes is an error.

    Raises:
        MidiFileError: if it cannot be read or is malformed, in one sentence.
    """
    piece = parse(_bytes_of(Path(path)), str(path), pedal=pedal)
    if need_notes and not piece.notes:
        raise MidiFileError(f"{path}: holds no notes; give a MIDI file with at least one")
    return piece


def parse(data: bytes, name: str, *, pedal: bool = False) -> MidiPiece:
    """Return what the bytes of a MIDI file hold; `name` is for the error, the rest as for `read`."""
    file = _load(data, name)
    unit = _ticks_per_beat(file.ticks_per_beat, name)
    tempos: list[TempoChange] = []
    meters: list[MeterChange] = []
    tracks: list[Track] = []
    start_ticks = 0
    for number, track in enumerate(file.tracks):
        timed, end_ticks = _at_ticks(track, start_ticks, unit, f"{name}: track {number + 1}")
        tempos += [TempoChange(t, 6e7 / m.tempo) for t, m in timed if m.type == "set_tempo" and m.tempo > 0]
        meters += [MeterChange(t, Meter(m.numerator, m.denominator)) for t, m in timed if _is_usable_meter(m)]
        messages = tuple(TimedMessage(t, tuple(m.bytes())) for t, m in timed if m.type in _CHANNEL_KINDS)
        tracks.append(Track(track.name, messages))
        start_ticks = end_ticks if file.type == 2 else 0
    if file.ticks_per_beat < 0:
        tempos = []  # SMPTE ticks are seconds already; beats are those of the default tempo
    in_order = tuple(sorted(tempos)), tuple(sorted(meters, key=lambda change: change.at_beats))
    return MidiPiece(*in_order, tuple(tracks), notes_of(tracks, pedal=pedal))


def _bytes_of(path: Path) -> bytes:
    try:
        if path.exists() and not path.is_file():
            raise MidiFileError(f"{path}: not a file; give a MIDI file")
        _refuse_large(path.stat().st_size, str(path))
        return path.read_bytes()
    except (OSError, ValueError) as fault:
        reason = fault.strerror if isinstance(fault, OSError) else str(fault)
        raise MidiFileError(f"{path}: cannot be read: {reason}") from None


def _refuse_large(size: int, name: str) -> None:
    if size > MAX_FILE_BYTES:
        raise MidiFileError(f"{name}: {size} bytes; a MIDI file may have {MAX_FILE_BYTES} at most")


class _Guarded(io.BytesIO):
    """This is a file that refuses numbers without end, over which mido would brood for minutes."""

    high_bytes = 0

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        self.high_bytes = self.high_bytes + 1 if size == 1 and data >= b"\x80" else 0
        if self.high_bytes > _MAX_HIGH_BYTES:
            raise ValueError(f"a number of over {_MAX_HIGH_BYTES} bytes")
        return data


def _load(data: bytes, name: str) -> mido.MidiFile:
    _refuse_large(len(data), name)
    if not data:
        raise MidiFileError(f"{name}: the file is empty; give a MIDI file")
    if data[:4] == b"RIFF" and data[8:12] == b"RMID":
        data = data[max(0, data.find(b"MThd")) :]
    if data[:4] != b"MThd":
        raise MidiFileError(f"{name}: not a MIDI file: it does not begin with 'MThd'")
    stream = _Guarded(data)
    try:
        file = mido.MidiFile(file=stream, clip=True)
    except EOFError:
        raise MidiFileError(f"{name}: damaged MIDI file: it breaks off at byte {len(data)}") from None
    except Exception as fault:  # mido lets through whatever its byte juggling meets
        reason = "a message is cut short" if isinstance(fault, LookupError) else " ".join(str(fault).split())
        raise MidiFileError(f"{name}: damaged MIDI file: {reason} (before byte {stream.tell()})") from None
    if file.type not in (0, 1, 2):
        raise MidiFileError(f"{name}: MIDI file of type {file.type}; types 0, 1 and 2 are known")
    return file


def _ticks_per_beat(division: int, name: str) -> float:
    """Return the ticks of a beat, from the signed division of the header (negative: SMPTE frames)."""
    frames_per_s, ticks_per_frame = -(division >> 8), division & 0xFF
    per_beat = division if division > 0 else frames_per_s * ticks_per_frame * 60 / DEFAULT_BPM
    if per_beat <= 0:
        raise MidiFileError(f"{name}: damaged MIDI file: 0 ticks a beat; at least 1 is needed")
    return per_beat


def _at_ticks(
    track: mido.MidiTrack, start_ticks: int, unit: float, where: str
) -> tuple[list[tuple[float, mido.messages.BaseMessage]], int]:
    """Return the messages of a track with their places in beats, and its end in ticks."""
    timed = []
    now_ticks = start_ticks
    for message in track:
        now_ticks += message.time
        if now_ticks > MAX_BEATS * unit:
            raise MidiFileError(f"{where} is over {MAX_BEATS} beats long; the file is damaged")
        timed.append((now_ticks / unit, message))
    return timed, now_ticks


def _is_usable_meter(message: mido.messages.BaseMessage) -> bool:
    return (
        message.type == "time_signature" and message.numerator in range(1, 33) and message.denominator in DENOMINATORS
    )


# --- notes -----------------------------------------------------------------------------------


def notes_of(tracks: Sequence[Track], *, pedal: bool = False) -> tuple[FileNote, ...]:
    """Return the notes of some tracks, sorted by onset, then pitch.

    A note_off ends the oldest note of its key; a key struck again cuts the
    note before, of two struck at once the longer stays; a note without end
    lasts until the last message of its track.

    Args:
        tracks: as in `MidiPiece`.
        pedal: whether the sustain pedal (CC 64) lengthens notes.
    """
    notes = [note for number, track in enumerate(tracks) for note in _paired(track, number)]
    if pedal:
        releases = _pedal_releases(tracks)
        notes = [note._replace(duration_beats=_sustained_end(note, releases) - note.onset_beats) for note in notes]
    return tuple(sorted(_cut_where_restruck(notes), key=lambda note: note[:2]))


def _paired(track: Track, number: int) -> Iterator[FileNote]:
    """Yield the notes of one track as note_on and note_off pair up."""
    open_notes: dict[tuple[int, int], deque[tuple[float, int, int]]] = defaultdict(deque)
    programs: dict[int, int] = {}
    for at_beats, data in track.messages:
        kind, channel = data[0] & 0xF0, data[0] & 0x0F
        if kind == _PROGRAM:
            programs[channel] = data[1]
        elif kind == _NOTE_ON and data[2] > 0:
            open_notes[channel, data[1]].append((at_beats, data[2], programs.get(channel, 0)))
        elif kind in (_NOTE_ON, _NOTE_OFF) and open_notes[channel, data[1]]:
            onset, velocity, program = open_notes[channel, data[1]].popleft()
            yield FileNote(onset, data[1], at_beats - onset, velocity, channel, number, program)
    for (channel, pitch), struck in open_notes.items():
        for onset, velocity, program in struck:
            yield FileNote(onset, pitch, track.messages[-1].at_beats - onset, velocity, channel, number, program)


def _cut_where_restruck(notes: Iterable[FileNote]) -> Iterator[FileNote]:
    """Yield the notes so that no key of a track sounds twice at once and none lasts for no time."""
    keys: dict[tuple[int, int, int], list[FileNote]] = defaultdict(list)
    for note in notes:
        keys[note.track, note.channel, note.pitch].append(note)
    for struck in keys.values():
        struck.sort(key=lambda note: (note.onset_beats, note.duration_beats))
        for note, later in zip(struck, [*struck[1:], None], strict=True):
            if later is not None and later.onset_beats == note.onset_beats:
                continue
            end = min(note.end_beats, later.onset_beats) if later else note.end_beats
            yield note._replace(duration_beats=max(end - note.onset_beats, 1 / WRITTEN_TICKS_PER_BEAT))


def _pedal_releases(tracks: Sequence[Track]) -> dict[int, tuple[list[float], list[float]]]:
    """Return for each channel where its pedal goes down and comes up, in beats, in alternation."""
    moves: dict[int, list[tuple[float, bool]]] = defaultdict(list)
    for track in tracks:
        for at_beats, data in track.messages:
            if data[0] & 0xF0 == _CONTROL and data[1] == _PEDAL:
                moves[data[0] & 0x0F].append((at_beats, data[2] >= 64))
    end = max((track.messages[-1].at_beats for track in tracks if track.messages), default=0.0)
    return {channel: _downs_and_ups(sorted(places), end) for channel, places in moves.items()}


def _downs_and_ups(moves: Sequence[tuple[float, bool]], end: float) -> tuple[list[float], list[float]]:
    downs: list[float] = []
    ups: list[float] = []
    for at_beats, down in moves:
        if down != (len(downs) > len(ups)):
            (downs if down else ups).append(at_beats)
    return downs, ups if len(ups) == len(downs) else [*ups, end]


def _sustained_end(note: FileNote, releases: dict[int, tuple[list[float], list[float]]]) -> float:
    downs, ups = releases.get(note.channel, ([], []))
    index = bisect_left(downs, note.end_beats) - 1
    return max(note.end_beats, ups[index]) if index >= 0 and ups[index] > note.end_beats else note.end_beats


# --- writing ---------------------------------------------------------------------------------


def messages_of(notes: Iterable[FileNote]) -> tuple[TimedMessage, ...]:
    """Return notes as note_on and note_off messages in playing order: where notes meet, the off comes first.

    They meet on the same written tick: an onset and a duration seldom add up to the next onset to the last bit.
    """
    ends = [TimedMessage(n.end_beats, (_NOTE_OFF | n.channel, n.pitch, 0)) for n in notes]
    onsets = [
        TimedMessage(n.onset_beats, (_NOTE_ON | n.channel, n.pitch, min(n.velocity, MAX_VELOCITY))) for n in notes
    ]
    return tuple(sorted(ends + onsets, key=lambda message: (_written_tick(message.at_beats), message.data)))


def write(path: str | Path, tracks: Sequence[Track], *, bpm: float, meter: Meter) -> None:
    """Write tracks to a MIDI file of type 1; the same music always gives the same bytes.

    Args:
        path: the file; an existing one is replaced once the new one is whole, and missing folders are made.
        tracks: messages in order of time, in beats from the start.
        bpm: tempo of the whole file, in quarters per minute.
        meter: time signature of the whole file.

    Raises:
        MidiFileError: if the file cannot be written.
    """
    head = mido.MidiTrack(
        (
            mido.MetaMessage("set_tempo", tempo=min(max(1, round(6e7 / bpm)), 2**24 - 1)),
            mido.MetaMessage("time_signature", numerator=meter.numerator, denominator=meter.denominator),
        )
    )
    file = mido.MidiFile(type=1, ticks_per_beat=WRITTEN_TICKS_PER_BEAT, tracks=[head, *map(_as_mido, tracks)])
    try:
        _save(file, Path(path))
    except OSError as fault:
        raise MidiFileError(f"{path}: cannot be written: {fault.strerror}") from None


def _save(file: mido.MidiFile, path: Path) -> None:
    if path.exists() and not path.is_file():  # a device or a pipe is written into
        file.save(path)
        return
    if not path.parent.exists():
        path.parent.mkdir(parents=True)
    new = path.with_name(f".{path.name}.new")
    file.save(new)
    new.replace(path)


def _as_mido(track: Track) -> mido.MidiTrack:
    messages = mido.MidiTrack([mido.MetaMessage("track_name", name=track.name)] if track.name else [])
    now_ticks = 0
    for at_beats, data in track.messages:
        ticks = max(now_ticks, _written_tick(at_beats))
        messages.append(mido.Message.from_bytes(data, time=ticks - now_ticks))
        now_ticks = ticks
    return messages


def _written_tick(at_beats: float) -> int:
    return round(at_beats * WRITTEN_TICKS_PER_BEAT)
