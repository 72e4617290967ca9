"""Half an hour at 240 bpm on 16 channels through the real ports: does memory grow, does a note hang or get lost?

    python benchmarks/soak.py [--minutes 30] [--backend jack]

On JACK it starts a server of its own (needs the Debian package jackd2). A sixteenth on every channel at once, 256
notes a second, told to the player as a daemon tells it; heard by another client. A line a minute, and a verdict. On a
machine that has too much to do a JACK server loses periods, and their notes with them: these xruns are counted.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections import Counter
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "beds")]

from jackbed import JackServer  # noqa: E402  # after the path to the bed

from improvd.bench.subject import HORIZON_BEATS, STEPS_PER_BEAT, Subject  # noqa: E402
from improvd.live.ledger import NOTE_OFF, NOTE_ON  # noqa: E402
from improvd.live.midi_system import find_system  # noqa: E402
from improvd.live.ports import OWN_OUTPUT  # noqa: E402
from improvd.live.priority import hurry  # noqa: E402
from improvd.music.note import CHANNELS  # noqa: E402
from improvd.protocol import PlannedNote, Play  # noqa: E402

BPM = 240.0
GROWTH_KB = 512
"""What memory may grow after the first minute: the allocator's own unrest."""
_SETTLE_S = 1.0


class Xruns:
    """This counts the periods that a JACK server lost."""

    def __init__(self) -> None:
        import jack

        self.count = 0
        self._client = jack.Client("xruns", no_start_server=True)
        self._client.set_xrun_callback(self._count_one)
        self._client.activate()

    def _count_one(self, _delay_us: float) -> None:
        self.count += 1

    def close(self) -> None:
        """Leave the server."""
        self._client.deactivate()
        self._client.close()


class Ear:
    """This hears improvd's output and keeps count.

    Attributes:
        ons: note_ons heard; sounding: what sounds; wrong: what was struck or ended out of turn.
    """

    def __init__(self, backend: str) -> None:
        self.ons, self.wrong = 0, 0
        self.sounding: Counter[tuple[int, int]] = Counter()
        _, self._client = find_system(backend)
        ports = self._client.get_ports()
        self._client.open_port(next(i for i, name in enumerate(ports) if name.startswith(OWN_OUTPUT)), "in")
        self._client.set_callback(self._hear, None)

    def _hear(self, event: tuple[list[int], float], _data: Any) -> None:
        status, pitch, *_ = event[0]
        key, kind = (status & 0x0F, pitch), status & 0xF0
        if kind == NOTE_ON:
            self.ons += 1
            self.wrong += self.sounding[key]
            self.sounding[key] = 1
        elif kind == NOTE_OFF:
            self.wrong += not self.sounding[key]
            del self.sounding[key]

    def close(self) -> None:
        """Stop hearing."""
        self._client.close_port()
        self._client.delete()


def beat_of(beat: int) -> tuple[PlannedNote, ...]:
    """Return the notes of a beat: on every channel a line of its own, of which each note ends as the next begins."""
    step = 1 / STEPS_PER_BEAT
    return tuple(
        (beat + i * step, step, 36 + (5 * beat + 7 * i + 3 * channel) % 60, 80, channel)
        for i in range(STEPS_PER_BEAT)
        for channel in range(CHANNELS)
    )


def memory_kb(pid: int) -> int:
    """Return how much memory is a process' own."""
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return sum(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Private_"))


def play(minutes: float, backend: str) -> bool:
    """Play and tell, a line a minute; return whether all is well."""
    hurry()  # what listens is not to be what is late
    with Subject(backend, BPM) as subject:
        ear, begin = Ear(backend), subject.beat_after(2.0)
        beats, kb = round(minutes * BPM), list[int]()
        for beat in range(begin, begin + beats):
            subject.listen_until(subject.time_of(beat - HORIZON_BEATS))
            subject.tell(Play(1, beat_of(beat)))
            if (beat - begin) % round(BPM) == round(BPM) - 1:
                kb.append(memory_kb(subject.pid))
                print(f"{len(kb)} min: {kb[-1]:,} KB, {ear.ons:,} notes heard, {ear.wrong} out of turn", flush=True)
        subject.listen_until(subject.time_of(begin + beats) + _SETTLE_S)
        planned = beats * STEPS_PER_BEAT * CHANNELS
        hanging = sum(ear.sounding.values())
        print(f"{planned:,} notes planned, {ear.ons:,} heard, {hanging} hang, {ear.wrong} out of turn")
        print(f"memory after the first minute {kb[0]:,} KB, most later {max(kb):,} KB")
        ear.close()
    return ear.ons == planned and not hanging and not ear.wrong and max(kb) - kb[0] <= GROWTH_KB


def main() -> None:
    """Soak, on a server of its own where that is JACK."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--backend", default="jack", choices=("jack", "alsa", "coremidi"))
    parser.add_argument("--server", default="improvd-bench", help="what the JACK server is called")
    told = parser.parse_args()
    if told.backend != "jack":
        sys.exit(0 if play(told.minutes, told.backend) else 1)
    with JackServer(told.server, period=64) as server:
        os.environ.update(server.env)
        xruns = Xruns()
        well = play(told.minutes, told.backend)
        print(f"{xruns.count} xruns")
        xruns.close()
        sys.exit(0 if well else 1)


if __name__ == "__main__":
    main()
