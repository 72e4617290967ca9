"""Jazz solos as the Weimar Jazz Database writes them: a CSV of notes in seconds, and one of the beats under them.

Notes stay as they were played: their places between the beats carry the
swing, so nothing is rounded here.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable, Sequence
from statistics import median
from typing import NamedTuple, TypeVar

import numpy as np

from improvd.errors import CorpusError
from improvd.music.codec import PARTS
from improvd.music.note import PITCHES, Note
from improvd.music.timing import Meter
from improvd.training.corpus.beattrack import Beat, BeatTrack, track
from improvd.training.corpus.files import Files
from improvd.training.corpus.piece import Piece

VELOCITY = 80
MELODY = PARTS.index("melody")
BEAT_TRACK = "_beattrack.csv"
NOTE_COLUMNS = ("onset", "duration", "pitch")
BEAT_COLUMNS = ("onset", "bar", "beat", "signature", "chord")
COUNT_COLUMNS = (*BEAT_COLUMNS, "tatum", "division", "beat_duration")

BEYOND = 1e9
"""A larger number is a damaged one."""

SHORTEST_BEATS = 0.01
"""A few notes of the database last no time worth the name."""

Row = dict[str, str]
T = TypeVar("T")


class Played(NamedTuple):
    """This is a note as it was played: onset and duration in seconds, pitch 0-127."""

    onset_s: float
    pitch: int
    duration_s: float


class Counted(NamedTuple):
    """This is what a note tells of the beat that it belongs to: about when that falls, and how long it lasts."""

    beat: Beat
    lasts_s: float


def pieces(files: Files, name: str) -> list[Piece]:
    """Return the solo that a CSV of notes holds; a CSV of beats holds none.

    The beats come from `X_beattrack.csv` beside the notes' `X.csv` (or in the
    folder mcsv_beat beside mcsv_melody); without it they are reconstructed
    from what the notes say of bar and beat.

    Raises:
        CorpusError: if either file is damaged, in one sentence.
    """
    if name.endswith(BEAT_TRACK):
        return []
    notes = sorted(_read(files, name, NOTE_COLUMNS, _played))
    source = name.replace("mcsv_melody/", "mcsv_beat/").removesuffix(".csv") + BEAT_TRACK
    if source in files.names:
        beats = _read(files, source, BEAT_COLUMNS, _beat)
    else:
        source, beats = name, _under(_read(files, name, COUNT_COLUMNS, _counted))
    try:
        return [_piece(name, notes, track(beats))]
    except ValueError as fault:
        raise CorpusError(f"{source}: {fault}") from None


def _piece(name: str, played: Sequence[Played], beats: BeatTrack) -> Piece:
    onsets = beats.at_beats([note.onset_s for note in played])
    ends = beats.at_beats([note.onset_s + note.duration_s for note in played])
    start = beats.bar_line(float(onsets[0]))
    durations = np.maximum(ends - onsets, SHORTEST_BEATS)
    places = zip(played, (onsets - start).tolist(), durations.tolist(), strict=True)
    notes = tuple(Note(onset, note.pitch, duration, VELOCITY, MELODY) for note, onset, duration in places)
    return Piece(name, "jazz", beats.meters(start), notes, chords=beats.chords(start))


# --- reading rows ----------------------------------------------------------------------------


def _read(files: Files, name: str, columns: Sequence[str], value_of: Callable[[Row], T]) -> list[T]:
    """Return what each row of a CSV says; `columns` are those that it must have."""
    rows = csv.DictReader(io.StringIO(files.read(name).decode("utf-8-sig", "replace")), restval="")
    try:
        if missing := [column for column in columns if column not in (rows.fieldnames or ())]:
            raise ValueError(
                f"no column {', '.join(missing)}; a file of the Weimar Jazz Database has {', '.join(columns)}"
            )
        values = [value_of(row) for row in rows]
    except (ValueError, csv.Error) as fault:
        raise CorpusError(f"{name}: line {rows.line_num}: {fault}") from None
    if not values:
        raise CorpusError(f"{name}: no rows; at least one is needed")
    return values


def _played(row: Row) -> Played:
    onset_s, duration_s, pitch = _number(row, "onset"), _number(row, "duration"), _number(row, "pitch")
    if duration_s <= 0 or not 0 <= pitch < PITCHES:
        raise ValueError(f"pitch {pitch:g} for {duration_s:g} s is no note; allowed: pitch 0-127 for more than 0 s")
    return Played(onset_s, round(pitch), duration_s)


def _beat(row: Row) -> Beat:
    meter = Meter.parse(row["signature"].strip("\"' "))
    number = _whole(row, "beat")
    if not 1 <= number <= meter.numerator:
        raise ValueError(f"beat {number} is none of a bar of {meter.numerator}/{meter.denominator}")
    return Beat(_number(row, "onset"), _whole(row, "bar"), number, meter, row["chord"].strip())


def _counted(row: Row) -> Counted:
    lasts_s = _number(row, "beat_duration")
    share = (_whole(row, "tatum") - 1) / max(_whole(row, "division"), 1)
    beat = _beat(row)
    return Counted(beat._replace(at_s=beat.at_s - share * lasts_s), lasts_s)


def _number(row: Row, column: str) -> float:
    try:
        value = float(row[column])
    except ValueError:
        value = math.nan
    if not abs(value) < BEYOND:
        raise ValueError(f"{column} {row[column][:40]!r} is no number below {BEYOND:.0f}")
    return value


def _whole(row: Row, column: str) -> int:
    value = _number(row, column)
    if value != int(value):
        raise ValueError(f"{column} {row[column][:40]!r} is no whole number")
    return int(value)


# --- beats from notes ------------------------------------------------------------------------


def _under(counted: Sequence[Counted]) -> list[Beat]:
    """Return the beats that some notes tell of.

    Neighbouring beats are laid end to end where their notes fit best: one note
    tells little of its beat, early or late as it may be.
    """
    beats: list[Beat] = []
    run: list[tuple[float, Counted]] = []
    elapsed_s = 0.0
    for note in counted:
        ahead = run[-1][1].beat.beats_to(note.beat) if run else 0.0
        if ahead == 4 / note.beat.meter.denominator:
            elapsed_s += run[-1][1].lasts_s
        elif ahead:
            beats += _laid(run)
            run = []
        run.append((elapsed_s, note))
    return beats + _laid(run)


def _laid(run: Sequence[tuple[float, Counted]]) -> list[Beat]:
    """Return neighbouring beats and the one after them, from their notes and the seconds counted to each."""
    start_s = median(note.beat.at_s - elapsed_s for elapsed_s, note in run)
    beats = {elapsed_s: note.beat._replace(at_s=start_s + elapsed_s) for elapsed_s, note in run}
    elapsed_s, last = run[-1]
    end = last.beat._replace(at_s=start_s + elapsed_s + last.lasts_s, number=last.beat.number + 1)
    return [*beats.values(), end]
