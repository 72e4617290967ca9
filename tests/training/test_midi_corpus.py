"""MIDI files as pieces: bar lines, parts, dynamics, and one sentence for what cannot be read."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from improvd.errors import CorpusError
from improvd.music import codec
from improvd.music.codec import PARTS
from improvd.music.midifile import FileNote, TimedMessage, Track, messages_of, write
from improvd.music.note import TICKS_PER_BEAT
from improvd.music.timing import Meter, MeterChange, steady
from improvd.training.corpus import midi
from improvd.training.corpus.parts import Line, parts_of
from improvd.training.corpus.piece import Piece

BASS_PROGRAM = 33
COMMON = Meter(4, 4)


@dataclass(frozen=True)
class Folder:
    """This is a folder as `Files`."""

    path: Path

    @property
    def names(self) -> list[str]:
        return sorted(file.name for file in self.path.iterdir())

    def read(self, name: str) -> bytes:
        return (self.path / name).read_bytes()


def written(folder: Path, *tracks: Track, meter: Meter = COMMON) -> Piece:
    write(folder / "x.mid", tracks, bpm=120.0, meter=meter)
    (piece,) = midi.pieces(Folder(folder), "x.mid")
    return piece


def track(*notes: FileNote, name: str = "") -> Track:
    return Track(name, messages_of(notes))


def in_metres(folder: Path, first_beat: int, *changes: tuple[int, int, int]) -> Piece:
    """Return the piece of a file with one note and time signatures at (beat, numerator, power of two)."""
    events = [(beat, bytes((0xFF, 0x58, 4, numerator, power, 24, 8))) for beat, numerator, power in changes]
    events += [(first_beat, b"\x90\x3c\x50"), (first_beat + 1, b"\x80\x3c\x00")]
    body, now = b"", 0
    for beat, data in sorted(events, key=lambda event: event[0]):
        body += bytes((beat - now,)) + data
        now = beat
    body += b"\x00\xff\x2f\x00"
    head = b"MThd" + struct.pack(">LHHH", 6, 0, 1, 1)
    (folder / "x.mid").write_bytes(head + b"MTrk" + struct.pack(">L", len(body)) + body)
    (piece,) = midi.pieces(Folder(folder), "x.mid")
    return piece


def parts(lines: Iterable[Line]) -> list[str]:
    return [PARTS[part] for part in parts_of(list(lines))]


def test_a_file_is_one_piece_of_no_known_style_named_after_it(tmp_path: Path):
    piece = written(tmp_path, track(FileNote(0.5, 60, 1.0, 80), FileNote(1.5, 62, 0.5, 81)), meter=Meter(3, 4))
    assert (piece.name, piece.style, piece.meters) == ("x.mid", "any", steady(3, 4))
    assert [(n.onset_beats, n.pitch, n.duration_beats, n.velocity) for n in piece.notes] == [
        (0.5, 60, 1.0, 80),
        (1.5, 62, 0.5, 81),
    ]


def test_the_pedal_holds_the_notes(tmp_path: Path):
    pedal = TimedMessage(0.0, (0xB0, 64, 127)), TimedMessage(3.0, (0xB0, 64, 0))
    notes = messages_of([FileNote(0.0, 60, 1.0, 80)])
    piece = written(tmp_path, Track("", (pedal[0], *notes, pedal[1])))
    assert piece.notes[0].duration_beats == 3.0


def test_bars_of_silence_before_the_music_are_left_out_and_the_upbeat_stays_where_it_is(tmp_path: Path):
    piece = written(tmp_path, track(FileNote(8.0, 60, 1.0, 80), FileNote(9.0, 62, 1.0, 80)), meter=Meter(3, 4))
    assert [n.onset_beats for n in piece.notes] == [2.0, 3.0]


def test_a_first_note_a_hair_before_the_bar_line_does_not_bring_an_empty_bar(tmp_path: Path):
    early = 4.0 - 4 / 480
    piece = written(tmp_path, track(FileNote(early, 36, 0.5, 80), FileNote(4.5, 38, 0.5, 80)))
    assert [n.onset_beats for n in piece.notes] == [0.0, 0.5]


@pytest.mark.parametrize(
    ("first_beat", "changes", "metres"),
    [
        (0, [], [(0.0, "4/4")]),
        (0, [(8, 3, 2)], [(0.0, "4/4"), (8.0, "3/4")]),
        (0, [(0, 3, 2), (0, 6, 3)], [(0.0, "6/8")]),
        (0, [(0, 3, 2), (6, 3, 2), (9, 2, 2)], [(0.0, "3/4"), (9.0, "2/4")]),
        (0, [(0, 4, 2), (5, 3, 2)], [(0.0, "4/4"), (5.0, "3/4")]),
        (0, [(0, 4, 2), (5, 4, 2)], [(0.0, "4/4"), (5.0, "4/4")]),
        (9, [(0, 4, 2), (5, 3, 2), (20, 2, 2)], [(0.0, "3/4"), (12.0, "2/4")]),
        (7, [(0, 4, 2), (6, 3, 2)], [(0.0, "3/4")]),
    ],
    ids=[
        "none is 4/4",
        "4/4 before the first",
        "the last at a place",
        "one again on a bar line says nothing",
        "one off the bar line makes one",
        "the same off the bar line makes one too",
        "counted from the first bar of music",
        "those before the music are one",
    ],
)
def test_time_signatures(tmp_path: Path, first_beat: int, changes: list[tuple[int, int, int]], metres: list[object]):
    piece = in_metres(tmp_path, first_beat, *changes)
    assert [(at, f"{m.numerator}/{m.denominator}") for at, m in piece.meters] == metres
    assert piece.meters[0] == MeterChange(0.0, piece.meters[0].meter)


@pytest.mark.parametrize(
    ("velocities", "played"),
    [
        ([80], False),
        ([100, 80, 80, 80], False),
        ([64, 70, 80, 90], False),
        ([60, 70, 80, 90] * 12 + [127, 126], False),
        ([64, 70, 80, 90, 100], True),
        (list(range(20, 120)), True),
    ],
    ids=["flat", "accents", "one to a voice", "two slips", "five levels", "played"],
)
def test_a_few_velocities_are_no_dynamics(tmp_path: Path, velocities: list[int], played: bool):
    notes = [FileNote(i / 4, 60, 0.25, velocities[i % len(velocities)]) for i in range(200)]
    assert written(tmp_path, track(*notes)).dynamics is played


CHORD, LINE = 0.67, 0.0


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ([Line(drums=True)], "drums"),
        ([Line()], "keys"),
        ([Line(program=BASS_PROGRAM), Line(overlap=CHORD), Line(drums=True)], "bass, keys, drums"),
        ([Line(pitch=48), Line(pitch=72), Line(pitch=55), Line(pitch=65)], "voice 4, voice 1, voice 3, voice 2"),
        ([Line(n, pitch=p) for n, p in (("Soprano", 72), ("Bass", 45), ("", 60), ("", 55))],
         "voice 1, voice 4, voice 2, voice 3"),
        ([Line("Piano", pitch=p) for p in (72, 65, 55, 48)], "keys, keys, keys, keys"),
        ([Line(), Line(), Line(), Line(), Line(drums=True)], "keys, keys, keys, keys, drums"),
        ([Line(), Line(), Line(), Line(overlap=CHORD)], "keys, keys, keys, keys"),
        ([Line(), Line(), Line(), Line(drums=True)], "keys, keys, keys, drums"),
        ([Line(pitch=72), Line(pitch=50, overlap=CHORD)], "melody, chords"),
        ([Line(pitch=50, overlap=CHORD), Line(drums=True), Line(pitch=72)], "chords, drums, melody"),
        ([Line(pitch=50), Line(pitch=72, overlap=CHORD)], "keys, keys"),
        ([Line(pitch=72, overlap=CHORD), Line(pitch=50, overlap=CHORD)], "keys, keys"),
        ([Line(pitch=72), Line(pitch=50)], "keys, keys"),
        ([Line("Piano right", pitch=72), Line("Piano left", pitch=50, overlap=CHORD)], "keys, keys"),
        ([Line("MELODY_2"), Line("Lead 1"), Line("vocals"), Line("Chords"), Line("Slap Bass")],
         "melody, melody, melody, chords, bass"),
        ([Line("Bassoon"), Line("Leader"), Line("Clarinet")], "keys, keys, keys"),
        ([Line("Upright Bass"), Line("Contrabass")], "bass, bass"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_the_part_of_each_line(lines: list[Line], told: str):
    assert ", ".join(parts(lines)) == told


def test_lines_are_told_apart_by_track_and_channel(tmp_path: Path):
    tune = track(*(FileNote(i, 72, 1.0, 80) for i in range(4)))
    chords = track(*(FileNote(i, pitch, 1.0, 80, 1) for i in range(4) for pitch in (48, 52, 55)))
    drums = [FileNote(i, 36, 0.25, 80, 9) for i in range(4)]
    two = written(tmp_path, tune, Track("", tuple(sorted(chords.messages + messages_of(drums)))))
    by_pitch = {note.pitch: PARTS[note.part] for note in two.notes}
    assert by_pitch == {72: "melody", 48: "chords", 52: "chords", 55: "chords", 36: "drums"}


def test_legato_is_one_voice_and_short_chords_or_a_held_note_below_are_more():
    legato = Line.of([FileNote(i, 60 + i, 1.1, 80) for i in range(8)], "")
    held = Line.of([FileNote(0.0, 48, 8.0, 80), *(FileNote(i, 60 + i, 1.0, 80) for i in range(7))], "")
    short = Line.of([FileNote(i, pitch, 0.1, 80) for i in range(4) for pitch in (60, 64)], "")
    assert (legato.overlap, held.overlap, short.overlap) == (0.0, 7 / 8, 1 / 2)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "x.mid: the file is empty; give a MIDI file"),
        (b"nothing of the kind", "x.mid: not a MIDI file: it does not begin with 'MThd'"),
        (b"MThd\0\0\0\6\0\1\0\1\0\x60MTrk\0\0\0\x20\0\x90", "x.mid: damaged MIDI file: it breaks off at byte 24"),
        (b"MThd\0\0\0\6\0\1\0\0\0\x60", "x.mid: holds no notes"),
    ],
    ids=["empty", "text", "cut", "mute"],
)
def test_what_holds_no_music_gives_one_sentence(tmp_path: Path, data: bytes, said: str):
    (tmp_path / "x.mid").write_bytes(data)
    with pytest.raises(CorpusError) as error:
        midi.pieces(Folder(tmp_path), "x.mid")
    assert str(error.value) == said


PLAYED = st.lists(
    st.builds(
        FileNote,
        onset_beats=st.floats(0, 60),
        pitch=st.integers(0, 127),
        duration_beats=st.floats(0.01, 20),
        velocity=st.integers(1, 127),
        channel=st.sampled_from((0, 1, 2, 3, 9)),
    ),
    min_size=1,
    max_size=40,
)


@given(PLAYED, st.sampled_from((Meter(4, 4), Meter(3, 4), Meter(6, 8), Meter(7, 8))))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_a_file_holds_survives_the_codec_and_begins_in_the_first_bar(tmp_path, notes, meter):
    piece = written(tmp_path, track(*notes), meter=meter)
    grid = codec.snap(piece.notes)
    assert codec.decode(codec.encode(grid)) == grid
    assert piece.meters == (MeterChange(0.0, meter),)
    assert 0 <= round(piece.notes[0].onset_beats * TICKS_PER_BEAT) < meter.bar_ticks
    assert [n.onset_beats for n in piece.notes] == sorted(n.onset_beats for n in piece.notes)
