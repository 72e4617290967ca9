"""How often the tempo of a jazz phrase is found: by `live.follower`, by a plain comb, and by the model's weighing.

    IMPROVD_DATA=… .venv/bin/python benchmarks/follow.py [valid|test] [--model]

Phrases are those of the Weimar Jazz Database, of 8 notes or more, at most their last 32. The true tempo is the mean
over a phrase's beats. A tempo is right within 4 % (a column for 8 %, too), 'or half, double' also where twice or half
of it is. Each solo is followed from its first phrase on, as a session is: the first knows no tempo, later ones
the belief so far. The beat is right within an eighth of a beat at a phrase's last onset, of those with the right tempo.

The plain comb takes the tempo for which the cosines of all times between onsets, less than 4 s, add up to most: from
40 to 240 bpm, or weighed by how usual a tempo is on the training side, a log-normal curve. `--model` asks the model
for 32 readings of each phrase, at the eight likeliest tempi, as rows of one batch: the log-probability of all
advances, pitches and durations, and the ticks in a second that make them densities; alone, and added to the belief.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from solos import Phrase, solos

from improvd.live import comb
from improvd.live.follower import Follower
from improvd.live.reading import Reading, readings
from improvd.model.generate import Improviser
from improvd.music.codec import KEYS, TICKS_PER_BEAT
from improvd.protocol import Context, Weigh

SET_BPM = 120.0
SILENCE_S = 0.2
TEMPI_WEIGHED, BEATS_WEIGHED, APART_TICKS = 8, 4, 3
WEIGHED_SHARES = (0.5, 0.25)
"""What a mean log-probability of advances, and of durations, counts beside the belief: more of it did worse on the
validation side."""

VELOCITY = 80


@dataclass(slots=True)
class Row:
    """This is what one way to find tempi found, as a share of the true one; and whether the beat was right."""

    first: list[float] = field(default_factory=list)
    later: list[float] = field(default_factory=list)
    beats: list[bool] = field(default_factory=list)

    def add(self, bpm: float, phrase: Phrase, *, first: bool) -> None:
        """Take in a tempo."""
        (self.first if first else self.later).append(bpm / phrase.bpm)

    def text(self) -> str:
        """Return the row as the table has it."""
        shares = [share for ratios in (self.first, self.later) for share in _shares(ratios)]
        beat = f"{np.mean(self.beats):>8.1%}" if self.beats else " " * 8
        return " ".join(f"{share:>7.1%}" for share in shares) + beat


def _shares(ratios: Sequence[float]) -> Iterator[float]:
    """Yield how many are right, right or half or double, and both within 8 %."""
    for within in (0.04, 0.08):
        right = [abs(ratio - 1) <= within for ratio in ratios]
        yield float(np.mean(right))
        yield float(np.mean([any(abs(ratio / of - 1) <= within for of in (1, 2, 0.5)) for ratio in ratios]))


# --- plain combs -----------------------------------------------------------------------------

PLAIN_BPM = np.exp(np.arange(math.log(40), math.log(240), 0.01))
WIDE_BPM = np.exp(np.arange(math.log(45), math.log(310), 0.01))
USUAL_BPM, USUAL_SPREAD, USUAL_SHARE = 169.7, 0.448, 0.03
"""The mean and deviation of the logarithms of tempi on the training side; the share that was best on the validation
side."""


def plain_comb(phrase: Phrase) -> float:
    """Return the tempo of a plain comb."""
    return float(PLAIN_BPM[_cosines(phrase, PLAIN_BPM).argmax()])


def usual_comb(phrase: Phrase) -> float:
    """Return the tempo of a comb that knows which tempi are usual."""
    away = (np.log(WIDE_BPM) - math.log(USUAL_BPM)) / USUAL_SPREAD
    return float(WIDE_BPM[(_cosines(phrase, WIDE_BPM) - USUAL_SHARE * away**2 / 2).argmax()])


def _cosines(phrase: Phrase, tempi: Any) -> Any:
    onsets = np.array(phrase.onsets_s)
    gaps = (onsets[None] - onsets[:, None])[np.triu_indices(len(onsets), 1)]
    gaps = gaps[(gaps > 0.05) & (gaps < 4)]
    return np.cos(2 * np.pi * gaps[None] * tempi[:, None] / 60).mean(1)


# --- following -------------------------------------------------------------------------------


def heard(phrase: Phrase, follower: Follower) -> float:
    """Play a phrase to a follower, and return when it can be judged."""
    follower.begin()
    for note in phrase.notes:
        follower.strike(note.onset_s, note.pitch)
        follower.end(note.onset_s, note.pitch, note.onset_s + note.duration_s)
    return phrase.notes[-1].onset_s + phrase.notes[-1].duration_s + SILENCE_S


def beat_is_right(reading: Reading, phrase: Phrase) -> bool:
    """Return whether a reading has the beat where it is, at the last onset."""
    last_s = phrase.onsets_s[-1]
    away = reading.beats_at(last_s) - float(phrase.beats.at_beats([last_s])[0])
    return abs((away + 0.5) % 1 - 0.5) <= 0.125


class Following:
    """This follows solos; `rows`: the best tempo of each phrase, and the one in force after it."""

    def __init__(self, improviser: Improviser | None) -> None:
        self.rows = {"follower: likeliest tempo": Row(), "follower: tempo in force": Row()}
        self.took_s: list[float] = []
        self.changes = 0
        self._improviser = improviser
        if improviser:
            self.rows |= {"model alone": Row(), "follower and model": Row()}

    def follow(self, phrases: Sequence[Phrase]) -> None:
        """Follow one solo."""
        follower = Follower(SET_BPM)
        for number, phrase in enumerate(phrases):
            self._judge(phrase, follower, first=number == 0)

    def _judge(self, phrase: Phrase, follower: Follower, *, first: bool) -> None:
        now_s = heard(phrase, follower)
        began_s = time.process_time()
        reading = follower.find(now_s)
        self.took_s.append(time.process_time() - began_s)
        likeliest = follower.likeliest()
        best, in_force = self.rows["follower: likeliest tempo"], self.rows["follower: tempo in force"]
        best.add(likeliest.bpm, phrase, first=first)
        if abs(likeliest.bpm / phrase.bpm - 1) <= 0.04:
            best.beats.append(beat_is_right(likeliest, phrase))
        if reading:
            self.changes += abs(math.log(reading.bpm / follower.bpm)) > 0.04
            follower.bpm = reading.bpm
        in_force.add(follower.bpm, phrase, first=first)
        if self._improviser:
            self._weigh(self._improviser, phrase, follower.chances(), first=first)

    def _weigh(self, improviser: Improviser, phrase: Phrase, chances: Sequence[float], *, first: bool) -> None:
        candidates = [(chances[index], reading) for index in peaks(chances) for reading in apart(phrase, index)]
        windows = tuple(window(phrase, reading) for _, reading in candidates)
        found = improviser.weigh(Weigh(1, "tempo", windows, (Context(),) * len(windows))).log_probs
        means = np.array(found) / len(phrase.notes)
        ticks_a_second = np.log([reading.bpm * TICKS_PER_BEAT / 60 for _, reading in candidates])
        alone = len(phrase.notes) * (means.sum(1) + 2 * ticks_a_second)
        both = np.array([chance for chance, _ in candidates]) + means[:, [0, 2]] @ np.array(WEIGHED_SHARES)
        for name, scores in (("model alone", alone), ("follower and model", both)):
            self.rows[name].add(candidates[int(scores.argmax())][1].bpm, phrase, first=first)


# --- what the model weighs -------------------------------------------------------------------


def peaks(chances: Sequence[float]) -> list[int]:
    """Return the likeliest tempi, none beside a likelier one."""
    padded = (-math.inf, *chances, -math.inf)
    found = [i for i, chance in enumerate(chances) if chance >= padded[i] and chance > padded[i + 2]]
    return sorted(found, key=lambda index: -chances[index])[:TEMPI_WEIGHED]


def apart(phrase: Phrase, index: int) -> list[Reading]:
    """Return the most usual readings at a tempo whose beats lie apart."""
    found: list[Reading] = []
    for reading in sorted(readings(phrase.onsets_s, comb.TEMPI[index]), key=lambda reading: -reading.usual):
        ticks = [other.beats_at(reading.beat_s) * TICKS_PER_BEAT for other in found]
        if len(found) < BEATS_WEIGHED and all(
            APART_TICKS <= tick % TICKS_PER_BEAT <= TICKS_PER_BEAT - APART_TICKS for tick in ticks
        ):
            found.append(reading)
    return found


def window(phrase: Phrase, reading: Reading) -> tuple[tuple[int, int, int, int, int], ...]:
    """Return a phrase on the grid of a reading; the beat at or before its first note is tick 0."""
    first = math.floor(reading.beats_at(phrase.onsets_s[0]) + 0.5 / TICKS_PER_BEAT)
    tick_s = 60 / reading.bpm / TICKS_PER_BEAT
    return tuple(
        sorted(
            (
                round((reading.beats_at(note.onset_s) - first) * TICKS_PER_BEAT),
                KEYS,
                note.pitch,
                max(1, round(note.duration_s / tick_s)),
                VELOCITY,
            )
            for note in phrase.notes
        )
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("side", nargs="?", default="valid", choices=("valid", "test"))
    parser.add_argument("--model", action="store_true", help="have the shipped model weigh readings too; takes minutes")
    args = parser.parse_args()
    following = Following(Improviser.open("default") if args.model else None)
    plain: dict[str, tuple[Row, Callable[[Phrase], float]]] = {
        "plain comb": (Row(), plain_comb),
        "plain comb, usual tempi": (Row(), usual_comb),
    }
    for _, phrases in solos(args.side):
        following.follow(phrases)
        for number, phrase in enumerate(phrases):
            for row, tempo_of in plain.values():
                row.add(tempo_of(phrase), phrase, first=number == 0)
    rows = {name: row for name, (row, _) in plain.items()} | following.rows
    counts = following.rows["follower: tempo in force"]
    print(f"{args.side} side: {len(counts.first)} first phrases of a solo, {len(counts.later)} later ones")
    print(" " * 28 + "first: 4 %, or ½ ×2; 8 %, or ½ ×2 | later: the same | beat")
    for name, row in rows.items():
        print(f"{name:<28}{row.text()}")
    took_ms = np.percentile(np.array(following.took_s) * 1000, [50, 99])
    print(f"changed {following.changes} times; processor time a phrase: {took_ms[0]:.1f} ms, p99 {took_ms[1]:.1f} ms")


if __name__ == "__main__":
    main()
