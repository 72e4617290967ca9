"""The long proof of improvd's timing, on a JACK server of its own; docs/timing.md tells what is measured.

    .venv/bin/python benchmarks/timing.py [--minutes 10] [--period 64] [--json FILE]

Prints the tables of docs/timing.md in Markdown, and whether each figure is within what it has to be. Ten minutes
take about 40. Needs the Debian packages jackd2 and jack-midi-clock; with cc and libjack-jackd2-dev there is a
control in C too, and with a package registry at hand isobar, in an environment of its own.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "beds")]

from jackbed import JackServer  # noqa: E402  # after the path to the bed

from improvd.bench import jitter, latency  # noqa: E402
from improvd.bench.figures import Figures, of_onsets  # noqa: E402
from improvd.bench.jitter import Sender  # noqa: E402
from improvd.bench.loads import LOADS  # noqa: E402
from improvd.bench.recording import Recording  # noqa: E402
from improvd.bench.result import CONTROL, SUBJECT, Result  # noqa: E402
from improvd.bench.subject import Subject  # noqa: E402
from improvd.config import ModelSettings  # noqa: E402
from improvd.live.clock_out import TICK  # noqa: E402
from improvd.live.ports import OWN_CLOCK  # noqa: E402
from improvd.music.note import MIDI_CLOCK_PPQ  # noqa: E402
from improvd.protocol import SetClock  # noqa: E402

BPM = 120.0
SERVER = "bench"
IN_C = "control in C"
ISOBAR = "isobar==0.2.1"
LONG_LOADS = ("idle", "all")
SHORT = 0.1
"""What is not proved over the whole time takes so much of it."""
LATENCY_NOTES_A_MINUTE = 200
CLOCK_TICKS_PER_S = BPM / 60 * MIDI_CLOCK_PPQ
SETTLE_S = 10.0
"""The filter of jack_mclk_dump needs so long to find the tempo."""

BOUND_MS = {"idle": 0.5}
OTHER_BOUND_MS = 1.0
TIMES_CONTROL, SLOPE_PPM = 1.5, 10.0
LATENCY_BOUND_MS = 0.5
CLOCK_PERCENT = 0.05


@dataclass(frozen=True, slots=True)
class Verdict:
    """This is one thing that has to be so, and whether it is."""

    text: str
    is_so: bool


@dataclass(frozen=True, slots=True)
class ClockOut:
    """This is the MIDI clock that improvd sends, as others hear it.

    Attributes:
        bpm: the median of the tempo that jack_mclk_dump filters.
        within: share of its ticks at which that is within 0.05 % of the tempo set.
        ticks: against their grid, by the recorder.
        xruns: each makes ticks come early, as jack_mclk_dump counts: in frames.
    """

    bpm: float
    within: float
    ticks: Figures
    xruns: int | None


# --- what is measured -------------------------------------------------------------------------


def jitters(minutes: float, extra: tuple[Sender, ...]) -> Iterator[Result]:
    """Yield the jitter under each load; idle and all over the whole time."""
    for load in LOADS:
        share = 1.0 if load in LONG_LOADS else SHORT
        yield measured(minutes * share, load, extra)


def measured(minutes: float, load: str, others: tuple[Sender, ...]) -> Result:
    """Return the jitter of one run, told as it ends."""
    result = jitter.measure(
        seconds=60 * minutes, bpm=BPM, load=load, backend="jack", model=ModelSettings(), others=others
    )
    print(result.as_text(), file=sys.stderr, flush=True)
    return result


def latencies(minutes: float) -> Iterator[Result]:
    """Yield the latency under each load."""
    for load in LOADS:
        notes = round(minutes * LATENCY_NOTES_A_MINUTE)
        result = latency.measure(notes=notes, load=load, backend="jack", model=ModelSettings())
        print(result.as_text(), file=sys.stderr, flush=True)
        yield result


def clock_out(minutes: float) -> ClockOut:
    """Return how steady improvd's MIDI clock is, on its own port and without any load."""
    with Recording("jack", (OWN_CLOCK,)) as recording, Subject("jack", BPM) as subject:
        subject.tell(SetClock(source="internal", out="own", lost="go on", offset_s=0.0))
        recording.connect()
        begin_s = time.monotonic()
        with tempo_filter(f"{OWN_CLOCK}:out") as filtered:
            subject.wait(SETTLE_S + 60 * minutes)
        take = recording.take(begin_s)
    tempi = filtered[round(SETTLE_S * CLOCK_TICKS_PER_S) :]
    heard_s = [message.at_s for message in take.heard if message.data == (TICK,) and message.at_s >= begin_s]
    due_s = [number / CLOCK_TICKS_PER_S for number in range(len(heard_s))]
    within = sum(abs(bpm / BPM - 1) <= CLOCK_PERCENT / 100 for bpm in tempi) / len(tempi)
    return ClockOut(median(tempi), within, of_onsets(due_s, heard_s, len(heard_s)), take.xruns)


