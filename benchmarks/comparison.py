"""All models on the same held-out pieces: how well they foresee them, and what they play on from the same primers."""

from __future__ import annotations

import argparse
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from improvd.config import SamplingSettings
from improvd.live.window import WINDOW_NOTES
from improvd.model import bundle, symbolic
from improvd.model.layered import probabilities
from improvd.model.opening import Player, open_player
from improvd.model.ranking.lines import Lines, lines_of
from improvd.model.runtimes import open_step
from improvd.model.symbolic import SymbolBundle
from improvd.music.codec import FIELDS, PITCH
from improvd.music.note import PITCHES
from improvd.protocol import Ask, Context
from improvd.training import grid, stepwise
from improvd.training.continuations import NOTES, Primer, primers
from improvd.training.corpus import library
from improvd.training.corpus.files import open_files
from improvd.training.corpus.piece import Piece
from improvd.training.judge import training_lines
from improvd.training.metrics.dependence import dependence
from improvd.training.metrics.loops import share_looped
from improvd.training.metrics.originality import longest_runs
from improvd.training.metrics.passage import Passage
from improvd.training.papers import texts
from improvd.training.papers.runs import runs_of
from improvd.training.papers.windows import Windows, numbered
from improvd.training.recipes.papers import PAPERS
from improvd.training.writing import row

MUSIC = {"abc-folk": 24, "piano-midi-de": 12}
"""Held-out pieces of each corpus that all models read."""

MOST_BARS = 64
READ_AT_ONCE = 256
MOST_UNKNOWN = 0.5
"""Share of symbols that a model may lack; beyond it nothing is said."""

