"""Illegal events: each kind is found, and legal music has none."""

from __future__ import annotations

import pytest

from improvd.music import codec
from improvd.music.codec import DURATION, END, STEPS
from improvd.music.note import Note
from improvd.training.metrics.legality import faults

QUARTER = STEPS.index(24) - 1
HALF = STEPS.index(48) - 1
STRUCK = (1, 0, 60, HALF, 9)


def test_music_as_the_codec_tells_it_is_legal():
    notes = [Note(0, 60, 2, 80, 1), Note(0, 64, 1, 80, 1), Note(1, 64, 1, 80, 1), Note(2, 60, 1, 80, 1)]
    assert faults(codec.encode(codec.snap(notes)), parts=[1]) == [None] * 4


@pytest.mark.parametrize(
    ("event", "fault"),
    [
        ((1, 24, 60, QUARTER, 9), "struck while sounding"),
        ((1, 47, 60, QUARTER, 9), "struck while sounding"),
        ((1, 48, 60, QUARTER, 9), None),
        ((1, 0, 59, QUARTER, 9), "chord not upwards"),
        ((1, 0, 61, QUARTER, 9), None),
        ((0, 24, 64, QUARTER, 9), "part not in the music"),
        ((1, END, 0, 0, 0), "end of the piece"),
        ((1, 24, 128, QUARTER, 9), "undecodable"),
        ((1, 24, 64, codec.FIELDS[DURATION].size, 9), "undecodable"),
        ((1, 24, 64, QUARTER, -1), "undecodable"),
    ],
)
def test_an_event_after_a_sounding_note_is_judged(event, fault):
    assert faults([STRUCK, event], parts=[1]) == [None, fault]
