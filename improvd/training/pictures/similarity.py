"""Self-similarity: how alike the bars of a piece are, each with each; what returns makes stripes.

    S(a, b) = ( cos(p_a, p_b) + |o_a ∩ o_b| / |o_a ∪ o_b| ) / 2

`p`: how long each pitch class (and each drum) sounds from the notes that begin in a bar, in beats; `o`: the
sixteenths of the bar on which notes begin. Two bars of silence are alike, silence and music are not.

Source: after J. Foote, Visualizing Music and Audio using Self-Similarity, ACM Multimedia 1999, with these features.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from improvd.training.corpus.piece import Piece
from improvd.training.metrics.passage import DRUMS
from improvd.training.pictures.bars import NEAR, bars_of
from improvd.training.pictures.paper import SEQUENTIAL, Form, count_whole, drawn

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Array = NDArray[Any]

PITCH_CLASSES, DRUM_KEYS = 12, 128
PLACES_A_BEAT = 4


def self_similarity(piece: Piece) -> Array:
    """Return how alike the bars of a piece are, (bars, bars) float64, 0-1; see the formula above."""
    tones, places = _features(piece)
    lengths = np.linalg.norm(tones, axis=1)
    cosine = _ratio(tones @ tones.T, np.outer(lengths, lengths), lengths == 0)
    counts = places.sum(axis=1)
    both = places @ places.T
    return (cosine + _ratio(both, counts[:, None] + counts[None] - both, counts == 0)) / 2


def _features(piece: Piece) -> tuple[Array, Array]:
    """Return what sounds in each bar (bars, 140) in beats, and where notes begin (bars, sixteenths) as 0 or 1."""
    found = bars_of(piece)
    starts = [bar.start_beats - NEAR for bar in found]
    tones = np.zeros((len(found), PITCH_CLASSES + DRUM_KEYS))
    places = np.zeros((len(found), round(max(bar.beats for bar in found) * PLACES_A_BEAT) + 1))
    for note in piece.notes:
        number = bisect_right(starts, note.onset_beats) - 1
        tone = PITCH_CLASSES + note.pitch if note.part == DRUMS else note.pitch % PITCH_CLASSES
        tones[number, tone] += note.duration_beats
        places[number, round((note.onset_beats - found[number].start_beats) * PLACES_A_BEAT)] = 1
    return tones, places


def _ratio(above: Array, below: Array, empty: Array) -> Array:
    """Return a quotient a pair of bars: 1 for two empty ones, 0 for an empty one and another."""
    quotient = np.divide(above, below, out=np.zeros_like(above), where=below > 0)
    return np.where(np.logical_and.outer(empty, empty), 1.0, np.minimum(quotient, 1.0))


def similarity_picture(matrix: Array, *, title: str = "", form: Form = "svg") -> bytes:
    """Return a picture of a self-similarity, (bars, bars), 0-1."""

    def draw(figure: Figure) -> None:
        axes = figure.add_subplot()
        count = len(matrix)
        shown = axes.imshow(
            matrix, cmap=SEQUENTIAL, vmin=0, vmax=1, origin="lower", extent=(0.5, count + 0.5, 0.5, count + 0.5),
            interpolation="nearest",
        )  # fmt: skip
        axes.set(xlabel="bar", ylabel="bar", title=title)
        for axis in (axes.xaxis, axes.yaxis):
            count_whole(axis)
        figure.colorbar(shown, label="likeness of two bars, 0–1", shrink=0.85, aspect=28)

    return drawn(draw, form, height=3.4)
