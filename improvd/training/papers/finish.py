"""The end of a run of a paper: what its network is measured by, its bundle with a card, and its record."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from improvd.model import bundle, symbolic
from improvd.model.opening import open_player
from improvd.music.symbols import CODECS
from improvd.training import log, writing
from improvd.training.corpus.sources import licence_of_weights
from improvd.training.papers import playing
from improvd.training.papers.measures import MEASURES
from improvd.training.papers.runs import PaperRun
from improvd.training.papers.texts import Text
from improvd.training.papers.train import Music, Trained
from improvd.training.papers.windows import nats_by_frequency, numbered
from improvd.training.papers.writer import Measures, Named, Writer
from improvd.training.report.run import (
    ACTIVATIONS,
    TEXT,
    Epochs,
    Facts,
    Finding,
    Table,
    Value,
    read_run,
    write_facts,
)

HEAD = "run of a paper"
"""The first words of the table of these runs in docs/experiments.md."""

DIGITS = 4


def finish(run: PaperRun, music: Music, trained: Trained) -> Path:
    """Write the bundle, the record and, for a recipe's own music, the row in the table of runs; return the bundle."""
    folder = run.record(music.texts)
    with writing.drafted(run.bundle_folder) as draft:
        text = card(run, music, trained)
        codec = CODECS[run.recipe.codec]
        symbolic.write(draft, text, codec, trained.network, trained.weights, music.vocabulary)
    writer = writer_of(run, music, trained)
    found = [MEASURES[name](writer) for name in run.recipe.measures]
    _write_music(folder, run, writer)
    for one in found:
        _write_measures(folder, one)
    epochs = read_run(folder).epochs
    findings = (*_learnt(run, music, trained, epochs), *(finding for one in found for finding in one.findings))
    write_facts(folder, _facts(run, music, trained, findings))
    if run.picked and writing.EXPERIMENTS.exists():
        writing.record(writing.row(_cells(run, music, trained, epochs)), writing.EXPERIMENTS, HEAD)
    for finding in findings:
        log.tell(f"{finding.name}: {finding.ours}" + (f"; the paper: {finding.paper}" if finding.paper else ""))
    return run.bundle_folder


def card(run: PaperRun, music: Music, trained: Trained) -> str:
    """Return the text of a card, less what plays."""
    recipe = run.recipe
    licences = [str(source["licence"]) for source in music.texts.sources.values()]
    tables: dict[str, Mapping[str, Any]] = {
        "": {
            "format": bundle.FORMAT, "name": run.name, "about": recipe.about,
            "licence": licence_of_weights(licences),
        },
        "training": {
            "recipe": recipe.name, "paper": recipe.paper, "seed": recipe.seed, "epochs": trained.epochs,
            "ended": trained.ended, "epoch_kept": trained.epoch, "minutes": round(trained.seconds / 60, 1),
            "symbols_per_second": round(trained.symbols_per_s), "backend": trained.backend,
            **({"stand_in": run.stand_in} if run.stand_in else {}),
            "split": "by piece, versions of one piece on one side: about 80 % train, 10 % valid, 10 % test",
        },
        **{
            f"pieces.{side}": {
                "pieces": len(texts), "symbols": music.sides[side].symbols, "left_out": music.sides[side].left_out,
            }
            for side, texts in music.texts.by_name()
        },
        "results": {
            "measure": "nats per symbol, and share of symbols that were the likeliest, on the test split, tested once",
            "test": round(trained.test.nats, DIGITS), "accuracy": round(trained.test.accuracy, DIGITS),
        },
        **{f"data.{corpus}": source for corpus, source in music.texts.sources.items()},
    }  # fmt: skip
    return writing.as_toml(tables)


def writer_of(run: PaperRun, music: Music, trained: Trained) -> Writer:
    """Return a trained network with what its numbers mean."""
    learnt, held_out = (_named(texts, music.vocabulary) for texts in (music.texts.train, music.texts.test))
    return Writer(
        run.recipe, CODECS[run.recipe.codec], trained.network, trained.weights, trained.last, music.vocabulary,
        learnt, held_out,
    )  # fmt: skip


def _named(texts: tuple[Text, ...], vocabulary: tuple[str, ...]) -> list[Named]:
    arrays = numbered(texts, vocabulary).texts
    return [Named(text.name, array) for text, array in zip(texts, arrays, strict=True)]


