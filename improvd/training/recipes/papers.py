"""Recipes of five papers: LSTM networks over symbols of music, each on the music that stands in for its own."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from improvd.model.layered import LSTM, Activation, Dense, Dropout, Embedding, Flatten, Layer, Network, SimpleRNN
from improvd.model.layered.network import EMBEDDING, ONE_HOT, SCALAR
from improvd.model.step import Shape
from improvd.training.recipes.metric import Recipe, Stage

SONGS, LISTENING, TEXT = "songs", "listening", "text"
"""What a recipe may be measured by beside loss and accuracy: each song found again in what is written from its
beginning; coherence, novelty and listenability; a text of characters, with the neurons over it."""


@dataclass(frozen=True, slots=True)
class Picked:
    """This is which music of a corpus is learnt.

    Attributes:
        corpus: its name.
        pieces: a regular expression that their names have; what its group finds, if it has one, is their title.
        longest: how many, the longest with titles of their own; 0 is all. Of the training side alone.
        name: of this music, where a recipe has several.
    """

    corpus: str
    pieces: str = ""
    longest: int = 0
    name: str = ""

    def title(self, piece: str) -> str:
        """Return the title of a piece by its name; the whole name where nothing finds it."""
        found = re.search(self.pieces, piece)
        return found[1] if found and found.re.groups else piece


@dataclass(frozen=True, slots=True)
class Table:
    """This is a network as a recipe has it: one of any number of symbols.

    Attributes:
        inputs: how a symbol is told, see `layered.Network`.
        layers: all but the last dense layer and its softmax.
        name: of this network, where a recipe has several.
    """

    inputs: str
    layers: tuple[Layer, ...]
    name: str = ""

    def network(self, window: int, symbols: int) -> Network:
        """Return the network over a window of some symbols."""
        return Network(self.inputs, window, (*self.layers, Dense(symbols), Activation("softmax")), symbols)


@dataclass(frozen=True, slots=True)
class Reported:
    """This is what a paper says it reached."""

    name: str
    value: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class PaperRecipe:
    """This is what one paper describes; it has a run for each of its networks with each of its music.

    Attributes:
        name: what the command line calls it; about: one sentence for the card; paper: its title.
        codec: of symbols; window: how many are read to choose the next.
        tables: its networks; music: what they learn.
        stand_in: what the paper learnt, what stands in for it here, and what the paper does not tell.
        epochs: passes over the music at most, the paper's where it tells them.
        patience: epochs without a better validation after which to stop; 0 is never.
        batch: windows at once; optimizer, learning_rate: how they are fitted.
        rarest: symbols that come less often in the training music are dropped from it.
        stride: symbols from one window to the next; where more than 1, each epoch begins at another of them.
        joined: whether pieces stand one behind the other as one text, else no window goes beyond its piece.
        measures: any of `SONGS`, `LISTENING`, `TEXT`.
        written: symbols of what it writes at the end; temperature: at which it does.
        every_epoch: whether the weights of every epoch are kept, as float16.
        reported: what the paper reached.
        symbols: how many the paper tells of, else how many its stand-in has; the summary is of so many.
        seed: of everything drawn.
    """

    name: str
    about: str
    paper: str
    codec: str
    window: int
    tables: tuple[Table, ...]
    music: tuple[Picked, ...]
    stand_in: str
    epochs: int
    patience: int
    batch: int
    optimizer: str = "adam"
    learning_rate: float = 1e-3
    rarest: int = 1
    stride: int = 1
    joined: bool = False
    measures: tuple[str, ...] = ()
    written: int = 250
    temperature: float = 1.0
    every_epoch: bool = False
    reported: tuple[Reported, ...] = ()
    symbols: int = 100
    seed: int = 1


def film_layers(dropout: float) -> tuple[Layer, ...]:
    """Return the layers of the table in `film`'s paper, less the last two.

    Source: 'Music Generation using LSTM', section 4.2.
    """
    recurrent = (LSTM(256, sequences=True), Dropout(dropout), LSTM(512, sequences=True), Dropout(dropout), LSTM(256))
    return (*recurrent, Dense(256), Dropout(dropout))


def song_layers(recurrent: type[LSTM] | type[SimpleRNN], units: int, dropout: float) -> tuple[Layer, ...]:
    """Return the layers of `songrnn`: one of recurrent neurons, with dropout, over an embedding."""
    return (Embedding(units), recurrent(units, sequences=True), Dropout(dropout))


FOLK = Picked("abc-folk", name="folk")
CLASSICAL = Picked("piano-midi-de", name="piano")
ONE_LAYER = (Embedding(64), LSTM(256))
THREE_LAYERS = (
    Embedding(64), LSTM(128, sequences=True), LSTM(128, sequences=True), LSTM(128),
    Dropout(0.3), Dense(256), Activation("relu"), Dropout(0.3),
)  # fmt: skip
"""About as many weights as the one layer has, so that what is compared is the depth."""

_TWO_SETS = (
    "The paper learns classical piano melodies and a second set that it does not name; here these are classical piano "
    "from piano-midi.de and fiddle tunes (abc-folk). Units, window, batch, epochs and optimiser are not told: one "
    "layer has 256 units here and each of three 128, which comes to about as many weights."
)

_ONE_LAYER = PaperRecipe(
    name="one-layer",
    about="Notes and chords as symbols, one LSTM layer; 'Music Generation with LSTM Neural Networks'.",
    paper="Music Generation with LSTM Neural Networks",
    codec="chords",
    window=32,
    tables=(Table(EMBEDDING, ONE_LAYER),),
    music=(CLASSICAL, FOLK),
    stand_in=_TWO_SETS,
    epochs=60,
    patience=6,
    batch=128,
    rarest=5,
    stride=8,
    symbols=722,
)

PAPERS = (
    PaperRecipe(
        name="salsa",
        about="Notes and chords as symbols, each chosen after four others; 'Using LSTM-RNN to Generate Novel Salsa "
        "Tracks'.",
        paper="Using LSTM-RNN to Generate Novel Salsa Tracks",
        codec="chords",
        window=4,
        tables=(
            Table(
                ONE_HOT,
                (Flatten(), Dense(256, "relu"), Dropout(0.3), Dense(256, "relu"), Dropout(0.3), Dense(256, "relu")),
            ),
            Table(ONE_HOT, (LSTM(256, sequences=True), Dropout(0.3), LSTM(256), Dropout(0.3)), name="lstm"),
        ),
        music=(Picked("groove-midi", r"/\d+_(latin[^_]*|afrocuban[^_]*)_", longest=13),),
        stand_in="The paper learns 13 salsa songs of its own, which no licence lets be had; here these are 13 Latin "
        "and Afro-Cuban takes of the Groove MIDI Dataset, drums alone: of its training side the longest take under "
        "each title. Units, dropout, optimiser and how symbols are fed are not told.",
        epochs=500,
        patience=30,
        batch=32,
        symbols=185,
        measures=(SONGS,),
        reported=(
            Reported("Mujer de Arena", "23.8 %"),
            Reported("La Salsa", "18.8 %"),
            Reported("Rumbera", "16.1 %"),
            Reported("Usted Abuso", "16.1 %"),
            Reported("Lloraras", "10.8 %"),
            Reported("Mi Tierra", "10.7 %"),
            Reported("Bamboleo", "5.5 %"),
        ),
    ),
    _ONE_LAYER,
    replace(
        _ONE_LAYER,
        name="three-layer",
        about="Notes and chords as symbols, three LSTM layers with dropout; 'Music Generation with LSTM Neural "
        "Networks'.",
        tables=(Table(EMBEDDING, THREE_LAYERS),),
    ),
    PaperRecipe(
        name="film",
        about="Notes and chords of one composer as symbols, a window of 75; 'Music Generation using LSTM'.",
        paper="Music Generation using LSTM",
        codec="chords",
        window=75,
        tables=(Table(SCALAR, film_layers(0.5)),),
        music=(Picked("piano-midi-de", "/Schumann/"),),
        stand_in="The paper learns about 15,000 notes and chords of film music by Hans Zimmer, which no licence lets "
        "be had; here these are the 14,700 notes and chords of Robert Schumann's piano music at piano-midi.de, 10,850 "
        "of them on the training side. The limit below which a symbol is rare, optimiser and epochs are not told; a "
        "limit of 10 comes nearest to its 175 symbols.",
        epochs=100,
        patience=15,
        batch=256,
        rarest=10,
        measures=(LISTENING,),
        written=250,
        symbols=175,
    ),
    PaperRecipe(
        name="songrnn",
        about="The characters of tunes in ABC, one after another; 'SongRNN: Music Generation Through a Character Level "
        "LSTM'.",
        paper="SongRNN: Music Generation Through a Character Level LSTM",
        codec="abc",
        window=96,
        tables=(
            Table(EMBEDDING, song_layers(LSTM, 256, 0.1), name="lstm"),
            Table(EMBEDDING, song_layers(SimpleRNN, 256, 0.1), name="rnn"),
        ),
        music=(Picked("abc-folk"),),
        stand_in="The paper learns a file of ABC that it does not name; here these are irish.abc and the other tunes "
        "of abc-folk. Units, dropout, epochs and the length of what is learnt at once are not told.",
        epochs=60,
        patience=5,
        batch=64,
        learning_rate=2e-3,
        stride=96,
        joined=True,
        measures=(TEXT,),
        written=800,
        temperature=0.8,
        symbols=97,
    ),
    PaperRecipe(
        name="piano",
        about="Name and duration of notes and chords as symbols, with rests, in sequences of eight; 'Music generator "
        "with Recurrent Neural Networks'.",
        paper="Music generator with Recurrent Neural Networks",
        codec="durations",
        window=8,
        tables=(
            Table(
                SCALAR,
                (
                    LSTM(256, sequences=True),
                    Dropout(0.3),
                    LSTM(256, sequences=True),
                    Dropout(0.3),
                    LSTM(256, sequences=True),
                    Dense(256),
                    Dropout(0.3),
                ),
            ),
        ),
        music=(Picked("piano-midi-de"),),
        stand_in="The paper learns 262 pieces from piano-midi.de; here these are the ones of 302 that fall on the "
        "training side. Symbols that come fewer than 5 times in it, chords mostly, are dropped: a sixth of the music, "
        "of which the paper does not speak. Units, dropout, batch and optimiser are not told; 0.25 seconds are 0.25 "
        "beat here.",
        epochs=200,
        patience=15,
        batch=128,
        rarest=5,
        stride=8,
        every_epoch=True,
        symbols=6007,
        reported=(Reported("loss, training music", "0.0244", "after 90 epochs"),),
    ),
)

SALSA_BAND = Recipe(
    name="salsa-band",
    about="What 'Using LSTM-RNN to Generate Novel Salsa Tracks' wishes for: drums, melody and chords at once, harmony, "
    "and three against two exactly; improvd's own network on Latin grooves among all others, and on lead sheets.",
    corpora=("groove-midi", "openewld"),
    shape=Shape(units=256, layers=2, head_units=128),
    stages=(Stage(12, dropout=0.25),),
    emphasis=(("lead sheet", 6.0),),
)
"""It learns as `default` does; `improvd train salsa-band`."""
