import os
import re
import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from improvd.errors import MidiFileError
from improvd.music import midifile
from improvd.music.midifile import FileNote, TempoChange, TimedMessage, Track, messages_of, parse, read, write
from improvd.music.timing import Meter

END = b"\x00\xff\x2f\x00"
TUNE = b"\x00\x90\x3c\x50" + b"\x60\x80\x3c\x40" + b"\x00\x90\x3e\x51" + b"\x30\x80\x3e\x40" + END


def smf(*tracks: bytes, kind: int = 1, division: int = 96) -> bytes:
    head = b"MThd" + struct.pack(">LHHh", 6, kind, len(tracks), division)
    return head + b"".join(b"MTrk" + struct.pack(">L", len(track)) + track for track in tracks)


def fault(data: bytes) -> str:
    with pytest.raises(MidiFileError) as error:
        parse(data, "x.mid")
    return str(error.value)


def test_notes_come_in_beats():
    piece = parse(smf(TUNE), "x.mid")
    assert piece.notes == (FileNote(0.0, 60, 1.0, 80), FileNote(1.0, 62, 0.5, 81))
    assert piece.end_beats == 1.5


def test_tempo_and_metre_are_read_and_default_to_120_in_4_4():
    told = b"\x00\xff\x51\x03\x0a\x2c\x2b" + b"\x00\xff\x58\x04\x06\x03\x18\x08" + b"\x60\xff\x51\x03\x07\xa1\x20" + END
    piece = parse(smf(told, TUNE), "x.mid")
    assert piece.meter == Meter(6, 8)
    assert piece.bpm == pytest.approx(90, abs=0.01)
    assert piece.tempos[1] == TempoChange(1.0, 120.0)
    plain = parse(smf(TUNE), "x.mid")
    assert (plain.bpm, plain.meter) == (120.0, Meter(4, 4))


def test_a_tempo_of_zero_and_an_impossible_metre_are_passed_over():
    odd = (
        b"\x00\xff\x51\x03\x00\x00\x00"
        + b"\x00\xff\x58\x04\x00\x02\x18\x08"
        + b"\x00\xff\x58\x04\x04\xff\x18\x08"
        + END
    )
    piece = parse(smf(odd, TUNE), "x.mid")
    assert (piece.tempos, piece.meters) == ((), ())


def test_drums_tracks_channels_and_programs_are_told_apart():
    bass = b"\x00\xff\x03\x04Bass" + b"\x00\xc2\x20" + b"\x00\x92\x24\x50" + b"\x60\x82\x24\x00" + END
    drums = b"\x00\x99\x24\x50" + b"\x60\x89\x24\x00" + END
    piece = parse(smf(bass, drums), "x.mid")
    assert piece.notes == (FileNote(0.0, 36, 1.0, 80, 2, 0, 32), FileNote(0.0, 36, 1.0, 80, 9, 1, 0))
    assert [note.drums for note in piece.notes] == [False, True]
    assert [track.name for track in piece.tracks] == ["Bass", ""]


def test_the_pedal_lengthens_notes_only_where_asked():
    pedalled = b"\x00\xb0\x40\x7f" + b"\x00\x90\x3c\x50" + b"\x30\x80\x3c\x40" + b"\x60\xb0\x40\x00" + END
    assert parse(smf(pedalled), "x.mid").notes[0].duration_beats == 0.5
    assert parse(smf(pedalled), "x.mid", pedal=True).notes[0].duration_beats == 1.5


def test_a_pedal_never_lifted_holds_to_the_end_and_a_restrike_cuts_what_it_holds():
    pedalled = (
        b"\x00\xb0\x40\x7f" + b"\x00\x90\x3c\x50" + b"\x30\x80\x3c\x40" + b"\x30\x90\x3c\x50" + b"\x60\x80\x3c\x40"
        + b"\x60\x90\x3e\x50" + b"\x60\x80\x3e\x40" + END
    )  # fmt: skip
    notes = parse(smf(pedalled), "x.mid", pedal=True).notes
    assert [(n.onset_beats, n.pitch, n.duration_beats) for n in notes] == [(0, 60, 1), (1, 60, 3), (3, 62, 1)]


