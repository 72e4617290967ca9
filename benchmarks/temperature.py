"""Whether temperature does what a player expects: the wilder it is set, the more varied the music, and nothing illegal.

    IMPROVD_DATA=… .venv/bin/python benchmarks/temperature.py [MODEL] [--plot docs/temperature.png]

The shipped step goes on from primers of held-out music, as live playing arrives: one keyboard part of unknown
style, with the top_p and min_p that a player finds set. What people wrote after these primers is measured too.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from improvd.config import SamplingSettings
from improvd.model.bundle import open_bundle
from improvd.model.runtimes import open_step
from improvd.music.codec import GridNote
from improvd.training.continuations import continued, primers
from improvd.training.corpus import library
from improvd.training.metrics.consistency import pitch_class_entropy
from improvd.training.metrics.passage import Passage

TEMPERATURES = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.3, 1.4, 1.5)
WINDOW = 32
"""Notes of a passage whose different pitches are counted."""


@dataclass(frozen=True, slots=True)
class Panel:
    """This is one thing measured of a passage without drums, and how it is shown."""

    title: str
    of: Callable[[Passage], float]


def entropy(values: Any) -> float:
    """Return the entropy in bits of some integers."""
    shares = np.unique(values, return_counts=True)[1] / len(values)
    return float(-(shares * np.log2(shares)).sum())


def distinct_pitches(passage: Passage) -> float:
    """Return how many different pitches the first `WINDOW` notes have."""
    return float(len(np.unique(passage.pitches[:WINDOW])))


PANELS = (
    Panel("pitch classes, bits", pitch_class_entropy),
    Panel(f"pitches in {WINDOW} notes", distinct_pitches),
    Panel("onset to onset, bits", lambda passage: entropy(np.diff(passage.onsets))),
    Panel("durations, bits", lambda passage: entropy(passage.durations)),
    Panel("velocities, bits", lambda passage: entropy(passage.notes[:, GridNote._fields.index("velocity")])),
)
Means = Sequence[float]
"""The mean of each of `PANELS` over some passages."""


def means(passages: Sequence[Passage]) -> Means:
    """Return the mean of each of `PANELS` over the passages that have notes enough without their drums."""
    tuned = [passage for passage in (p.tuned() for p in passages) if len(passage.notes) >= WINDOW]
    return [float(np.mean([panel.of(passage) for passage in tuned])) for panel in PANELS]


def main() -> None:
    """Print a table with a row for each temperature, and draw it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", nargs="?", default="default")
    parser.add_argument("--data", default="corpus:all:test")
    parser.add_argument("--primers", type=int, default=64)
    parser.add_argument("--plot", type=Path)
    told = parser.parse_args()
    bundle = open_bundle(told.model)
    step = open_step(bundle, "auto")
    given = primers(library.open_data(told.data).pieces, told.primers, seed=0, as_keys=True)
    human = means([primer.human for primer in given])
    print(f"{told.model}, {len(given)} primers\n{'temperature':>11}", *(f"{p.title:>20}" for p in PANELS), "  illegal")
    found = dict[float, Means]()
    for temperature in TEMPERATURES:
        answers = continued(
            step, bundle.shape, given, SamplingSettings(temperature=temperature), seed=0, told_style=False
        )
        found[temperature] = means([answer.notes for answer in answers])
        illegal = sum(answer.illegal for answer in answers) / sum(len(primer.human.notes) for primer in given)
        _print_row(f"{temperature:.1f}", found[temperature], f"{illegal:9.2%}")
    _print_row("people", human, "")
    _print_row("rises", [_rises([row[i] for row in found.values()]) for i in range(len(PANELS))], "of all steps")
    if told.plot:
        drawn(found, human).save(told.plot)


def _print_row(name: str, values: Means, last: str) -> None:
    print(f"{name:>11}", *(f"{value:20.2f}" for value in values), last, flush=True)


def _rises(values: Means) -> float:
    """Return the share of neighbours of which the second is higher."""
    return float(np.mean([b > a for a, b in pairwise(values)]))


COLUMNS, WIDTH, HEIGHT, MARGIN, FONT_PIXELS = 3, 720, 540, 90, 28
PAPER, INK, FAINT, LINE, PEOPLE = "#ffffff", "#222222", "#dddddd", "#1f5fa8", "#b0502a"
TICKS = (0.0, 0.5, 1.0, 1.5)


def drawn(found: Mapping[float, Means], human: Means) -> Image.Image:
    """Return a picture of `PANELS` over temperature; what people do is the level line."""
    image = Image.new("RGB", (WIDTH * COLUMNS, HEIGHT * -(-len(PANELS) // COLUMNS)), PAPER)
    for index, panel in enumerate(PANELS):
        values = {temperature: row[index] for temperature, row in found.items()}
        down, across = divmod(index, COLUMNS)
        image.paste(_panel(panel.title, values, human[index]), (across * WIDTH, down * HEIGHT))
    return image.reduce(2)  # drawn twice as large, for smooth lines


def _panel(title: str, values: Mapping[float, float], human: float) -> Image.Image:
    image = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
    pen, font = ImageDraw.Draw(image), ImageFont.load_default(FONT_PIXELS)
    top = max(*values.values(), human) * 1.1 or 1.0

    def place(temperature: float, value: float) -> tuple[float, float]:
        across = temperature / TICKS[-1] * (WIDTH - 1.5 * MARGIN)
        return MARGIN + across, HEIGHT - MARGIN - value / top * (HEIGHT - 2 * MARGIN)

    for level in (0.0, top / 2, top):
        pen.line([place(0, level), place(TICKS[-1], level)], fill=FAINT, width=2)
        pen.text((MARGIN - 10, place(0, level)[1]), f"{level:.1f}", INK, font, anchor="rm")
    for tick in TICKS:
        pen.text((place(tick, 0)[0], HEIGHT - MARGIN + 16), f"{tick}", INK, font, anchor="mt")
    pen.text((WIDTH / 2, MARGIN / 2), title, INK, font, anchor="mm")
    pen.text((WIDTH / 2, HEIGHT - 20), "temperature", INK, font, anchor="mm")
    pen.line([place(0, human), place(TICKS[-1], human)], fill=PEOPLE, width=4)
    pen.text(place(0.02, human), "people", PEOPLE, font, anchor="lb")
    pen.line([place(*point) for point in values.items()], fill=LINE, width=6, joint="curve")
    return image


if __name__ == "__main__":
    main()
