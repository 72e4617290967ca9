from __future__ import annotations

import pytest

from improvd.training.pictures.spelling import NATURAL, Name, signature, spelled

SCALE = (0, 2, 4, 5, 7, 9, 11)


@pytest.mark.parametrize(("tonic", "sharps"), [(0, 0), (7, 1), (2, 2), (9, 3), (5, -1), (10, -2), (3, -3), (6, 6)])
def test_a_scale_gets_its_own_key_signature(tonic, sharps):
    assert signature(60 + tonic + step for step in SCALE) == sharps


def test_no_notes_need_no_key_signature():
    assert signature([]) == 0


@pytest.mark.parametrize(
    ("pitch", "sharps", "name"),
    [
        (60, 0, Name("C", 0, 4)),
        (66, 0, Name("F", 1, 4)),
        (63, 0, Name("E", -1, 4)),
        (63, 4, Name("D", 1, 4)),
        (61, -4, Name("D", -1, 4)),
        (60, 7, Name("B", 1, 3)),
        (59, -6, Name("C", -1, 4)),
    ],
)
def test_a_pitch_is_named_as_its_key_has_it(pitch, sharps, name):
    assert spelled(pitch, sharps) == name


@pytest.mark.parametrize("sharps", range(-5, 7))
def test_every_name_sounds_as_its_pitch(sharps):
    for pitch in range(128):
        name = spelled(pitch, sharps)
        assert NATURAL[name.letter] + name.alter + 12 * (name.octave + 1) == pitch
        assert abs(name.alter) <= 2
