"""Whether an answer that closes sounds like an end: the last chord of held-out pieces, and what is played in its place.

    IMPROVD_DATA=… .venv/bin/python benchmarks/endings.py [--side valid]

The window is the 64 notes before the last chord, as one keyboard part; asked for is one chord at its place. Told is how
often the lowest note of it is the tonic of the key found in the window, and how often it is not even in the triad.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
from shipped import CANDIDATES, CONFIGURED, MODEL, NONE, pieces, request

from improvd.model.generate import Improviser
from improvd.model.ranking.key import Key, key_of
from improvd.model.ranking.rows import ONSET, PITCH_OF
from improvd.music import codec
from improvd.music.codec import KEYS, PARTS
from improvd.music.note import TICKS_PER_BEAT
from improvd.protocol import Ask, Context
from improvd.training.corpus.piece import Piece

WINDOW_NOTES = 64
A_STYLE = 60
"""Pieces of each style at most."""

TASTES = {
    "one sample": (NONE, 1),
    "cadence alone": (replace(NONE, cadence=1.0), CANDIDATES),
    "all": (CONFIGURED, CANDIDATES),
}


def endings(given: Sequence[Piece], seed: int = 0) -> Iterator[tuple[str, Ask, list[int]]]:
    """Yield the style of pieces drawn, what is asked at their end, and the pitches that are there."""
    count: dict[str, int] = {}
    for number in np.random.default_rng(seed).permutation(len(given)).tolist():
        piece = given[number]
        notes = np.array(codec.snap(piece.notes), np.int64)
        notes = notes[notes[:, 1] != PARTS.index("drums")]
        if len(notes) < WINDOW_NOTES + 6 or count.get(piece.style, 0) == A_STYLE:
            continue
        count[piece.style] = count.get(piece.style, 0) + 1
        yield piece.style, *_ending(piece, notes, number)


def _ending(piece: Piece, notes: np.ndarray, seed: int) -> tuple[Ask, list[int]]:
    change, last = piece.meters[-1], int(notes[-1, ONSET])
    bar, start = change.meter.bar_ticks, round(change.at_beats * TICKS_PER_BEAT)
    window = notes[notes[:, ONSET] < last][-WINDOW_NOTES:]
    shift = start + (int(window[0, ONSET]) - start) // bar * bar
    played = tuple((onset - shift, KEYS, *rest) for onset, _, *rest in window.tolist())
    context = Context(change.meter.numerator, change.meter.denominator)
    asked = request(context, last - shift, NONE, 1)
    ask = replace(asked, window=played, until_ticks=asked.begin_ticks + 1, strike=True, seed=seed, closes=True)
    return ask, notes[notes[:, ONSET] == last, PITCH_OF].tolist()


def degree(pitches: Sequence[int], home: Key) -> int:
    """Return 0 where the lowest pitch is the tonic, 1 where it is elsewhere in the triad, else 2."""
    lowest = min(pitches) % 12
    return 0 if lowest == home.tonic else 2 - int(home.triad()[lowest])


def main() -> None:
    """Print a row for each style."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--side", choices=("valid", "test"), default="valid")
    told = parser.parse_args()
    player = Improviser.open(MODEL, "litert-int8")
    found: dict[str, list[list[int]]] = {}
    for style, ask, written in endings(pieces(told.side)):
        home = key_of(np.array(ask.window, np.int64))
        chords = [written]
        for taste, candidates in TASTES.values():
            drawn = player.ask(replace(ask, taste=taste, rows=candidates)).rows[0]
            chords.append([pitch for _, _, pitch, *_ in drawn])
        found.setdefault(style, []).append([degree(chord, home) for chord in chords])
    names = ("people", *TASTES)
    print(f"| tonic / outside the triad | pieces | {' | '.join(names)} |\n|{'---|' * (len(names) + 2)}")
    for style, degrees in (*found.items(), ("all", [one for own in found.values() for one in own])):
        each = np.array(degrees).T
        cells = (f"{(one == 0).mean():.0%} / {(one == 2).mean():.0%}" for one in each)
        print(f"| {style} | {len(degrees)} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
