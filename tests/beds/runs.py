"""Folders of runs for tests, as training leaves them, with music played by rule."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from improvd.music.midifile import FileNote, Track, messages_of, write
from improvd.music.timing import Meter
from improvd.training.report.run import Facts, Finding, write_facts

ABC = "X:1\nK:D\n|:d2A AFD|GBG FAF|\n"


def leave_run(folder: Path, name: str, *, unit: str = "nats per symbol", start: float = 4.0) -> Path:
    """Leave a run with all that one can have; it learns to half its loss in three epochs."""
    folder.mkdir(parents=True)
    findings = (Finding("accuracy", 0.61234, 0.58, "on <held-out> pieces"), Finding("notes", 2736210))
    settings = (("dropout", 0.5), ("cell", "LSTM"), ("weighted", True))
    facts = Facts(
        name, "film", "It learns.", "corpus:x", "Tunes stand in for films.", unit,
        epochs=3, seed=7, parameters=44975, findings=findings, settings=settings,
    )  # fmt: skip
    write_facts(folder, facts)
    (folder / "log.csv").write_text(
        "epoch,train,valid,train_accuracy,valid_accuracy,seconds\n"
        f"1,{start},{start},0.1,0.1,60\n2,{start / 2},{start / 2},0.5,0.4,60\n3,{start / 4},{start / 1.5},0.9,0.3,\n"
    )
    play(folder / "played.mid")
    (folder / "text.txt").write_text(ABC)
    values = np.tanh(np.random.default_rng(0).normal(size=(len(ABC), 6)))
    np.savez(folder / "activations.npz", activations=values, characters=np.array(list(ABC)))
    (folder / "by-song.table.csv").write_text("song,ours,paper\nLa Salsa,12.5%,18.8%\nRumbera,16.4%\n")
    return folder


def play(path: Path, bars: int = 3) -> None:
    """Write a MIDI file of a tune over held notes."""
    tune = [FileNote(i / 2, 67 + 2 * (i % 4), 0.5, 80, 0) for i in range(8 * bars)]
    held = [FileNote(4.0 * i, 48, 4.0, 80, 1, 1) for i in range(bars)]
    write(path, [Track("melody", messages_of(tune)), Track("bass", messages_of(held))], bpm=120, meter=Meter(4, 4))
