from __future__ import annotations

import io
import random
import zipfile

import pytest

from improvd.errors import CorpusError
from improvd.music import codec
from improvd.music.harmony import Chord, chord
from improvd.music.note import Note
from improvd.music.timing import Meter, MeterChange, steady
from improvd.training.corpus import musicxml

MELODY, KEYS = codec.PARTS.index("melody"), codec.PARTS.index("keys")
C, D, E, G = 60, 62, 64, 67


class Held:
    """One file in memory."""

    names = ("tune.xml",)

    def __init__(self, data):
        self.data = data

    def read(self, name):
        return self.data


def score(*parts):
    """A score; each part is a list of measures, four divisions a beat."""
    written = "".join(f"<part>{''.join(measures)}</part>" for measures in parts)
    return f"<score-partwise>{written}</score-partwise>".encode()


def measure(*elements):
    return f"<measure>{''.join(elements)}</measure>"


def first(*elements, time="4/4"):
    """A measure that says what holds in those that follow."""
    beats, unit = time.split("/")
    return measure(
        f"<attributes><divisions>4</divisions><time><beats>{beats}</beats><beat-type>{unit}</beat-type></time></attributes>",
        *elements,
    )


def note(name, beats=1.0, inside="", **attributes):
    """A note such as G4 or B-3; its length in beats; what else is in it."""
    alter = name[1:-1].count("#") - name[1:-1].count("-")
    stated = "".join(f' {key}="{value}"' for key, value in attributes.items())
    pitch = f"<pitch><step>{name[0]}</step><alter>{alter}</alter><octave>{name[-1]}</octave></pitch>"
    return f"<note{stated}>{pitch}<duration>{beats * 4:g}</duration>{inside}</note>"


def rest(beats, whole=False):
    kind = '<rest measure="yes"/>' if whole else "<rest/>"
    return f"<note>{kind}<duration>{beats * 4:g}</duration></note>"


def back(beats):
    return f"<backup><duration>{beats * 4:g}</duration></backup>"


def harmony(root, kind, inside="", alter=0):
    root = f"<root><root-step>{root}</root-step><root-alter>{alter}</root-alter></root>"
    return f"<harmony>{root}<kind>{kind}</kind>{inside}</harmony>"


def degree(value, alter, kind):
    return (
        f"<degree><degree-value>{value}</degree-value><degree-alter>{alter}</degree-alter>"
        f"<degree-type>{kind}</degree-type></degree>"
    )


def ending(kind):
    return f'<barline><ending number="1" type="{kind}"/></barline>'


def tie(kind):
    return f'<tie type="{kind}"/>'


def read(*parts):
    [piece] = musicxml.pieces(Held(score(*parts)), "tune.xml")
    return piece


def line(piece):
    return [(note.onset_beats, note.pitch, note.duration_beats) for note in piece.notes]


def zipped(**files):
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return held.getvalue()


def test_a_lead_sheet_is_a_melody_with_chords():
    piece = read([first(harmony("C", "major"), note("C4", 2), harmony("G", "dominant"), note("B-4", 2))])
    assert piece.name == "tune.xml"
    assert piece.style == "lead sheet"
    assert piece.notes == (Note(0.0, C, 2.0, 80, MELODY), Note(2.0, 70, 2.0, 80, MELODY))
    assert piece.chords == (Chord(0.0, frozenset({0, 4, 7})), Chord(2.0, frozenset({7, 11, 2, 5})))
    assert piece.meters == steady(4, 4)
    assert not piece.dynamics


@pytest.mark.parametrize(
    ("kind", "symbol"),
    [
        ("major", "C"), ("minor", "Cm"), ("augmented", "C+"), ("diminished", "Cdim"), ("power", "C5"),
        ("suspended-fourth", "Csus4"), ("suspended-second", "Csus2"), ("major-sixth", "C6"), ("minor-sixth", "Cm6"),
        ("dominant", "C7"), ("major-seventh", "Cmaj7"), ("minor-seventh", "Cm7"), ("half-diminished", "Cm7b5"),
        ("diminished-seventh", "Cdim7"), ("augmented-seventh", "C+7"), ("major-minor", "Cmmaj7"),
        ("dominant-ninth", "C9"), ("major-ninth", "Cmaj9"), ("minor-ninth", "Cm9"), ("dominant-11th", "C11"),
        ("minor-11th", "Cm11"), ("dominant-13th", "C13"), ("major-13th", "Cmaj13"), ("minor-13th", "Cm13"),
    ],
)  # fmt: skip
def test_a_kind_of_chord_is_what_its_symbol_says(kind, symbol):
    piece = read([first(harmony("C", kind), note("C4", 4))])
    assert piece.chords[0].pitch_classes == chord(symbol)


