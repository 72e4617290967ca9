"""What an evaluation found: sums a style, and how they are told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from improvd.music.codec import FIELDS, PART, PITCH
from improvd.training.grid import Array
from improvd.training.judgement import Judgement, as_table

DIGITS = 4


@dataclass(frozen=True, slots=True)
class Tally:
    """This is what was counted of the music of one style; arrays hold a field a number (5,).

    Attributes:
        style: one of `codec.STYLES`, or 'all'.
        pieces: in it.
        counted: events that have each field: notes, and ends of pieces, which have part and advance alone.
        nats: of the model; right: values that it found the likeliest.
        unigram, ngram: nats of the baselines; None without them.
    """

    style: str
    pieces: int
    counted: Array
    nats: Array
    right: Array
    unigram: Array | None
    ngram: Array | None

    @property
    def notes(self) -> int:
        """Number of notes."""
        return int(self.counted[PITCH])

    @property
    def events(self) -> int:
        """Number of notes and of pieces that end."""
        return int(self.counted[PART])

    def per_note(self, nats: Array | None) -> float | None:
        """Return nats of all fields over the notes."""
        return None if nats is None else round(float(nats.sum()) / max(1, self.notes), DIGITS)

    def fields(self, nats: Array) -> dict[str, float]:
        """Return nats per note, a field a number."""
        return _by_field(nats / max(1, self.notes))

    @property
    def accuracy(self) -> dict[str, float]:
        """Share of the values that were the likeliest, a field a number."""
        return _by_field(self.right / np.maximum(1, self.counted))

    @property
    def below_ngram(self) -> float | None:
        """Per cent by which the model lies below the n-gram."""
        return None if self.ngram is None else float(100 * (1 - self.nats.sum() / self.ngram.sum()))

    def as_json(self) -> dict[str, Any]:
        """Return it as one JSON object."""
        return {
            "pieces": self.pieces,
            "notes": self.notes,
            "events": self.events,
            "nats_per_note": self.per_note(self.nats),
            "fields": self.fields(self.nats),
            "accuracy": self.accuracy,
            "baselines": self.baselines(),
        }

    def baselines(self) -> dict[str, Any]:
        """Return the baselines' nats per note, and by field; None where there are none."""
        found = {"unigram": self.unigram, "ngram": self.ngram}
        fields = {f"{name}_fields": None if nats is None else self.fields(nats) for name, nats in found.items()}
        return {name: self.per_note(nats) for name, nats in found.items()} | fields


def _by_field(values: Array) -> dict[str, float]:
    return {field.name: round(float(value), DIGITS) for field, value in zip(FIELDS, values, strict=True)}


def total(tallies: Sequence[Tally]) -> Tally:
    """Return the sum of all styles."""

    def summed(arrays: Sequence[Array | None]) -> Array | None:
        present = [array for array in arrays if array is not None]
        return np.sum(present, 0) if len(present) == len(arrays) else None

    return Tally(
        "all",
        sum(tally.pieces for tally in tallies),
        *(np.sum([getattr(tally, name) for tally in tallies], 0) for name in ("counted", "nats", "right")),
        *(summed([getattr(tally, name) for tally in tallies]) for name in ("unigram", "ngram")),
    )


@dataclass(frozen=True, slots=True)
class Evaluation:
    """This is how well a model foresees some music.

    Attributes:
        view: 'told' with parts and styles as the music has them, or 'keys' as live playing arrives.
        style: how styles were told.
        tallies: one a style.
        skipped: damaged files that were left out, each as 'name: why'.
        played: what the model plays beside what people wrote, where that was asked for.
    """

    model: str
    data: str
    runtime: str
    view: str
    style: str
    tallies: tuple[Tally, ...]
    skipped: tuple[str, ...]
    played: Judgement | None = None

    def as_json(self) -> dict[str, Any]:
        """Return it as one JSON object."""
        whole = total(self.tallies)
        per_event = round(float(whole.nats.sum()) / max(1, whole.events), DIGITS)
        return {
            "model": self.model,
            "data": self.data,
            "runtime": self.runtime,
            "view": self.view,
            "style": self.style,
            **whole.as_json(),
            "nats_per_event": per_event,
            "styles": {tally.style: tally.as_json() for tally in self.tallies},
            "skipped": list(self.skipped),
            **({"continuations": self.played.as_json()} if self.played else {}),
        }

    def as_text(self) -> str:
        """Return it as a table."""
        whole = total(self.tallies)
        skipped = f"; {len(self.skipped)} files skipped" if self.skipped else ""
        rows = [*self.tallies, whole] if len(self.tallies) > 1 else [whole]
        lines = [
            f"{self.model} on {self.runtime}; {self.data}, {self.view}; style {self.style}; "
            f"{whole.pieces:,} pieces, {whole.notes:,} notes{skipped}",
            "",
            f"{'nats per note':<14}{'notes':>10}{'model':>10}{'unigram':>10}{'n-gram':>10}{'below n-gram':>14}",
            *map(_line, rows),
            "",
            f"{'field':<14}{'accuracy':>10}{'model':>10}{'unigram':>10}{'n-gram':>10}{'below n-gram':>14}",
            *_field_lines(whole),
            *(["", as_table(self.played)] if self.played else []),
        ]
        return "\n".join(lines)


def _line(tally: Tally) -> str:
    cells = [tally.per_note(nats) for nats in (tally.nats, tally.unigram, tally.ngram)]
    return f"{tally.style:<14}{tally.notes:>10,}{''.join(map(_nats, cells))}{_share(tally.below_ngram)}"


def _field_lines(whole: Tally) -> list[str]:
    beside = [None if nats is None else whole.fields(nats) for nats in (whole.nats, whole.unigram, whole.ngram)]
    lines = []
    for name, accuracy in whole.accuracy.items():
        cells = [None if fields is None else fields[name] for fields in beside]
        model, _, ngram = cells
        below = 100 * (1 - model / ngram) if model is not None and ngram and ngram >= 0.01 else None
        lines.append(f"{name:<14}{accuracy:>10.1%}{''.join(map(_nats, cells))}{_share(below)}")
    return lines


def _nats(value: float | None) -> str:
    return f"{'-':>10}" if value is None else f"{value:>10.3f}"


def _share(value: float | None) -> str:
    return f"{'-':>14}" if value is None else f"{value:>12.1f} %"
