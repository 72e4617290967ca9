"""Learns the table of `live.comb` from the solos of the Weimar Jazz Database on the training side.

    IMPROVD_DATA=… .venv/bin/python benchmarks/comb.py > improvd/live/comb_table.py

The comb gives every tempo a log-probability; what is fitted is the cross-entropy to the tempo that the database's
beats tell, by Adam, as long as the validation side gets better. What each round reached is told on stderr.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
from numpy.typing import NDArray
from solos import Phrase, solos

from improvd.live.comb import CHORD_S, LONGEST_S, MIDDLE_BPM, MIDDLE_NOTES, SHORTEST_S, TEMPI

Array = NDArray[Any]
PLACES = 96
ROUNDS, ROWS, RATE, DECAY = 14, 64, 0.01, 2e-4
BANDS_BPM = (85, 115, 150, 190, 240)
BLUR = (0.1, 0.2, 0.4, 0.2, 0.1)
NEAR = 0.02
"""How far from the true tempo another is half as true, about; a natural logarithm."""

HEAD = '''"""The table of `live.comb`: the weight of every share of a beat, 24 a beat, as benchmarks/comb.py learnt it.

Contains information from the Weimar Jazz Database, which is made available under the ODbL.
"""

# fmt: off
'''
ABOUT = {
    "BETWEEN": "The time between any two onsets.",
    "TO_NEXT": "The time from an onset to the next.",
    "LASTING": "The length of a note.",
    "USUAL": "How usual a tempo is: its logarithm, its square and cube; the first two again, for longer phrases.",
}
LOG_TEMPI = np.log(np.array(TEMPI))


def inputs(phrase: Phrase) -> Array:
    """Return what the comb adds up at each tempo, (tempi, 3 * 96 + 5) float32."""
    onsets = np.array(phrase.onsets_s)
    between = (onsets[None] - onsets[:, None])[np.triu_indices(len(onsets), 1)]
    between = between[(between > CHORD_S) & (between < LONGEST_S)]
    following = np.diff(onsets)
    parts = [
        _spread(between, 3.0, 0.75),
        _spread(following[following > SHORTEST_S], 1.0, 0.5),
        _spread(np.array(phrase.durations_s), 1.0, 0.5),
        _usual(len(onsets)),
    ]
    return np.concatenate(parts, 1, dtype=np.float32)


def _spread(times_s: Array, share: float, power: float) -> Array:
    ticks = times_s[None] * np.exp(LOG_TEMPI)[:, None] * 24 / 60
    below = np.floor(ticks).astype(int)
    rows = np.broadcast_to(np.arange(len(TEMPI))[:, None], ticks.shape)
    found = np.zeros((len(TEMPI), PLACES + 2))
    for place, part in ((below, 1 - ticks + below), (below + 1, ticks - below)):
        np.add.at(found, (rows, np.minimum(place, PLACES)), part)
    return found[:, :PLACES] * share / max(len(times_s), 1) ** power


def _usual(notes: int) -> Array:
    relative, longer = LOG_TEMPI - np.log(MIDDLE_BPM), np.log(notes / MIDDLE_NOTES)
    return np.stack([relative, relative**2, relative**3, longer * relative, longer * relative**2], 1)


def target(bpm: float) -> Array:
    """Return how true each tempo is, summing to 1."""
    near = np.exp(-0.5 * ((LOG_TEMPI - np.log(bpm)) / NEAR) ** 2)
    return near / near.sum()


def side(name: str) -> tuple[Array, Array]:
    """Return the inputs and targets of all phrases on a side whose tempo the comb knows."""
    phrases = [phrase for _, found in solos(name) for phrase in found if TEMPI[0] < phrase.bpm < TEMPI[-1]]
    return np.array([inputs(phrase) for phrase in phrases]), np.array([target(phrase.bpm) for phrase in phrases])


def log_probs(x: Array, weights: Array) -> Array:
    """Return the log-probability of each tempo, (phrases, tempi)."""
    scores = x @ weights
    scores -= scores.max(1, keepdims=True)
    found: Array = scores - np.log(np.exp(scores).sum(1, keepdims=True))
    return found


def learn(x: Array, true: Array, x_valid: Array, true_valid: Array) -> Array:
    """Return the weights that were best on the validation side."""
    rng = np.random.default_rng(0)
    weights = mean = square = np.zeros(x.shape[2])
    best, kept, steps = np.inf, weights, 0
    for round_ in range(ROUNDS):
        for rows in np.array_split(rng.permutation(len(x)), len(x) // ROWS):
            steps += 1
            wrong = (np.exp(log_probs(x[rows], weights)) - true[rows]) / len(rows)
            slope = np.einsum("bt,btd->d", wrong, x[rows]) + DECAY * weights
            mean, square = 0.9 * mean + 0.1 * slope, 0.99 * square + 0.01 * slope**2
            rate = RATE * (1 - round_ / ROUNDS) / (1 - 0.9**steps)
            weights = weights - rate * mean / (np.sqrt(square / (1 - 0.99**steps)) + 1e-8)
        found = -(true_valid * log_probs(x_valid, weights)).sum(1).mean()
        print(f"round {round_ + 1}: {found:.3f} nats a phrase", file=sys.stderr, flush=True)
        if found < best:
            best, kept = found, weights
    return kept


def on_beat() -> Array:
    """Return the log-probability of an onset's place in the beat, (bands of tempo, 24)."""
    counts = np.ones((len(BANDS_BPM) + 1, 24))
    for _, found in solos("train"):
        for phrase in found:
            places = np.round(phrase.beats.at_beats(phrase.onsets_s) * 24).astype(int) % 24
            np.add.at(counts[np.searchsorted(BANDS_BPM, phrase.bpm)], places, 1)
    blurred = sum(share * np.roll(counts, place - 2, 1) for place, share in enumerate(BLUR))
    chances: Array = blurred / blurred.sum(1, keepdims=True)
    return np.log(chances)


def lines(values: Array) -> str:
    """Return numbers as lines of a tuple."""
    rows = np.array_split(values, -(-len(values) // 12))
    return "".join("    " + " ".join(f"{value:.2f}," for value in row) + "\n" for row in rows)


def main() -> None:
    """Learn the table and print it as a module."""
    weights = learn(*side("train"), *side("valid"))
    print(HEAD)
    for name, values in zip(ABOUT, np.split(weights, [PLACES, 2 * PLACES, 3 * PLACES]), strict=True):
        print(f'{name} = (\n{lines(values)})\n"""{ABOUT[name]}"""\n')
    print(f"ON_BEAT_BPM = {BANDS_BPM}\nON_BEAT = (")
    for band in on_beat():
        print(f"  (\n{lines(band)}  ),")
    print(
        ')\n"""Where in the beat onsets fall: log-probabilities, for tempi up to each of `ON_BEAT_BPM` and beyond."""'
    )


if __name__ == "__main__":
    main()
