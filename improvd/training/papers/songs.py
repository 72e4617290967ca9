"""Songs found again: the share of a song's four-note sequences that are in what is written from its beginning.

Source: 'Using LSTM-RNN to Generate Novel Salsa Tracks', Measuring Accuracy.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from improvd.training.grid import Array
from improvd.training.papers.composing import LIKELIEST, compose
from improvd.training.papers.writer import Measures, Named, Writer
from improvd.training.report.run import Finding, Table

NOTES = 4
MOST = 13
"""Songs looked at; the paper has so many."""

HEADER = (
    "song", "symbols", "likeliest", "drawn", "likeliest, last epoch", "drawn, last epoch", "the paper's song",
    "its accuracy",
)  # fmt: skip


def measure(writer: Writer) -> Measures:
    """Return how much of each song is in what is written from its first symbols on, as much as the song has."""
    songs = sorted(writer.learnt, key=lambda song: len(song.numbers), reverse=True)[:MOST]
    songs = [song for song in songs if len(song.numbers) > writer.network.window]
    columns = [
        _accuracies(writer, songs, temperature, last=last)
        for last in (False, True)
        for temperature in (LIKELIEST, writer.recipe.temperature)
    ]
    rows = sorted(zip(songs, zip(*columns, strict=True), strict=True), key=lambda row: row[1][1], reverse=True)
    reported = [(one.name, one.value) for one in writer.recipe.reported]
    theirs = [*reported, *[("", "")] * len(rows)]
    table = tuple(
        (_title(song), str(len(song.numbers)), *(f"{share:.1%}" for share in shares), *beside)
        for (song, shares), beside in zip(rows, theirs, strict=False)
    )
    return Measures((_found(columns, reported),), (Table("accuracy per song", HEADER, table),))


def _found(columns: Sequence[Sequence[float]], reported: Sequence[tuple[str, str]]) -> Finding:
    """Return the mean accuracy beside the paper's."""
    theirs = [float(value.rstrip("% ")) for _, value in reported]
    drawn, last = np.mean(columns[1]), np.mean(columns[3])
    return Finding(
        "accuracy, mean of songs",
        f"{drawn:.1%}",
        f"{np.mean(theirs):.1f} %" if theirs else None,
        f"share of a song's different sequences of {NOTES} symbols that are in what is drawn from its beginning on; "
        f"with the weights of the last epoch {last:.1%}; each song in the table",
    )


def _accuracies(writer: Writer, songs: Sequence[Named], temperature: float, *, last: bool) -> list[float]:
    given = np.stack([song.numbers[: writer.network.window] for song in songs])
    written = compose(
        writer.network,
        writer.last if last else writer.weights,
        given,
        max(len(song.numbers) for song in songs),
        temperature=temperature,
        rng=np.random.default_rng(writer.recipe.seed),
    )
    return [found_again(song.numbers, text[: len(song.numbers)]) for song, text in zip(songs, written, strict=True)]


def found_again(song: Array, written: Array, length: int = NOTES) -> float:
    """Return the share (0-1) of the different sequences of `length` symbols of a song that are in what was written."""
    wanted, have = (set(map(tuple, sliding_window_view(text, length).tolist())) for text in (song, written))
    return len(wanted & have) / len(wanted)


def _title(song: Named) -> str:
    return song.name.rsplit("/", 1)[-1].rsplit(".", 1)[0]
