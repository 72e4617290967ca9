"""Notation becomes notes: tunes in ABC and chorales as JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pytest

from improvd.errors import CorpusError
from improvd.music.codec import KEYS, PARTS
from improvd.music.timing import Meter, MeterChange, steady
from improvd.training.corpus import chorales

abc = pytest.importorskip("improvd.training.corpus.abc")
pytest.importorskip("music21")


@dataclass(frozen=True)
class OneFile:
    """This is a file as `Files`, whatever it is called."""

    data: bytes
    names: tuple[str, ...] = ()

    def read(self, name):
        return self.data


def tunes(text):
    data = text if isinstance(text, bytes) else text.encode()
    return abc.pieces(OneFile(data), "book.abc")


def tune(body, meter="4/4", key="C"):
    return tunes(f"X:1\nT:Trial\nM:{meter}\nL:1/8\nK:{key}\n{body}\n")[0]


def heard(body, **header):
    return [(n.onset_beats, n.pitch, n.duration_beats) for n in tune(body, **header).notes]


def test_a_tune_has_its_name_metre_and_notes():
    piece = tune("C2 D2 E2 F2|", meter="6/8")
    assert (piece.name, piece.style, piece.meters) == ("book.abc#0 Trial", "folk", steady(6, 8))
    assert [(n.pitch, PARTS[n.part]) for n in piece.notes] == [(p, "melody") for p in (60, 62, 64, 65)]


def test_key_and_accidentals_are_heard():
    assert [pitch for _, pitch, _ in heard("F2 ^G2 G2 F2|c8|", key="D")] == [66, 68, 68, 66, 73]
    assert [pitch for _, pitch, _ in heard("F2 =F2 F2 ^c2|F8|", key="D")] == [66, 65, 65, 73, 66]


def test_an_upbeat_starts_late_in_its_bar():
    assert heard("C2|D8|")[:2] == [(3.0, 60, 1.0), (4.0, 62, 4.0)]


def test_a_triplet_takes_the_time_of_two():
    assert heard("(3CDE F2 G4|")[:4] == [
        (0.0, 60, pytest.approx(1 / 3)),
        (pytest.approx(1 / 3), 62, pytest.approx(1 / 3)),
        (pytest.approx(2 / 3), 64, pytest.approx(1 / 3)),
        (pytest.approx(1.0), 65, 1.0),
    ]


def test_a_tie_is_one_note():
    assert heard("C4-C4|") == [(0.0, 60, 4.0)]


def test_broken_rhythm_is_dotted():
    assert [length for *_, length in heard("C>D E<F G4|")] == [0.75, 0.25, 0.25, 0.75, 2.0]


def test_grace_notes_and_first_endings_are_left_out():
    assert [pitch for _, pitch, _ in heard("|:{D}C8|1 E8:|2 G8|]")] == [60, 67]


def test_a_chord_is_struck_together():
    assert heard("[CEG]8|") == [(0.0, 60, 4.0), (0.0, 64, 4.0), (0.0, 67, 4.0)]


def test_a_tune_that_cannot_be_read_is_passed_over():
    text = "X:1\nM:4/4\nL:1/8\nK:C\n(9:0:0CDE|\n\nX:2\nM:4/4\nL:1/8\nK:C\nC8|\n"
    assert [n.pitch for n in tunes(text)[-1].notes] == [60]


def test_the_metre_changes_where_the_tune_says_so():
    changes = (MeterChange(0.0, Meter(4, 4)), MeterChange(4.0, Meter(3, 4)))
    assert tune("C8|\nM:3/4\nC6|D6|").meters == changes
    assert tune("C8|[M:3/4]C6|[P:B]D6|").meters == changes
    assert heard("C8|[M:3/4]C6|D6|") == [(0.0, 60, 4.0), (4.0, 60, 3.0), (7.0, 62, 3.0)]


def test_after_an_upbeat_the_metre_changes_on_its_bar_line_too():
    piece = tune("C2|D8|\nM:3/4\nC6|")
    assert [change.at_beats for change in piece.meters] == [0.0, 8.0]
    assert [n.onset_beats for n in piece.notes] == [3.0, 4.0, 8.0]


def test_titles_are_read_in_utf_8_and_in_latin_1():
    text = "X:1\nT:Cr\u00e9 na Cille\nM:4/4\nL:1/8\nK:C\nC8|\n"
    names = [tunes(text.encode(encoding))[0].name for encoding in ("utf-8", "utf-8-sig", "latin-1")]
    assert names == ["book.abc#0 Cr\u00e9 na Cille"] * 3


@pytest.mark.parametrize("data", [b"", b"no music", bytes(range(256)), b"X:1\nK:C\n", b"X:1\nM:4/4\nK:C\nz8|\n"])
def test_a_file_without_a_tune_is_one_clear_error(data):
    with pytest.raises(CorpusError, match=r"book\.abc holds no tune in ABC that can be read"):
        tunes(data)


def read(sides, name="Jsb16thSeparated.json"):
    return chorales.pieces(OneFile(json.dumps(sides).encode()), name)


def test_a_file_of_chorales_has_each_with_its_voices():
    frames = [[72, 67, 64, 48]] * 16
    first, second = read({"train": [frames], "test": [frames]})
    assert (first.name, second.name) == ("Jsb16thSeparated.json#0 train", "Jsb16thSeparated.json#1 test")
    assert (first.style, first.meters) == ("chorale", steady(4, 4))
    assert [(n.pitch, PARTS[n.part]) for n in first.notes] == [
        (48, "voice 4"), (64, "voice 3"), (67, "voice 2"), (72, "voice 1"),
    ]  # fmt: skip


def test_held_voices_of_a_chorale_are_single_notes_up_to_the_bar_line():
    notes = read({"train": [[[72, 67, 64, 48]] * 20]})[0].notes
    assert [(n.onset_beats, n.duration_beats) for n in notes if n.pitch == 72] == [(3.0, 1.0), (4.0, 4.0)]


def test_a_silent_voice_has_no_note():
    assert {n.pitch for n in read({"train": [[[72, -1, -1, 48]] * 16]})[0].notes} == {72, 48}


@pytest.mark.parametrize(("name", "beats"), [("jsb-quarter.json", 1.0), ("jsb-8th.json", 0.5), ("jsb-16th.json", 0.25)])
def test_frames_of_chords_are_keys_as_long_as_the_name_says(name, beats):
    bar = round(4 / beats)
    (piece,) = read({"train": [[[60.0, 64.0], [64.0, 67.0], *[[67.0]] * (bar - 2)]]}, name)
    notes = [(n.onset_beats, n.pitch, n.duration_beats, n.part) for n in piece.notes]
    assert notes == [
        (0.0, 60, beats, KEYS),
        (0.0, 64, 2 * beats, KEYS),
        (beats, 67, (bar - 1) * beats, KEYS),
    ]


@pytest.mark.parametrize(
    "data", [b"", b"{", b"[1]", b'{"a": 1}', b'{"a": [[[128]]]}', b'{"a": [[["x"]]]}', b"[" * 100_000, b"\xff"]
)
def test_json_that_is_no_chorale_is_one_clear_error(data):
    with pytest.raises(CorpusError, match=r"x\.json holds no chorales .* allowed is JSON such as"):
        chorales.pieces(OneFile(data), "x.json")