@pytest.mark.parametrize(
    ("kind", "changes", "tones"),
    [
        ("dominant", degree(9, -1, "add"), {0, 1, 4, 7, 10}),
        ("suspended-fourth", degree(7, 0, "add"), {0, 5, 7, 10}),
        ("dominant", degree(5, -1, "alter"), {0, 4, 6, 10}),
        ("minor", degree(3, 1, "alter"), {0, 4, 7}),
        ("dominant", degree(5, 0, "subtract") + degree(13, 0, "add"), {0, 4, 9, 10}),
        ("major", "<bass><bass-step>B</bass-step><bass-alter>-1</bass-alter></bass>", {0, 4, 7, 10}),
        ("other", "", {0}),
        ("none", "", set()),
    ],
)
def test_a_chord_has_the_degrees_that_are_added_altered_or_subtracted_and_its_bass(kind, changes, tones):
    piece = read([first(harmony("C", kind, changes), note("C4", 4))])
    assert piece.chords[0].pitch_classes == tones


def test_a_chord_without_a_root_is_none():
    piece = read([first("<harmony><function>IV</function><kind>major</kind></harmony>", note("C4", 4))])
    assert piece.chords == ()


def test_a_chord_stands_where_its_offset_puts_it():
    piece = read([first(harmony("C", "major", "<offset>8</offset>"), note("C4", 4))])
    assert [at for at, _ in piece.chords] == [2.0]


def test_a_transposing_part_sounds_where_it_sounds():
    clarinet = (
        "<attributes><transpose><chromatic>-2</chromatic><octave-change>-1</octave-change></transpose></attributes>"
    )
    piece = read([first(clarinet, harmony("D", "major"), note("D5", 4))])
    assert line(piece) == [(0.0, C, 4.0)]
    assert piece.chords[0].pitch_classes == chord("C")


def test_tied_notes_are_one_in_every_voice_and_over_bar_lines():
    piece = read(
        [
            first(note("E4", 4, tie("start")), back(4), note("C4", 3), note("C4", 1, tie("start"))),
            measure(
                note("E4", 2, tie("stop") + tie("start")),
                note("E4", 1, tie("stop")),
                note("E4", 1),
                back(4),
                note("C4", 1),
            ),
        ]
    )
    assert line(piece) == [(0.0, C, 3.0), (0.0, E, 7.0), (3.0, C, 2.0), (7.0, E, 1.0)]


@pytest.mark.parametrize("ties", [("start", None), (None, "stop")])
def test_one_end_of_a_tie_is_enough(ties):
    before, after = ("" if kind is None else tie(kind) for kind in ties)
    piece = read([first(note("C4", 2, before), note("C4", 1, after), note("C4", 1))])
    assert line(piece) == [(0.0, C, 3.0), (3.0, C, 1.0)]


def test_voices_start_where_they_are_put():
    piece = read([first(note("G4", 4), back(4), "<forward><duration>4</duration></forward>", note("C4", 3))])
    assert line(piece) == [(0.0, G, 4.0), (1.0, C, 3.0)]


def test_notes_of_a_chord_start_together():
    piece = read([first(note("C4", 2), note("E4", 2, "<chord/>"), note("G4", 2))])
    assert line(piece) == [(0.0, C, 2.0), (0.0, E, 2.0), (2.0, G, 2.0)]


def test_grace_notes_cues_and_drums_are_left_out():
    grace = "<note><grace/><pitch><step>D</step><octave>4</octave></pitch></note>"
    drum = "<note><unpitched/><duration>4</duration></note>"
    piece = read([first(grace, note("C4"), note("D4", 1, "<cue/>"), drum, note("E4", 2))])
    assert line(piece) == [(0.0, C, 1.0), (2.0, E, 2.0)]


def test_an_upbeat_ends_bar_zero():
    piece = read([first(note("G4")), measure(note("C4", 4)), measure(note("C4", 3))])
    assert line(piece) == [(3.0, G, 1.0), (4.0, C, 4.0), (8.0, C, 3.0)]
    assert piece.meters == steady(4, 4)


