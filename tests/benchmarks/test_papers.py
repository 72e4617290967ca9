"""The comparisons of papers: what is foreseen and played is counted as it says."""

from __future__ import annotations

import math
import sys
from pathlib import Path

import numpy as np
import pytest

from improvd.model import bundle, symbolic
from improvd.model.layered import Activation, Dense, Embedding, Flatten, Network
from improvd.model.layered.network import EMBEDDING
from improvd.music.note import Note
from improvd.music.symbols import CODECS
from improvd.music.timing import Meter, steady
from improvd.protocol import Continued
from improvd.training.continuations import NOTES, Primer
from improvd.training.corpus.piece import Piece
from improvd.training.metrics.passage import Passage
from improvd.training.recipes.papers import PAPERS

pytest.importorskip("keras")
pytest.importorskip("ai_edge_litert")
sys.path.append(str(Path(__file__).parents[2] / "benchmarks"))

import comparison  # once the folder of scripts is on the path
import papers

VOCABULARY = ("C4", "D4", "E4", "F4")


@pytest.fixture
def model(tmp_path):
    """A bundle of a network that finds every symbol as likely as any other."""
    layers = (Embedding(2), Flatten(), Dense(4), Activation("softmax"))
    network = Network(EMBEDDING, 3, layers, len(VOCABULARY))
    weights = {name: np.zeros(size, np.float32) for name, size in network.weights().items()}
    folder = tmp_path / "even"
    folder.mkdir()
    card = f'format = {bundle.FORMAT}\nname = "even"\n'
    symbolic.write(folder, card, CODECS["chords"], network, weights, VOCABULARY)
    return symbolic.open_bundle(str(folder))


def piece(*pitches):
    return Piece("p", "any", steady(4, 4), tuple(Note(i * 0.5, pitch, 0.5, 80) for i, pitch in enumerate(pitches)))


def test_what_knows_nothing_pays_for_each_symbol_alike(model):
    found = comparison.foreseen_symbols(model, [piece(60, 62, 64, 65, 60, 62)], {})
    assert found.nats == pytest.approx(math.log(4))
    assert found.unknown == 0.0


def test_unknown_symbols_cost_what_known_ones_do_and_are_told(model):
    found = comparison.foreseen_symbols(model, [piece(60, 62, 64, 65, 60, 62, 90)], {})
    assert found.nats == pytest.approx(math.log(4))
    assert found.unknown == pytest.approx(1 / 7)


def test_nothing_is_said_where_a_model_lacks_most_symbols(model):
    found = comparison.foreseen_symbols(model, [piece(60, 90, 91, 92, 93)], {})
    assert math.isnan(found.nats)
    assert found.unknown == 0.8


class Player:
    """A model that plays three notes a bar."""

    name = runtime = "fake"

    def __init__(self):
        self.asks = []

    def prefill(self, request):
        pass

    def ask(self, request):
        self.asks.append(request)
        notes = tuple((request.begin_ticks + 8 * i, 0, 60, 8, 80) for i in range(3))
        return Continued(request.number, (notes,), (0.0,), 1, 0.03)


def test_a_model_is_asked_bar_after_bar_for_as_many_notes_as_the_human_wrote():
    onsets = [(12 * i, 0, 60, 12, 80) for i in range(2 * NOTES)]
    notes, human = np.array(onsets[:NOTES]), np.array(onsets[NOTES:])
    primer = Primer("p", "folk", Meter(), Passage(notes, 96), Passage(human, 96))
    player = Player()
    found = comparison.answered(player, [primer])
    (passage,) = found.passages
    assert len(passage.notes) == NOTES
    assert passage.onsets[0] == notes[-1, 0] + 1
    assert [ask.until_ticks % 96 for ask in player.asks] == [0] * 16
    assert found.seconds_a_note == pytest.approx(0.01)


def test_the_trials_of_film_are_its_papers():
    recipe = next(recipe for recipe in PAPERS if recipe.name == "film")
    trials = papers.film_trials(recipe)
    assert [(trial.name, trial.batch) for trial in trials] == [
        ("dropout-0.1", 256), ("dropout-0.3", 256), ("dropout-0.5", 256), ("dropout-0.7", 256),
        ("batch-64", 64), ("batch-128", 128),
    ]  # fmt: skip
    runs = [trial.run_of(recipe, 5) for trial in trials]
    assert {run.recipe.epochs for run in runs} == {5}
    assert {run.network(175).parameters for run in runs} == {264_192 + 1_574_912 + 787_456 + 65_792 + 44_975}


def test_the_trials_of_songrnn_are_both_kinds_in_every_size_and_dropout():
    recipe = next(recipe for recipe in PAPERS if recipe.name == "songrnn")
    names = [trial.name for trial in papers.song_trials(recipe)]
    assert len(set(names)) == 18
    assert names[0] == "lstm-64-0.0"
    assert names[-1] == "rnn-256-0.3"
