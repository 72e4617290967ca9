"""Every trained model played live on a JACK server of its own: a phrase in, an answer out, heard by another program."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "beds")]

from comparison import trained_models  # noqa: E402  # after the path to the bed
from daemon_on_jack import DaemonOnJack  # noqa: E402
from jackbed import JackServer, SeqNote, poll  # noqa: E402

from improvd.config import shown  # noqa: E402
from improvd.training.writing import row  # noqa: E402

PHRASE: list[SeqNote] = [(0.5 + 0.25 * i, pitch, 0.2) for i, pitch in enumerate((60, 62, 64, 65, 67, 65, 64, 62))]
ONCE_S = 600.0
ANSWER_ON = 0x91
HEADER = ("model", "runtime", "notes of the answer", "pitches", "late", "hanging")


def played(jack: JackServer, name: str, folder: Path) -> Iterator[str]:
    """Yield the cells of a model in the table."""
    with closing(DaemonOnJack(jack, folder, f"[model]\nname = {shown(name)}\n")) as bed:
        bed.start()
        with bed.client() as client, jack.record("improvd-out:out") as take:
            jack.play_notes(PHRASE, ONCE_S, sink="improvd-in:in")
            poll(lambda: client.status()["state"] == "answering", "no answer", 30.0)
            poll(lambda: client.status()["state"] != "answering", "no end of the answer", 60.0)
            status = client.status()
        notes = [data[1] for _, data in take.note_ons() if data[0] == ANSWER_ON]
        yield from (name, status["runtime"], str(len(notes)), f"{min(notes)}-{max(notes)}" if notes else "-")
        yield from (str(status["late"]), str(len(take.hanging())))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what may be asked."""
    parser.add_argument("models", nargs="*", metavar="MODEL", help="all that there are where none is named")


def main(told: argparse.Namespace) -> None:
    """Print a row for each model."""
    print(f"{row(HEADER)}|{'---|' * len(HEADER)}\n", end="", flush=True)
    for name in told.models or trained_models():
        with tempfile.TemporaryDirectory() as folder, JackServer("improvd-bench") as jack:
            Path(folder, "run").mkdir(mode=0o700)
            print(row(list(played(jack, name, Path(folder)))), end="", flush=True)