def test_measures_that_fill_a_bar_together_are_one():
    piece = read(
        [first(note("G4")), measure(note("C4", 4)), measure(note("C4", 3)), measure(note("G4")), measure(note("C4", 4))]
    )
    assert line(piece) == [(3.0, G, 1.0), (4.0, C, 4.0), (8.0, C, 3.0), (11.0, G, 1.0), (12.0, C, 4.0)]
    assert piece.meters == steady(4, 4)


def test_a_bar_of_odd_length_has_a_metre_of_its_own():
    piece = read([first(note("C4", 4)), measure(note("D4", 2.5)), measure(note("E4", 4)), measure(note("C4", 4))])
    assert line(piece) == [(0.0, C, 4.0), (4.0, D, 2.5), (6.5, E, 4.0), (10.5, C, 4.0)]
    assert piece.meters == (
        MeterChange(0.0, Meter(4, 4)), MeterChange(4.0, Meter(5, 8)), MeterChange(6.5, Meter(4, 4)),
    )  # fmt: skip


def test_a_bar_of_a_length_that_no_metre_has_is_followed_by_silence():
    piece = read([first(note("C4", 4)), measure(note("D4", 2.9)), measure(note("C4", 4))])
    assert [onset for onset, _, _ in line(piece)] == [0.0, 4.0, 8.0]
    assert piece.meters == steady(4, 4)


def test_metres_change_at_bar_lines():
    piece = read(
        [
            first(note("C4", 4)),
            first(note("D4", 3), time="3/4"),
            measure(note("E4", 3)),
            first(note("G4", 2.5), time="3+2/8"),
        ]
    )
    assert piece.meters == (
        MeterChange(0.0, Meter(4, 4)), MeterChange(4.0, Meter(3, 4)), MeterChange(10.0, Meter(5, 8)),
    )  # fmt: skip


def test_a_score_without_a_metre_has_that_of_its_commonest_bar():
    bars = [first(note("C4", beats)) for beats in (2, 3, 3, 3)]
    piece = read([bar.replace("<time>", "<not>").replace("</time>", "</not>") for bar in bars])
    assert piece.meters == steady(3, 4)
    assert [onset for onset, _, _ in line(piece)] == [1.0, 3.0, 6.0, 9.0]


def test_a_rest_through_a_bar_lasts_as_long_as_the_bar():
    piece = read([first(note("C4", 3), time="3/4"), measure(rest(4, whole=True)), measure(note("D4", 3))])
    assert line(piece) == [(0.0, C, 3.0), (6.0, D, 3.0)]


def test_of_several_endings_the_last_is_played_and_repeats_are_not():
    piece = read(
        [
            first(note("C4", 4)),
            measure(ending("start"), note("D4", 4)),
            measure(note("D4", 4), ending("stop")),
            measure(ending("start"), note("E4", 4), ending("discontinue")),
            measure(note("G4", 4)),
        ]
    )
    assert line(piece) == [(0.0, C, 4.0), (4.0, E, 4.0), (8.0, G, 4.0)]


def test_an_ending_that_no_other_follows_is_played():
    piece = read(
        [first(note("C4", 4)), measure(ending("start"), note("D4", 4), ending("stop")), measure(note("E4", 4))]
    )
    assert [pitch for _, pitch, _ in line(piece)] == [C, D, E]


def single(name):
    return [first(note(name, 4))]


def piano(*names):
    return [
        first(
            "<attributes><staves>2</staves></attributes>", note(names[0], 4), *(back(4) + note(n, 4) for n in names[1:])
        )
    ]


def double(name):
    return [first(note(name, 4), note("G4", 4, "<chord/>"))]


@pytest.mark.parametrize(
    ("parts", "called"),
    [
        ([single("C4")], ["melody"]),
        ([double("C4")], ["keys", "keys"]),
        ([[first(harmony("C", "major"), note("C4"), note("G4", 1, "<chord/>"))]], ["melody", "melody"]),
        ([[first("<attributes><staves>2</staves></attributes>", note("C4", 4))]], ["keys"]),
        ([piano("C4", "C3")], ["keys", "keys"]),
        ([single("E5"), single("C5"), single("G4"), single("C3")], ["voice 4", "voice 3", "voice 2", "voice 1"]),
        ([single("E5"), piano("C4", "C3")], ["keys", "keys", "melody"]),
        ([piano("C4", "C3"), single("E5"), single("G5")], ["keys", "keys", "melody", "keys"]),
    ],
)  # fmt: skip
def test_parts_are_called_by_what_they_are(parts, called):
    assert [codec.PARTS[note.part] for note in read(*parts).notes] == called


