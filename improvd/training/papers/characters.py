"""A text of characters: what is written from the head of a held-out tune, the neurons over it, and temperatures.

Source: 'SongRNN: Music Generation Through a Character Level LSTM', Song Generation and Feature Evaluation.
"""

from __future__ import annotations

import re

import numpy as np

from improvd.model.layered import activations
from improvd.music.symbols import read
from improvd.training.grid import Array
from improvd.training.papers.composing import compose
from improvd.training.papers.writer import Measures, Writer
from improvd.training.report.run import Finding, Table

TEMPERATURES = (0.3, 0.5, 0.8, 1.0, 1.2)
COPIED = 20
"""Characters in a row that count as copied when the training text has them."""

SHOWN = 400
"""Characters over which neurons are shown."""


def measure(writer: Writer) -> Measures:
    """Return a text, what its neurons do, and what temperature does to it."""
    head = head_of(writer)
    texts = {temperature: _written(writer, head, temperature) for temperature in TEMPERATURES}
    chosen = _written(writer, head, writer.recipe.temperature)
    rows = tuple(_row(writer, temperature, text) for temperature, text in texts.items())
    header = ("temperature", f"runs of {COPIED} characters in the training text", "notes", "notes a bar")
    shown = np.concatenate([head, chosen])
    found = Finding(
        f"runs of {COPIED} characters from the training text",
        f"{_copied(writer, chosen):.1%}",
        None,
        f"of {len(chosen)} characters written at temperature {writer.recipe.temperature:g}",
    )
    return Measures(
        (found,),
        (Table("temperature", header, rows),),
        "".join(writer.symbols(shown)),
        activations(writer.network, writer.weights, shown[:SHOWN]),
    )


def head_of(writer: Writer) -> Array:
    """Return the head of the first held-out tune that has one, up to its key; else its first characters."""
    for tune in writer.held_out:
        found = re.match(r"(?s).*?\nK:[^\n]*\n", "".join(writer.symbols(tune.numbers)))
        if found:
            return tune.numbers[: found.end()]
    return writer.held_out[0].numbers[: writer.network.window]


def _written(writer: Writer, head: Array, temperature: float) -> Array:
    rng = np.random.default_rng(writer.recipe.seed)
    (text,) = compose(
        writer.network, writer.weights, head[None], writer.recipe.written, temperature=temperature, rng=rng
    )  # fmt: skip
    return np.asarray(text)


def _row(writer: Writer, temperature: float, text: Array) -> tuple[str, ...]:
    symbols = writer.symbols(text)
    notes, bars = len(read(writer.codec, symbols)), max("".join(symbols).count("|"), 1)
    return f"{temperature:g}", f"{_copied(writer, text):.1%}", str(notes), f"{notes / bars:.1f}"


def _copied(writer: Writer, text: Array) -> float:
    """Return the share (0-1) of the runs of `COPIED` characters that are in the training text too."""
    characters = "".join(writer.symbols(text))
    learnt = "".join("".join(writer.symbols(tune.numbers)) for tune in writer.learnt)
    runs = [characters[start : start + COPIED] for start in range(len(characters) - COPIED + 1)]
    return sum(run in learnt for run in runs) / max(len(runs), 1)
