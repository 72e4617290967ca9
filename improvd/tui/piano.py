"""The computer keyboard as a piano: two rows of letters each, as in trackers, and its picture."""

from __future__ import annotations

from collections.abc import Mapping

from improvd.music.note import pitch_name
from improvd.tui.status import ANSWER, Status
from improvd.tui.text import Line, Piece, centred, from_cells
from improvd.tui.view import View

LETTERS = "zsxdcvgbhnjm" + "q2w3er5t6y7ui"
"""Position = semitones above the lowest key: two octaves and the C on top."""

BLACK = (1, 3, 6, 8, 10)
"""Pitch classes of the black keys."""

WIDE, NARROW = 4, 2
"""Columns of a white key."""

CAPTION_COLUMNS = 16

_WHITES = tuple(i for i in range(len(LETTERS)) if i % 12 not in BLACK)


def letter_pitch(letter: str, view: View) -> int:
    """Return the pitch that a letter plays."""
    return view.lowest_pitch + LETTERS.index(letter)


def piano_pane(view: View, columns: int, rows: int) -> list[Line]:
    """Return the keyboard with its letters; keys that sound are lit in the colour of who plays them."""
    lit = _sounding(view.status)
    wide = columns >= WIDE * len(_WHITES) + 2 and rows >= 4
    key_columns, upper, lower = (WIDE, rows // 2, rows - rows // 2) if wide else (NARROW, 1, 1)
    picture = [
        *(_black_row(view, lit, key_columns, letters=row == upper - 1) for row in range(upper)),
        *(_white_row(view, lit, key_columns, letters=row == lower - 1) for row in range(lower)),
    ]
    told = _captions(view) if wide and columns >= WIDE * len(_WHITES) + CAPTION_COLUMNS else []
    lines = [(*line, *(told[row] if row < len(told) else ())) for row, line in enumerate(picture)]
    return lines if told else [centred(line, columns) for line in lines]


def _captions(view: View) -> list[Line]:
    low, high = pitch_name(view.lowest_pitch), pitch_name(view.lowest_pitch + len(LETTERS) - 1)
    return [
        (("", "  "), ("class:strong", f"{low} – {high}")),
        (("", "  "), ("class:strong", "- ="), ("class:dim", " octave")),
        (("", "  "), ("class:strong", "Shift"), ("class:dim", " louder")),
        (("", "  "), ("class:strong", "Tab"), ("class:dim", " commands")),
    ]


def _sounding(status: Status) -> Mapping[int, str]:
    return {note.pitch: note.who for note in status.roll if note.duration_beats is None}


def _key_style(semitone: int, view: View, lit: Mapping[int, str]) -> str:
    who = lit.get(view.lowest_pitch + semitone)
    if who:
        return "class:answer-key" if who == ANSWER else "class:call-key"
    return "class:black-key" if semitone % 12 in BLACK else "class:white-key"


def _white_cells(semitone: int, view: View, lit: Mapping[int, str], columns: int, *, letters: bool) -> list[Piece]:
    style = _key_style(semitone, view, lit)
    edge = "class:white-edge" if style == "class:white-key" else style
    face = LETTERS[semitone] if letters else " "
    return [(edge, "▏"), *((style, character) for character in face.center(columns - 1))]


def _white_row(view: View, lit: Mapping[int, str], columns: int, *, letters: bool) -> Line:
    return from_cells(cell for key in _WHITES for cell in _white_cells(key, view, lit, columns, letters=letters))


def _black_row(view: View, lit: Mapping[int, str], columns: int, *, letters: bool) -> Line:
    """Return a row in which the black keys lie over the joints of the white ones."""
    cells = [cell for key in _WHITES for cell in _white_cells(key, view, lit, columns, letters=False)]
    for position, white in enumerate(_WHITES[:-1]):
        if (white + 1) % 12 in BLACK:
            face = LETTERS[white + 1] if letters else " "
            style, joint = _key_style(white + 1, view, lit), (position + 1) * columns
            for offset, character in zip((-1, 0, 1), f" {face} ", strict=True):
                if columns > NARROW or offset == 0:
                    cells[joint + offset] = (style, character)
    return from_cells(cells)