def _write_music(folder: Path, run: PaperRun, writer: Writer) -> None:
    answer = playing.answer(open_player(str(run.bundle_folder)), writer)
    playing.write_midi(folder / "played.mid", answer, "answer")
    playing.write_midi(folder / "written.mid", playing.piece(writer), "written")


def _write_measures(folder: Path, found: Measures) -> None:
    for table in found.tables:
        _write_table(folder / f"{table.name.replace(' ', '-')}.table.csv", table)
    if found.text:
        (folder / TEXT).write_text(found.text, encoding="utf-8")
    if found.neurons is not None:
        characters = np.array(list(found.text[: len(found.neurons)]))
        np.savez(folder / ACTIVATIONS, activations=found.neurons, characters=characters)


def _write_table(path: Path, table: Table) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([table.header, *table.rows])


def _learnt(run: PaperRun, music: Music, trained: Trained, epochs: Epochs) -> Iterator[Finding]:
    """Yield the figures that every run has."""
    theirs = {one.name: one for one in run.recipe.reported}
    at = epochs.numbers.index(trained.epoch)
    plain = nats_by_frequency(music.sides["train"], music.sides["test"], len(music.vocabulary))
    for name, value, note in (
        ("loss", trained.test.nats, "nats per symbol on the test side"),
        ("loss by frequency", plain, "nats per symbol on the test side for who knows only how often each symbol comes"),
        ("accuracy", trained.test.accuracy, "share of the test side's symbols that were the likeliest"),
        ("loss, training music", epochs.train[-1], "nats per symbol while learning, in the last epoch"),
        ("accuracy, training music", epochs.train_accuracy[-1], "while learning, in the last epoch"),
        ("loss, validation", epochs.valid[at], f"nats per symbol, of the epoch kept, {trained.epoch}"),
    ):
        paper = theirs.get(name)
        said = f"{note}; the paper: {paper.note}" if paper else note
        yield Finding(name, round(value, DIGITS), paper.value if paper else None, said)


def _facts(run: PaperRun, music: Music, trained: Trained, findings: tuple[Finding, ...]) -> Facts:
    recipe = run.recipe
    sides = music.sides
    settings: dict[str, Value] = {
        "paper": recipe.paper, "ended": trained.ended, "epoch_kept": trained.epoch, "codec": recipe.codec,
        "window": recipe.window, "batch": recipe.batch, "optimizer": recipe.optimizer,
        "learning_rate": recipe.learning_rate, "rarest": recipe.rarest, "symbols": len(music.vocabulary),
        "symbols_learnt": sides["train"].symbols - sides["train"].left_out,
        "rare_symbols_dropped": sides["train"].left_out,
        "held_out_symbols_unknown": f"{sides['valid'].left_out} of {sides['valid'].symbols} on validation, "
        f"{sides['test'].left_out} of {sides['test'].symbols} on test: left out",
        "pieces": ", ".join(f"{side} {len(texts)}" for side, texts in music.texts.by_name()),
        "backend": trained.backend, "model": run.name,
        **({"weights_of_every_epoch": "as float16, in epochs/"} if recipe.every_epoch else {}),
    }  # fmt: skip
    return Facts(
        run.name, recipe.name, recipe.about, run.data, run.stand_in, "nats per symbol", recipe.epochs, recipe.seed,
        round(trained.seconds / 60, 1), trained.network.parameters, findings, tuple(settings.items()),
    )  # fmt: skip


def _cells(run: PaperRun, music: Music, trained: Trained, epochs: Epochs) -> tuple[str, ...]:
    return (
        run.name,
        run.recipe.codec,
        f"{trained.network.parameters:,}",
        run.data.removeprefix("corpus:"),
        f"{music.sides['train'].symbols - music.sides['train'].left_out:,} of {len(music.vocabulary)}",
        f"{trained.epochs} ({trained.epoch})",
        trained.ended.partition(":")[0],
        str(run.recipe.seed),
        f"{trained.seconds / 60:.1f}",
        f"{epochs.train[-1]:.3f}",
        f"{epochs.valid[epochs.numbers.index(trained.epoch)]:.3f}",
        f"{trained.test.nats:.3f}",
        f"{trained.test.accuracy:.1%}",
    )
