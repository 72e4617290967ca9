"""A daemon whose children are given: `daemon_with.py PLAYER MODEL [SECTION.NAME=VALUE …]`, as module,argument,….

`-` stands for the real player. It is headless, as `improvd run --headless`.
"""

from __future__ import annotations

import logging
import sys

from improvd.config import Config, check_value
from improvd.control import socket_path
from improvd.daemon import PLAYER, Daemon
from improvd.errors import ImprovdError
from improvd.server import Place


def main(player: str, model: str, *changes: str) -> int:
    """Run it and return its exit code."""
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="improvd: %(message)s")
    config = Config()
    for key, _, value in (change.partition("=") for change in changes):
        kind = type(config.get(key))
        config = config.having(key, check_value(key, value if kind is str else kind(value)))
    try:
        place = Place(socket_path())
        children = PLAYER if player == "-" else tuple(player.split(","))
        Daemon(config, place, player=children, model=tuple(model.split(","))).run()
        place.close()
    except ImprovdError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
