"""What the salsa paper wishes for: several instruments at once, harmony, and hemiolas that keep their time."""

from __future__ import annotations

import pytest

from improvd.music import codec
from improvd.music.codec import PARTS
from improvd.music.note import Note
from improvd.music.symbols import CODECS, read
from improvd.music.timing import Meter
from improvd.training.plan import bundle_folder
from improvd.training.recipes import recipe_named

CONGA, BELL = 48, 72
THREE_ON_TWO = (2.0, 3, 2)
"""Beats that they share, and how many notes each voice has in them."""

SIX_EIGHT_ON_THREE_FOUR = (3.0, 2, 3)


def hemiola(beats, low, high, bars=4):
    """Two voices of notes that fill their time, one part each."""
    return [
        Note(bar * beats + i * beats / count, pitch, beats / count, 79, part=PARTS.index(part))
        for bar in range(bars)
        for count, pitch, part in ((low, CONGA, "bass"), (high, BELL, "melody"))
        for i in range(count)
    ]


def exact(notes):
    """The notes as ticks of the grid, by onset and pitch."""
    return sorted((round(n.onset_beats * 24), n.pitch, round(n.duration_beats * 24), n.part) for n in notes)


@pytest.mark.parametrize("rhythm", [THREE_ON_TWO, SIX_EIGHT_ON_THREE_FOUR])
def test_a_hemiola_survives_the_codec_metric_exactly_in_its_parts(rhythm):
    notes = hemiola(*rhythm)
    survived = codec.decode(codec.encode(codec.snap(notes)))
    assert sorted((n.onset_ticks, n.pitch, n.duration_ticks, n.part) for n in survived) == exact(notes)


@pytest.mark.parametrize("name", ["chords", "durations"])
@pytest.mark.parametrize("rhythm", [THREE_ON_TWO, SIX_EIGHT_ON_THREE_FOUR])
def test_a_hemiola_does_not_survive_the_codecs_of_the_papers(rhythm, name):
    notes = hemiola(*rhythm)
    symbols = CODECS[name].write(codec.snap(notes), Meter(3, 4))
    survived = [(m.onset_ticks, pitch, m.duration_ticks) for m in read(CODECS[name], symbols) for pitch in m.pitches]
    assert sorted(survived) != [note[:3] for note in exact(notes)]


def test_the_band_learns_drums_melody_and_chords_and_stays_with_the_user(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    recipe = recipe_named("salsa-band")
    assert recipe.corpora == ("groove-midi", "openewld")
    assert (recipe.shape.layers, recipe.shape.units) == (2, 256)
    assert bundle_folder("salsa-band") == tmp_path / "improvd" / "models" / "salsa-band"


def test_a_chord_that_is_named_is_told_by_its_pitch_classes_and_its_notes_keep_their_part():
    chords, melody = PARTS.index("chords"), PARTS.index("melody")
    notes = [Note(0, p, 2, 79, part=chords) for p in (48, 52, 55)] + [Note(0.5, 72, 0.5, 79, part=melody)]
    survived = codec.decode(codec.encode(codec.snap(notes)))
    assert [note.part for note in survived] == [chords, chords, chords, melody]
