"""What a trained model plays and writes at the end: an answer through the improviser that plays live, and symbols."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from improvd.config import SamplingSettings
from improvd.model.opening import Player
from improvd.music import midifile
from improvd.music.codec import GridNote
from improvd.music.midifile import FileNote, Track
from improvd.music.note import PITCHES, TICKS_PER_BEAT
from improvd.music.symbols import read
from improvd.music.timing import Meter
from improvd.protocol import Ask, Context
from improvd.training.papers.composing import compose, passage_of
from improvd.training.papers.writer import Writer

BARS = 16
BPM = 100.0
GIVEN_NOTES = 48
MOST_NOTES = 128
"""Notes of a window, as when it plays live."""


def answer(player: Player, writer: Writer, *, bars: int = BARS) -> list[GridNote]:
    """Return how a model goes on from the beginning of a held-out piece, asked for bar after bar as live."""
    meter = Meter()
    held_out = max(writer.held_out, key=lambda text: len(text.numbers))
    window = notes_of(writer, writer.symbols(held_out.numbers))[:GIVEN_NOTES]
    end = max((note.onset_ticks + note.duration_ticks for note in window), default=0)
    begin = -(-end // meter.bar_ticks) * meter.bar_ticks
    played: list[GridNote] = []
    for bar in range(bars):
        heard = tuple(tuple(note) for note in [*window, *played][-MOST_NOTES:])
        ask = _ask(bar, heard, begin + bar * meter.bar_ticks, meter, seed=writer.recipe.seed)  # type: ignore[arg-type]  # five integers each
        played += [GridNote(*note) for note in player.ask(ask).rows[0]]
    return [note._replace(onset_ticks=note.onset_ticks - begin) for note in played]


def _ask(
    number: int, window: tuple[tuple[int, int, int, int, int], ...], begin: int, meter: Meter, *, seed: int
) -> Ask:
    sampling = SamplingSettings()
    return Ask(
        number, window, Context(meter.numerator, meter.denominator), begin, begin + meter.bar_ticks, False,
        (sampling.temperature,), sampling.top_p, sampling.min_p, 0, PITCHES - 1, seed + number, 1,
    )  # fmt: skip


def piece(writer: Writer) -> list[GridNote]:
    """Return what a network writes from a random section of what it learnt, at its recipe's temperature."""
    rng = np.random.default_rng(writer.recipe.seed)
    long = [text.numbers for text in writer.learnt if len(text.numbers) >= writer.network.window]
    given = long[int(rng.integers(len(long)))][None, : writer.network.window]
    (text,) = compose(
        writer.network, writer.weights, given, writer.recipe.written, temperature=writer.recipe.temperature, rng=rng
    )
    return notes_of(writer, writer.symbols(text))


def notes_of(writer: Writer, symbols: Sequence[str]) -> list[GridNote]:
    """Return the notes that symbols say."""
    passage = passage_of(read(writer.codec, symbols), Meter().bar_ticks)
    return [GridNote(*note) for note in passage.notes.tolist()]


def write_midi(path: Path, notes: Sequence[GridNote], name: str) -> None:
    """Write notes as a MIDI file of one track."""
    beats = [
        FileNote(note.onset_ticks / TICKS_PER_BEAT, note.pitch, note.duration_ticks / TICKS_PER_BEAT, note.velocity)
        for note in notes
    ]
    midifile.write(path, [Track(name, midifile.messages_of(beats))], bpm=BPM, meter=Meter())
