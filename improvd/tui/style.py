"""Colours: one for the call, one for the answer, the same wherever they appear; all are of the 256 of any terminal."""

from __future__ import annotations

from prompt_toolkit.styles import Style

CALL_COLOUR, ANSWER_COLOUR = "#5fd7ff", "#ffaf00"

STYLE = Style.from_dict(
    {
        "screen": "#d0d0d0 bg:#121212",
        "dim": "#8a8a8a",
        "strong": "bold #ffffff",
        "track": "#3a3a3a bg:#262626",
        "call": CALL_COLOUR,
        "call-onset": "#afffff",
        "answer": ANSWER_COLOUR,
        "answer-onset": "#ffffaf",
        "both": f"{CALL_COLOUR} bg:{ANSWER_COLOUR}",
        "both-swapped": f"{ANSWER_COLOUR} bg:{CALL_COLOUR}",
        "calm": "#87d787",
        "alarm": "bold #ff5f5f",
        "warn": "#ffd75f",
        "head": "#d0d0d0 bg:#303030",
        "head-name": "bold #ffffff bg:#303030",
        "head-dim": "#9e9e9e bg:#303030",
        "lamp-in": f"bold {CALL_COLOUR} bg:#303030",
        "lamp-out": f"bold {ANSWER_COLOUR} bg:#303030",
        "foot": "#d0d0d0 bg:#303030",
        "foot-key": "bold #ffffff bg:#303030",
        "commands": "bold #121212 bg:#87d787",
        "piano": "bold #121212 bg:#ff87d7",
        "question": "bold #ffffff bg:#af0000",
        "downbeat": "#ffffff",
        "upbeat": "#87d787",
        "gauge": "#ff87d7",
        "barline": "#585858",
        "playhead": "#d0d0d0",
        "white-key": "#121212 bg:#d0d0d0",
        "white-edge": "#8a8a8a bg:#d0d0d0",
        "black-key": "#ffffff bg:#121212",
        "call-key": f"bold #121212 bg:{CALL_COLOUR}",
        "answer-key": f"bold #121212 bg:{ANSWER_COLOUR}",
    }
)
