"""The measures of one part of a MusicXML score: what sounds in them, and what their chords are called."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple
from xml.etree.ElementTree import Element

from improvd.music.harmony import LETTERS, Chord
from improvd.music.note import MAX_VELOCITY, PITCHES
from improvd.music.timing import Meter

VELOCITY = 80
MAX_BEATS = 1000.0
"""A measure is no longer than this; others tell of a damaged file."""

MAJOR = (0, 2, 4, 5, 7, 9, 11)
"""Semitones of the degrees 1 to 7 above the root."""

KINDS = {
    "major": "1 3 5", "minor": "1 b3 5", "augmented": "1 3 #5", "diminished": "1 b3 b5", "power": "1 5",
    "suspended-second": "1 2 5", "suspended-fourth": "1 4 5", "major-sixth": "1 3 5 6", "minor-sixth": "1 b3 5 6",
    "dominant": "1 3 5 b7", "major-seventh": "1 3 5 7", "minor-seventh": "1 b3 5 b7", "major-minor": "1 b3 5 7",
    "minor-major": "1 b3 5 7", "augmented-seventh": "1 3 #5 b7", "half-diminished": "1 b3 b5 b7",
    "diminished-seventh": "1 b3 b5 bb7", "dominant-ninth": "1 3 5 b7 9", "major-ninth": "1 3 5 7 9",
    "minor-ninth": "1 b3 5 b7 9", "dominant-11th": "1 3 5 b7 9 11", "major-11th": "1 3 5 7 9 11",
    "minor-11th": "1 b3 5 b7 9 11", "dominant-13th": "1 3 5 b7 9 13", "major-13th": "1 3 5 7 9 13",
    "minor-13th": "1 b3 5 b7 9 13", "none": "",
}  # fmt: skip
"""The degrees of each kind of chord, as symbols name it: a thirteenth is without the eleventh. Of others only the root.

