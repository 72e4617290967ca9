"""What the papers compare: dropouts and batches of `film`, sizes and dropouts of `songrnn`; and all models together.

    python benchmarks/papers.py film      [--epochs 20]
    python benchmarks/papers.py songrnn   [--epochs 8]
    python benchmarks/papers.py compare   [--primers 64] [MODEL …]
    python benchmarks/papers.py played    [MODEL …]         each live on JACK; needs the Debian package jackd2

Each prints a table in Markdown. What was stopped goes on where it was.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product

import comparison
import played

from improvd.model.layered import LSTM, Layer, SimpleRNN
from improvd.training.papers import finish, listening, train
from improvd.training.papers.runs import PaperRun, runs_of
from improvd.training.papers.train import Music, Trained
from improvd.training.recipes.papers import PAPERS, PaperRecipe, film_layers, song_layers
from improvd.training.report.run import read_run
from improvd.training.writing import row

DROPOUTS = (0.1, 0.3, 0.5, 0.7)
BATCHES = (64, 128, 256)
UNITS = (64, 128, 256)
SONG_DROPOUTS = (0.0, 0.1, 0.3)


@dataclass(frozen=True, slots=True)
class Trial:
    """This is one network of a comparison: what it is called, its layers, and how many windows it is shown at once."""

    name: str
    layers: tuple[Layer, ...]
    batch: int

    def run_of(self, recipe: PaperRecipe, epochs: int) -> PaperRun:
        """Return the run of a recipe with this network, for so many epochs and to their end."""
        (run, *_) = runs_of(replace(recipe, epochs=epochs, patience=0, batch=self.batch, every_epoch=False))
        return replace(run, table=replace(run.table, layers=self.layers, name=self.name))


def film_trials(recipe: PaperRecipe) -> list[Trial]:
    """Return each dropout at the recipe's batch, and each batch at the paper's dropout."""
    dropouts = [Trial(f"dropout-{dropout}", film_layers(dropout), recipe.batch) for dropout in DROPOUTS]
    batches = [Trial(f"batch-{batch}", film_layers(0.5), batch) for batch in BATCHES if batch != recipe.batch]
    return dropouts + batches


def song_trials(recipe: PaperRecipe) -> list[Trial]:
    """Return every size and dropout of both kinds of neurons."""
    return [
        Trial(f"{kind.kind}-{units}-{dropout}", song_layers(kind, units, dropout), recipe.batch)
        for kind, units, dropout in product((LSTM, SimpleRNN), UNITS, SONG_DROPOUTS)
    ]


HEADER = ("network", "weights", "batch", "epochs (best)", "minutes", "train", "valid", "valid, right", "test")
HEARD = ("coherence", "novelty", "listenability")


def outcome(run: PaperRun, music: Music, trained: Trained) -> list[str]:
    """Return the cells of a run in the table."""
    epochs = read_run(run.record(music.texts)).epochs
    at = trained.epoch - 1
    return [
        run.table.name,
        f"{trained.network.parameters:,}",
        str(run.recipe.batch),
        f"{trained.epochs} ({trained.epoch})",
        f"{trained.seconds / 60:.1f}",
        f"{epochs.train[-1]:.3f}",
        f"{epochs.valid[at]:.3f}",
        f"{epochs.valid_accuracy[at]:.1%}",
        f"{trained.test.nats:.3f}",
    ]


def heard(run: PaperRun, music: Music, trained: Trained) -> list[str]:
    """Return the cells of what stands for listening to a run's network."""
    writer = finish.writer_of(run, music, trained)
    return list(listening.heard(writer, listening.written(writer, run.recipe.temperature)).cells()[:3])


def rows(recipe: PaperRecipe, trials: Sequence[Trial], epochs: int) -> Iterator[list[str]]:
    """Yield the head of the table and a row for each network, once it is trained."""
    listens = recipe.name == "film"
    yield [*HEADER, *(HEARD if listens else ())]
    music = train.read(trials[0].run_of(recipe, epochs))
    for trial in trials:
        run = trial.run_of(recipe, epochs)
        trained = train.train(run, music)
        yield outcome(run, music, trained) + (heard(run, music, trained) if listens else [])


def main() -> None:
    """Compare what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked = parser.add_subparsers(dest="what", required=True)
    for name, epochs in (("film", 20), ("songrnn", 8)):
        asked.add_parser(name).add_argument("--epochs", type=int, default=epochs)
    others = {"compare": comparison, "played": played}
    for name, other in others.items():
        other.add_arguments(asked.add_parser(name))
    told = parser.parse_args()
    if told.what in others:
        others[told.what].main(told)
        return
    recipe = next(recipe for recipe in PAPERS if recipe.name == told.what)
    trials = film_trials(recipe) if told.what == "film" else song_trials(recipe)
    for number, cells in enumerate(rows(recipe, trials, told.epochs)):
        print(row(cells) + ("" if number else f"|{'---|' * len(cells)}\n"), end="", flush=True)


if __name__ == "__main__":
    main()
