"""The control: what RtMidi and Python do alone, in a process that does nothing else.

    python -m improvd.bench.bare SYSTEM send|thru

`send` sends the same notes as the player under test, at moments told; `thru` passes on what it hears.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

from improvd.bench.helper import leave_interrupts_to_parent, listen, say
from improvd.bench.notes import CHANNEL, HELD, VELOCITY, pitch_of
from improvd.bench.recorder import NAME
from improvd.live.ledger import NOTE_OFF, NOTE_ON
from improvd.live.midi_system import InputClient, MidiSystem, OutputClient
from improvd.live.priority import RealtimeKit, hurry, keep_from_pauses

IN, OUT = f"{NAME}-bare-in", f"{NAME}-bare-out"


def send(client: OutputClient, begin_s: float, step_s: float, count: int, *, sleep: Callable[[float], None]) -> None:
    """Send notes, each at its own moment: no error of one adds to the next."""
    for number in range(count):
        due_s = begin_s + number * step_s
        sleep(due_s)
        client.send_message((NOTE_ON | CHANNEL, pitch_of(number), VELOCITY))
        sleep(due_s + HELD * step_s)
        client.send_message((NOTE_OFF | CHANNEL, pitch_of(number), 0))


def _sleep_until(at_s: float) -> None:
    time.sleep(max(0.0, at_s - time.monotonic()))


def _pass_on(listener: InputClient, sender: OutputClient) -> None:
    def hear(event: tuple[list[int], float], _: Any) -> None:
        sender.send_message(tuple(event[0]))

    listener.set_callback(hear, None)


def main(name: str, what: str) -> None:
    """Do as told until the parent ends it."""
    leave_interrupts_to_parent()
    system = MidiSystem(name)
    sender = system.output_client(OUT)
    sender.open_virtual_port(system.virtual_port_name(OUT, "out"))
    if what == "thru":
        listener = system.input_client(IN)
        listener.open_virtual_port(system.virtual_port_name(IN, "in"))
        _pass_on(listener, sender)
    _hurry()
    say(ready=True)
    told = listen()
    send(sender, told["begin_s"], told["step_s"], told["count"], sleep=_sleep_until)
    listen()


def _hurry() -> None:
    """Ask for what the player asks for."""
    keep_from_pauses()
    if not hurry():
        RealtimeKit()


if __name__ == "__main__":
    main(*sys.argv[1:])
