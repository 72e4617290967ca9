"""Coherence, novelty and listenability: what can be measured in place of what a paper's author heard.

coherence       overlapped area of ten features (Yang & Lerch) of what is written with those of the training music
novelty         share of different runs of 8 symbols that are nowhere in the training music
listenability   share of notes in the scale that holds most of them, times the share of notes in no loop

Source of the three words: 'Music Generation using LSTM', section 4.1, where they are judged by ear.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from improvd.model.ranking.lines import lines_of
from improvd.music.symbols import read
from improvd.music.timing import Meter
from improvd.training.grid import Array
from improvd.training.metrics.consistency import scale_consistency
from improvd.training.metrics.loops import looped
from improvd.training.metrics.originality import longest_runs
from improvd.training.metrics.overlap import likeness, mean_area
from improvd.training.metrics.passage import Passage
from improvd.training.papers.composing import LIKELIEST, compose, passage_of
from improvd.training.papers.writer import Measures, Writer
from improvd.training.report.run import Finding, Table

PIECES = 16
"""Pieces written, each from a random section of the training music, as the paper does."""

RUN = 8
NOTES = 48
"""Notes of the passages whose features are compared."""


class Heard(NamedTuple):
    """This is what stands for listening; each 0-1, and the longest copied run in notes."""

    coherence: float
    novelty: float
    listenability: float
    copied: float

    def cells(self) -> tuple[str, ...]:
        """Return it as cells of a table."""
        return (*(f"{share:.3f}" for share in self[:3]), f"{self.copied:.1f}")


def measure(writer: Writer) -> Measures:
    """Return what stands for listening, of what is drawn, of the likeliest, and of held-out music beside them."""
    recipe = writer.recipe
    drawn, likeliest = (heard(writer, written(writer, at)) for at in (recipe.temperature, LIKELIEST))
    people = heard(writer, [own.numbers for own in writer.held_out])
    rows = [("drawn", *drawn.cells()), ("likeliest", *likeliest.cells()), ("held-out music", *people.cells())]
    table = Table("listening", ("written", *Heard._fields[:3], "longest copied run, notes"), tuple(rows))
    said = (
        "overlapped area of ten features with the training music",
        f"share of different runs of {RUN} symbols that are not in the training music",
        "share of notes in one scale, times the share in no loop",
    )
    findings = tuple(
        Finding(name, round(ours, 3), "heard, not measured", f"{how}; held-out music {theirs:.3f}")
        for name, ours, theirs, how in zip(Heard._fields, drawn, people, said, strict=False)
    )
    return Measures(findings, (table,))


def written(writer: Writer, temperature: float) -> list[Array]:
    """Return pieces that a network writes, each from a random section of the training music."""
    rng = np.random.default_rng(writer.recipe.seed)
    long = [own.numbers for own in writer.learnt if len(own.numbers) > writer.network.window]
    sections = [_section(long[int(rng.integers(len(long)))], writer.network.window, rng) for _ in range(PIECES)]
    text = compose(
        writer.network, writer.weights, np.stack(sections), writer.recipe.written, temperature=temperature, rng=rng
    )
    return list(text)


def _section(text: Array, length: int, rng: np.random.Generator) -> Array:
    start = int(rng.integers(len(text) - length))
    return text[start : start + length]


def heard(writer: Writer, texts: Sequence[Array]) -> Heard:
    """Return what stands for listening to some texts."""
    learnt, passages = _passages(writer, [own.numbers for own in writer.learnt]), _passages(writer, texts)
    parts = [part for passage in passages for part in _parts(passage)]
    known = _runs([own.numbers for own in writer.learnt])
    runs = _runs(texts)
    kept = [scale_consistency(passage) * (1 - float(looped(passage).mean())) for passage in passages]
    copied = longest_runs(lines_of([p.notes for p in passages]), lines_of([p.notes for p in learnt]))
    reference = [part for passage in learnt for part in _parts(passage)]
    return Heard(
        mean_area(likeness(reference, parts)) if min(len(reference), len(parts)) > 2 else float("nan"),
        len(runs - known) / max(len(runs), 1),
        float(np.mean(kept)),
        float(copied.mean()),
    )


def _passages(writer: Writer, texts: Sequence[Array]) -> list[Passage]:
    bar = Meter().bar_ticks
    found = [passage_of(read(writer.codec, writer.symbols(text)), bar) for text in texts]
    return [passage for passage in found if len(passage.notes)]


def _parts(passage: Passage) -> list[Passage]:
    """Return a passage in parts of `NOTES` notes, what is left over dropped."""
    starts = range(0, len(passage.notes) - NOTES + 1, NOTES)
    return [Passage(_from_bar(passage.notes[start : start + NOTES], passage.bar_ticks), passage.bar_ticks)
            for start in starts]  # fmt: skip


def _from_bar(notes: Array, bar_ticks: int) -> Array:
    """Return notes counted from the bar line at or before the first."""
    notes = notes.copy()
    notes[:, 0] -= notes[0, 0] // bar_ticks * bar_ticks
    return notes


def _runs(texts: Sequence[Array]) -> set[tuple[int, ...]]:
    """Return the different runs of `RUN` symbols of some texts."""
    long = [text for text in texts if len(text) >= RUN]
    return {tuple(run) for text in long for run in sliding_window_view(text, RUN).tolist()}
