"""How true improvd keeps to an outside MIDI clock: its beat times against the master's, on a real JACK server.

    .venv/bin/python benchmarks/slave.py [--seconds 40] [--period 64] [--json]

Masters are `jack_midi_clock`, Ardour, and one of our own that sends to the frame: with jitter that does not add up,
with a tempo that changes, with jumps, with ticks lost, doubled and late. improvd's player follows it, and gives a clock
of its own. The bench's recorder hears both: the one tells when each tick was sent, the other where improvd takes the
song to be. Needs the Debian packages jackd2 and jack-midi-clock, and ardour for its row.

`jack_midi_clock -J 20` changes each interval by up to 20 %, and what it changed stays: at 120 bpm its ticks leave its
grid by 2.4 ms times the root of their number. No slave can know that grid; what is kept to are the ticks it sent.
For every other master it is the grid: the ticks less the jitter that was put on them. The jitter is how far the
ticks lie off the grid, with all of them.

A song that jumps is counted on, as if it had not, and what improvd gives within a beat after a jump is left out: all
else has to be at the place that the master told.

A server without a sound card loses frames when the machine is busy: then the master itself has a pause. So there is
the 99th percentile without the beat after each pause of a millisecond or more, too.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "beds")]

import jack  # noqa: E402  # after the path to the bed
from ardour import CLOCK, PROGRAM, ardour  # noqa: E402
from jack_masters import (  # noqa: E402
    CONTINUE,
    LEAD_S,
    SONG_POSITION,
    START,
    STOP,
    TICK,
    Master,
    Planned,
    flawed,
    jumping,
    planned,
    shaken,
)
from jackbed import JackServer, end_process  # noqa: E402
from masters import PPQ, ramp, steady, sudden  # noqa: E402

from improvd.bench.notes import Heard  # noqa: E402
from improvd.bench.recording import Recording  # noqa: E402
from improvd.bench.subject import Subject  # noqa: E402
from improvd.live.band import percentile  # noqa: E402
from improvd.live.clock_out import SIXTEENTHS_PER_BEAT  # noqa: E402
from improvd.live.ports import OWN_CLOCK, OWN_INPUT  # noqa: E402
from improvd.protocol import SetClock  # noqa: E402

BPM = 120.0
SETTLE_BEATS = 2.0
JUMPED_S = 60 / BPM
TICK_S = 60 / BPM / PPQ
PAUSE_S = 0.001
Beat = tuple[float, float]
"""(place in quarter notes, seconds of `time.monotonic`)"""


@dataclass(frozen=True, slots=True)
class Figures:
    """This is how far beat times lie off the master's, a constant delay taken off.

    Attributes:
        jitter_ms: 99th percentile of what was put on the ticks.
        p50_ms, p95_ms, p99_ms, max_ms: of the deviation of the beat times.
        pauses: how often the server lost a millisecond or more.
        calm_p99_ms: without the beat after each pause.
        tempo_p50, tempo_p99: of the deviation of the tempo from beat to beat, in percent.
        ticks: how many the song is ahead at the end: 0, if none was lost or doubled.
    """

    jitter_ms: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    max_ms: float
    pauses: int
    calm_p99_ms: float
    tempo_p50: float
    tempo_p99: float
    ticks: int


# --- where the beat times come from -------------------------------------------------------------


def beat_times(heard: Iterable[Heard]) -> list[Beat]:
    """Return when the song reached each 24th of a beat, as a clock that was heard tells it."""
    beats: list[Beat] = []
    place_ticks, rolling = 0, False
    for message in heard:
        match message.data:
            case (status, low, high) if status == SONG_POSITION:
                place_ticks = (low | high << 7) * PPQ // SIXTEENTHS_PER_BEAT
            case (status,) if status == START:
                place_ticks, rolling = 0, True
            case (status,) if status in (CONTINUE, STOP):
                rolling = status == CONTINUE
            case (status,) if status == TICK and rolling:
                beats.append((place_ticks / PPQ, message.at_s))
                place_ticks += 1
    return beats


def counted_on(beats: Iterable[Beat], master: Sequence[Beat]) -> list[Beat]:
    """Return beat times with the jumps of the master taken out, but for those within a beat after one."""
    jumps = [
        (now_s, place - number / PPQ)
        for number, (place, now_s) in enumerate(master)
        if number == 0 or place - master[number - 1][0] > 1.5 / PPQ or place < master[number - 1][0]
    ]
    moments_s = [at_s for at_s, _ in jumps]
    counted = []
    for place, at_s in beats:
        last = max(bisect_right(moments_s, at_s + TICK_S / 2) - 1, 0)
        begin_s, ahead = jumps[last]
        if last == 0 or at_s - begin_s > JUMPED_S:
            counted.append((place - ahead, at_s))
    return counted


# --- figures ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Truth:
    """This is a clock as it was sent.

    Attributes:
        beats: where the song really was, in order.
        jitter_s: what was put on each tick.
        pauses_beats: where the master had a pause.
    """

    beats: list[Beat]
    jitter_s: list[float]
    pauses_beats: list[float]


def truth_of(sent: Sequence[tuple[Planned, float]]) -> Truth:
    """Return the truth of a plan, and when each tick of it was sent."""
    begins = [(tick.beats, at_s - tick.sent_s) for tick, at_s in sent]
    pauses = [beats for (_, earlier_s), (beats, later_s) in pairwise(begins) if later_s - earlier_s > PAUSE_S]
    due = {tick.beats: at_s - tick.sent_s + tick.due_s for tick, at_s in sent}
    return Truth(sorted(due.items()), [tick.sent_s - tick.due_s for tick, _ in sent], pauses)


def figures(beats: Sequence[Beat], truth: Truth) -> Figures:
    """Return how far beat times, in order, lie off the truth, from two beats on."""
    beats = [beat for beat in beats if beat[0] >= SETTLE_BEATS]
    off_s = [at_s - moment_s(truth.beats, place) for place, at_s in beats]
    delay_s = median(off_s)
    errors_s = [abs(off - delay_s) for off in off_s]
    calm_s = [
        error
        for error, (place, _) in zip(errors_s, beats, strict=True)
        if not any(0 <= place - pause < 1 for pause in truth.pauses_beats)
    ]
    tempos = [abs(ratio - 1) * 100 for ratio in tempo_ratios(beats, truth.beats)]
    interval_s = truth.beats[-1][1] - truth.beats[-2][1]
    return Figures(
        round(percentile(map(abs, truth.jitter_s), 0.99) * 1000, 2),
        *(round(percentile(errors_s, share) * 1000, 2) for share in (0.5, 0.95, 0.99, 1.0)),
        len(truth.pauses_beats),
        round(percentile(calm_s, 0.99) * 1000, 2),
        *(round(percentile(tempos, share), 2) for share in (0.5, 0.99)),
        -round((median(off_s[-PPQ:]) - delay_s) / interval_s),
    )


def moment_s(beats: Sequence[Beat], at_beats: float) -> float:
    """Return when a place was reached, on straight lines from beat to beat."""
    index = min(max(bisect_right(beats, (at_beats, 0.0)), 1), len(beats) - 1)
    (earlier, earlier_s), (later, later_s) = beats[index - 1], beats[index]
    return earlier_s + (at_beats - earlier) / (later - earlier) * (later_s - earlier_s)


def tempo_ratios(beats: Sequence[Beat], truth: Sequence[Beat]) -> Iterator[float]:
    """Give how long each beat lasted, by what it should have lasted."""
    for (earlier, earlier_s), (later, later_s) in zip(beats, beats[PPQ:], strict=False):
        yield (later_s - earlier_s) / (moment_s(truth, later) - moment_s(truth, earlier))


class TicksMissing(Exception):
    """This says that the server itself lost some of the master's ticks: nobody could follow them."""