HEADER = (
    "model", "codec", "learnt", "weights", "MB", "nats/note, folk", "classical", "right, folk", "classical",
    "unknown", "in loops", "copied run", "seed dependence", "ms/note",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class HeldOut:
    """This is what all models are tried on.

    Attributes:
        pieces: by corpus; given: primers from them; tunes: the characters of those that are in ABC.
    """

    pieces: dict[str, list[Piece]]
    given: list[Primer]
    tunes: dict[str, str]


@dataclass(frozen=True, slots=True)
class Foreseen:
    """This is how well a model foresees some pieces.

    Attributes:
        nats: per note, of all that its codec says; an unknown symbol is taken to cost what the known ones do.
        right: share of its symbols, or of pitches, that were the likeliest.
        unknown: share of symbols that it does not have.
    """

    nats: float
    right: float
    unknown: float = 0.0


def held_out(count: int) -> HeldOut:
    """Return the same pieces and primers each time."""
    pieces = {}
    for corpus, most in MUSIC.items():
        test = library.split([corpus]).test
        order = np.random.default_rng(0).permutation(len(test))[:most]
        pieces[corpus] = [test[number] for number in order]
    given = primers([piece for own in pieces.values() for piece in own], count, seed=0, as_keys=True)
    return HeldOut(pieces, given, texts.tunes_of(open_files(library.data_folder() / "abc-folk")))


def foreseen_symbols(model: SymbolBundle, pieces: Sequence[Piece], tunes: dict[str, str]) -> Foreseen:
    """Return how a model of symbols foresees pieces: every symbol that has a whole window before it."""
    own = [texts.written(piece, model.codec.name, tunes) for piece in pieces]
    known = numbered(own, model.vocabulary)
    unknown = known.left_out / known.symbols
    if unknown > MOST_UNKNOWN:
        return Foreseen(math.nan, math.nan, unknown)
    windows = Windows(known.texts, model.network.window, sequences=False, name=model.name)
    weights, total, right, starts = model.weights(), 0.0, 0, windows.starts()
    for seen, target in windows.batches(starts, READ_AT_ONCE):
        probs = probabilities(model.network, weights, seen)
        told = np.take_along_axis(probs, target[:, None].astype(np.int64), 1)
        total -= float(np.log(np.maximum(told, np.finfo(np.float32).tiny)).sum())
        right += int((probs.argmax(-1) == target).sum())
    a_note = known.symbols / sum(text.notes for text in own)
    return Foreseen(total / len(starts) * a_note, right / len(starts), unknown)


def foreseen_events(name: str, pieces: Sequence[Piece]) -> Foreseen:
    """Return how a model of codec `metric` foresees pieces, as live playing arrives."""
    model = bundle.open_bundle(name)
    readings = stepwise.read(open_step(model, "auto"), model.shape, grid.prepare(pieces, as_keys=True), guess=True)
    notes = sum(float(r.weight[:, PITCH].sum()) for r in readings)
    nats = sum(float((r.nats * r.weight).sum()) for r in readings)
    right = sum(float((r.right * r.weight)[:, PITCH].sum()) for r in readings)
    return Foreseen(nats / notes, right / notes)


@dataclass(frozen=True, slots=True)
class Answered:
    """This is what a model played on from each primer, and how long a note took."""

    passages: list[Passage]
    seconds_a_note: float


def answered(player: Player, given: Sequence[Primer]) -> Answered:
    """Return how a model goes on from each primer, asked bar after bar as live, as many notes as the human wrote."""
    played, seconds = [], 0.0
    for number, primer in enumerate(given):
        notes, took_s = _answer(player, primer, number)
        seconds += took_s
        played.append(Passage(np.array(notes, np.int32).reshape(-1, len(FIELDS)), primer.notes.bar_ticks))
    return Answered(played, seconds / max(sum(len(p.notes) for p in played), 1))


def _answer(player: Player, primer: Primer, seed: int) -> tuple[list[tuple[int, ...]], float]:
    bar = primer.notes.bar_ticks
    window = [tuple(note) for note in primer.notes.notes.tolist()]
    begin, notes, seconds = window[-1][0] + 1, list[tuple[int, ...]](), 0.0
    for number in range(MOST_BARS):
        until = (begin // bar + 1) * bar
        told = player.ask(
            _ask(tuple([*window, *notes][-WINDOW_NOTES:]), primer, begin, until, seed * MOST_BARS + number)
        )
        notes += told.rows[0]
        seconds, begin = seconds + told.took_s, until
        if len(notes) >= NOTES:
            break
    return notes[:NOTES], seconds


def _ask(window: tuple[tuple[int, ...], ...], primer: Primer, begin: int, until: int, seed: int) -> Ask:
    sampling = SamplingSettings()
    context = Context(primer.meter.numerator, primer.meter.denominator)
    return Ask(
        0, window, context, begin, until, False, (sampling.temperature,), sampling.top_p, sampling.min_p, 0,
        PITCHES - 1, seed, 1,
    )  # type: ignore[arg-type]  # notes are five integers each  # fmt: skip


def lines_learnt(name: str) -> Lines:
    """Return the lines of what a model was trained on."""
    for recipe in PAPERS:
        for run in runs_of(recipe):
            if run.name == name and run.picked:
                return training_lines(texts.picked_from(library.split([run.picked.corpus]), run.picked).train)
    return training_lines(library.split(list(bundle.read_card(bundle.locate(name))["data"])).train)


def cells(name: str, music: HeldOut) -> Iterator[str]:
    """Yield the cells of a model in the table."""
    path = bundle.locate(name)
    card = bundle.read_card(path)
    symbols = card["codec"]["name"] == bundle.SYMBOLS
    yield card["name"]
    yield symbolic.open_bundle(name).codec.name if symbols else card["codec"]["name"]
    yield ", ".join(card["data"])
    yield f"{card['network' if symbols else 'architecture']['parameters']:,}"
    yield f"{_size_mb(path):.1f}"
    found = [_foreseen(name, own, music.tunes, symbols=symbols) for own in music.pieces.values()]
    yield from (_shown(one.nats, ".3f") for one in found)
    yield from (_shown(one.right, ".1%") for one in found)
    yield " / ".join(f"{one.unknown:.1%}" for one in found)
    yield from _played(name, music)


def _foreseen(name: str, pieces: Sequence[Piece], tunes: dict[str, str], *, symbols: bool) -> Foreseen:
    if symbols:
        return foreseen_symbols(symbolic.open_bundle(name), pieces, tunes)
    return foreseen_events(name, pieces)


def _played(name: str, music: HeldOut) -> Iterator[str]:
    found = answered(open_player(name), music.given)
    looped = [share_looped(p.notes, own) for p, own in zip(music.given, found.passages, strict=True) if len(own.notes)]
    learnt = lines_learnt(name)
    copied = longest_runs(lines_of([own.notes for own in found.passages]), learnt) if len(learnt.moves) else [math.nan]
    depends = dependence(
        [p.notes for p in music.given],
        found.passages,
        styles=[p.style for p in music.given],
        pieces=[p.piece for p in music.given],
        seed=0,
    )
    yield f"{np.mean(looped):.3f}"
    yield _shown(float(np.mean(copied)), ".1f")
    yield f"{depends.auc:.3f} ({depends.low:.3f}-{depends.high:.3f})"
    yield f"{1000 * found.seconds_a_note:.1f}"


def _shown(number: float, form: str) -> str:
    """Return a number, or what stands for one that says nothing."""
    return "-" if math.isnan(number) else format(number, form)


def _size_mb(path: Path) -> float:
    return sum(file.stat().st_size for file in path.iterdir()) / 1e6


def people(music: HeldOut) -> list[str]:
    """Return the cells of what the composers wrote."""
    human = [p.human for p in music.given]
    looped = [share_looped(p.notes, p.human) for p in music.given]
    depends = dependence(
        [p.notes for p in music.given], human, styles=[p.style for p in music.given],
        pieces=[p.piece for p in music.given], seed=0,
    )  # fmt: skip
    told = [f"{np.mean(looped):.3f}", "", f"{depends.auc:.3f} ({depends.low:.3f}-{depends.high:.3f})", ""]
    return ["people", *[""] * (len(HEADER) - 1 - len(told)), *told]


def trained_models() -> list[str]:
    """Return the models of papers' runs that are there, and improvd's own before them."""
    names = ["default", *(run.name for recipe in PAPERS for run in runs_of(recipe)), "salsa-band"]
    return [name for name in names if name in bundle.found()]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what may be asked."""
    parser.add_argument("models", nargs="*", metavar="MODEL", help="all that there are where none is named")
    parser.add_argument("--primers", type=int, default=64)


def main(told: argparse.Namespace) -> None:
    """Print a row for each model."""
    music = held_out(told.primers)
    print(
        f"{len(music.given)} primers\n\n{row(HEADER)}|{'---|' * len(HEADER)}\n{row(people(music))}", end="", flush=True
    )
    for name in told.models or trained_models():
        print(row(list(cells(name, music))), end="", flush=True)
