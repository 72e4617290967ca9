"""What papers measure by: frozen scores, and what a perfect copy or a stranger comes to."""

from __future__ import annotations

import numpy as np
import pytest
from paper_music import recipe

from improvd.model.layered import Activation, Dense, Embedding, Flatten, Network
from improvd.model.layered.network import EMBEDDING
from improvd.music.symbols import CODECS
from improvd.protocol import Continued
from improvd.training.papers import characters, listening, playing, songs
from improvd.training.papers.composing import LIKELIEST, compose
from improvd.training.papers.writer import Named, Writer

SYMBOLS = ("C4", "D4", "E4", "F4", "G4", "A4", "B4", "C5")


def successor(symbols=8, window=4):
    """A network that is sure that the next number follows the last one, round and round."""
    layers = (Embedding(symbols), Flatten(), Dense(symbols), Activation("softmax"))
    network = Network(EMBEDDING, window, layers, symbols)
    kernel = np.zeros((window, symbols, symbols), np.float32)
    kernel[-1] = 20 * np.roll(np.eye(symbols), 1, 1)
    return network, {
        "0.embedding.table": np.eye(symbols, dtype=np.float32),
        "2.dense.kernel": kernel.reshape(-1, symbols),
        "2.dense.bias": np.zeros(symbols, np.float32),
    }


def writer(texts, codec="chords", vocabulary=SYMBOLS, **told):
    network, weights = successor(len(vocabulary))
    named = [Named(f"folder/{number}_song.mid", np.array(text)) for number, text in enumerate(texts)]
    return Writer(
        recipe(codec=codec, **told), CODECS[codec], network, weights, weights, vocabulary, named, named[:1]
    )  # fmt: skip


def round_and_round(length, start=0):
    return [(start + i) % len(SYMBOLS) for i in range(length)]


def test_the_likeliest_is_written_one_after_the_other():
    network, weights = successor()
    given = np.array([[0, 1, 2, 3], [4, 5, 6, 7]])
    text = compose(network, weights, given, 3, temperature=LIKELIEST, rng=np.random.default_rng(0))
    assert text.tolist() == [[4, 5, 6], [0, 1, 2]]


def test_what_is_drawn_is_wilder_the_hotter_and_follows_from_its_seed():
    network, weights = successor()
    given = np.array([[0, 1, 2, 3]])
    cold, hot, again = (
        compose(network, weights, given, 64, temperature=t, rng=np.random.default_rng(3)) for t in (0.5, 20.0, 20.0)
    )
    assert cold[0].tolist() == round_and_round(64, start=4)
    assert len(set(np.diff(hot[0]).tolist())) > 4
    assert hot.tolist() == again.tolist()


def test_the_accuracy_of_a_song_is_the_share_of_its_sequences_that_are_found_again():
    song = np.array([0, 1, 2, 3, 4, 5])
    assert songs.found_again(song, song) == 1.0
    assert songs.found_again(song, np.array([7, 1, 2, 3, 4, 7])) == pytest.approx(1 / 3)
    assert songs.found_again(song, np.array([5, 4, 3, 2, 1, 0])) == 0.0


def test_a_song_that_the_network_knows_is_found_again_whole():
    found = songs.measure(writer([round_and_round(30), [0, 2, 4, 6] * 8]))
    (table,) = found.tables
    assert table.rows[0][:4] == ("0_song", "30", "100.0%", "100.0%")
    assert table.rows[1][2:4] == ("0.0%", "0.0%")
    assert found.findings[0].ours == "50.0%"


def test_a_copy_is_not_new_and_a_scale_is_listenable():
    found = listening.heard(writer([round_and_round(400)]), [np.array(round_and_round(200))])
    assert found.novelty == 0.0
    assert found.copied == 199
    assert found.coherence > 0.9
    assert found.listenability == 0.0, "a scale that comes again and again is a loop"


def test_what_is_nowhere_in_the_training_music_is_new():
    rng = np.random.default_rng(1)
    learnt, other = writer([round_and_round(400)]), rng.integers(0, 8, 120)
    found = listening.heard(learnt, [other])
    assert found.novelty > 0.95
    assert found.listenability > 0.9


ABC = tuple("\n 1234567:ABCDEFGKLMTXabcdefg|/")


def test_a_text_begins_with_the_head_of_a_held_out_tune():
    tune = "X:1\nT:A\nM:4/4\nK:C\nCDEF|GABc|\n"
    numbers = [ABC.index(character) for character in tune]
    asked = writer([numbers], "abc", ABC, written=40)
    assert "".join(asked.symbols(characters.head_of(asked))) == "X:1\nT:A\nM:4/4\nK:C\n"
    found = characters.measure(asked)
    assert found.text.startswith("X:1\nT:A\nM:4/4\nK:C\n")
    assert [row[0] for row in found.tables[0].rows] == ["0.3", "0.5", "0.8", "1", "1.2"]


def test_an_answer_comes_from_the_player_bar_after_bar():
    asked = writer([round_and_round(40)])
    player = FakePlayer()
    notes = playing.answer(player, asked, bars=3)
    assert [ask.until_ticks - ask.begin_ticks for ask in player.asks] == [96, 96, 96]
    assert [note.onset_ticks for note in notes] == [0, 96, 192]
    assert len(player.asks[2].window) == len(player.asks[0].window) + 2


class FakePlayer:
    """A model that plays one note at the beginning of each bar."""

    name = runtime = "fake"

    def __init__(self):
        self.asks = []

    def prefill(self, request):
        pass

    def ask(self, request):
        self.asks.append(request)
        return Continued(request.number, (((request.begin_ticks, 0, 60, 12, 80),),), (0.0,), 1, 0.0)
