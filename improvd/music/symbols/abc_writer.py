"""Writing ABC: played moments as the text of a tune, with a header, bar lines, ties and triplets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple

from improvd.music.note import TICKS_PER_BEAT
from improvd.music.symbols.moment import EIGHTH_TICKS, SIXTEENTH_TICKS, Moment
from improvd.music.symbols.spelling import MAJOR, Spelled, best_key, signature, spell
from improvd.music.timing import Meter

TRIPLET_TICKS = 8
BARS_IN_LINE = 4
_ACCIDENTALS = {-1: "_", 0: "=", 1: "^"}


class Stroke(NamedTuple):
    """This is what is written between two bar lines without a break: a note, a chord or a rest, maybe tied on."""

    onset_ticks: int
    pitches: tuple[int, ...]
    duration_ticks: int
    tied: bool = False


def text(chords: Sequence[Moment], meter: Meter) -> str:
    """Return a whole tune; its first bar begins with the first note."""
    strokes = list(_filled(chords, None))
    return _header(chords, meter) + "".join(_bars(strokes, meter, best_key(_pitches(chords))))


def primer(chords: Sequence[Moment], meter: Meter, begin_ticks: int, *, cut: bool, most: int) -> tuple[str, int]:
    """Return the text of what was played, and the tick at which what follows begins, at least `begin_ticks`.

    Args:
        chords: on the grid of `moment.on_place`.
        meter: bar lines lie at multiples of its bar from tick 0.
        begin_ticks: rests lead there.
        cut: what is held beyond it ends there.
        most: characters at most; earlier bars are left out, the last one and the header never.
    """
    strokes = list(_filled(chords, begin_ticks, cut=cut))
    end_ticks = begin_ticks if cut or not strokes else strokes[-1].onset_ticks + strokes[-1].duration_ticks
    header, bars = _header(chords, meter), _bars(strokes, meter, best_key(_pitches(chords)))
    while len(bars) > 1 and len(header) + sum(map(len, bars)) > most:
        bars = bars[1:]
    return header + "".join(bars), end_ticks


def _pitches(chords: Sequence[Moment]) -> list[int]:
    return [pitch for chord in chords for pitch in chord.pitches]


def _header(chords: Sequence[Moment], meter: Meter) -> str:
    key = MAJOR[best_key(_pitches(chords))]
    return f"X:1\nM:{meter.numerator}/{meter.denominator}\nL:1/8\nK:{key}\n"


def _filled(chords: Sequence[Moment], until_ticks: int | None, *, cut: bool = False) -> Iterator[Stroke]:
    """Yield what is played, no moment longer than to the next, and the rests between; given an end, up to it."""
    ends = [chord.onset_ticks for chord in chords[1:]] + [until_ticks if cut else None]
    now = chords[0].onset_ticks if chords else until_ticks or 0
    for chord, end_ticks in zip(chords, ends, strict=False):
        if chord.onset_ticks > now:
            yield Stroke(now, (), chord.onset_ticks - now)
        wanted = chord.duration_ticks if chord.duration_ticks > 1 else SIXTEENTH_TICKS
        ticks = wanted if end_ticks is None else max(min(wanted, end_ticks - chord.onset_ticks), 1)
        yield Stroke(chord.onset_ticks, chord.pitches, ticks)
        now = chord.onset_ticks + ticks
    if until_ticks is not None and until_ticks > now:
        yield Stroke(now, (), until_ticks - now)


def _bars(strokes: Sequence[Stroke], meter: Meter, sharps: int) -> list[str]:
    """Return the text of each bar, with the bar line or the space that ends it."""
    bars: dict[int, list[Stroke]] = {}
    for stroke in strokes:
        for piece in _split(stroke, meter.bar_ticks):
            bars.setdefault(piece.onset_ticks // meter.bar_ticks, []).append(piece)
    return [_bar(pieces, number, meter, sharps) for number, pieces in bars.items()]


def _split(stroke: Stroke, bar_ticks: int) -> Iterator[Stroke]:
    """Yield a stroke in pieces that end at bar lines, tied to each other."""
    onset, end = stroke.onset_ticks, stroke.onset_ticks + stroke.duration_ticks
    while onset < end:
        stop = min(end, (onset // bar_ticks + 1) * bar_ticks)
        yield Stroke(onset, stroke.pitches, stop - onset, bool(stroke.pitches) and stop < end)
        onset = stop


def _bar(pieces: Sequence[Stroke], number: int, meter: Meter, sharps: int) -> str:
    beam = 3 * EIGHTH_TICKS if meter.denominator == 8 and meter.numerator % 3 == 0 else TICKS_PER_BEAT
    in_force: dict[tuple[str, int], int] = {}
    words, triplet = [], 0
    for index, piece in enumerate(pieces):
        into_bar = piece.onset_ticks - number * meter.bar_ticks
        if index and into_bar % beam == 0:
            words.append(" ")
        if not triplet and into_bar % TICKS_PER_BEAT == 0 and _is_triplet(pieces[index : index + 3]):
            words.append("(3")
            triplet = 3
        ticks = Fraction(piece.duration_ticks) * (Fraction(3, 2) if triplet else 1)
        words.append(_written(piece, ticks, in_force, sharps))
        triplet = max(triplet - 1, 0)
    end = pieces[-1].onset_ticks + pieces[-1].duration_ticks
    return "".join(words) + (_bar_line(number) if end == (number + 1) * meter.bar_ticks else " ")


def _bar_line(number: int) -> str:
    return "|" if (number + 1) % BARS_IN_LINE else "|\n"


def _is_triplet(pieces: Sequence[Stroke]) -> bool:
    return len(pieces) == 3 and all(piece.duration_ticks == TRIPLET_TICKS for piece in pieces)


def _written(piece: Stroke, ticks: Fraction, in_force: dict[tuple[str, int], int], sharps: int) -> str:
    names = [_name(spell(pitch, sharps), in_force, signature(sharps)) for pitch in piece.pitches] or ["z"]
    name = names[0] if len(names) == 1 else f"[{''.join(names)}]"
    return name + _length(ticks / EIGHTH_TICKS) + "-" * piece.tied


def _name(note: Spelled, in_force: dict[tuple[str, int], int], key: Mapping[str, int]) -> str:
    """Return a note's name, with an accidental where the key or the bar has another one in force."""
    place = (note.letter, note.octave)
    accidental = _ACCIDENTALS[note.alteration] if in_force.get(place, key[note.letter]) != note.alteration else ""
    in_force[place] = note.alteration
    if note.octave > 0:
        return accidental + note.letter.lower() + "'" * (note.octave - 1)
    return accidental + note.letter + "," * -note.octave


def _length(eighths: Fraction) -> str:
    above = "" if eighths.numerator == 1 else str(eighths.numerator)
    return above + ("" if eighths.denominator == 1 else f"/{eighths.denominator}")
