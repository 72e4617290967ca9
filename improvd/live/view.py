"""The view: what a screen shows of the conductor, and why nothing happens when nothing does."""

from __future__ import annotations

import math
from dataclasses import dataclass

from improvd.live.answer import Answer
from improvd.live.listener import Listener
from improvd.music.note import pitch_name

_WORTH_SAYING_S = 1.0
"""A key held for less than this is no reason."""


@dataclass(frozen=True, slots=True)
class View:
    """This is what the conductor is doing at a moment.

    Attributes:
        word: what the screen shows large, such as ANSWER IN 2.
        state: listening, answer in, answering, your turn or no model.
        reason: why nothing happens, or empty.
        fill: how near the end of the phrase is, or of the answer under way; 0-1.
        bar: the bar, counted from 1 at the origin of the bars.
        beat: place in the bar in quarters, from 0.
        beats: place on the player's clock; bpm: its tempo.
        candidates: of how many the last piece drawn is the best; 0 before the first.
        ready: whether the answer is there already, should the phrase end now.
        style: the one in force.
    """

    word: str
    state: str
    reason: str
    fill: float
    bar: int
    beat: float
    beats: float
    bpm: float
    candidates: int
    ready: bool
    style: str = "any"


def _answer_bars(answer: Answer) -> int:
    """Return how many bars an answer has, begun ones included."""
    return math.ceil((answer.span.end_ticks - answer.span.begin_ticks) / answer.grid.meter.bar_ticks)


def state_of(answer: Answer | None, beats: float, *, ready: bool, your_turn: bool) -> tuple[str, str]:
    """Return (state, word) at a place of the player's clock."""
    if answer is None:
        if not ready:
            return "no model", "LISTENING"
        return ("your turn", "YOUR TURN") if your_turn else ("listening", "LISTENING")
    if not answer.begun:
        return "answer in", f"ANSWER IN {max(1, math.ceil(answer.start_beats - beats))}"
    bar = int((beats - answer.start_beats) // answer.grid.meter.bar_beats) + 1
    return "answering", f"ANSWERING {min(max(bar, 1), _answer_bars(answer))}/{_answer_bars(answer)}"


def held_reason(listener: Listener, now_s: float) -> str:
    """Return what keeps a phrase from ending, such as 'pedal held' or 'C3 held 12 s'."""
    if listener.held:
        oldest = listener.held[0]
        if now_s - oldest.at_s >= _WORTH_SAYING_S:
            return f"{pitch_name(oldest.pitch)} held {now_s - oldest.at_s:.0f} s"
    return "pedal held" if listener.pedal_down else ""
