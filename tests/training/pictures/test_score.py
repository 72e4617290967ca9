from __future__ import annotations

import re
from xml.etree import ElementTree

from improvd.music.note import Note
from improvd.music.timing import Meter, MeterChange, steady
from improvd.training.corpus import musicxml as reader
from improvd.training.corpus.piece import Piece
from improvd.training.metrics.passage import DRUMS
from improvd.training.pictures.engraving import paper_pages, pdf, phone_pages
from improvd.training.pictures.score import musicxml, staves_of

CHORALE = Piece(
    "chorale",
    "chorale",
    (MeterChange(0, Meter(4, 4)), MeterChange(8, Meter(3, 4))),
    tuple(
        Note(onset, pitch + round(onset), length, 80, part)
        for part, pitch in ((5, 72), (6, 67), (7, 60), (8, 48))
        for onset, length in ((0, 1), (1, 0.5), (1.5, 0.5), (2, 5), (7, 1), (8, 1.5), (9.5, 0.5), (10, 1))
    ),
)


class OneFile:
    names = ("a.musicxml",)

    def __init__(self, data: bytes) -> None:
        self.data = data

    def read(self, name: str) -> bytes:
        return self.data


def _heard(notes):
    """Return onset, pitch and duration of notes, to a thousandth of a beat."""
    return sorted((round(float(n.onset_beats), 3), n.pitch, round(float(n.duration_beats), 3)) for n in notes)


def test_a_score_that_is_read_again_holds_the_same_notes_and_metres():
    (again,) = reader.pieces(OneFile(musicxml(CHORALE)), "a.musicxml")
    assert _heard(again.notes) == _heard(CHORALE.notes)
    assert [tuple(change) for change in again.meters] == [tuple(change) for change in CHORALE.meters]


def test_the_same_music_gives_the_same_bytes_on_any_day():
    assert musicxml(CHORALE) == musicxml(CHORALE)
    assert b"-date>" not in musicxml(CHORALE)


def test_triplets_survive_being_written():
    piece = Piece("a", "any", steady(4, 4), tuple(Note(i / 3, 60 + i, 1 / 3, 80, 1) for i in range(12)))
    (again,) = reader.pieces(OneFile(musicxml(piece)), "a.musicxml")
    assert _heard(again.notes) == _heard(piece.notes)
    assert b"<tuplet" in musicxml(piece)


def test_two_voices_on_a_stave_are_both_written():
    notes = (Note(0, 60, 4, 80), *(Note(i, 72 + i, 1, 80) for i in range(4)))
    piece = Piece("a", "any", steady(4, 4), notes)
    (again,) = reader.pieces(OneFile(musicxml(piece)), "a.musicxml")
    assert _heard(again.notes) == _heard(notes)


def test_wide_music_for_keys_has_a_stave_for_each_hand():
    wide = Piece("a", "any", steady(4, 4), (Note(0, 40, 1, 80), Note(0, 72, 1, 80)))
    narrow = Piece("a", "any", steady(4, 4), (Note(0, 65, 1, 80), Note(0, 72, 1, 80)))
    assert [staff.clef for staff in staves_of(wide)] == ["treble", "bass"]
    assert [staff.clef for staff in staves_of(narrow)] == ["treble"]
    assert b"<group-symbol>brace" in musicxml(wide) or b"<staves>2" in musicxml(wide)


def test_drums_stand_below_on_a_stave_without_pitches():
    notes = (Note(0, 36, 0.5, 80, DRUMS), Note(0, 42, 0.5, 80, DRUMS), Note(0, 60, 1, 80, 1))
    score = musicxml(Piece("a", "any", steady(4, 4), notes))
    assert [staff.clef for staff in staves_of(Piece("a", "any", steady(4, 4), notes))] == ["treble", "percussion"]
    assert score.count(b"<unpitched>") == 2
    assert b"<sign>percussion</sign>" in score
    assert score.count(b"<notehead>x</notehead>") + score.count(b'parentheses="no">x</notehead>') == 1


def test_a_phone_gets_pages_that_end_with_the_music_and_paper_gets_a4():
    score = musicxml(CHORALE)
    phone, paper = phone_pages(score), paper_pages(score)
    assert all(float(ElementTree.fromstring(page).attrib["viewBox"].split()[2]) == 400 for page in phone)
    assert len(paper) == 1
    assert len(re.findall(r'class="notehead"', "".join(phone))) == len(re.findall(r'class="notehead"', paper[0]))


def test_a_pdf_has_a_page_for_each_and_the_same_bytes_each_time():
    pages = paper_pages(musicxml(CHORALE, title="chorale")) * 2
    made = pdf(pages)
    assert made.startswith(b"%PDF")
    assert made.count(b"/Type /Page\n") == 2
    assert made == pdf(pages)


def test_engraving_says_nothing(capfd, caplog):
    pdf(paper_pages(musicxml(CHORALE)))
    assert capfd.readouterr() == ("", "")
    assert caplog.text == ""