def test_a_note_on_of_velocity_zero_ends_a_note():
    assert parse(smf(b"\x00\x90\x3c\x50" + b"\x60\x3c\x00" + END), "x.mid").notes == (FileNote(0.0, 60, 1.0, 80),)


def test_overlapping_strikes_of_a_key_end_in_the_order_in_which_they_began():
    strikes = b"\x00\x90\x3c\x50" + b"\x60\x90\x3c\x51" + b"\x00\x80\x3c\x40" + b"\x60\x80\x3c\x40" + END
    assert parse(smf(strikes), "x.mid").notes == (FileNote(0.0, 60, 1.0, 80), FileNote(1.0, 60, 1.0, 81))


def test_a_note_without_end_lasts_until_the_last_message_of_its_track():
    notes = parse(smf(b"\x00\x90\x3c\x50" + b"\x60\x90\x3e\x50" + b"\x60\x80\x3e\x40" + END), "x.mid").notes
    assert notes[0].duration_beats == 2.0


def test_no_note_lasts_for_no_time():
    assert parse(smf(b"\x00\x90\x3c\x50" + b"\x00\x80\x3c\x40" + END), "x.mid").notes[0].duration_beats > 0


def test_patterns_of_a_type_2_file_follow_one_another():
    piece = parse(smf(TUNE, TUNE, kind=2), "x.mid")
    assert [note.onset_beats for note in piece.notes] == [0, 1, 1.5, 2.5]


def test_smpte_time_is_read_at_120_bpm():
    eighty_ticks_a_frame_at_25_frames = (-25 << 8) | 80
    onset = b"\x00\x90\x3c\x50" + b"\x8f\x50\x80\x3c\x40" + END  # 2000 ticks: one second
    tempo = b"\x00\xff\x51\x03\x0a\x2c\x2b" + END
    piece = parse(smf(tempo, onset, division=eighty_ticks_a_frame_at_25_frames), "x.mid")
    assert (piece.notes[0].duration_beats, piece.bpm) == (2.0, 120.0)


def test_a_midi_file_in_a_riff_is_read():
    data = smf(TUNE)
    riff = b"RIFF" + struct.pack("<L", len(data) + 12) + b"RMIDdata" + struct.pack("<L", len(data)) + data
    assert parse(riff, "x.rmi").notes == parse(data, "x.mid").notes


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "x.mid: the file is empty; give a MIDI file"),
        (b"ID3 no midi at all", "x.mid: not a MIDI file: it does not begin with 'MThd'"),
        (b"MThd", "x.mid: damaged MIDI file: it breaks off at byte 4"),
        (smf(TUNE)[:-9], "x.mid: damaged MIDI file: it breaks off at byte 33"),
        (smf(TUNE, kind=7), "x.mid: MIDI file of type 7; types 0, 1 and 2 are known"),
        (smf(TUNE, division=0), "x.mid: damaged MIDI file: 0 ticks a beat; at least 1 is needed"),
        (smf(b"\x00\xf4" + END), "x.mid: damaged MIDI file: undefined status byte 0xf4 (before byte 24)"),
        (smf(b"\x00\xff\x59\x02\x0a\x00" + END), "Could not decode key with 10 sharps"),
        (smf(b"\x00\xff\x51\x01\x0a" + END), "x.mid: damaged MIDI file: a message is cut short (before byte 27)"),
        (smf(b"\xff\xff\xff\xff\x7f\x90\x3c\x50" + END), "x.mid: track 1 is over 1000000 beats long"),
        (smf(b"\xff" * 1_500_000), "a number of over 1000 bytes"),
    ],
    ids=lambda value: repr(value[:12]),
)
def test_what_is_no_midi_file_gives_one_sentence(data: bytes, sentence: str):
    said = fault(data)
    assert sentence in said
    assert "\n" not in said


def test_a_missing_file_a_folder_and_a_name_that_cannot_be_are_told(tmp_path: Path):
    for path in (tmp_path / "none.mid", tmp_path, f"{tmp_path}/\0"):
        with pytest.raises(MidiFileError) as error:
            read(path)
        assert str(error.value).startswith(str(path))


def test_no_notes_are_an_error_where_notes_are_needed(tmp_path: Path):
    (tmp_path / "mute.mid").write_bytes(smf(END))
    assert read(tmp_path / "mute.mid").notes == ()
    with pytest.raises(MidiFileError, match=r"mute.mid: holds no notes"):
        read(tmp_path / "mute.mid", need_notes=True)


