"""A session of ten minutes, replayed twice: the same bytes, and what another program heard?

    .venv/bin/python benchmarks/replayed.py [--minutes 10] [--period 256]

The real daemon with the shipped model on a jackd of its own (dummy driver): jack_midiseq plays phrases in,
jack_midi_dump records the output, and settings are turned meanwhile. Needs the Debian package jackd2. The recorder
counts frames, of which the dummy server loses some in every xrun; so its onsets are held against the replay's from
xrun to xrun, whose moments a client of ours notes.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "beds")]

import jack  # noqa: E402  # after the path to the bed
from daemon_on_jack import DaemonOnJack  # noqa: E402
from jackbed import Event, JackServer, SeqNote  # noqa: E402
from onsets import apart  # noqa: E402

from improvd.control import Client  # noqa: E402
from improvd.logbook import reading  # noqa: E402
from improvd.logbook.command import replay  # noqa: E402
from improvd.music import midifile  # noqa: E402
from improvd.protocol import Sounded  # noqa: E402

CONFIG = '[clock]\nsource = "internal"\n[record]\nlog = "on"\n'
ANSWER_ON = 0x91
PHRASES, PHRASE_S = 9, 7.0
TURN_S = 11.0
TURNS: tuple[tuple[str, Any], ...] = (
    ("temperature", 1.3), ("clock.bpm", 96.0), ("style", "jazz"), ("answer.start", "bar"), ("temperature", 0.8),
    ("clock.bpm", 132.0), ("style", "auto"), ("answer.start", "beat"), ("clock.glide_beats", 8.0), ("clock.bpm", 120.0),
    ("interrupt", "cut"), ("clock.glide_beats", 0.0), ("interrupt", "yield"), ("temperature", 1.0),
)  # fmt: skip


def phrases() -> list[SeqNote]:
    """Return some phrases, one after another, of a few notes each."""
    rng, notes = random.Random(5), list[SeqNote]()
    for number in range(PHRASES):
        at_s, pitch, gap_s = number * PHRASE_S + 0.2, rng.randint(52, 72), rng.choice((0.2, 0.25, 0.4))
        for _ in range(rng.randint(3, 10)):
            notes.append((at_s, pitch, 0.8 * gap_s))
            at_s, pitch = at_s + gap_s * rng.choice((1, 1, 2)), min(max(pitch + rng.randint(-4, 4), 40), 90)
    return notes


@contextmanager
def xruns_of(server: JackServer) -> Iterator[list[float]]:
    """Note when a server loses frames, in seconds of the system's clock."""
    os.environ.update({key: server.env[key] for key in ("JACK_DEFAULT_SERVER", "JACK_NO_START_SERVER")})
    found: list[float] = []
    client = jack.Client("improvd-xruns", no_start_server=True)
    client.set_xrun_callback(lambda _delay_us: found.append(time.monotonic()))
    client.activate()
    yield found
    client.deactivate()
    client.close()


def turn_knobs(client: Client, until_s: float) -> None:
    """Turn a setting now and then."""
    number = 0
    while time.monotonic() < until_s:
        client.set(*TURNS[number % len(TURNS)])
        if number % 5 == 4:
            client.do("your_turn")
        if number % 7 == 6:
            client.do("stop")
        number += 1
        time.sleep(max(0.0, min(TURN_S, until_s - time.monotonic())))


def session(server: JackServer, folder: Path, minutes: float) -> tuple[Path, list[Event], list[float]]:
    """Play a session; return its log, what was recorded of it, and when frames were lost."""
    bed = DaemonOnJack(server, folder, CONFIG)
    daemon = bed.start()
    with bed.client() as client, server.record("improvd-out:out") as take, xruns_of(server) as xruns_s:
        server.play_notes(phrases(), PHRASES * PHRASE_S, sink="improvd-in:in")
        turn_knobs(client, time.monotonic() + 60 * minutes)
    daemon.terminate()
    daemon.wait(10)
    bed.close()
    (log,) = (folder / "state" / "improvd" / "logs").iterdir()
    return log, take.note_ons(), xruns_s


def onsets_of(path: Path) -> list[tuple[float, tuple[int, ...]]]:
    """Return the note_ons of the answers in a replay, in seconds from its beginning."""
    piece = midifile.read(path)
    return [(at * 60 / piece.bpm, data) for at, data in piece.tracks[-1].messages if data[0] == ANSWER_ON]


def compare(log: Path, out: Path, heard: Sequence[Event], xruns_s: Sequence[float], server: JackServer) -> bool:
    """Print how a replay lies beside what was recorded, and return whether all is well."""
    recorded = [(frame / server.rate, tuple(data)) for frame, data in heard if data[0] == ANSWER_ON]
    told = onsets_of(out)[: len(recorded)]
    same = [data for _, data in recorded] == [data for _, data in told]
    sent = [e.what.at_s for e in reading.read(log).entries if isinstance(e.what, Sounded) and e.what.answer > 0
            and e.what.data[0] == ANSWER_ON]  # fmt: skip
    origin_s = sent[0] - told[0][0]
    period_ms = 1000 * server.period / server.rate
    print(f"recorded {len(recorded)} notes of answers; {'the same' if same else 'OTHERS'} in the replay")
    if not same:
        return False
    breaks_s = [at_s - origin_s for at_s in xruns_s]
    off_ms = sorted(abs(1000 * s) for s in apart([r for r, _ in recorded], [t for t, _ in told], breaks_s))
    inside = sum(ms <= period_ms for ms in off_ms) / len(off_ms)
    print(f"{len(xruns_s)} xruns; onsets apart: median {off_ms[len(off_ms) // 2]:.2f} ms, "
          f"99 % {off_ms[int(0.99 * len(off_ms))]:.2f} ms, most {off_ms[-1]:.2f} ms; "
          f"{inside:.2%} within one period of {period_ms:.2f} ms")  # fmt: skip
    return inside == 1.0


def main() -> None:
    """Play, replay twice, and compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--period", type=int, default=256)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, JackServer("improvd-bench", period=asked.period) as server:
        folder = Path(name)
        log, heard, xruns_s = session(server, folder, asked.minutes)
        print(f"log: {log.stat().st_size:,} bytes")
        took_s = time.process_time()
        said = [replay(log, folder / out) for out in ("a.mid", "b.mid")]
        print(f"{said[0]}\nreplayed in {(time.process_time() - took_s) / 2:.1f} s of processor time")
        same = (folder / "a.mid").read_bytes() == (folder / "b.mid").read_bytes()
        print(f"the second replay: {'the same bytes' if same else 'OTHER BYTES'}")
        sys.exit(0 if compare(log, folder / "a.mid", heard, xruns_s, server) and same else 1)


if __name__ == "__main__":
    main()
