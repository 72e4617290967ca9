"""Tunes in ABC notation, tokenised by music21; grace notes and first endings are left out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from improvd.music.note import Note

VELOCITY = 80
CARRIES_ACCIDENTALS = (2, 1, 0)
"""The version of ABC that music21 must assume to let an accidental hold until the bar line."""


def tunes(text: str) -> Iterator[tuple[str, tuple[int, int], list[Note]]]:
    """Yield (title, metre, notes) of each tune; one that music21 cannot read is passed over.

    Notes are in quarters, with beat 0 on the bar line before the first note.
    """
    from music21 import abcFormat, exceptions21

    head, *bodies = re.split(r"(?m)^(?=X:)", text)
    for body in bodies:
        handler = abcFormat.ABCHandler()
        handler.abcVersion = CARRIES_ACCIDENTALS
        try:
            handler.process(head + body)
            tune = _tune(handler.tokens, abcFormat)
        except (exceptions21.Music21Exception, ValueError, ZeroDivisionError, AttributeError, IndexError, TypeError):
            continue  # music21 raises any of these on ABC outside its dialect
        if tune[2]:
            yield tune


def _tune(tokens: list[Any], abc: Any) -> tuple[str, tuple[int, int], list[Note]]:
    meter, title = (4, 4), ""
    bar_lines, notes = [0.0], list[Note]()
    now, tied, first_ending = 0.0, False, False
    for token in tokens:
        if isinstance(token, abc.ABCMetadata):
            title = token.data if token.tag == "T" and not title else title
            if token.isMeter() and not notes:
                parameters = token.getTimeSignatureParameters()
                meter = (parameters[0], parameters[1]) if parameters else meter
        elif isinstance(token, abc.ABCBar):
            first_ending = token.repeatForm == "first" or (first_ending and not token.isRepeat())
            bar_lines.append(now)
        elif isinstance(token, abc.ABCTie):
            tied = True
        elif isinstance(token, abc.ABCNote) and not token.inGrace and not first_ending:
            length = _length(token)
            notes = _struck(notes, token, now, length, abc, tied=tied)
            now, tied = now + length, False
    return title, meter, _from_bar_line(notes, bar_lines, meter)


def _length(token: Any) -> float:
    ratio = token.activeTuplet.tupletMultiplier() if token.activeTuplet else 1
    return float(token.quarterLength * ratio)


def _struck(notes: list[Note], token: Any, now: float, length: float, abc: Any, *, tied: bool) -> list[Note]:
    """Return the notes with those of one token added, or the last one made longer by a tie."""
    if token.isRest:
        return notes
    inner = token.subTokens if isinstance(token, abc.ABCChord) else [token]
    pitches = [_pitch(note.pitchName) for note in inner if getattr(note, "pitchName", None)]
    if tied and notes and pitches == [notes[-1].pitch]:
        last = notes[-1]
        return [*notes[:-1], Note(last.onset_beats, last.pitch, last.duration_beats + length, VELOCITY, last.part)]
    return notes + [Note(now, pitch, length, VELOCITY) for pitch in pitches]


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


def _from_bar_line(notes: list[Note], bar_lines: list[float], meter: tuple[int, int]) -> list[Note]:
    """Shift a tune that starts with an upbeat so that beat 0 is the bar line before it."""
    bar = meter[0] * 4 / meter[1]
    first_bar = next((line for line in bar_lines if line > 0), bar)
    upbeat = first_bar if first_bar < bar - 1e-6 else 0.0
    shift = bar - upbeat if upbeat else 0.0
    return [Note(n.onset_beats + shift, n.pitch, n.duration_beats, n.velocity, n.part) for n in notes]