@given(st.binary(max_size=200), st.booleans())
def test_no_bytes_give_another_error(tail: bytes, whole: bool):
    data = smf(tail) if whole else smf(TUNE)[: len(tail)] + tail
    try:
        parse(data, "x.mid", pedal=True)
    except MidiFileError as error:
        assert str(error).startswith("x.mid")


@given(st.data())
def test_one_wrong_byte_gives_a_piece_or_a_sentence(data: st.DataObject):
    damaged = bytearray(smf(b"\x00\xff\x51\x03\x0a\x2c\x2b" + b"\x00\xb0\x40\x7f" + TUNE, TUNE))
    damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    try:
        piece = parse(bytes(damaged), "x.mid", pedal=True)
    except MidiFileError:
        return
    assert all(note.duration_beats > 0 for note in piece.notes)


def test_what_is_written_reads_the_same(tmp_path: Path):
    notes = (FileNote(0.0, 60, 1.0, 80, 1), FileNote(1.0, 60, 0.5, 1, 1), FileNote(1.0, 64, 2.0, 127, 1))
    write(tmp_path / "x.mid", [Track("answer", messages_of(notes))], bpm=96.0, meter=Meter(3, 4))
    piece = read(tmp_path / "x.mid")
    assert (piece.bpm, piece.meter) == (96.0, Meter(3, 4))
    assert piece.tracks[1].name == "answer"
    assert piece.notes == tuple(note._replace(track=1) for note in notes)


def test_a_note_ends_before_its_pitch_is_struck_again_where_they_meet(tmp_path: Path):
    notes = (FileNote(10 / 24, 60, 1 / 24, 80), FileNote(11 / 24, 60, 1 / 24, 80))
    assert notes[0].end_beats > notes[1].onset_beats  # by a rounding
    write(tmp_path / "x.mid", [Track("", messages_of(notes))], bpm=120.0, meter=Meter())
    assert [data[0] for _, data in read(tmp_path / "x.mid").tracks[1].messages] == [0x90, 0x80, 0x90, 0x80]


def test_the_same_music_gives_the_same_bytes(tmp_path: Path):
    track = Track("", (TimedMessage(0.0, (0x90, 60, 80)), TimedMessage(1 / 3, (0x80, 60, 0))))
    for name in ("a.mid", "b.mid"):
        write(tmp_path / name, [track], bpm=120.0, meter=Meter())
    assert (tmp_path / "a.mid").read_bytes() == (tmp_path / "b.mid").read_bytes()


def test_rounding_does_not_add_up_over_a_long_track(tmp_path: Path):
    thirds = tuple(TimedMessage(i / 7, (0x90 if i % 2 == 0 else 0x80, 60, 80)) for i in range(7000))
    write(tmp_path / "x.mid", [Track("", thirds)], bpm=120.0, meter=Meter())
    assert read(tmp_path / "x.mid").notes[-1].onset_beats == pytest.approx(6998 / 7, abs=1 / 480)


def test_a_file_that_cannot_be_written_is_told(tmp_path: Path):
    (tmp_path / "file").write_text("")
    path = tmp_path / "file" / "x.mid"
    with pytest.raises(MidiFileError, match=re.escape(f"{path}: cannot be written: Not a directory")):
        write(path, [], bpm=120.0, meter=Meter())


def test_missing_folders_are_made_and_no_draft_is_left(tmp_path: Path):
    write(tmp_path / "a" / "b" / "x.mid", [], bpm=120.0, meter=Meter())
    assert [path.name for path in (tmp_path / "a" / "b").iterdir()] == ["x.mid"]


def test_a_pipe_is_written_into_and_stays_one(tmp_path: Path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    end = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    write(pipe, [], bpm=120.0, meter=Meter())
    assert os.read(end, 4) == b"MThd"
    os.close(end)
    assert pipe.is_fifo()


def test_a_file_too_large_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(midifile, "MAX_FILE_BYTES", 20)
    (tmp_path / "x.mid").write_bytes(smf(TUNE))
    with pytest.raises(MidiFileError, match="may have 20 at most"):
        read(tmp_path / "x.mid")
    assert "may have 20 at most" in fault(smf(TUNE))
