"""What an answer costs the model: reading 64 notes anew, and a bar of 16 candidates from a window that is read.

    python benchmarks/drawing.py [--runtime litert-int8]

The windows are random walks in C; what a step costs does not depend on the notes. Told are the processor time and
the time by the clock: on a machine that is busy elsewhere only the first says something.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import replace

import numpy as np
from shipped import CANDIDATES, CONFIGURED, MODEL, request

from improvd.model.generate import Improviser
from improvd.music.codec import KEYS
from improvd.protocol import Context, GridNote, Prefill

BAR_TICKS, WINDOW_NOTES = 96, 64
SCALE = (48, 50, 52, 53, 55, 57, 59, 60, 62, 64, 65, 67, 69, 71, 72, 74, 76, 77, 79, 81, 83, 84)


def window(seed: int) -> tuple[GridNote, ...]:
    """Return 64 eighths of a random walk."""
    rng = np.random.default_rng(seed)
    steps = np.clip(np.cumsum(rng.integers(-2, 3, WINDOW_NOTES)) + 10, 0, len(SCALE) - 1)
    return tuple((12 * number, KEYS, SCALE[step], 12, 80) for number, step in enumerate(steps.tolist()))


def timed_ms(do: object, *given: object) -> tuple[float, float]:
    """Return the processor time and the time by the clock of a call, in ms."""
    wall, own = time.perf_counter(), time.process_time()
    do(*given)  # type: ignore[operator]
    return 1000 * (time.process_time() - own), 1000 * (time.perf_counter() - wall)


def cold(player: Improviser, seed: int) -> tuple[int, float, float]:
    """Return the notes of the longest row of a bar, and what the bar took: processor time and clock, in ms."""
    heard = window(seed)
    player.prefill(Prefill(heard, Context()))
    begin = heard[-1][0] + 12
    ask = request(Context(), begin, CONFIGURED, CANDIDATES)
    ask = replace(ask, window=heard, until_ticks=begin + BAR_TICKS, strike=True, seed=seed)
    longest = 0

    def watched(*given: object) -> object:
        nonlocal longest
        drawn = draw(*given)
        longest = drawn.inside.shape[1]
        return drawn

    draw, player._drawer.draw = player._drawer.draw, watched  # type: ignore[method-assign,assignment]
    own_ms, wall_ms = timed_ms(player.ask, ask)
    player._drawer.draw = draw  # type: ignore[method-assign]
    return longest, own_ms, wall_ms


def main() -> None:
    """Print both."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runtime", default="litert-int8")
    parser.add_argument("--times", type=int, default=100)
    told = parser.parse_args()
    player = Improviser.open(MODEL, told.runtime)
    print(f"{told.runtime}; as many rows as there is time for: {player._candidates}")
    read = np.array([timed_ms(player.prefill, Prefill(window(seed), Context())) for seed in range(told.times)])
    print("64 notes read anew, ms, processor least, p50, p99; clock likewise: " + quantiles(read))
    bars = np.array([cold(player, seed) for seed in range(told.times)])
    longest = np.median(bars[:, 0])
    print(f"a bar of {CANDIDATES} rows, notes in the longest row (drawn beyond the end included): {longest:g}")
    print("ms: " + quantiles(bars[:, 1:]))
    print("ms beyond 1 ms a note: " + quantiles(bars[:, 1:] - bars[:, :1]))


def quantiles(times: np.ndarray) -> str:
    """Return the least, the median and the 99th percentile of processor time and clock."""
    each = (np.percentile(column, (0, 50, 99)) for column in times.T)
    return "; ".join(", ".join(f"{value:.2f}" for value in own) for own in each)


if __name__ == "__main__":
    main()
