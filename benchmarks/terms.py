"""What each term of the ranking does by itself, and what goes without it: whole continuations, weighed for each anew.

    IMPROVD_DATA=… .venv/bin/python benchmarks/terms.py [--side valid] [--temperatures 0.5 1 1.3]

Sixteen continuations of 48 notes are drawn once for each primer of `benchmarks/ranking.py`; each taste then chooses
among them. A term is divided by what continuations differ by in it, so that weights compare. Cheaper than drawing bar
after bar what each taste would go on with, and the same noise for all; but it chooses once, not at every bar.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from ranking import HEADER, Measured, measured
from shipped import CANDIDATES, CONFIGURED, MODEL, NONE, TERMS, keys_primers, learnt_lines, request

from improvd.model.drawing import Chunk, noise_of
from improvd.model.generate import Improviser
from improvd.model.ranking import rank
from improvd.model.ranking.rows import LENGTH, ONSET, PITCH_OF, Array, Heard, Rows
from improvd.music.codec import FIELDS
from improvd.protocol import Ask, Context, Taste
from improvd.training.continuations import NOTES, Primer
from improvd.training.metrics.passage import Passage

LEAST_SPREAD = 0.05
"""Terms that hardly ever find a fault, loops and copies, are not blown up beyond this."""


@dataclass(frozen=True, slots=True)
class Pool:
    """This is the continuations of one primer, and what is known of them."""

    rows: Rows
    ask: Ask
    passages: list[Passage]


def pool(player: Improviser, primer: Primer, number: int, temperature: float) -> Pool:
    """Return whole continuations of a primer, with the noise of its number."""
    begin = int(primer.notes.onsets[-1]) + 1
    window = tuple(tuple(note) for note in primer.notes.notes.tolist())
    context = Context(primer.meter.numerator, primer.meter.denominator)
    asked = request(context, begin, NONE, CANDIDATES)
    asked = replace(asked, window=window, until_ticks=10**9, temperatures=(temperature,))
    place = player._reading.read(asked.window, asked.context)
    cursor = player._drawer.take(place.cursor, [place.row])
    rows = Rows.of(player._drawer.draw(Chunk.of(asked), cursor, noise_of(number, CANDIDATES)[:NOTES]))
    notes = np.zeros((CANDIDATES, NOTES, len(FIELDS)), np.int64)
    for column, part in ((ONSET, rows.onsets), (PITCH_OF, rows.pitches), (LENGTH, rows.lengths)):
        notes[..., column] = part
    return Pool(rows, asked, [Passage(own, primer.notes.bar_ticks) for own in notes])


def faults(player: Improviser, one: Pool, closeness: float) -> dict[str, Array]:
    """Return what each term holds against the continuations of one primer, (B,) each."""
    asked = replace(one.ask, taste=replace(NONE, closeness=closeness))
    ends = one.rows.onsets.max(1)
    heard = replace(Heard.of(asked, player._learnt), until_ticks=ends)  # type: ignore[arg-type]  # one for each row
    return {name: rank.TERMS[name].of(one.rows, heard) for name in TERMS}


def spreads(each: Sequence[Mapping[str, Array]]) -> dict[str, float]:
    """Return what continuations of a primer differ by in each term in the mean."""
    return {name: max(float(np.mean([own[name].std() for own in each])), LEAST_SPREAD) for name in TERMS}


def chosen(pools: Sequence[Pool], each: Sequence[Mapping[str, Array]], taste: Taste) -> list[Passage]:
    """Return the continuation of each primer with the least held against it."""
    by = spreads(each)
    weights = {name: getattr(taste, name) / by[name] for name in TERMS}
    best = [int(sum(weight * own[name] for name, weight in weights.items()).argmin()) for own in each]  # type: ignore[union-attr]
    return [one.passages[row] for one, row in zip(pools, best, strict=True)]


def tastes() -> Iterator[tuple[str, Taste]]:
    """Yield what is compared, by name."""
    yield "one sample", NONE
    for name in TERMS:
        if name != "cadence":  # these continuations do not close
            yield f"{name} alone", replace(NONE, **{name: 1.0})
    for closeness in (0.0, 0.25, 0.5, 1.0):
        yield f"call alone, closeness {closeness:g}", replace(NONE, call=1.0, closeness=closeness)
    for name in TERMS:
        if name != "cadence":
            yield f"all less {name}", replace(CONFIGURED, **{name: 0.0})
    yield "all", CONFIGURED


def likeliest(pools: Sequence[Pool]) -> list[Passage]:
    """Return the likeliest continuation of each primer."""
    return [one.passages[int(one.rows.nats.mean(1).argmax())] for one in pools]


def main() -> None:
    """Print a table for each temperature."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--side", choices=("valid", "test"), default="valid")
    parser.add_argument("--primers", type=int, default=300)
    parser.add_argument("--temperatures", type=float, nargs="*", default=[0.5, 1.0, 1.3])
    told = parser.parse_args()
    given, learnt = keys_primers(told.side, told.primers), learnt_lines()
    player = Improviser.open(MODEL, "litert-int8")

    def row(name: str, played: Sequence[Passage]) -> str:
        found: Measured = measured(given, played, learnt)
        return f"| {name} |{'|'.join(found.cells())}|"

    for temperature in told.temperatures:
        pools = [pool(player, primer, number, temperature) for number, primer in enumerate(given)]
        print(f"\ntemperature {temperature:g}\n\n| |{'|'.join(HEADER)}|\n|{'---|' * (len(HEADER) + 1)}")
        print(row("people", [primer.human for primer in given]) + "\n" + row("the likeliest", likeliest(pools)))
        for name, taste in tastes():
            each = [faults(player, one, taste.closeness) for one in pools]
            print(row(name, chosen(pools, each, taste)), flush=True)


if __name__ == "__main__":
    main()
