"""What the daemon asks of the model, and what it gets: the messages of `protocol.py` about music.

They travel as all messages do; `improvd.protocol` has them too.
"""

from __future__ import annotations

from dataclasses import dataclass

GridNote = tuple[int, int, int, int, int]
"""(onset_ticks, part, pitch, duration_ticks, velocity): a note on the codec's grid, for the model."""


@dataclass(frozen=True, slots=True)
class Context:
    """This is what the model is told beside the notes.

    `numerator`/`denominator`: the metre; bar lines lie at multiples of the bar from tick 0.
    `style`: a name of `codec.STYLES`; 'any' when unknown.
    """

    numerator: int = 4
    denominator: int = 4
    style: str = "any"


@dataclass(frozen=True, slots=True)
class Taste:
    """This is what makes one candidate better than another: a weight a term, 0 leaves it out.

    Attributes:
        typical: as likely as the model's music is in the mean; the likeliest is the dullest.
        key: in the key of the window.
        density: about as many notes a beat as the last call.
        loops: nothing said over and over.
        copies: no long run out of the training music.
        cadence: where the answer closes, an end that sounds like one.
        call: as close to the last call as `closeness` says.
        closeness: 1 echoes the call, 0.5 develops it, 0 contrasts with it.
    """

    typical: float = 0.0
    key: float = 0.0
    density: float = 0.0
    loops: float = 0.0
    copies: float = 0.0
    cadence: float = 0.0
    call: float = 0.0
    closeness: float = 0.5


@dataclass(frozen=True, slots=True)
class Ask:
    """This asks the model to continue a window.

    Attributes:
        number: comes back with the answer.
        window: the notes so far, in order of onset, at most 128.
        begin_ticks: no new onset before this tick.
        until_ticks: no new onset at or after this tick.
        strike: the first new onset falls exactly on `begin_ticks`, alone or as a chord; with
            `until_ticks == begin_ticks + 1` only this chord is drawn.
        temperatures: to draw at, > 0 each; the first is the one in force, the others are kept warm.
        top_p, min_p: sampling; (0, 1], [0, 1).
        lowest, highest: range of pitches allowed.
        seed: of the noise; the same request with the same seed gets the same answer.
        rows: how many candidates to draw at each temperature; 0: as many as the model has time for.
        call_ticks: where the last call begins in the window; -1: there is none.
        answer_ticks: where its answer began, of which the window holds what was played so far; -1: it begins now.
        closes: whether the answer ends with this piece.
        taste: what makes one candidate better than another.
    """

    number: int
    window: tuple[GridNote, ...]
    context: Context
    begin_ticks: int
    until_ticks: int
    strike: bool
    temperatures: tuple[float, ...]
    top_p: float
    min_p: float
    lowest: int
    highest: int
    seed: int
    rows: int
    call_ticks: int = -1
    answer_ticks: int = -1
    closes: bool = False
    taste: Taste = Taste()


@dataclass(frozen=True, slots=True)
class Continued:
    """This answers an `Ask`: the best candidate of each temperature, in the order asked.

    Attributes:
        number: as in `Ask`.
        rows: the notes of each, onsets in [begin_ticks, until_ticks).
        log_probs: how likely each is, at temperature 1.
        candidates: how many were drawn at each temperature.
        took_s: how long it took.
    """

    number: int
    rows: tuple[tuple[GridNote, ...], ...]
    log_probs: tuple[float, ...]
    candidates: int
    took_s: float
