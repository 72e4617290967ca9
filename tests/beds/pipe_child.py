"""A child process for the tests of the pipe: it sends everything back, and ends with the pipe or on Panic."""

from __future__ import annotations

import select
import sys

from improvd.pipe import Pipe, PipeClosed
from improvd.protocol import Panic, Trouble


def main(end: str, *words: str) -> None:
    """Say the words, then echo."""
    pipe = Pipe.from_argument(end)
    if words:
        pipe.send(Trouble(" ".join(words)))
    messages: list[object] = []
    while Panic() not in messages:
        select.select([pipe], [], [])
        try:
            messages = pipe.receive()
        except PipeClosed:
            return
        for message in messages:
            pipe.send(message)
    pipe.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
