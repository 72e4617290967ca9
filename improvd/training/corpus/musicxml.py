"""Scores in MusicXML, by the standard library: 15 times as fast as music21, which also gets chords wrong.

Repeats are played once, with the last of several endings.
"""

from __future__ import annotations

import io
import math
import zipfile
import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise, zip_longest
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from improvd.errors import CorpusError
from improvd.music.codec import PARTS
from improvd.music.harmony import Chord
from improvd.music.note import Note
from improvd.music.timing import Meter, MeterChange
from improvd.training.corpus.files import Files
from improvd.training.corpus.measures import Measure, measures
from improvd.training.corpus.piece import Piece

MAX_BYTES = 16 << 20
SCORES = (".xml", ".musicxml")
NEAR = 1e-6
"""Places closer than this, in beats, are one."""

VOICES = [part for part in PARTS if part.startswith("voice")]
DAMAGED = (
    ElementTree.ParseError, zipfile.BadZipFile, zlib.error, EOFError, OSError,
    LookupError, ArithmeticError, ValueError, NotImplementedError, RuntimeError,
)  # fmt: skip
"""What zipfile, expat and numbers that are none raise."""

Placed = Sequence[tuple[float, Measure]]
"""The measures of a part, each with the beat on which it starts."""


def pieces(files: Files, name: str) -> list[Piece]:
    """Return the piece that a score holds.

    Raises:
        CorpusError: if it is damaged, too large or without notes.
    """
    try:
        return [_piece(name, _score(files.read(name)))]
    except DAMAGED as error:
        raise CorpusError(f"{name} is no MusicXML that can be read: {error}") from error


def _score(data: bytes) -> Element:
    """Return the score in a file, compressed or not."""
    score = _parsed(_unpacked(data) if data.startswith(b"PK") else data)
    if score.tag != "score-partwise":
        raise ValueError(f"it holds a <{score.tag}>, not a <score-partwise>")
    return score