@contextmanager
def tempo_filter(port: str) -> Iterator[list[float]]:
    """Have jack_mclk_dump listen to a port; the list holds its filtered tempo at each tick, when the body has ended."""
    tempi: list[float] = []
    with tempfile.TemporaryFile("w+") as file:
        dump = subprocess.Popen(["stdbuf", "-oL", "jack_mclk_dump", "-n", port], stdout=file)
        try:
            yield tempi
        finally:
            dump.send_signal(signal.SIGINT)
            dump.wait()
            file.seek(0)
            tempi += map(float, re.findall(r"flt:\s*([\d.]+)", file.read()))


# --- who else sends ---------------------------------------------------------------------------


def control_in_c(folder: Path) -> tuple[Sender, ...]:
    """Return the control in C, where it can be compiled."""
    program = folder / "bare"
    if not shutil.which("cc"):
        return ()
    source = str(Path(__file__).with_name("bare.c"))
    done = subprocess.run(["cc", "-O2", "-o", str(program), source, "-ljack"], capture_output=True, text=True)
    if done.returncode:
        print(f"no control in C: {done.stderr.strip()}", file=sys.stderr)
        return ()
    return (Sender(IN_C, "improvd-bench-c", (str(program),)),)


def rivals(folder: Path) -> Iterator[Sender]:
    """Yield who plays the same notes in another way."""
    program = str(Path(__file__).with_name("rivals.py"))
    yield Sender("sleep per event", "rival-obvious", (sys.executable, program, "obvious"))
    yield Sender("IMPSY's loop", "rival-impsy", (sys.executable, program, "impsy"))
    if python := isobar_python(folder / "isobar"):
        yield Sender("isobar", "RtMidiOut Client", (python, program, "isobar"))


def isobar_python(folder: Path) -> str:
    """Return a Python with isobar, in an environment made for it; empty where it cannot be had."""
    venv.create(folder, with_pip=True)
    python = str(folder / "bin" / "python")
    done = subprocess.run([python, "-m", "pip", "install", "-q", ISOBAR], capture_output=True, text=True)
    if done.returncode:
        print(f"no isobar: {done.stderr.strip().splitlines()[-1]}", file=sys.stderr)
        return ""
    return python


# --- what it has to be ------------------------------------------------------------------------


def verdicts_of_jitter(result: Result) -> Iterator[Verdict]:
    """Yield what has to be so of a run's onsets."""
    own, bound_ms = result.figures[SUBJECT], (result.period_ms or 0.0) + BOUND_MS.get(result.load, OTHER_BOUND_MS)
    where = f"jitter, {result.load}"
    yield Verdict(f"{where}: p99 {own.p99_ms:.3f} ms, at most {bound_ms:.3f}", own.p99_ms <= bound_ms)
    for name in (CONTROL, IN_C):
        if name in result.figures:
            times = own.p99_ms / result.figures[name].p99_ms
            yield Verdict(
                f"{where}: {times:.2f} × the p99 of the {name}, at most {TIMES_CONTROL}", times <= TIMES_CONTROL
            )
    if result.load in LONG_LOADS:  # a short run cannot tell
        slope = own.slope_ppm or 0.0
        yield Verdict(f"{where}: drift {slope:+.2f} ppm, less than {SLOPE_PPM:g}", abs(slope) < SLOPE_PPM)
    yield Verdict(f"{where}: {own.dropped} dropped of {own.notes}", own.dropped == 0)


def verdicts_of_latency(result: Result) -> Iterator[Verdict]:
    """Yield what has to be so of a run's latency."""
    own, bound_ms = result.figures[SUBJECT], 2 * (result.period_ms or 0.0) + LATENCY_BOUND_MS
    where = f"latency, {result.load}"
    yield Verdict(f"{where}: p99 {own.p99_ms:.3f} ms, at most {bound_ms:.3f}", own.p99_ms <= bound_ms)
    yield Verdict(f"{where}: {own.dropped} dropped of {own.notes}", own.dropped == 0)


def verdicts_of_clock(result: ClockOut) -> Iterator[Verdict]:
    """Yield what has to be so of the MIDI clock."""
    off = abs(result.bpm / BPM - 1) * 100
    yield Verdict(f"clock out: {result.bpm:.3f} bpm, {off:.3f} % off, at most {CLOCK_PERCENT:g}", off <= CLOCK_PERCENT)


