"""The daemon: claims its place, starts the player at once, and then loads and runs the loop around it.

The player does not wait for the rest to be loaded, so that its ports open and what is
played passes through within half a second.
"""

from __future__ import annotations

import signal

from improvd.config import Config
from improvd.control import socket_path
from improvd.places import remembered_keyboards, state_folder
from improvd.server import Place
from improvd.steering import greeting_of, inputs_of
from improvd.supervisor import Started, launch

PLAYER = ("improvd.live.player",)
MODEL = "improvd.model.serve"


def run(config: Config, *, player: tuple[str, ...] = PLAYER, model: tuple[str, ...] = ()) -> int:
    """Play until a signal or `quit`; return the exit code.

    Args:
        config: the settings at the start.
        player, model: the modules of the children and their arguments, where they are not the real ones.

    Raises:
        ImprovdError: if another daemon runs, or the model is refused.
    """
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # a terminal that goes away is no reason to end, for no child either
    place = Place(socket_path())
    try:
        started = _start_player(config, player)
        from improvd.loop import Loop  # not at the top: the player opens its ports while this is loaded

        model = model or (MODEL, config.model.name, config.model.runtime)
        Loop(config, place, player=player, model=model, first_player=started).run()
    finally:
        place.close()
    return 0


def _start_player(config: Config, player: tuple[str, ...]) -> Started:
    started = launch(player)
    inputs = inputs_of(config, remembered_keyboards(state_folder()))
    for message in greeting_of(config, inputs=inputs, thru=config.midi.thru != "off"):
        started.pipe.send(message)
    return started
