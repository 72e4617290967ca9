from __future__ import annotations

import pytest

from improvd.music.harmony import chord

C, DB, D, EB, E, F, GB, G, AB, A, BB, B = range(12)


@pytest.mark.parametrize(
    ("symbol", "expected"),
    [
        ("C", {C, E, G}),
        ("F#m", {GB, A, DB}),
        ("Cmaj7", {C, E, G, B}),
        ("CΔ", {C, E, G, B}),
        ("Bb7", {BB, D, F, AB}),
        ("B♭m7♭5", {BB, DB, E, AB}),
        ("Bdim", {B, D, F}),
        ("Bdim7", {B, D, F, AB}),
        ("Bø", {B, D, F, A}),
        ("Caug", {C, E, AB}),
        ("C7+", {C, E, AB, BB}),
        ("Cm(maj7)", {C, EB, G, B}),
        ("C6/9", {C, D, E, G, A}),
        ("Cm9", {C, D, EB, G, BB}),
        ("C13", {C, D, E, G, A, BB}),
        ("C7(b9, #11)", {C, DB, E, GB, G, BB}),
        ("C7-9", {C, DB, E, G, BB}),
        ("C7+9", {C, EB, E, G, BB}),
        ("C79b5", {C, D, E, GB, BB}),
        ("C13b9", {C, DB, E, G, A, BB}),
        ("Gsus4", {G, C, D}),
        ("Gsus2", {G, A, D}),
        ("G9sus4", {G, A, C, D, F}),
        ("Cmadd9", {C, D, EB, G}),
        ("C(add9)", {C, D, E, G}),
        ("C5", {C, G}),
        ("Comit3", {C, G}),
        ("C7no5", {C, E, BB}),
        ("Cbb", {BB, D, F}),
    ],
)
def test_a_lead_sheet_symbol_names_its_pitch_classes(symbol, expected):
    assert chord(symbol) == expected


@pytest.mark.parametrize(
    ("symbol", "expected"),
    [
        ("Ebj7", {EB, G, BB, D}),
        ("Bb-7", {BB, DB, F, AB}),
        ("Bb-j7", {BB, DB, F, A}),
        ("Co7", {C, EB, GB, A}),
        ("C7913", {C, D, E, G, A, BB}),
        ("C7911#", {C, D, E, GB, G, BB}),
        ("C79b13", {C, DB, E, G, A, BB}),
        ("C79b13b", {C, DB, E, G, AB, BB}),
        ("C+79#", {C, EB, E, AB, BB}),
        ("C6911#", {C, D, E, GB, G, A}),
        ("Csus7913", {C, D, F, G, A, BB}),
        ("C7alt", {C, DB, EB, E, GB, AB, BB}),
    ],
)
def test_a_label_of_the_weimar_jazz_database_has_its_accidentals_behind(symbol, expected):
    assert chord(symbol) == expected


def test_the_bass_belongs_to_the_chord():
    assert chord("C/E") == chord("C")
    assert chord("C/B") == chord("Cmaj7")
    assert chord("Bb-7/Eb") == chord("Bb-7") | {EB}


@pytest.mark.parametrize("symbol", ["NC", "N.C.", " NC "])
def test_no_chord_has_no_pitch_classes(symbol):
    assert chord(symbol) == frozenset()


@pytest.mark.parametrize("symbol", ["", "H7", "Cfoo", "c", "C7/", "C79b5b", "C/9", "allegro"])
def test_what_is_no_symbol_is_refused_in_one_sentence(symbol):
    with pytest.raises(ValueError, match=f"^{symbol!r} is no chord symbol; allowed: "):
        chord(symbol)
