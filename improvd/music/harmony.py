"""Harmony: the chord in force, and how a symbol over the staff names it."""

from __future__ import annotations

import re
from typing import NamedTuple


class Chord(NamedTuple):
    """This is a named chord from a place on, until the next one.

    `pitch_classes`: 0-11, C = 0; none where the music says that no chord is in force.
    """

    at_beats: float
    pitch_classes: frozenset[int]


NO_CHORD = ("NC", "N.C.", "N.C", "N")
LETTERS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
SIGNS = {"b": -1, "-": -1, "": 0, "#": 1, "+": 1}
DEGREES = {"2": 2, "4": 5, "5": 7, "6": 9, "9": 2, "11": 5, "13": 9}
"""Semitones of what a symbol counts above the root, an octave taken away."""

MINOR = (("3", 3),)
DIMINISHED = (("3", 3), ("5", 6))
AUGMENTED = (("5", 8),)
TRIADS = {
    "": (), "5": (("3", None),),
    "m": MINOR, "mi": MINOR, "min": MINOR, "Min": MINOR, "-": MINOR,
    "dim": DIMINISHED, "o": DIMINISHED, "ø": DIMINISHED, "h": DIMINISHED,
    "aug": AUGMENTED, "+": AUGMENTED,
}  # fmt: skip
"""How a triad differs from the major one: (degree, semitones or None for none of it)."""

STACKS = {"": (), "6": ("6",), "69": ("6", "9"), "7": (), "9": ("9",), "11": ("9", "11"), "13": ("9", "13")}
"""What a number puts on the triad, the seventh apart; a thirteenth leaves out the eleventh, which few would play."""

WORDS = {
    "": (), "sus": (("3", 5),), "sus4": (("3", 5),), "sus2": (("3", 2),), "aug": AUGMENTED, "+": AUGMENTED,
    "no3": (("3", None),), "omit3": (("3", None),), "no5": (("5", None),), "omit5": (("5", None),),
    "maj7": (("7", 11),), "M7": (("7", 11),), "j7": (("7", 11),),
    "alt": (("7", 10), ("9", 1), ("9", 3), ("5", 6), ("5", 8)),
}  # fmt: skip
"""What a word after the number changes."""

_SPELLINGS = str.maketrans("♭♯−–Δ△°Ø(),", "b#--^^oø   ")
_NAME = r"[A-G](?:##?|bb?)?"
_CHANGES = re.compile(
    r"sus[24]?|aug|alt|maj7|M7|j7|(?:no|omit)[35]|[+](?!\d)"
    r"|(?:add)?[b#+-](?:13|11|[569])|add(?:13|11|[2469])"  # C7b9, C7-9, Cmadd9
    r"|(?:13|11|9)(?:[b#](?![569]))?"  # C7913, C79b13: as the Weimar Jazz Database writes
)
_SYMBOL = re.compile(
    rf"(?P<root>{_NAME})\s*"
    r"(?P<triad>min|mi|m|Min|-|dim|o|ø|h|aug|[+]|5)?\s*"
    r"(?P<sus>sus[24]?)?\s*"
    r"(?P<major>maj|Maj|ma|Ma|M|j|\^)?\s*"
    r"(?P<number>69|6/9|6|7|9|11|13)?"
    rf"(?P<changes>(?:\s*(?:{_CHANGES.pattern}))*+)\s*"  # taking none back, so that findall sees the same
    rf"(?:/\s*(?P<bass>{_NAME}))?\s*"
)


def chord(symbol: str) -> frozenset[int]:
    """Return the pitch classes (0-11, C = 0) that a chord symbol names, its bass among them.

    It may be written as on lead sheets (Cmaj7, F#m7b5, Bb7(b9,#11), Gsus4, C/E)
    or as the Weimar Jazz Database does (Ebj7, Bb-7, C7913, G79b13, A7alt); of
    'NC' there are none. What 'alt' leaves open is taken to be all of b5, #5,
    b9 and #9.

    Raises:
        ValueError: if it is no such symbol; the text says what is allowed.
    """
    if symbol.strip() in NO_CHORD:
        return frozenset()
    written = _SYMBOL.fullmatch(symbol.strip().translate(_SPELLINGS))
    if not written:
        raise ValueError(
            f"{symbol[:40]!r} is no chord symbol; allowed: a root, a kind and a bass, such as Ebmaj7 or C-7/G"
        )
    root = _pitch_class(written["root"])
    tones = {(root + semitones) % 12 for semitones in _above_root(written)}
    return frozenset(tones | {_pitch_class(written["bass"])} if written["bass"] else tones)


def _pitch_class(name: str) -> int:
    return (LETTERS[name[0]] + sum(SIGNS[sign] for sign in name[1:])) % 12


def _above_root(written: re.Match[str]) -> set[int]:
    """Return the semitones above the root of a symbol that has been taken apart."""
    number = (written["number"] or "").replace("/", "")
    stack = {"1": 0, "3": 4, "5": 7} | {degree: DEGREES[degree] for degree in STACKS[number]}
    if "6" not in stack and (number or written["triad"] == "ø" or written["major"] == "^"):
        stack["7"] = _seventh(written)
    changes = [*TRIADS[written["triad"] or ""], *WORDS[written["sus"] or ""]]
    for word in _CHANGES.findall(written["changes"]):
        changes += WORDS.get(word) or [_tension(word)]
    for degree, _ in changes:
        stack.pop(degree, None)
    return {*stack.values()} | {semitones for _, semitones in changes if semitones is not None}


def _seventh(written: re.Match[str]) -> int:
    if written["major"]:
        return 11
    return 9 if written["triad"] in ("dim", "o") else 10


def _tension(word: str) -> tuple[str, int]:
    """Return the degree and the semitones of a tension, its sign before or behind it."""
    degree = word.strip("ad+-b#")
    return degree, DEGREES[degree] + SIGNS[word.strip("ad0123456789")]
