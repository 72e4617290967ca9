"""A model process for tests: it repeats the call's pitches, moved by what the noise says, and needs no weights.

Arguments after the end of the pipe: none, or one of
    refuse    say Refused and end
    silent    never say anything
"""

from __future__ import annotations

import select
import sys

from improvd.pipe import Pipe, PipeClosed
from improvd.protocol import Ask, Continued, GridNote, Loaded, Refused


def notes_for(ask: Ask) -> tuple[GridNote, ...]:
    """Return two notes a beat, or one for a strike, from the window's pitches and the seed."""
    pitches = [note[2] for note in ask.window] or [60]
    onsets = range(ask.begin_ticks, ask.until_ticks, 12)
    part = ask.window[-1][1] if ask.window else 0
    return tuple(
        (onset, part, _inside(ask, pitches[(ask.seed + number) % len(pitches)] + 12), 11, 80)
        for number, onset in enumerate(onsets)
    )


def _inside(ask: Ask, pitch: int) -> int:
    return min(max(pitch, ask.lowest), ask.highest)


def main(end: str, how: str = "") -> None:
    """Answer until the daemon is gone."""
    pipe = Pipe.from_argument(end)
    if how == "refuse":
        pipe.send(Refused("models/broken: weights.npz does not match its sum"))
        pipe.close()
        return
    if how != "silent":
        pipe.send(Loaded("fake", "none"))
    while True:
        select.select([pipe], [], [])
        try:
            messages = pipe.receive()
        except PipeClosed:
            return
        for message in messages:
            if isinstance(message, Ask):
                pipe.send(Continued(message.number, (notes_for(message),), (-1.0,), 1, 0.001))


if __name__ == "__main__":
    main(*sys.argv[1:])
