"""The same notes as others play them, for benchmarks/timing.py to measure beside improvd.

    python benchmarks/rivals.py obvious|impsy|isobar

`obvious`: sample a note, send it, sleep for its length, in one loop. `impsy`: the loop of IMPSY
(github.com/cpmpercussion/impsy, `impsy/interaction.py`, 2026-06), re-told without its dependencies: the main thread
looks for something to predict without pause, and a second one sleeps for each event's length and sends it. Both draw
from improvd's own model; the pitch that is sent only counts the notes. `isobar`: isobar's own Timeline, Clock and
MIDI output (pip install isobar), without any model.
"""

from __future__ import annotations

import json
import queue
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

LOWEST_PITCH, PITCHES, VELOCITY, CHANNEL = 24, 96, 80, 1
"""As in improvd/bench/notes.py; isobar's own environment does not have improvd."""


def pitch_of(number: int) -> int:
    """Return the pitch of a step."""
    return LOWEST_PITCH + number % PITCHES


def ready() -> dict[str, Any]:
    """Say that the ports are open; return when to begin, the step and how many."""
    print(json.dumps({"ready": True}), flush=True)
    return json.loads(sys.stdin.readline())


def output(name: str) -> Any:
    """Return an RtMidi output with a port."""
    import rtmidi

    client = rtmidi.MidiOut(rtmidi.API_UNIX_JACK, name=name)
    client.open_virtual_port("out")
    return client


def sampler() -> Callable[[int], object]:
    """Return what draws one onset from the shipped model."""
    sys.path.insert(0, str(Path(__file__).parents[1]))
    from improvd.bench.loads import ask
    from improvd.model.opening import open_player

    model = open_player("default")
    short = ask(0).begin_ticks + 1
    return lambda number: model.ask(replace(ask(number), until_ticks=short))


def obvious() -> None:
    """Sample, send, sleep."""
    sample, client = sampler(), output("rival-obvious")
    told = ready()
    time.sleep(max(0.0, told["begin_s"] - time.monotonic()))
    for number in range(told["count"]):
        sample(number)
        client.send_message([0x90 | CHANNEL, pitch_of(number), VELOCITY])
        time.sleep(told["step_s"] / 2)
        client.send_message([0x80 | CHANNEL, pitch_of(number), 0])
        time.sleep(told["step_s"] / 2)


def impsy() -> None:
    """Predict on one thread without pause, sleep and send on another."""
    sample, client = sampler(), output("rival-impsy")
    told = ready()
    time.sleep(max(0.0, told["begin_s"] - time.monotonic()))
    predictions: queue.Queue[int] = queue.Queue()
    buffer: queue.Queue[int] = queue.Queue()

    def play() -> None:
        while (number := buffer.get()) < told["count"]:
            time.sleep(told["step_s"])
            predictions.put(number + 1)
            if number:
                client.send_message([0x80 | CHANNEL, pitch_of(number - 1), 0])
            client.send_message([0x90 | CHANNEL, pitch_of(number), VELOCITY])

    player = threading.Thread(target=play, daemon=True)
    predictions.put(0)
    player.start()
    while player.is_alive():
        if buffer.empty() and not predictions.empty():
            number = predictions.get()
            sample(number)
            buffer.put(number)


def isobar() -> None:
    """Schedule the notes on isobar's timeline."""
    import os

    os.environ["MIDO_BACKEND"] = "mido.backends.rtmidi/UNIX_JACK"
    import isobar as iso

    device = iso.MidiOutputDevice("out", virtual=True)
    told = ready()
    time.sleep(max(0.0, told["begin_s"] - time.monotonic()))
    timeline = iso.Timeline(60 / told["step_s"] / 4, output_device=device)
    pitches = [pitch_of(number) for number in range(told["count"])]
    timeline.schedule({"note": iso.PSequence(pitches, 1), "duration": 0.25, "gate": 0.5, "channel": CHANNEL})
    timeline.background()


if __name__ == "__main__":
    {"obvious": obvious, "impsy": impsy, "isobar": isobar}[sys.argv[1]]()
    sys.stdin.read()
