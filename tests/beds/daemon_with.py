"""A daemon whose children are given: `daemon_with.py PLAYER MODEL [SECTION.NAME=VALUE …]`, as module,argument,….

`-` stands for the real player. It is headless, as `improvd run --headless`.
"""

from __future__ import annotations

import sys

from improvd import daemon
from improvd.config import Config, check_value
from improvd.errors import ImprovdError


def main(player: str, model: str, *changes: str) -> int:
    """Run it and return its exit code."""
    config = Config()
    for key, _, value in (change.partition("=") for change in changes):
        kind = type(config.get(key))
        config = config.having(key, check_value(key, value if kind is str else kind(value)))
    try:
        children = daemon.PLAYER if player == "-" else tuple(player.split(","))
        return daemon.run(config, player=children, model=tuple(model.split(",")))
    except ImprovdError as error:
        print(error, file=sys.stderr)
        return error.exit_code


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