def test_parts_share_their_bar_lines():
    piece = read([first(note("C5")), measure(note("E5", 4))], [first(rest(1)), measure(note("C3", 4))])
    assert [(onset, pitch) for onset, pitch, _ in line(piece)] == [(3.0, 72), (4.0, 48), (4.0, 76)]


def test_velocity_is_what_the_score_says():
    loud = '<direction><sound dynamics="100"/></direction>'
    piece = read([first(note("C4"), loud, note("D4"), note("E4", dynamics=50), note("G4", dynamics=999))])
    assert [note.velocity for note in piece.notes] == [80, 90, 45, 127]


def test_an_archive_is_read_though_its_table_of_contents_is_damaged():
    data = zipped(**{"META-INF/container.xml": "<rootfile full-path='Didn't.xml'/>", "Didn't.xml": score(single("C4"))})
    [piece] = musicxml.pieces(Held(data), "tune.mxl")
    assert line(piece) == [(0.0, C, 4.0)]


def test_text_of_two_bytes_a_letter_is_read():
    data = '<?xml version="1.0" encoding="UTF-16"?>' + score(single("C4")).decode()
    [piece] = musicxml.pieces(Held(data.encode("utf-16")), "tune.xml")
    assert line(piece) == [(0.0, C, 4.0)]


BOMB = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "ha"><!ENTITY c "&b;&b;">]><score-partwise>&c;</score-partwise>'


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "no element"),
        (b"X: 1\nK: C\n", "syntax error"),
        (b"PK\x03\x04 torn", "not a zip"),
        (zipped(**{"readme.txt": "no music"}), "a score"),
        (zipped(**{"big.xml": b" " * (17 << 20)}), "16 MiB"),
        (b"<score-timewise/>", "score-timewise"),
        (BOMB.encode(), "entities"),
        (BOMB.encode("utf-16"), "entities"),
        (score([first(rest(4))]), "no notes"),
        (score([first(note("C4", 1e9))]), "lasts 1e"),
        (score([first(note("H4"))]), "'H'"),
        (score([first(note("C9")), measure(note("C4", inside="<pitch/>"))]).replace(b">9<", b">99<"), "pitch 1200"),
        (score([first(note("C4").replace("<duration>4", "<duration>four"))]), "four"),
        (score([first(note("C4"), time="4/3")]), "4/3"),
        (score([first(note("C4"))]).replace(b"<divisions>4", b"<divisions>0"), "zero"),
    ],
)
def test_a_damaged_score_is_refused_in_one_sentence(data, why):
    with pytest.raises(CorpusError, match=why) as refused:
        musicxml.pieces(Held(data), "tune.xml")
    assert str(refused.value).startswith("tune.xml")
    assert "\n" not in str(refused.value)


def test_a_score_with_bytes_changed_is_read_or_refused():
    rng = random.Random(0)
    whole = score([first(harmony("C", "dominant", degree(9, -1, "add")), note("C4", 3)), measure(note("E4", 4))])
    notes, refusals = [], []
    for _ in range(300):
        data = bytearray(whole)
        for _ in range(rng.randrange(1, 4)):
            data[rng.randrange(len(data))] = rng.choice(b"<>/&019.-eEnN\0\xff")
        try:
            [piece] = musicxml.pieces(Held(bytes(data)), "tune.xml")
            notes += piece.notes
        except CorpusError as refused:
            refusals.append(str(refused))
    assert refusals and all(text.startswith("tune.xml ") and "\n" not in text for text in refusals)
    assert notes and all(n.onset_beats >= 0 and 0 <= n.pitch < 128 and n.duration_beats > 0 for n in notes)


def test_what_is_read_survives_the_codec():
    piece = read([first(note("C4", 0.75), note("D4", 0.25), note("E4", 3)), measure(note("G4", 4))])
    grid = codec.snap(piece.notes)
    assert codec.decode(codec.encode(grid)) == grid
