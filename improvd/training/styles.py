"""Fitting the layer that tells styles apart (`model/style.py`), on windows as live playing arrives.

A window is some notes of one piece as one keyboard part of one velocity, drums too, read as `live.notation`
writes them. Of music that is written down half the windows are performed first; half of all begin on a bar
line, as phrases played into silence do; and a third lie beside the grid, as when nobody hears the clock.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, zip_longest
from typing import NamedTuple

import numpy as np

from improvd.live.notation import AS_PLAYED
from improvd.model.probe import Probe
from improvd.model.step import Shape, Step
from improvd.model.style import remembered_of
from improvd.music import codec
from improvd.music.codec import KEYS, STYLES
from improvd.music.note import TICKS_PER_BEAT
from improvd.music.timing import MeterChange
from improvd.protocol import Context
from improvd.training.corpus.piece import Piece
from improvd.training.grid import Array
from improvd.training.performed import performed, written

NOTES = 32
"""Notes of a window."""

HEARD_AT = (8, 12, 16, 24, 32)
"""After so many notes of a window the layer is to tell its style."""

TRAINED, TESTED = 400, 120
"""Windows a style at most, to fit on and to test on."""

FEWEST = 10
"""A style of which there are fewer windows is not told apart."""

SPREAD_MS, SHARE = (3.0, 20.0), (0.5, 0.95)
"""How performances spread their onsets, and how much of its length a note sounds."""

BESIDE_GRID, TEMPI = 1 / 3, (0.7, 1.4)
"""The share of windows whose clock goes at another tempo, and how many times as fast it goes."""

VELOCITY = 80
RIDGE = 0.1
STEPS = 300
_ROWS = 64


class Window(NamedTuple):
    """This is a window of one piece: its style, its metre, and its notes (N, 5) as the network reads them."""

    style: str
    context: Context
    notes: Array


class Fitted(NamedTuple):
    """This is a probe, and how often it is right.

    Attributes:
        probe: tells the styles apart.
        confusion: (S, S), how many windows of each style were taken for which, on held-out music.
        shorter: share that is right after so many notes, by style on the mean.
    """

    probe: Probe
    confusion: Array
    shorter: dict[int, float]

    @property
    def accuracy(self) -> float:
        """Share of held-out windows whose style is named, each style counting as much as the others."""
        return accuracy(self.confusion)


def accuracy(confusion: Array) -> float:
    """Return the mean over the styles of the share that is right."""
    return float((np.diag(confusion) / np.maximum(confusion.sum(1), 1)).mean())


# --- windows -----------------------------------------------------------------------------------


def windows(pieces: Sequence[Piece], count: int, seed: int, *, as_written: bool = False) -> list[Window]:
    """Return windows that do not overlap, a style as often as the others as far as it has them, its pieces in turn.

    Args:
        pieces: the music.
        count: windows a style at most.
        seed: of what is drawn.
        as_written: take all as it is: nothing performed, nothing moved to a bar line, all at its own tempo.
    """
    rng = np.random.default_rng(seed)
    found: list[Window] = []
    for style in STYLES:
        cut = [list(_cut(piece, rng)) for piece in pieces if piece.style == style]
        rng.shuffle(cut)
        in_turn = [window for window in chain(*zip_longest(*cut)) if window is not None][:count]
        found += in_turn if as_written else [_varied(window, rng) for window in in_turn]
    return [window._replace(notes=written(window.notes)) for window in found]


def _cut(piece: Piece, rng: np.random.Generator) -> Iterator[Window]:
    """Yield the windows of a piece, one after another from a place drawn by chance."""
    notes = np.array(codec.snap(piece.notes), np.int64).reshape(-1, len(codec.GridNote._fields))
    notes[:, 1], notes[:, 4] = KEYS, VELOCITY
    for start in range(int(rng.integers(0, len(notes) % NOTES + 1)), len(notes) - NOTES + 1, NOTES):
        yield _window(piece, notes[start : start + NOTES].copy())


def _window(piece: Piece, notes: Array) -> Window:
    begun = [change for change in piece.meters if _ticks(change) <= notes[0, 0]] or [piece.meters[0]]
    meter = begun[-1].meter
    notes[:, 0] -= _ticks(begun[-1]) + (notes[0, 0] - _ticks(begun[-1])) // meter.bar_ticks * meter.bar_ticks
    return Window(piece.style, Context(meter.numerator, meter.denominator), notes)


def _ticks(change: MeterChange) -> int:
    return round(float(change.at_beats) * TICKS_PER_BEAT)


def _varied(window: Window, rng: np.random.Generator) -> Window:
    notes = window.notes.copy()
    if rng.random() < 0.5:
        notes[:, 0] -= notes[0, 0]
    if window.style not in AS_PLAYED and rng.random() < 0.5:
        notes = performed(notes, rng.uniform(*SPREAD_MS), rng.uniform(*SHARE), rng)
    if rng.random() < BESIDE_GRID:
        notes = at_tempo(notes, float(np.exp(rng.uniform(*np.log(TEMPI)))))
    return window._replace(notes=notes)


def at_tempo(notes: Array, factor: float) -> Array:
    """Return notes (N, 5) as they lie on a clock that goes so many times as fast as the music."""
    notes = notes.copy()
    notes[:, 0] = np.round(notes[:, 0] * factor)
    notes[:, 3] = np.maximum(1, np.round(notes[:, 3] * factor))
    return notes


# --- fitting -----------------------------------------------------------------------------------


def fitted(step: Step, shape: Shape, train: Sequence[Piece], held_out: Sequence[Piece]) -> Fitted | None:
    """Return a probe for a network, and how often it is right; None where there are not two styles to tell apart."""
    given = windows(train, TRAINED, seed=0)
    counts = {style: sum(window.style == style for window in given) for style in STYLES}
    styles = tuple(style for style in STYLES[1:] if counts[style] >= FEWEST)
    if len(styles) < 2:
        return None
    given = [window for window in given if window.style in styles]
    remembered = remembered_after(step, shape, given, HEARD_AT)
    probe = _fit(np.concatenate(list(remembered.values())), _labels(given, styles) * len(HEARD_AT), styles)
    tests = [window for window in windows(held_out, TESTED, seed=1) if window.style in styles]
    return tested(step, shape, probe, tests)


def tested(step: Step, shape: Shape, probe: Probe, tests: Sequence[Window]) -> Fitted:
    """Return how often a probe is right on windows of its styles."""
    remembered = remembered_after(step, shape, tests, HEARD_AT)
    labels = _labels(tests, probe.styles)
    confusions = {count: _confusion(probe, heard, labels) for count, heard in remembered.items()}
    return Fitted(probe, confusions[NOTES], {count: accuracy(table) for count, table in confusions.items()})


def remembered_after(step: Step, shape: Shape, given: Sequence[Window], counts: Sequence[int]) -> dict[int, Array]:
    """Return what a network remembers of windows after so many of their notes, (windows, U) each."""
    parts: dict[int, list[Array]] = {count: [] for count in counts}
    for start in range(0, len(given), _ROWS):
        batch = given[start : start + _ROWS]
        notes = np.stack([window.notes for window in batch])
        for count, heard in enumerate(remembered_of(step, shape, notes, [window.context for window in batch]), 1):
            if count in parts:
                parts[count].append(heard)
    return {count: np.concatenate(found) for count, found in parts.items()}


def _labels(given: Sequence[Window], styles: Sequence[str]) -> list[int]:
    return [styles.index(window.style) for window in given]


def _confusion(probe: Probe, heard: Array, labels: Sequence[int]) -> Array:
    table = np.zeros((len(probe.styles),) * 2, np.int64)
    np.add.at(table, (labels, probe.log_probs(heard).argmax(1)), 1)
    return table


def _fit(heard: Array, labels: Sequence[int], styles: tuple[str, ...]) -> Probe:
    """Return the softmax regression of styles on what is remembered, with a ridge, by accelerated gradient descent."""
    mean, spread = heard.mean(0), heard.std(0) + 1e-6
    x = np.column_stack([(heard - mean) / spread, np.ones(len(heard))])
    y = np.eye(len(styles))[list(labels)]
    rate = 1 / (0.5 * np.linalg.norm(x.T @ x, 2) / len(x) + RIDGE)
    weights = ahead = np.zeros((x.shape[1], len(styles)))
    for number in range(STEPS):
        scores = x @ ahead
        chances = np.exp(scores - scores.max(1, keepdims=True))
        chances /= chances.sum(1, keepdims=True)
        before, weights = weights, ahead - rate * (x.T @ (chances - y) / len(x) + RIDGE * ahead)
        ahead = weights + number / (number + 3) * (weights - before)
    scaled = weights[:-1] / spread[:, None]
    return Probe(styles, scaled.astype(np.float32), (weights[-1] - mean @ scaled).astype(np.float32))
