"""Music for tests of the papers' recipes: folders of small MIDI files or tunes in ABC, and a recipe of few units."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from improvd.model.layered import LSTM, Dense, Embedding, Flatten
from improvd.model.layered.network import EMBEDDING, ONE_HOT
from improvd.music import midifile
from improvd.music.midifile import FileNote, Track
from improvd.music.timing import Meter
from improvd.training.recipes.papers import PaperRecipe, Picked, Table

DENSE = Table(ONE_HOT, (Flatten(), Dense(12, "relu")))
STACK = Table(EMBEDDING, (Embedding(6), LSTM(8, sequences=True)), name="lstm")


def recipe(**changes: Any) -> PaperRecipe:
    """A recipe that is trained in a second."""
    told: dict[str, Any] = {
        "name": "tiny", "about": "Small.", "paper": "None", "codec": "chords", "window": 4, "tables": (DENSE,),
        "music": (Picked("nowhere"),), "stand_in": "Scales.", "epochs": 3, "patience": 0, "batch": 16,
        "learning_rate": 0.02, "written": 24,
    }  # fmt: skip
    return PaperRecipe(**(told | changes))


def steps(seed: int, length: int = 40) -> list[int]:
    """The pitches of a scale up and down with a leap of its own."""
    scale = [0, 2, 4, 5, 7, 9, 11, 12, 11, 9, 7, 5, 4, 2]
    return [55 + seed % 7 + scale[(i * (1 + seed % 3) + seed) % len(scale)] for i in range(length)]


def write_midis(folder: Path, count: int = 12, length: int = 40) -> str:
    """Write scales as MIDI files into a folder, and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    for seed in range(count):
        notes = [FileNote(i * 0.5, pitch, 0.5, 80) for i, pitch in enumerate(steps(seed, length))]
        midifile.write(folder / f"{seed}.mid", [Track("scale", midifile.messages_of(notes))], bpm=100, meter=Meter())
    return str(folder)


def tune(seed: int, title: str = "Scale") -> str:
    """A tune in ABC."""
    letters = "CDEFGABcdefg"
    names = [letters[(seed + i * (1 + seed % 4)) % len(letters)] for i in range(32)]
    bars = ["".join(names[start : start + 8]) for start in range(0, 32, 8)]
    return f"X:{seed}\nT:{title} {seed}\nM:4/4\nL:1/8\nK:C\n" + "|".join(bars) + "|\n\n"


def write_tunes(folder: Path, count: int = 12, *, encoding: str = "utf-8", title: str = "Scale") -> str:
    """Write tunes in ABC into one file of a folder, and return the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    text = "".join(tune(seed, title) for seed in range(count))
    (folder / "tunes.abc").write_bytes(text.encode(encoding))
    return str(folder)
