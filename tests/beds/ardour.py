"""Ardour without a screen as master of a MIDI clock, on a JACK server that runs. Needs the Debian package ardour."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from jackbed import JackServer, end_process

PROGRAM = "ardour7-lua"
CLOCK = "ardour:MIDI Clock out"
_OPEN_S = 60.0
_SCRIPT = """
AudioEngine:set_backend("JACK", "ardour", "")
local s = create_session("{folder}/session", "session", {rate})
local user = ARDOUR.TransportRequestSource.TRS_UI
ARDOUR.config():set_send_midi_clock(true)
function wait() while not io.open("{folder}/go") do sleep(0.1) end end
function play(seconds) for i = 1, 10 * seconds do sleep(0.1) end end
wait()
s:request_roll(user)
play({seconds} / 2)
s:request_locate(20 * {rate}, false, ARDOUR.LocateTransportDisposition.MustRoll, user)
play({seconds} / 2)
s:request_stop(false, false, user)
sleep(1)
close_session()
quit()
"""


class Ardour:
    """This is a running Ardour with a session of 120 bpm.

    Args:
        folder: for its session and settings.
    """

    def __init__(self, server: JackServer, folder: Path, seconds: float) -> None:
        script = folder / "clock.lua"
        script.write_text(_SCRIPT.format(folder=folder, rate=server.rate, seconds=round(seconds)))
        self._go = folder / "go"
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self._process = server.spawn(PROGRAM, str(script), **quiet, env={**server.env, "HOME": str(folder)})
        server.wait_for_port(CLOCK, _OPEN_S)

    def play(self) -> None:
        """Roll for the time that it was given, with a jump to beat 40 in the middle; return when it has ended."""
        self._go.touch()
        self._process.wait()

    def close(self) -> None:
        """End it, if it has not ended."""
        end_process(self._process)


@contextmanager
def ardour(server: JackServer, seconds: float) -> Iterator[Ardour]:
    """Have an Ardour that is going to play for some seconds."""
    with tempfile.TemporaryDirectory() as name:
        master = Ardour(server, Path(name), seconds)
        try:
            yield master
        finally:
            master.close()