def _unpacked(data: bytes) -> bytes:
    """Return the score in an archive: found by its name, because some write a damaged table of contents."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        scores = [name for name in archive.namelist() if not name.startswith("META-INF") and name.endswith(SCORES)]
        with archive.open(next(iter(scores), "a score")) as file:
            return file.read(MAX_BYTES + 1)


def _parsed(data: bytes) -> Element:
    if len(data) > MAX_BYTES:
        raise ValueError(f"it is larger than {MAX_BYTES >> 20} MiB")
    if b"<!ENTITY" in data.replace(b"\0", b""):  # the zeros are those of UTF-16
        raise ValueError("it defines entities, which no score needs")
    return ElementTree.fromstring(data)


def _piece(name: str, score: Element) -> Piece:
    parts = [part for part in score.iterfind("part") if part.find(".//pitch") is not None]
    if not parts:
        raise CorpusError(f"{name} has no notes")
    early = _early_endings(parts[0])
    played = [[m for i, m in enumerate(measures(part)) if i not in early] for part in parts]
    starts, meters = _bar_lines(played)
    placed = [list(zip(starts, part, strict=False)) for part in played]
    lines = [_joined(part) for part in placed]
    chords = {start + chord.at_beats: chord for part in placed for start, m in part for chord in m.chords}
    called = _called(parts, lines, named=bool(chords))
    notes = sorted(replace(n, part=PARTS.index(part)) for part, line in zip(called, lines, strict=True) for n in line)
    named = tuple(Chord(at, chords[at].pitch_classes) for at in sorted(chords))
    return Piece(name, "lead sheet" if named else "any", meters, tuple(notes), chords=named)


def _early_endings(part: Element) -> set[int]:
    """Return which measures belong to an ending right after which there is another."""
    first, endings = 0, list[tuple[int, int]]()
    for index, measure in enumerate(part.iterfind("measure")):
        for ending in measure.iter("ending"):
            if ending.get("type") == "start":
                first = index
            else:
                endings.append((first, index))
    return {i for (first, last), (other, _) in pairwise(endings) if other == last + 1 for i in range(first, other)}


def _called(parts: Sequence[Element], lines: Sequence[Sequence[Note]], *, named: bool) -> list[str]:
    """Return what each part is to the codec; `named`: the score names chords."""
    staves = [max((int(e.text or 1) for e in part.iter("staves")), default=1) for part in parts]
    single = [count == 1 and _single(line) for count, line in zip(staves, lines, strict=True)]
    if named and staves == [1]:
        return ["melody"]
    if all(single) and 1 < len(parts) <= len(VOICES):
        return VOICES[: len(parts)]
    melody = single.index(True) if True in single else -1
    return ["melody" if i == melody else "keys" for i in range(len(parts))]


def _single(line: Sequence[Note]) -> bool:
    """Return whether no two notes sound together."""
    return all(a.end_beats < b.onset_beats + NEAR for a, b in pairwise(line))


def _joined(part: Placed) -> list[Note]:
    """Return the notes of a part in order, those that are tied as one; some scores write one end of a tie only."""
    notes, ended = list[Note](), dict[tuple[int, int], tuple[int, bool]]()
    for start, measure in part:
        for sound in sorted(measure.sounds):
            onset = start + sound.beats
            index, tied = ended.pop((sound.pitch, _place(onset)), (-1, False))
            if index >= 0 and (tied or sound.tied_before):
                notes[index] = replace(notes[index], duration_beats=notes[index].duration_beats + sound.duration_beats)
            else:
                index = len(notes)
                notes.append(Note(onset, sound.pitch, sound.duration_beats, sound.velocity))
            ended[sound.pitch, _place(notes[index].end_beats)] = (index, sound.tied_after)
    return sorted(notes)


def _place(beats: float) -> int:
    """Return a number that places a rounding error apart share."""
    return round(beats * 10080)


def _bar_lines(parts: Sequence[Sequence[Measure]]) -> tuple[list[float], tuple[MeterChange, ...]]:
    """Return on which beat each measure starts, and the metres.

    A short measure that begins the score is the end of bar 0; several that
    fill a bar together are one; any other of an odd length is a bar in a
    metre of its own or, where there is none, is followed by silence.
    """
    columns = [[m for m in column if m] for column in zip_longest(*parts)]
    written = [max(m.beats for m in column) for column in columns]
    usual = _usual(written)
    meters = [next((m.meter for m in column if m.meter), usual) for column in columns]
    lengths = [beats or meter.bar_beats for beats, meter in zip(written, meters, strict=True)]
    starts, changes = list[float](), list[MeterChange]()
    bar_line = now = 0.0
    for meter, beats, following in zip(meters, lengths, [*lengths[1:], 0.0], strict=True):
        upbeat = not starts and beats < meter.bar_beats < beats + following - NEAR
        now = meter.bar_beats - beats if upbeat else now
        starts.append(now)
        now += beats
        if following and now + following < bar_line + meter.bar_beats + NEAR:
            continue
        own = _own_meter(now - bar_line, meter) if following else meter
        if not changes or changes[-1].meter != own:
            changes.append(MeterChange(bar_line, own))
        bars = math.ceil((now - bar_line) / own.bar_beats - NEAR)
        bar_line = now = bar_line + bars * own.bar_beats
    return starts, tuple(changes)


def _usual(lengths: Sequence[float]) -> Meter:
    """Return the metre of the commonest length of a measure, for scores that do not say it."""
    [(beats, _)] = Counter([*lengths, 0.0]).most_common(1)
    return _own_meter(beats, Meter())


def _own_meter(beats: float, meter: Meter) -> Meter:
    """Return the metre of a bar of some length: the given one if that is its length, or if no other has it."""
    if abs(beats - meter.bar_beats) < NEAR:
        return meter
    for denominator in (4, 8, 16, 32):
        numerator = round(beats * denominator / 4)
        if 1 <= numerator <= 32 and abs(numerator * 4 / denominator - beats) < NEAR:
            return Meter(numerator, denominator)
    return meter
