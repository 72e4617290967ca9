"""Whether ranking pays: the best of 16 candidates, bar after bar, beside one sample at the same temperature.

    IMPROVD_DATA=… .venv/bin/python benchmarks/ranking.py [--side valid] [--terms all key loops …]

The shipped model goes on from primers of held-out music as live: one keyboard part of unknown style, asked for a
bar at a time with the settings of a fresh configuration. The same seeds everywhere, and the one sample is the
first of the sixteen. Primers of drums alone are left out: improvd answers on keys.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from shipped import CANDIDATES, CONFIGURED, MODEL, NONE, TERMS, keys_primers, learnt_lines, request

from improvd.live.window import WINDOW_NOTES
from improvd.model.generate import Improviser
from improvd.model.ranking.lines import Lines, lines_of
from improvd.music.codec import FIELDS
from improvd.protocol import Context, Taste
from improvd.training.continuations import NOTES, Primer
from improvd.training.metrics.consistency import SCALES
from improvd.training.metrics.dependence import dependence
from improvd.training.metrics.loops import share_looped
from improvd.training.metrics.originality import longest_runs
from improvd.training.metrics.overlap import likeness, mean_area
from improvd.training.metrics.passage import Passage, histogram

MOST_BARS = 48


@dataclass(frozen=True, slots=True)
class Measured:
    """This is what was measured of some answers; `depends` is the AUC less 0.5, with half of its interval."""

    area: float
    depends: float
    within: float
    looped: float
    in_key: float
    copied: float

    def cells(self) -> Iterator[str]:
        """Yield the cells of a row."""
        yield f"{self.area:.3f}"
        yield f"{self.depends:.3f} ± {self.within:.3f}"
        yield from (f"{share:.3f}" for share in (self.looped, self.in_key))
        yield f"{self.copied:.2f}"


HEADER = ("overlapped area", "seed dependence B", "notes in loops", "notes in key", "longest copied run")


def answered(player: Improviser, given: Sequence[Primer], taste: Taste, candidates: int) -> list[Passage]:
    """Return how the best of some candidates goes on from each primer, as many notes as the human wrote."""
    return [_answer(player, primer, number, taste, candidates) for number, primer in enumerate(given)]


def _answer(player: Improviser, primer: Primer, seed: int, taste: Taste, candidates: int) -> Passage:
    bar = primer.notes.bar_ticks
    window = [tuple(note) for note in primer.notes.notes.tolist()]
    begin, notes = window[-1][0] + 1, list[tuple[int, ...]]()
    asked = request(Context(primer.meter.numerator, primer.meter.denominator), begin, taste, candidates)
    for number in range(MOST_BARS):
        until = (begin // bar + 1) * bar
        heard = tuple([*window, *notes][-WINDOW_NOTES:])
        ask = replace(asked, window=heard, begin_ticks=begin, until_ticks=until, seed=seed * MOST_BARS + number)
        notes += player.ask(ask).rows[0]
        begin = until
        if len(notes) >= NOTES:
            break
    return Passage(np.array(notes[:NOTES], np.int32).reshape(-1, len(FIELDS)), bar)


def measured(given: Sequence[Primer], played: Sequence[Passage], learnt: Lines) -> Measured:
    """Return what there is to say of some answers."""
    depends = dependence(
        [p.notes for p in given], played, styles=[p.style for p in given], pieces=[p.piece for p in given], seed=0
    )
    return Measured(
        mean_area(likeness([p.human for p in given], played)),
        depends.auc - 0.5,
        (depends.high - depends.low) / 2,
        float(np.mean([share_looped(p.notes, own) for p, own in zip(given, played, strict=True)])),
        float(np.mean([in_key(p.notes, own) for p, own in zip(given, played, strict=True)])),
        float(np.mean(longest_runs(lines_of([own.notes for own in played]), learnt))),
    )


def in_key(primer: Passage, answer: Passage) -> float:
    """Return the share of an answer's notes in the scale that holds most of its primer's."""
    scale = SCALES[(SCALES @ histogram(primer.pitches % 12, 12)).argmax()]
    return float(scale[answer.pitches % 12].mean())


def tastes(names: Sequence[str]) -> Iterator[tuple[str, Taste, int]]:
    """Yield what is to be compared: its name, its taste, and how many candidates it chooses from."""
    for name in names:
        if name == "one sample":
            yield name, NONE, 1
        elif name == "all":
            yield name, CONFIGURED, CANDIDATES
        elif name.startswith("less "):
            yield name, replace(CONFIGURED, **{name.removeprefix("less "): 0.0}), CANDIDATES
        else:
            yield f"{name} alone", replace(NONE, **{name: 1.0}), CANDIDATES


def main() -> None:
    """Print a row for each taste, and one for what people wrote."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--side", choices=("valid", "test"), default="valid")
    parser.add_argument("--primers", type=int, default=300)
    parser.add_argument("--terms", nargs="*", default=["one sample", *TERMS, "all"])
    told = parser.parse_args()
    given, learnt = keys_primers(told.side, told.primers), learnt_lines()
    player = Improviser.open(MODEL, "litert-int8")
    print(f"{len(given)} primers of the {told.side} side\n\n| |{'|'.join(HEADER)}|\n|{'---|' * (len(HEADER) + 1)}")
    print(f"| people |{'|'.join(measured(given, [p.human for p in given], learnt).cells())}|", flush=True)
    for name, taste, candidates in tastes(told.terms):
        found = measured(given, answered(player, given, taste, candidates), learnt)
        print(f"| {name} |{'|'.join(found.cells())}|", flush=True)


if __name__ == "__main__":
    main()
