"""The synth: fluidsynth as a further output, played through the commands it reads on its standard input."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import IO, TYPE_CHECKING, Any

from improvd.errors import PortError
from improvd.protocol import SynthEnded

if TYPE_CHECKING:
    import subprocess

SOUND_FONTS = (
    "/usr/share/sounds/sf2/default-GM.sf2",
    "/usr/share/sounds/sf3/default-GM.sf3",
    "/usr/share/sounds/sf2/FluidR3_GM.sf2",
    "/usr/share/sounds/sf2/TimGM6mb.sf2",
    "/usr/share/soundfonts/default.sf2",
    "/usr/share/soundfonts/FluidR3_GM.sf2",
)
_FIRST_BEND_MSB = 128
_QUIT_S = 0.25


class Synth:
    """This is fluidsynth while it is in use, and silence while it is not.

    `jack`: it plays to the JACK server, which then has the sound card; else to
    what fluidsynth finds.
    """

    def __init__(self, say: Callable[[Any], None], *, jack: bool) -> None:
        self._say = say
        self._jack = jack
        self._process: subprocess.Popen[bytes] | None = None

    def use(self, *, on: bool) -> None:
        """Start it if it does not run, or end it; why it cannot start is told as a sentence."""
        if not on:
            self.close()
        elif self._process is None:
            try:
                self._process = _start(command(jack=self._jack))
            except PortError as error:
                self._say(SynthEnded(str(error)))

    def send(self, data: tuple[int, ...]) -> None:
        """Play a MIDI message."""
        if self._process is not None and (line := spoken(data)):
            self._write(self._process, line)

    def check(self) -> None:
        """Tell once if it has ended by itself."""
        if self._process is not None and self._process.poll() is not None:
            self.close()
            self._say(SynthEnded("fluidsynth has ended: it found no sound card that it could use, or it was stopped."))

    def close(self) -> None:
        """End it: politely first, for it has a sound card to give back."""
        if (process := self._process) is None:
            return
        self._process = None
        self._write(process, "quit\n")
        _stdin(process).close()
        _end(process)

    def _write(self, process: subprocess.Popen[bytes], line: str) -> None:
        try:
            os.write(_stdin(process).fileno(), line.encode())
        except (BrokenPipeError, BlockingIOError):
            return  # it has ended, which `check` tells, or hangs: the player must not wait for it


def command(*, jack: bool) -> list[str]:
    """Return the command line that starts fluidsynth.

    Raises:
        PortError: if fluidsynth or a sound font is missing.
    """
    import shutil  # not at the top: the player must start fast, and rarely needs this

    program = shutil.which("fluidsynth")
    if program is None:
        raise PortError("fluidsynth is not installed; on Debian: apt install fluidsynth timgm6mb-soundfont")
    font = next(filter(os.path.exists, SOUND_FONTS), None)
    if font is None:
        raise PortError(
            f"fluidsynth has no sound font, such as {SOUND_FONTS[0]}; on Debian: apt install timgm6mb-soundfont"
        )
    driver = ["-a", "jack", "-j"] if jack else []
    return [program, "-n", "-q", "-g", "0.6", *driver, font]


def spoken(data: tuple[int, ...]) -> str:
    """Return a MIDI message in fluidsynth's language; empty for what it has no word for.

    Source: fluidsynth's shell, `help event`.
    """
    kind, channel = data[0] & 0xF0, data[0] & 0x0F
    if kind == 0x80:
        return f"noteoff {channel} {data[1]}\n"
    if kind == 0x90:
        return f"noteon {channel} {data[1]} {data[2]}\n"
    if kind == 0xB0:
        return f"cc {channel} {data[1]} {data[2]}\n"
    if kind == 0xC0:
        return f"prog {channel} {data[1]}\n"
    if kind == 0xE0:
        return f"pitch_bend {channel} {data[1] + _FIRST_BEND_MSB * data[2]}\n"
    return ""


def _start(words: list[str]) -> subprocess.Popen[bytes]:
    import subprocess

    nowhere = subprocess.DEVNULL
    process = subprocess.Popen(
        words, stdin=subprocess.PIPE, stdout=nowhere, stderr=nowhere, bufsize=0,
        start_new_session=True,  # Ctrl-C is for the daemon to hear
    )  # fmt: skip
    if sys.platform != "win32":
        os.set_blocking(_stdin(process).fileno(), False)
    return process


def _end(process: subprocess.Popen[bytes]) -> None:
    """Wait for the end of a process, and force it when it takes too long."""
    import subprocess

    try:
        process.wait(_QUIT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _stdin(process: subprocess.Popen[bytes]) -> IO[bytes]:
    assert process.stdin is not None  # given by _start
    return process.stdin
