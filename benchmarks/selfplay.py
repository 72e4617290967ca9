"""Whether improvd stays awake, and whether closeness steers it: twenty exchanges with calls of held-out music.

    IMPROVD_DATA=… .venv/bin/python benchmarks/selfplay.py [--side valid] [--closeness 0 0.25 0.5 0.75 1]

A session is twenty calls of one style, each from another piece, and an answer to each as long as its call, bar by
bar, out of the window of live playing: all calls and answers so far, at most 128 notes. Seed dependence B is the AUC
less 0.5 of telling the call of an answer from the calls of other sessions in the same exchange and style.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from shipped import CANDIDATES, CONFIGURED, MODEL, keys_primers, request

from improvd.live.window import Window
from improvd.model.generate import Improviser
from improvd.music.codec import FIELDS
from improvd.protocol import Context, GridNote, Taste
from improvd.training.continuations import Primer
from improvd.training.metrics.dependence import dependence, similarities
from improvd.training.metrics.passage import Passage

EXCHANGES = 20
CALL_BARS = 2


@dataclass(frozen=True, slots=True)
class Exchange:
    """This is a call and its answer; both count onsets from their first bar line."""

    primer: Primer
    call: Passage
    answer: Passage


def sessions(given: Sequence[Primer], count: int, seed: int = 0) -> list[list[Primer]]:
    """Return which primers are the calls of each session; a style has sessions by the number of its primers."""
    rng = np.random.default_rng(seed)
    by_style = {style: [p for p in given if p.style == style] for style in sorted({p.style for p in given})}
    styles = sorted(by_style, key=lambda style: -len(by_style[style]))
    of_session = [styles[number % len(styles)] for number in range(count)]
    return [[by_style[style][i] for i in rng.permutation(len(by_style[style]))[:EXCHANGES]] for style in of_session]


def played(player: Improviser, calls: Sequence[Primer], taste: Taste, session: int) -> Iterator[Exchange]:
    """Yield the exchanges of a session."""
    window, now = Window(), 0
    for number, primer in enumerate(calls):
        bar = primer.notes.bar_ticks
        call = opening(primer)
        begin = -(-now // bar) * bar
        for note in call.notes.tolist():
            window.add(begin + note[0], note[2], note[4], duration_ticks=note[3])
        answer_ticks = begin + CALL_BARS * bar
        notes = list(_answer(player, primer, window, begin, answer_ticks, taste, session * EXCHANGES + number))
        now = answer_ticks + CALL_BARS * bar
        if len(call.notes) > 1 and len(notes) > 1:
            yield Exchange(primer, call, Passage(np.array(notes, np.int64).reshape(-1, len(FIELDS)), bar))


def opening(primer: Primer) -> Passage:
    """Return the first bars of a primer, as a call."""
    notes, bar = primer.notes.notes, primer.notes.bar_ticks
    return Passage(notes[notes[:, 0] < CALL_BARS * bar], bar)


def _answer(
    player: Improviser, primer: Primer, window: Window, call_ticks: int, answer_ticks: int, taste: Taste, seed: int
) -> Iterator[GridNote]:
    """Yield the notes of an answer as long as its call, counted from its first bar line."""
    bar = primer.notes.bar_ticks
    context = Context(primer.meter.numerator, primer.meter.denominator)
    asked = replace(request(context, answer_ticks, taste, CANDIDATES), call_ticks=call_ticks)
    for number in range(CALL_BARS):
        begin = answer_ticks + number * bar
        ask = replace(
            asked, window=window.notes(), begin_ticks=begin, until_ticks=begin + bar, strike=number == 0,
            seed=seed * CALL_BARS + number,
        )  # fmt: skip
        for onset, part, pitch, duration, velocity in player.ask(ask).rows[0]:
            window.add(onset, pitch, velocity, duration_ticks=duration)
            yield onset - answer_ticks, part, pitch, duration, velocity


def depends(exchanges: Sequence[Exchange]) -> tuple[float, float]:
    """Return B of some exchanges, and half of its 95 % interval."""
    found = dependence(
        [one.call for one in exchanges], [one.answer for one in exchanges],
        styles=[one.primer.style for one in exchanges], pieces=[one.primer.piece for one in exchanges], seed=0,
    )  # fmt: skip
    return found.auc - 0.5, (found.high - found.low) / 2


def similarity(exchanges: Sequence[Exchange]) -> float:
    """Return how like answers are to their calls in the mean."""
    return float(np.mean([similarities([one.answer], [one.call])[0, 0] for one in exchanges]))


def report(name: str, taste: Taste, player: Improviser, calls: Sequence[Sequence[Primer]]) -> str:
    """Return a row: B at the first and the last exchange and between, and how like answers are to their calls."""
    found = [list(played(player, own, taste, number)) for number, own in enumerate(calls)]
    at = [[session[number] for session in found if number < len(session)] for number in (0, 9, 19)]
    every = [depends(exchanges) for exchanges in at]
    late = depends([one for session in found for one in session[15:]])
    cells = [f"{b:.3f} ± {half:.3f}" for b, half in (*every, late)]
    alike = similarity([one for session in found for one in session])
    return f"| {name} | {' | '.join(cells)} | {late[0] / every[0][0]:.2f} | {alike:.3f} |"


def main() -> None:
    """Print a row for each closeness."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--side", choices=("valid", "test"), default="valid")
    parser.add_argument("--sessions", type=int, default=100)
    parser.add_argument("--closeness", type=float, nargs="*", default=[0.0, 0.25, 0.5, 0.75, 1.0])
    told = parser.parse_args()
    player = Improviser.open(MODEL, "litert-int8")
    calls = sessions(keys_primers(told.side, 300), told.sessions)
    print("| closeness | B, exchange 1 | 10 | 20 | 16 to 20 | 16 to 20 / 1 | similarity |\n" + "|---" * 7 + "|")
    for closeness in told.closeness:
        print(report(f"{closeness:g}", replace(CONFIGURED, closeness=closeness), player, calls), flush=True)


if __name__ == "__main__":
    main()