# --- runs ---------------------------------------------------------------------------------------


@contextmanager
def following(server: JackServer, source: str) -> Iterator[list[list[Heard]]]:
    """Have improvd follow a client's port; the list holds, at the end, what that sent and what improvd did."""
    takes: list[list[Heard]] = []
    begin_s = time.monotonic()
    sources = (source, OWN_CLOCK)
    with Recording("jack", sources) as recording, Subject("jack", BPM) as subject:
        subject.tell(SetClock("midi", "own", "wait", 0.0))
        recording.connect()
        server.connect(source, f"{OWN_INPUT}:in")
        yield takes
        heard = recording.take(begin_s).heard
        takes += [[message for message in heard if message.source == number] for number in range(len(sources))]


def sent_s(master: Iterable[Heard]) -> list[float]:
    """Return when ticks were sent."""
    return [message.at_s for message in master if message.data == (TICK,)]


def of_jack_midi_clock(server: JackServer, seconds: float, jitter: int) -> Figures:
    """Return the figures of `jack_midi_clock` with so many percent of its jitter."""
    options = ["-b", f"{BPM}", "-B", *(["-J", f"{jitter}"] if jitter else [])]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    master = server.spawn("jack_midi_clock", *options, **quiet)
    transport = jack.Client("transport", no_start_server=True)
    with following(server, "jack_midi_clock:mclk_out") as takes:
        transport.transport_locate(0)
        time.sleep(LEAD_S)
        transport.transport_start()
        time.sleep(seconds)
        transport.transport_stop()
        time.sleep(LEAD_S)
    transport.close()
    end_process(master)
    interval_s, ticks_s = TICK_S, sent_s(takes[0])
    truth = truth_of([(Planned(i * interval_s, i * interval_s, i / PPQ), at_s) for i, at_s in enumerate(ticks_s)])
    if jitter:
        grid_s = median(at_s - number * interval_s for number, at_s in enumerate(ticks_s))
        moved_s = [at_s - number * interval_s - grid_s for number, at_s in enumerate(ticks_s)]
        truth = Truth([(i / PPQ, at_s) for i, at_s in enumerate(ticks_s)], moved_s, [])
    return figures(beat_times(takes[1]), truth)


