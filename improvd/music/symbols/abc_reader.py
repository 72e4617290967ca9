"""Reading ABC one character at a time: each note is told as soon as it is complete.

It is tolerant: fields, decorations, grace notes, chord symbols and lyrics are
passed over, repeats are not repeated, and nothing that is written can raise.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction

from improvd.music.note import PITCHES, TICKS_PER_BEAT
from improvd.music.symbols.moment import EIGHTH_TICKS, Moment
from improvd.music.symbols.spelling import LETTERS, Spelled, sharps_of, signature

WHOLE_TICKS = 4 * TICKS_PER_BEAT
LONGEST_TICKS = 16 * WHOLE_TICKS
_LONGEST_TOKEN = 500

_LENGTH = r"\d{0,3}(?:/+\d{0,3})?"
_TAIL = rf"(?:{_LENGTH})(?:<+|>+)?-?"
_NOTE = r"(?:\^\^?|__?|=)?[A-Ga-g][,']*"
_TOKEN = re.compile(
    rf"""
      (?P<inline> \[ [A-Za-z] : [^\]\n]* \] )
    | (?P<chord>  \[ (?:{_NOTE}{_LENGTH}-?)+ \] {_TAIL} )
    | (?P<note>   {_NOTE}{_TAIL} )
    | (?P<rest>   [zxZX]{_TAIL} )
    | (?P<tuplet> \( \d (?: : \d? ){{0,2}} )
    | (?P<bar>    \[? \| [|:\]]* \d? | :+ \|? [|:\]]* \d? | \[ \d )
    | (?P<other>  " [^"\n]* " | ! [^!\n]* ! | \{{ [^}}\n]* \}} | % [^\n]* | . )
    """,
    re.VERBOSE | re.DOTALL,
)
_OPEN = re.compile(r"""[\^_=]+ | \[ (?:[^\]\n\d|][^\]\n]*)? | " [^"\n]* | ! [^!\n]* | \{ [^}\n]* | \(""", re.VERBOSE)
"""What may still become a token, though it is none yet."""
_FIELD = re.compile(r"([A-Za-z]):(?![|:])([^\n]*)\n")
_FIELD_BEGUN = re.compile(r"[A-Za-z]:(?:[^|:\n][^\n]*)?")
_PARTS = re.compile(rf"(\^\^?|__?|=)?([A-Ga-g])([,']*)({_LENGTH})")
_ACCIDENTALS = {"^^": 2, "^": 1, "=": 0, "_": -1, "__": -2}
_TUPLETS = {2: 3, 3: 2, 4: 3, 6: 2, 8: 3}
"""How many notes' time a tuplet of so many takes; others take two."""
_TAIL_PARTS = re.compile(rf"({_LENGTH})(<+|>+)?-?$")


@dataclass(frozen=True, slots=True)
class AbcReader:
    """This reads characters; it is a value, and reading one gives the next.

    Attributes:
        now: where the next note begins, in ticks.
        text: what is not complete.
        line_starts: whether that begins a line.
        unit: ticks of a note without a length, None until a field says so.
        meter: length of a bar as a fraction of a whole note, which decides where no field says so.
        sharps: of the key, flats negative.
        altered: accidentals in force in this bar, by letter and octave.
        tuplet: how many notes it still has, and what their lengths are multiplied by.
        broken: what a broken rhythm leaves the next note of its length.
        tied: what is held on, so not complete.
        playing: take nothing that leads away from the music, such as another title.
        strike: take no rest, for a note must come next.
    """

    now: Fraction = Fraction(0)
    text: str = ""
    line_starts: bool = True
    unit: Fraction | None = None
    meter: Fraction = Fraction(1)
    sharps: int = 0
    altered: Mapping[tuple[str, int], int] = field(default_factory=dict)
    tuplet: tuple[int, Fraction] = (0, Fraction(1))
    broken: Fraction = Fraction(1)
    tied: Moment | None = None
    playing: bool = False
    strike: bool = False

    @property
    def now_ticks(self) -> int:
        """Where the next note begins, to the nearest tick."""
        return round(self.now)

    def fed(self, symbol: str) -> tuple[AbcReader, tuple[Moment, ...]] | None:
        """Return the reader after a character and the notes thereby complete; None where it has no place."""
        if self.playing and self._leads_away(symbol):
            return None
        return replace(self, text=self.text + symbol)._read(at_end=False)

    def finished(self) -> tuple[Moment, ...]:
        """Return what is complete if nothing follows."""
        after, moments = self._read(at_end=True)
        return (*moments, after.tied) if after.tied else moments

    def _leads_away(self, symbol: str) -> bool:
        begins_field = symbol == ":" and self.line_starts and len(self.text) == 1 and self.text.isalpha()
        ends_tune = symbol == "\n" and self.line_starts and not self.text.strip()
        return begins_field or ends_tune or symbol == "%" or (self.strike and symbol in "zxZX")

    def _read(self, *, at_end: bool) -> tuple[AbcReader, tuple[Moment, ...]]:
        """Take off every complete token."""
        reader: AbcReader = self
        told: tuple[Moment, ...] = ()
        while reader.text and (length := reader._token_length(at_end=at_end)):
            reader, more = reader._after(reader.text[:length])
            told = (*told, *more)
        return reader, told

    def _token_length(self, *, at_end: bool) -> int:
        """Return how long the token is with which the text begins; 0 while it may grow."""
        text = self.text
        may_wait = not at_end and len(text) < _LONGEST_TOKEN
        if self.line_starts and (written := _FIELD.match(text)):
            return written.end()
        if self.line_starts and may_wait and _FIELD_BEGUN.fullmatch(text):
            return 0
        if may_wait and _OPEN.fullmatch(text):
            return 0
        token = _TOKEN.match(text)
        length = token.end() if token else 1
        return 0 if may_wait and length == len(text) and text != "\n" else length

    def _after(self, token: str) -> tuple[AbcReader, tuple[Moment, ...]]:
        """Return the reader after a complete token, and what it completes."""
        rest = replace(self, text=self.text[len(token) :], line_starts=token.endswith("\n"))
        if self.line_starts and (written := _FIELD.fullmatch(token)):
            return rest._told(written[1], written[2]), ()
        match = _TOKEN.fullmatch(token)
        kind = match.lastgroup if match else "other"
        if kind in ("note", "chord", "rest"):
            return rest._sounded(token)
        if kind == "inline":
            return rest._told(token[1], token[3:-1]), ()
        if kind == "tuplet":
            return rest._in_tuplet(token), ()
        return replace(rest, altered={}) if kind == "bar" and "|" in token else rest, ()

    def _told(self, name: str, value: str) -> AbcReader:
        """Return the reader after a field; those without a bearing on notes are passed over."""
        if name == "K":
            return replace(self, sharps=sharps_of(value), altered={})
        if name == "X":
            return replace(self, unit=None, meter=Fraction(1), sharps=0, altered={})
        written = re.match(r"\s*(\d{1,3})/(\d{1,3})", value)
        if name not in "LM" or not written or not int(written[1]) or not int(written[2]):
            return self
        length = Fraction(int(written[1]), int(written[2]))
        return replace(self, unit=length * WHOLE_TICKS) if name == "L" else replace(self, meter=length)

    def _in_tuplet(self, token: str) -> AbcReader:
        count, *told = [int(digits) if digits else 0 for digits in token[1:].split(":")]
        time = (told[0] if told else 0) or _TUPLETS.get(count, 2)
        notes = (told[1] if len(told) > 1 else 0) or count
        return replace(self, tuplet=(notes, Fraction(time, count))) if count else self

    def _sounded(self, token: str) -> tuple[AbcReader, tuple[Moment, ...]]:
        """Return the reader after a note, a chord or a rest."""
        inner = token[1 : token.index("]")] if token[0] == "[" else token
        outer = token[token.index("]") + 1 :] if token[0] == "[" else ""
        notes = _PARTS.findall(inner)
        length = _multiple(notes[0][3] if notes else inner[1:]) * _multiple(outer)
        ticks = min(length * self._unit * self.tuplet[1] * self.broken, Fraction(LONGEST_TICKS))
        marks = _TAIL_PARTS.search(token).group(2)  # type: ignore[union-attr]  # it matches nothing, too
        here, following = _swing(marks or "")
        pitches, altered = self._pitches([note[:3] for note in notes])
        left = max(self.tuplet[0] - 1, 0)
        after = replace(
            self, now=self.now + ticks * here, broken=following, altered=altered, tied=None,
            tuplet=(left, self.tuplet[1] if left else Fraction(1)), strike=self.strike and not pitches,
        )  # fmt: skip
        return after._joined(self, pitches, tie="-" in token)

    def _joined(
        self, before: AbcReader, pitches: tuple[int, ...], *, tie: bool
    ) -> tuple[AbcReader, tuple[Moment, ...]]:
        """Return the reader with what was tied made longer, or told."""
        held, onset = before.tied, before.now_ticks
        told: tuple[Moment, ...] = ()
        if held and held.pitches == pitches:
            onset = held.onset_ticks
        elif held:
            told = (held,)
        if not pitches:
            return self, told
        moment = Moment(onset, pitches, max(self.now_ticks - onset, 1))
        return (replace(self, tied=moment), told) if tie else (self, (*told, moment))

    @property
    def _unit(self) -> Fraction:
        short = self.meter < Fraction(3, 4)
        return self.unit or Fraction(EIGHTH_TICKS // 2 if short else EIGHTH_TICKS)

    def _pitches(self, notes: list[tuple[str, ...]]) -> tuple[tuple[int, ...], Mapping[tuple[str, int], int]]:
        """Return the pitches of written notes, from the lowest up, and the accidentals then in force."""
        altered, key = dict(self.altered), signature(self.sharps)
        pitches = set()
        for accidental, name, marks in notes:
            letter, octave = name.upper(), name.islower() + marks.count("'") - marks.count(",")
            if accidental:
                altered[letter, octave] = _ACCIDENTALS[accidental]
            pitch = Spelled(letter, octave, altered.get((letter, octave), key[letter])).pitch
            pitches.add(pitch if 0 <= pitch < PITCHES else LETTERS[letter] + 60)
        return tuple(sorted(pitches)), altered


def _multiple(length: str) -> Fraction:
    """Return what a length such as '3', '/', '//' or '3/2' multiplies by; broken ones count as 1."""
    above, *below = re.sub(r"[<>-]", "", length).partition("/")
    slashes = below[0] + below[1]
    divisor = int(slashes.strip("/") or 0) or 2 ** slashes.count("/")
    return Fraction(int(above or 0) or 1, divisor)


def _swing(marks: str) -> tuple[Fraction, Fraction]:
    """Return what a broken rhythm multiplies this note and the next by: '>' is dotted, '>>' doubly."""
    less = Fraction(1, 2 ** min(len(marks), 3))
    return {"": (Fraction(1), Fraction(1)), ">": (2 - less, less), "<": (less, 2 - less)}[marks[:1]]
