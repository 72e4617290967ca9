"""Tunes in ABC notation, tokenised by music21; grace notes and first endings are left out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from improvd.errors import CorpusError
from improvd.music.codec import PARTS
from improvd.music.note import Note
from improvd.music.timing import Meter, MeterChange
from improvd.training.corpus.files import Files
from improvd.training.corpus.piece import Piece

VELOCITY = 80
MELODY = PARTS.index("melody")
STYLE = "folk"
CARRIES_ACCIDENTALS = (2, 1, 0)
"""The version of ABC that music21 must assume to let an accidental hold until the bar line."""


def pieces(files: Files, name: str) -> list[Piece]:
    """Return the tunes of a file in UTF-8 or Latin-1; those that music21 cannot read are left out.

    Raises:
        CorpusError: if none is left.
    """
    found = list(_tunes(text_of(files.read(name)), name))
    if not found:
        raise CorpusError(f"{name} holds no tune in ABC that can be read; each starts with a line X:NUMBER")
    return found


def text_of(data: bytes) -> str:
    """Return the text of a file in UTF-8, or else in Latin-1, its lines ending as on Unix."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def head_and_tunes(text: str) -> tuple[str, list[str]]:
    """Return what stands before the first tune of a text, and the text of each tune, from its line X: on."""
    head, *tunes = re.split(r"(?m)^(?=X:)", text)
    return head, tunes


def prefix(file: str, number: int) -> str:
    """Return how the name of a piece begins that is the tune of a number, counted from 0, in a file."""
    return f"{file}#{number} "


def _tunes(text: str, name: str) -> Iterator[Piece]:
    from music21 import abcFormat, exceptions21

    head, bodies = head_and_tunes(text)
    for number, body in enumerate(bodies):
        handler = abcFormat.ABCHandler()
        handler.abcVersion = CARRIES_ACCIDENTALS
        try:
            handler.process(_fields_on_lines(head + body))
            tune = _Tune(abcFormat).read(handler.tokens)
        except (exceptions21.Music21Exception, ValueError, ZeroDivisionError, AttributeError, IndexError, TypeError):
            continue  # music21 raises any of these on ABC outside its dialect
        if tune.notes:
            meters, notes = tune.from_bar_line()
            yield Piece(f"{prefix(name, number)}{tune.title}", STYLE, meters, notes)


def _fields_on_lines(text: str) -> str:
    """Return ABC with metre, length and key in brackets on lines of their own, and no other field in brackets."""
    text = re.sub(r"\[([MLK]):([^\]\n]*)\]", r"\n\1:\2\n", text)
    return re.sub(r"\[[A-Za-z]:[^\]\n]*\]", "", text)


@dataclass(slots=True)
class _Tune:
    """This is a tune while its tokens are read; positions in quarters from its first note."""

    abc: Any
    title: str = ""
    meters: list[MeterChange] = field(default_factory=lambda: [MeterChange(0.0, Meter())])
    bar_lines: list[float] = field(default_factory=lambda: [0.0])
    notes: list[Note] = field(default_factory=list)
    now_beats: float = 0.0
    tied: bool = False
    in_first_ending: bool = False

    def read(self, tokens: list[Any]) -> _Tune:
        for token in tokens:
            if isinstance(token, self.abc.ABCMetadata):
                self._header(token)
            elif isinstance(token, self.abc.ABCBar):
                goes_on = self.in_first_ending and not token.isRepeat()
                self.in_first_ending = token.repeatForm == "first" or goes_on
                self.bar_lines.append(self.now_beats)
            elif isinstance(token, self.abc.ABCTie):
                self.tied = True
            elif isinstance(token, self.abc.ABCNote) and not token.inGrace and not self.in_first_ending:
                self._sound(token)
        return self

    def _header(self, token: Any) -> None:
        if token.tag == "T" and not self.title:
            self.title = token.data
        parameters = token.getTimeSignatureParameters() if token.isMeter() else None
        if parameters:
            change = MeterChange(self.now_beats, Meter.parse(f"{parameters[0]}/{parameters[1]}"))
            self.meters = [*(m for m in self.meters if m.at_beats < self.now_beats), change]

    def _sound(self, token: Any) -> None:
        """Add the notes of one token, or make the last one longer by a tie."""
        ratio = token.activeTuplet.tupletMultiplier() if token.activeTuplet else 1
        length = float(token.quarterLength * ratio)
        inner = token.subTokens if isinstance(token, self.abc.ABCChord) else [token]
        pitches = [_pitch(note.pitchName) for note in inner if getattr(note, "pitchName", None)]
        if token.isRest:
            pitches = []
        if self.tied and self.notes and pitches == [self.notes[-1].pitch]:
            self.notes[-1] = replace(self.notes[-1], duration_beats=self.notes[-1].duration_beats + length)
        else:
            self.notes += [Note(self.now_beats, pitch, length, VELOCITY, MELODY) for pitch in pitches]
        self.now_beats, self.tied = self.now_beats + length, False

    def from_bar_line(self) -> tuple[tuple[MeterChange, ...], tuple[Note, ...]]:
        """Return metres and notes, shifted where the tune starts with an upbeat so that beat 0 is a bar line."""
        bar = self.meters[0].meter.bar_beats
        first_bar = next((line for line in self.bar_lines if line > 0), bar)
        shift = bar - first_bar if first_bar < bar - 1e-6 else 0.0
        meters = [self.meters[0], *(m._replace(at_beats=m.at_beats + shift) for m in self.meters[1:])]
        return tuple(meters), tuple(replace(n, onset_beats=n.onset_beats + shift) for n in self.notes)


def _pitch(name: str) -> int:
    """Return the MIDI pitch of music21's name, such as 'B-4', 'Fn4' or 'F#5'."""
    match = re.fullmatch(r"([A-G])([#n-]*)(\d+)", name)
    if not match:
        raise ValueError(f"{name!r} is no pitch")
    letter, accidentals, octave = match.groups()
    return (
        12 * (int(octave) + 1)
        + {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}[letter]
        + (accidentals.count("#") - accidentals.count("-"))
    )