def of_plan(server: JackServer, plan: Sequence[Planned]) -> Figures:
    """Return the figures of our own master."""
    master = Master()
    with following(server, "master:out") as takes:
        master.play(plan)
        time.sleep(LEAD_S)
    master.close()
    beats = (
        counted_on(beat_times(takes[1]), beat_times(takes[0]))
        if any(tick.told for tick in plan)
        else beat_times(takes[1])
    )
    return figures(beats, truth_of(list(zip(plan, sent_s(takes[0]), strict=True))))


def of_ardour(server: JackServer, seconds: float) -> Figures:
    """Return the figures of Ardour, which jumps once; where it is, is what its ticks say."""
    with ardour(server, seconds) as master, following(server, CLOCK) as takes:
        master.play()
    led, beats = (beat_times(take) for take in takes)
    moments = [(number / PPQ, at_s) for number, (_, at_s) in enumerate(led)]
    lates_s = [(place, at_s - before_s - TICK_S) for (_, before_s), (place, at_s) in pairwise(moments)]
    truth = Truth(moments, [0.0], [place for place, late_s in lates_s if late_s > PAUSE_S])
    return figures(counted_on(beats, led), truth)


def measured(measure: Callable[[JackServer], Figures], server: JackServer) -> Figures:
    """Return the figures of a run in which the server lost nothing; the third one has to do."""
    for _ in range(2):
        try:
            return measure(server)
        except TicksMissing as error:
            print(f"{error}: once more", file=sys.stderr)
    return measure(server)


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=40.0)
    parser.add_argument("--period", type=int, default=64)
    parser.add_argument("--server", default="improvd-bench")
    parser.add_argument("--only", default="", help="rows whose name has this in it")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    seconds = args.seconds
    even = planned(steady(BPM), seconds)
    masters: dict[str, Callable[[JackServer], Figures]] = {
        "jack_midi_clock": lambda server: of_jack_midi_clock(server, seconds, 0),
        "jack_midi_clock -J 20": lambda server: of_jack_midi_clock(server, seconds, 20),
        "jitter 10 %": lambda server: of_plan(server, shaken(even, 0.1)),
        "jitter 20 %": lambda server: of_plan(server, shaken(even, 0.2)),
        "90 to 150 bpm in 8 bars": lambda server: of_plan(server, planned(ramp(90.0, 150.0, 8.0, 32.0), seconds)),
        "120, then 140 bpm": lambda server: of_plan(server, planned(sudden(120.0, 140.0, 16.0), seconds)),
        "lost, doubled, late": lambda server: of_plan(server, flawed(even)),
        "jumps every 8 beats": lambda server: of_plan(server, jumping(even, 8)),
    }
    if shutil.which(PROGRAM):
        masters["Ardour, jumps once"] = lambda server: of_ardour(server, seconds)
    else:
        print("there is no Ardour (apt install ardour): its row is left out", file=sys.stderr)
    table = {}
    with JackServer(args.server, args.period) as server:
        os.environ.update({key: server.env[key] for key in ("JACK_DEFAULT_SERVER", "JACK_NO_START_SERVER")})
        for name, measure in masters.items():
            if args.only not in name:
                continue
            table[name] = asdict(measured(measure, server))
            if not args.json:
                if len(table) == 1:
                    print(f"{'master':<26}" + "".join(f"{key:>13}" for key in table[name]))
                print(f"{name:<26}" + "".join(f"{value:>13}" for value in table[name].values()), flush=True)
    if args.json:
        print(json.dumps(table))


if __name__ == "__main__":
    main()
