"""Takes: call and answer as a MIDI file of two tracks."""

from __future__ import annotations

from pathlib import Path

import pytest

from improvd.errors import MidiFileError
from improvd.live import recorder
from improvd.live.recorder import Recorder
from improvd.music import midifile
from improvd.music.timing import Meter
from improvd.protocol import Heard, Sounded


def heard(at_beats: float, *data: int) -> Heard:
    return Heard(0.0, at_beats, data, "keys")


def sounded(at_beats: float, *data: int, answer: int = 1) -> Sounded:
    return Sounded(0.0, at_beats, data, answer, 0.0)


def test_a_take_has_a_track_for_the_player_and_one_for_the_answers(tmp_path: Path) -> None:
    take = Recorder(lambda: tmp_path / "takes" / "one.mid", on=True)
    take.heard(heard(9.0, 0x90, 60, 80))
    take.heard(heard(9.2, 0xB0, 64, 127))
    take.sounded(sounded(9.0, 0x90, 60, 80, answer=0))
    take.heard(heard(9.5, 0x80, 60, 64))
    take.sounded(sounded(10.0, 0x91, 67, 70))
    take.sounded(sounded(11.0, 0x81, 67, 64))
    take.save(90.0, Meter(4, 4))
    piece = midifile.read(tmp_path / "takes" / "one.mid")
    assert [track.name for track in piece.tracks[1:]] == ["player", "improvd"]
    assert [(n.onset_beats, n.pitch, n.duration_beats, n.velocity, n.channel, n.track) for n in piece.notes] == [
        (1.0, 60, 0.5, 80, 0, 1),
        (2.0, 67, 1.0, 70, 1, 2),
    ]
    assert round(piece.bpm, 3) == 90.0
    assert [path.name for path in (tmp_path / "takes").iterdir()] == ["one.mid"]


def test_what_still_sounds_is_ended_in_the_file(tmp_path: Path) -> None:
    take = Recorder(lambda: tmp_path / "one.mid", on=True)
    take.heard(heard(0.0, 0x90, 60, 80))
    take.heard(heard(3.0, 0x90, 62, 80))
    take.save(120.0, Meter())
    assert [(n.pitch, n.duration_beats) for n in midifile.read(tmp_path / "one.mid").notes] == [(60, 3.0), (62, 1.0)]


def test_a_take_is_written_anew_each_time_under_the_same_name(tmp_path: Path) -> None:
    names = iter(["one.mid", "two.mid"])
    take = Recorder(lambda: tmp_path / next(names), on=True)
    for number in range(3):
        take.heard(heard(number, 0x90, 60, 80))
        take.heard(heard(number + 0.5, 0x80, 60, 64))
        take.save(120.0, Meter())
    assert len(midifile.read(tmp_path / "one.mid").notes) == 3
    assert take.path == tmp_path / "one.mid"


def test_a_long_take_goes_on_in_the_next_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recorder, "LONGEST_TAKE", 3)
    names = iter(["one.mid", "two.mid"])
    take = Recorder(lambda: tmp_path / next(names), on=True)
    for number in range(4):
        take.heard(heard(number, 0x90, 60, 80))
        take.save(120.0, Meter())
    assert take.path is None
    take.heard(heard(5.0, 0x90, 60, 80))
    take.save(120.0, Meter())
    assert len(midifile.read(tmp_path / "one.mid").notes) == 4
    assert len(midifile.read(tmp_path / "two.mid").notes) == 1


def test_nothing_played_is_no_take(tmp_path: Path) -> None:
    Recorder(lambda: tmp_path / "one.mid", on=True).save(120.0, Meter())
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    take = Recorder(lambda: tmp_path / "file" / "one.mid", on=True)
    take.heard(heard(0.0, 0x90, 60, 80))
    with pytest.raises((OSError, MidiFileError)):
        take.save(120.0, Meter())


def test_where_nothing_is_recorded_there_is_no_file(tmp_path: Path) -> None:
    take = Recorder(lambda: tmp_path / "one.mid", on=False)
    take.heard(heard(0.0, 0x90, 60, 80))
    take.sounded(sounded(1.0, 0x91, 60, 80))
    take.save(120.0, Meter())
    assert list(tmp_path.iterdir()) == []


def test_the_click_is_no_part_of_a_take(tmp_path: Path) -> None:
    take = Recorder(lambda: tmp_path / "one.mid", on=True)
    take.sounded(sounded(0.0, 0x99, 77, 90, answer=-1))
    take.save(120.0, Meter())
    assert list(tmp_path.iterdir()) == []
