"""The loads under which timing is measured, each a helper process or some of them.

python -m improvd.bench.loads model MODEL RUNTIME     a model asked without pause
python -m improvd.bench.loads screen MODEL RUNTIME    a whole daemon with its screen, and hands that type on it
python -m improvd.bench.loads burner                  a niced process that spins
"""

from __future__ import annotations

import os
import select
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from itertools import count
from pathlib import Path

from improvd import configfile
from improvd.bench.helper import Helper, command_of, end_with_parent, leave_interrupts_to_parent, say
from improvd.config import Config, ModelSettings
from improvd.control import Client
from improvd.errors import ControlError, ImprovdError, NotRunning
from improvd.music.note import TICKS_PER_BEAT
from improvd.pipe import PipeClosed, start_child
from improvd.protocol import Ask, Context, GridNote, Refused

LOADS: dict[str, tuple[str, ...]] = {
    "idle": (),
    "model": ("model",),
    "screen": ("screen",),
    "burners": ("burner", "burner"),
    "all": ("model", "screen", "burner", "burner"),
}
"""What each load is made of."""

SCREEN_ROWS, SCREEN_COLUMNS = 40, 120
_NICEST = 19


def commands(load: str, model: ModelSettings) -> list[list[str]]:
    """Return the command of each helper of a load."""
    words = {"model": (model.name, model.runtime), "screen": (model.name, model.runtime), "burner": ()}
    return [command_of("improvd.bench.loads", name, *words[name]) for name in LOADS[load]]


@contextmanager
def under(load: str, model: ModelSettings) -> Iterator[None]:
    """Have a load in force; it is when the body begins, and has ended after it.

    Raises:
        ImprovdError: if one of its helpers cannot start.
    """
    with ExitStack() as stack:
        helpers = [stack.enter_context(Helper(command)) for command in commands(load, model)]
        for helper in helpers:
            helper.hear()
        yield


# --- a model asked without pause ---------------------------------------------------------------

_WINDOW: tuple[GridNote, ...] = tuple(
    (number * TICKS_PER_BEAT // 2, 0, 60 + pitch, TICKS_PER_BEAT // 2, 80)
    for number, pitch in enumerate((0, 2, 4, 5, 7, 9, 11, 12, 11, 9, 7, 5, 4, 2, 0, 2))
)
_BEGIN_TICKS = 8 * TICKS_PER_BEAT
_BAR_TICKS = 4 * TICKS_PER_BEAT


def ask(number: int) -> Ask:
    """Return a request for a bar after two bars of a scale; each number gets an answer of its own."""
    return Ask(
        number, _WINDOW, Context(), _BEGIN_TICKS, _BEGIN_TICKS + _BAR_TICKS, strike=True,
        temperatures=(1.0,), top_p=0.98, min_p=0.02, lowest=28, highest=103, seed=number, rows=1,
    )  # fmt: skip


def _generate(model: str, runtime: str) -> None:
    process, pipe = start_child("improvd.model.serve", model, runtime)
    try:
        for number in count():
            select.select([pipe], [], [])
            for message in pipe.receive():
                if isinstance(message, Refused):
                    raise ImprovdError(message.text)
            pipe.send(ask(number))
            if number == 1:
                say(ready="model")
    except PipeClosed:
        raise ImprovdError("the model ended") from None
    finally:
        pipe.close()
        process.wait()


# --- a daemon with its screen, and hands that type ---------------------------------------------

_PHRASE = (60, 62, 64, 65, 67, 65, 64, 62)
_KEY_S = 0.2
_REST_S = 3.0
_START_S = 30.0
_END_S = 5.0


def _show(model: str, runtime: str) -> None:
    import fcntl  # these are of Unix alone
    import pty
    import struct
    import termios

    with tempfile.TemporaryDirectory(prefix="improvd-load-") as name:
        folder = Path(name)
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", SCREEN_ROWS, SCREEN_COLUMNS, 0, 0))
        threading.Thread(target=_throw_away, args=(ours,), daemon=True).start()
        screen = subprocess.Popen(
            [sys.executable, "-m", "improvd", "run", "--config", str(_write_config(folder, model, runtime))],
            stdin=theirs, stdout=theirs, stderr=theirs, env=_environ(folder),
        )  # fmt: skip
        try:
            _type(folder / "run" / "improvd" / "control.sock", screen)
        finally:
            screen.terminate()  # which ends the daemon too
            screen.wait(_END_S)


def _write_config(folder: Path, model: str, runtime: str) -> Path:
    config, path = Config(), folder / "config.toml"
    for key, value in (
        ("model.name", model), ("model.runtime", runtime), ("midi.backend", "none"), ("record.takes", "off")
    ):  # fmt: skip
        config = config.having(key, value)
    path.write_text(configfile.render(config))
    return path


def _environ(folder: Path) -> dict[str, str]:
    own = {"XDG_RUNTIME_DIR": folder / "run", "XDG_STATE_HOME": folder / "state", "TERM": "xterm-256color"}
    return {**os.environ, **{name: str(value) for name, value in own.items()}}


def _throw_away(screen: int) -> None:
    with suppress(OSError):
        while os.read(screen, 1 << 16):
            pass


def _type(socket: Path, screen: subprocess.Popen[bytes]) -> None:
    """Play phrases on the computer keyboard, each with a rest for its answer, for ever."""
    with _call(socket, screen) as client:
        say(ready="screen")
        while True:
            for pitch in _PHRASE:
                client.do("key", pitch=pitch)
                time.sleep(_KEY_S)
            time.sleep(_REST_S)


def _call(socket: Path, screen: subprocess.Popen[bytes]) -> Client:
    """Return a client of the daemon once its model answers."""
    end_s = time.monotonic() + _START_S
    while screen.poll() is None and time.monotonic() < end_s:
        with suppress(NotRunning, ControlError):
            client = Client(socket)
            if client.status()["model"]:
                return client
            client.close()
        time.sleep(0.1)
    raise ImprovdError("the daemon with a screen did not start")


# --- a burner ----------------------------------------------------------------------------------


def _burn() -> None:
    os.nice(_NICEST)
    say(ready="burner")
    while True:
        pass


def main(name: str, *words: str) -> None:
    """Be one of them until the parent ends."""
    leave_interrupts_to_parent()
    end_with_parent()
    helpers: dict[str, Callable[..., None]] = {"model": _generate, "screen": _show, "burner": _burn}
    try:
        helpers[name](*words)
    except ImprovdError as error:
        say(error=str(error))


if __name__ == "__main__":
    main(*sys.argv[1:])
