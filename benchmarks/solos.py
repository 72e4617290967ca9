"""Phrases of jazz solos and the tempo under them, for the benchmarks of `live.follow`."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from improvd.music.timing import Meter
from improvd.training.corpus import library
from improvd.training.corpus.beattrack import Beat, BeatTrack, track
from improvd.training.corpus.files import Files, open_files
from improvd.training.corpus.jazz import BEAT_TRACK, Played

LEAST_NOTES = 8
"""Shorter phrases are not followed."""

LAST_NOTES = 32
LEAST_BEATS = 4
"""A true tempo is the mean over so many beats at least."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """This is one phrase of a solo: its last notes, the mean tempo under them, and where beats fall there."""

    notes: tuple[Played, ...]
    bpm: float
    beats: BeatTrack

    @property
    def onsets_s(self) -> list[float]:
        """When its notes begin."""
        return [note.onset_s for note in self.notes]

    @property
    def durations_s(self) -> list[float]:
        """How long its notes last."""
        return [note.duration_s for note in self.notes]


def solos(side: str) -> Iterator[tuple[str, list[Phrase]]]:
    """Yield the solos on a side of the split by name, each as its phrases that are long enough."""
    files = open_files(library.data_folder() / "wjazzd")
    for piece in getattr(library.split(["wjazzd"]), side):
        beats = _beats(files, piece.name)
        parts = [notes for notes in _parts(files, piece.name) if len(notes) >= LEAST_NOTES]
        yield piece.name, [_phrase(notes[-LAST_NOTES:], beats) for notes in parts]


def _rows(files: Files, name: str) -> Iterator[dict[str, str]]:
    yield from csv.DictReader(io.StringIO(files.read(name).decode("utf-8-sig")))


def _parts(files: Files, name: str) -> list[list[Played]]:
    """Return the phrases of a solo in order, as the database parts them."""
    found: dict[str, list[Played]] = {}
    for row in _rows(files, name):
        note = Played(float(row["onset"]), round(float(row["pitch"])), float(row["duration"]))
        found.setdefault(row["phrase_id"], []).append(note)
    return sorted(sorted(notes) for notes in found.values())


def _beats(files: Files, name: str) -> BeatTrack:
    source = name.replace("mcsv_melody/", "mcsv_beat/").removesuffix(".csv") + BEAT_TRACK
    return track([_beat(row) for row in _rows(files, source)])


def _beat(row: dict[str, str]) -> Beat:
    meter = Meter.parse(row["signature"].strip("\"' "))
    return Beat(float(row["onset"]), int(float(row["bar"])), int(float(row["beat"])), meter)


def _phrase(notes: list[Played], beats: BeatTrack) -> Phrase:
    return Phrase(tuple(notes), _bpm(beats, notes[0].onset_s, notes[-1].onset_s), beats)


def _bpm(beats: BeatTrack, begin_s: float, end_s: float) -> float:
    """Return the mean tempo between the beat before one moment and the beat after another."""
    at_s, places = np.array([beat.at_s for beat in beats.beats]), np.array(beats.places)
    first = max(int(np.searchsorted(at_s, begin_s)) - 1, 0)
    last = min(int(np.searchsorted(at_s, end_s)), len(at_s) - 1)
    while last - first < LEAST_BEATS and last - first < len(at_s) - 1:
        first, last = max(first - 1, 0), min(last + 1, len(at_s) - 1)
    return float(60 * (places[last] - places[first]) / (at_s[last] - at_s[first]))
