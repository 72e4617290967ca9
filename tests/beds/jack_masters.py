"""A master of a MIDI clock on JACK that sends to the frame what is planned: even, or shaken, flawed and jumping."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import jack
from masters import PPQ, Tempo, ticks

TICK, START, CONTINUE, STOP, SONG_POSITION = 0xF8, 0xFA, 0xFB, 0xFC, 0xF2
LEAD_S = 0.5
BEFORE_S = 0.002
"""How long before its tick a master says where it jumps to."""


@dataclass(frozen=True, slots=True)
class Planned:
    """This is a tick of a master, from its start.

    Attributes:
        sent_s, due_s: when it is sent, and when it should be.
        beats: how many quarter notes have been played until then.
        told: what is sent just before it, but for ticks.
    """

    sent_s: float
    due_s: float
    beats: float
    told: tuple[tuple[int, ...], ...] = ()


class Master:
    """This sends a planned clock, to the frame, from a port `master:out`."""

    def __init__(self) -> None:
        self._client = jack.Client("master", no_start_server=True)
        self._port = self._client.midi_outports.register("out")
        self._due: list[tuple[int, tuple[int, ...]]] = []
        self._client.set_process_callback(self._process)
        self._client.activate()

    def play(self, plan: Sequence[Planned]) -> None:
        """Send start, what is planned, and stop."""
        rate = self._client.samplerate
        begin = self._client.frame_time + round(LEAD_S * rate)
        messages = [(begin, (START,))]
        for tick in plan:
            frame = begin + round(tick.sent_s * rate)
            messages += [(frame - round(BEFORE_S * rate), data) for data in tick.told] + [(frame, (TICK,))]
        self._due = [(messages[-1][0] + 1, (STOP,)), *reversed(messages)]
        time.sleep(LEAD_S + plan[-1].sent_s + 0.1)
        while self._due:
            time.sleep(0.1)

    def close(self) -> None:
        """Leave the server."""
        self._client.deactivate()
        self._client.close()

    def _process(self, frames: int) -> None:
        self._port.clear_buffer()
        begin = self._client.last_frame_time
        while self._due and self._due[-1][0] < begin + frames:
            frame, data = self._due.pop()
            self._port.write_midi_event(max(0, frame - begin), data)


# --- plans ----------------------------------------------------------------------------------------


def planned(tempo: Tempo, seconds: float) -> list[Planned]:
    """Return a clock without a flaw."""
    return [Planned(at_s, at_s, beats) for at_s, beats in ticks(tempo, seconds * 5, from_s=0.0) if at_s < seconds]


def shaken(plan: Sequence[Planned], share: float) -> list[Planned]:
    """Return a clock each tick of which comes up to a share of the interval early or late."""
    rng = random.Random(0)
    interval_s = plan[1].due_s
    moved = [replace(tick, sent_s=tick.due_s + rng.uniform(-share, share) * interval_s) for tick in plan]
    return [plan[0], *moved[1:]]


def flawed(plan: Sequence[Planned]) -> list[Planned]:
    """Return a clock that loses, doubles and delays a tick in a hundred each, after two beats."""
    rng, sent = random.Random(0), list(plan[: 2 * PPQ])
    for tick, later in pairwise(plan[2 * PPQ :]):
        interval_s = later.due_s - tick.due_s
        match rng.randrange(100):
            case 0:
                continue
            case 1:
                sent += [tick, replace(tick, sent_s=tick.due_s + rng.choice([0.0, 0.5]) * interval_s)]
            case 2:
                sent.append(replace(tick, sent_s=tick.due_s + 0.8 * interval_s))
            case _:
                sent.append(tick)
    return sent


def jumping(plan: Sequence[Planned], every_beats: int) -> list[Planned]:
    """Return a clock that jumps somewhere, by chance, every so many beats; it stops for it, or goes on rolling."""
    rng, sent = random.Random(0), list(plan)
    for number in range(every_beats * PPQ, len(plan), every_beats * PPQ):
        place = rng.randrange(4 * 400)
        where = (SONG_POSITION, place & 0x7F, place >> 7)
        told = rng.choice([((STOP,), where, (CONTINUE,)), (where,)])
        sent[number] = replace(sent[number], told=told)
    return sent
