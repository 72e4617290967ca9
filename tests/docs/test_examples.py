"""The script behind docs/examples: its files hold the primer and then the answer, and its README says so."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np

from improvd.music.codec import PARTS
from improvd.music.midifile import DRUM_CHANNEL, read
from improvd.music.note import Note
from improvd.music.timing import Meter
from improvd.training.continuations import Primer
from improvd.training.corpus.sources import SOURCES
from improvd.training.metrics.passage import DRUMS, Passage

sys.path.append(str(Path(__file__).parents[2] / "docs" / "examples"))

import make  # once the folder of the script is on the path

BASS = PARTS.index("bass")


def passage(*notes):
    return Passage(np.array(notes, np.int32).reshape(-1, 5), 96)


PLAYED = passage((10, DRUMS, 36, 1, 90), (11, DRUMS, 36, 1, 80), (24, BASS, 40, 24, 70))
ANSWERED = passage((96, DRUMS, 38, 6, 90), (108, BASS, 43, 36, 70))


def example(corpus="abc-folk"):
    primer = Primer("a.zip/tunes.abc#3 The Reel", "jazz", Meter(), PLAYED, ANSWERED)
    return make.Example("01-jazz", corpus, primer, ANSWERED)


def test_the_file_holds_the_primer_and_then_the_answer_each_part_on_a_track(tmp_path):
    make.save(example(), tmp_path)
    piece = read(tmp_path / "01-jazz.mid")
    names = [track.name for track in piece.tracks[1:]]
    assert names == ["primer: bass", "primer: drums", "answer: bass", "answer: drums"]
    assert piece.bpm == 160
    played = [
        (round(n.onset_beats * 24), n.pitch, round(n.duration_beats * 24), n.velocity, n.drums) for n in piece.notes
    ]
    expected = [(o, p, d, v, part == DRUMS) for o, part, p, d, v in [*PLAYED.notes.tolist(), *ANSWERED.notes.tolist()]]
    assert played == expected


def test_a_solo_is_not_quoted_and_the_answer_to_it_begins_with_its_own_bar(tmp_path):
    make.save(example("wjazzd"), tmp_path)
    piece = read(tmp_path / "01-jazz.mid")
    assert [track.name for track in piece.tracks[1:]] == ["answer: bass", "answer: drums"]
    assert [round(note.onset_beats * 24) for note in piece.notes] == [0, 12]


def test_the_same_music_gives_the_same_files(tmp_path):
    made = []
    for folder in (tmp_path / "one", tmp_path / "other"):
        folder.mkdir()
        make.save(example(), folder)
        made.append([path.read_bytes() for path in sorted(folder.iterdir())])
    assert made[0] == made[1]
    assert len(made[0]) == 2


def test_each_part_has_a_channel_for_itself_and_drums_have_theirs():
    channels = [make.channel_of(part) for part in range(len(PARTS))]
    assert channels[DRUMS] == DRUM_CHANNEL
    assert len(set(channels)) == len(PARTS)
    assert max(channels) < 16


def test_a_picture_is_called_by_the_title_of_the_piece():
    assert example().title == "01-jazz: The Reel (abc-folk), 4/4"


def test_the_readme_says_anew_what_lies_between_its_marks_and_whose_the_music_is():
    model = SimpleNamespace(name="default", sum_of=lambda file: "0123456789abcdef" * 4)
    text = make.told(f"before\n{make.BEGIN}\nstale\n{make.END}\nafter\n", [example()], model)
    assert text.startswith(f"before\n{make.BEGIN}\nModel *default*")
    assert text.endswith(f"\n{make.END}\nafter\n")
    assert "stale" not in text
    assert SOURCES["abc-folk"].attribution in text
    assert SOURCES["openewld"].attribution not in text
    assert make.told(text, [example()], model) == text


def test_the_picture_shows_the_primer_and_the_answer_each_as_a_layer():
    primer, answer = make.layer("primer", PLAYED), make.layer("answer", ANSWERED)
    assert (primer.name, answer.name) == ("primer, 3 notes", "answer, 2 notes")
    assert answer.notes == (Note(4, 38, 0.25, 90, DRUMS), Note(4.5, 43, 1.5, 70, BASS))