# --- what is printed --------------------------------------------------------------------------


def table(results: list[Result]) -> str:
    """Return runs as a table in Markdown, a row for each that took part."""
    lines = ["| load | xruns | who | notes | p50 | p95 | p99 | p99.9 | max ms | late | dropped | drift ppm |"]
    lines.append("|---" * 12 + "|")
    for result in results:
        lines += [row(result, name, figures) for name, figures in result.figures.items()]
    return "\n".join(lines)


def row(result: Result, name: str, it: Figures) -> str:
    """Return one row of the table."""
    times = " | ".join(f"{ms:.3f}" for ms in (it.p50_ms, it.p95_ms, it.p99_ms, it.p999_ms, it.max_ms))
    slope = "" if it.slope_ppm is None else f"{it.slope_ppm:+.2f}"
    return f"| {result.load} | {result.xruns} | {name} | {it.notes} | {times} | {it.late} | {it.dropped} | {slope} |"


def comparison(results: list[Result]) -> str:
    """Return the others' p99 beside improvd's in the same run, with their drift and without it."""
    lines = ["| who | p99 ms | × improvd's | drift ppm | p99 without the drift | × improvd's |", "|---" * 6 + "|"]
    for result in results:
        own = result.figures[SUBJECT]
        for name, it in result.figures.items():
            if name not in (SUBJECT, CONTROL):
                lines.append(
                    f"| {name} | {it.p99_ms:.3f} | {it.p99_ms / own.p99_ms:.1f} | {it.slope_ppm:+,.1f} "
                    f"| {it.steady_p99_ms:.3f} | {(it.steady_p99_ms or 0) / (own.steady_p99_ms or 1):.1f} |"
                )
    return "\n".join(lines)


def clock_table(result: ClockOut) -> str:
    """Return the MIDI clock's figures as a table in Markdown."""
    it = result.ticks
    return (
        "| xruns | ticks | jack_mclk_dump: median bpm | within 0.05 % | recorder: p50 | p99 | max ms | drift ppm |\n"
        f"{'|---' * 8}|\n| {result.xruns} | {it.notes} | {result.bpm:.2f} | {result.within:.0%} "
        f"| {it.p50_ms:.3f} | {it.p99_ms:.3f} | {it.max_ms:.3f} | {it.slope_ppm:+.2f} |"
    )


def machine() -> str:
    """Return where it was measured, in a line."""
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    return f"{os.cpu_count()} cores, {platform.release()}, Python {platform.python_version()}, load average {load}"


# --- the whole --------------------------------------------------------------------------------


@contextmanager
def on_a_server(period: int) -> Iterator[None]:
    """Have a JACK server of our own, which this process and its children talk to."""
    with JackServer(SERVER, period) as server:
        os.environ.update({name: value for name, value in server.env.items() if name.startswith("JACK_")})
        yield


def main() -> int:
    """Measure all, print it, and return 0 if all is as it has to be."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=10.0, help="of the long runs (default: 10)")
    parser.add_argument("--period", type=int, default=64, help="of the JACK server, in frames (default: 64)")
    parser.add_argument("--json", metavar="FILE", type=Path, help="where to write all figures too")
    args = parser.parse_args()
    before = machine()
    with tempfile.TemporaryDirectory() as name, on_a_server(args.period):
        folder = Path(name)
        alone = list(jitters(args.minutes, control_in_c(folder)))
        beside = [measured(args.minutes * SHORT, "idle", (rival,)) for rival in rivals(folder)]
        through = list(latencies(args.minutes))
        clock = clock_out(args.minutes * SHORT)
    tables = {
        "Jitter": table(alone), "Others": comparison(beside), "Latency": table(through), "Clock": clock_table(clock)
    }  # fmt: skip
    print(f"{before}; {args.minutes:g} minutes, period {args.period} frames\n")
    for title, text in tables.items():
        print(f"## {title}\n\n{text}\n")
    verdicts = [
        *(verdict for result in alone for verdict in verdicts_of_jitter(result)),
        *(verdict for result in through for verdict in verdicts_of_latency(result)),
        *verdicts_of_clock(clock),
    ]
    for verdict in verdicts:
        print(f"{'ok  ' if verdict.is_so else 'MISS'} {verdict.text}")
    if args.json:
        runs = {"jitter": alone, "others": beside, "latency": through}
        told = {what: [result.as_object() for result in results] for what, results in runs.items()}
        args.json.write_text(json.dumps({"machine": before, **told, "clock": asdict(clock)}, indent=1) + "\n")
    return 0 if all(verdict.is_so for verdict in verdicts) else 1


if __name__ == "__main__":
    sys.exit(main())