Source: MusicXML 4.0, kind-value; 'minor-major' is what music21 writes.
"""


class Sound(NamedTuple):
    """This is one written note; `beats` from its bar line; tied to a note before it, to one after it, or both."""

    beats: float
    pitch: int
    duration_beats: float
    velocity: int
    tied_before: bool
    tied_after: bool


class Measure(NamedTuple):
    """This is one measure of one part.

    Attributes:
        meter: the time signature in force; None where none was written yet.
        beats: how long it is; 0 where it only rests.
        sounds: the notes of all its voices; grace notes, cues and drums are left out.
        chords: named in it, their places from its bar line.
    """

    meter: Meter | None
    beats: float
    sounds: list[Sound]
    chords: list[Chord]


def measures(part: Element) -> Iterator[Measure]:
    """Yield the measures of a part in the order in which they are written.

    Raises:
        ValueError: where a number or a name is none such.
    """
    reader = _Reader()
    return (reader.measure(measure) for measure in part.iterfind("measure"))


@dataclass(slots=True)
class _Reader:
    """This reads measures in their order and keeps what holds until the score says otherwise."""

    divisions: float = 1.0
    semitones: int = 0
    velocity: int = VELOCITY
    meter: Meter | None = None

    def measure(self, measure: Element) -> Measure:
        onset = now = end = 0.0
        sounds, chords = list[Sound](), list[Chord]()
        for element in measure:
            if element.tag == "note" and not _silent(element):
                if element.find("chord") is None:
                    onset, now = now, now + self._beats(element)
                end = end if element.find("rest[@measure='yes']") is not None else max(end, now)
                sounds += self._sounds(element, onset)
            elif element.tag == "attributes":
                self._attributes(element)
            elif element.tag == "backup":
                now = max(0.0, now - self._beats(element))
            elif element.tag == "forward":
                now += self._beats(element)
            elif element.tag == "harmony":
                chords += self._chords(element, now)
            elif element.tag in ("sound", "direction"):
                self.velocity = _velocity(element.iter("sound"), self.velocity)
        return Measure(self.meter, end, sounds, chords)

    def _beats(self, element: Element) -> float:
        """Return how long an element lasts.

        Raises:
            ValueError: if it does not say so, or if that is too long.
        """
        beats = float(element.findtext("duration", "nan")) / self.divisions
        if not 0 <= beats <= MAX_BEATS:
            raise ValueError(f"a <{element.tag}> lasts {beats:g} beats; allowed: 0 to {MAX_BEATS:g}")
        return beats

    def _attributes(self, attributes: Element) -> None:
        if attributes.find("divisions") is not None:
            self.divisions = float(attributes.findtext("divisions", ""))
        if attributes.find("transpose") is not None:
            octaves = _whole(attributes, "transpose/octave-change")
            self.semitones = 12 * octaves + _whole(attributes, "transpose/chromatic")
        if attributes.find("time/beats") is not None:
            beats = sum(map(int, attributes.findtext("time/beats", "").split("+")))
            self.meter = Meter.parse(f"{beats}/{attributes.findtext('time/beat-type')}")

    def _sounds(self, note: Element, onset: float) -> list[Sound]:
        beats = self._beats(note)
        if note.find("pitch") is None or not beats:
            return []
        pitch = 12 * (_whole(note, "pitch/octave") + 1) + _letter(note, "pitch/step", "pitch/alter") + self.semitones
        if not 0 <= pitch < PITCHES:
            raise ValueError(f"a note has pitch {pitch}; allowed: 0 to {PITCHES - 1}")
        ties = {tie.get("type") for tie in note.iterfind("tie")}
        return [Sound(onset, pitch, beats, _velocity([note], self.velocity), "stop" in ties, "start" in ties)]

    def _chords(self, harmony: Element, now: float) -> list[Chord]:
        beats = max(0.0, now + _whole(harmony, "offset") / self.divisions)
        if harmony.findtext("kind") == "none":
            return [Chord(beats, frozenset())]
        if harmony.find("root") is None:
            return []
        root = _letter(harmony, "root/root-step", "root/root-alter")
        tones = [root + tone for tone in _members(harmony).values()]
        if harmony.find("bass") is not None:
            tones.append(_letter(harmony, "bass/bass-step", "bass/bass-alter"))
        return [Chord(beats, frozenset((tone + self.semitones) % 12 for tone in tones))]


def _silent(note: Element) -> bool:
    return note.find("grace") is not None or note.find("cue") is not None


def _members(harmony: Element) -> dict[int, int]:
    """Return the degrees of a chord, each with its semitones above the root."""
    kind = KINDS.get(harmony.findtext("kind", ""), "1").split()
    members = {int(degree.lstrip("b#")): _semitones(degree) for degree in kind}
    for change in harmony.iterfind("degree"):
        degree, alter = _whole(change, "degree-value"), _whole(change, "degree-alter")
        natural = 10 if degree == 7 else _semitones(str(degree))
        if change.findtext("degree-type") == "subtract":
            members.pop(degree, None)
        elif change.findtext("degree-type") == "add":
            members[degree] = natural + alter
        else:
            members[degree] = members.get(degree, natural) + alter
    return members


def _semitones(degree: str) -> int:
    """Return how far a degree such as 'b7' or '11' is above the root, in the octave of the root."""
    return MAJOR[(int(degree.lstrip("b#")) - 1) % 7] + degree.count("#") - degree.count("b")


def _letter(element: Element, step: str, alter: str) -> int:
    """Return how many semitones a written name is above C; quarter tones are rounded."""
    letter = element.findtext(step, "none")
    if letter not in LETTERS:
        raise ValueError(f"a note is called {letter!r}; allowed: A to G")
    return LETTERS[letter] + _whole(element, alter)


def _velocity(elements: Iterable[Element], velocity: int) -> int:
    """Return the velocity (1-127) that one of some elements states, in percent of 90; else the one given."""
    for element in elements:
        if percent := element.get("dynamics"):
            velocity = min(MAX_VELOCITY, max(1, round(float(percent) * 0.9)))
    return velocity


def _whole(element: Element, path: str) -> int:
    return round(float(element.findtext(path) or 0))
