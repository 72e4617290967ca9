"""The model process: reads windows and answers requests, one after another.

    python -m improvd.model.serve END MODEL RUNTIME

END is the pipe's end (`pipe.Pipe.from_argument`). It says `Loaded`, or
`Refused` and ends. It ends when the daemon closes the pipe.
"""

from __future__ import annotations

import gc
import select
import signal
import sys
from collections.abc import Iterable
from typing import Any

from improvd.errors import ImprovdError
from improvd.model.opening import Player, open_player, sums_of
from improvd.pipe import Pipe, PipeClosed
from improvd.protocol import Ask, Loaded, Prefill, Refused, Weigh


def main(end: str, model: str, runtime: str) -> None:
    """Serve until the daemon is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in the terminal is for the daemon
    pipe = Pipe.from_argument(end)
    try:
        improviser = open_player(model, runtime)
    except ImprovdError as error:
        pipe.send(Refused(str(error)))
        pipe.close()
        return
    pipe.send(Loaded(improviser.name, improviser.runtime, improviser.why, sums_of(model)))
    gc.collect()
    gc.freeze()
    try:
        while True:
            select.select([pipe], [], [])
            _serve(pipe, improviser, without_stale(pipe.receive()))
    except PipeClosed:
        return


def without_stale(messages: Iterable[Any]) -> list[Any]:
    """Return messages less what a later one outdates: a `Prefill`, and a `Weigh` about the same."""
    kept = list(messages)
    last = {_errand(message): index for index, message in enumerate(kept)}
    return [m for i, m in enumerate(kept) if isinstance(m, Ask) or last[_errand(m)] == i]


def _errand(message: Any) -> tuple[Any, ...]:
    return type(message), message.about if isinstance(message, Weigh) else None


def _serve(pipe: Pipe, improviser: Player, messages: Iterable[Any]) -> None:
    for message in messages:
        if isinstance(message, Prefill):
            improviser.prefill(message)
        elif isinstance(message, Ask):
            pipe.send(improviser.ask(message))
        elif isinstance(message, Weigh):
            pipe.send(improviser.weigh(message))


if __name__ == "__main__":
    main(*sys.argv[1:])
