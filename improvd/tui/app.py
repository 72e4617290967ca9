"""The screen as a program: layout, keys, style and terminal put together, and the daemon followed meanwhile."""

from __future__ import annotations

import asyncio
import signal
import sys
import time
from collections.abc import Coroutine
from contextlib import suppress
from pathlib import Path

from prompt_toolkit.application import Application
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.input import Input, create_input
from prompt_toolkit.layout import FormattedTextControl, Layout, Window
from prompt_toolkit.output import Output, create_output

from improvd.control import connect, socket_path
from improvd.errors import NotRunning
from improvd.tui.desk import Desk, Leaving
from improvd.tui.keys import bindings_for
from improvd.tui.link import Link
from improvd.tui.panes import screen
from improvd.tui.status import Status
from improvd.tui.style import STYLE
from improvd.tui.terminal import require_terminal
from improvd.tui.text import Line

FRAME_S = 1 / 15
"""The screen is drawn at most this often, and only when it has changed."""

REDIAL_S, PATIENCE_S = 0.5, 20.0
"""How often and for how long a daemon that went away is called again."""

END_S = 2.0
"""How long to wait for a daemon that was told to quit to hang up."""

ESCAPE_S = 0.05
"""How long to wait after Esc for the rest of an arrow key; SSH keeps them together."""

SEE_LOG = "its log says why ($XDG_STATE_HOME/improvd/improvd.log); start it with 'improvd run'"
PLAYS_ON = "improvd plays on; 'improvd tui' brings the screen back."


def run(path: Path | None = None, *, ends_daemon: bool = False) -> int:
    """Show the screen of the daemon at a control socket until it is left; return the exit code.

    Args:
        path: of the socket; None is this user's.
        ends_daemon: SIGTERM ends the daemon too, not the screen alone.

    Raises:
        UsageError: if the terminal is none, or too small.
        NotRunning: if no daemon answers, or if it went away and is not back when the screen is left.
    """
    require_terminal()
    path = path or socket_path()
    connect(path).close()
    leaving = Screen(path, create_input(), create_output(), ends_daemon=ends_daemon).run()
    if leaving is Leaving.DETACHED:
        connect(path).close()
        with suppress(OSError):  # the terminal may be what was left
            sys.stderr.write(f"{PLAYS_ON}\n")
    return 0


class Screen:
    """This is the screen between its start and its end, on a given terminal.

    Args:
        path: of the control socket.
        terminal_input: where keys come from.
        terminal_output: where the screen goes.
        ends_daemon: SIGTERM ends the daemon too.
        patience_s: for how long to wait for a daemon that went away.
    """

    def __init__(
        self,
        path: Path,
        terminal_input: Input,
        terminal_output: Output,
        *,
        ends_daemon: bool = False,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self._link = Link(path, self._hear, lambda sentence: self._desk.refused(sentence))
        self._desk = Desk(self._link.send)
        self._ends_daemon, self._patience_s = ends_daemon, patience_s
        self._drawn: list[Line] = []
        self._app: Application[Leaving] = Application(
            layout=Layout(Window(FormattedTextControl(self._text, show_cursor=False), style="class:screen")),
            key_bindings=bindings_for(self._desk, self._clear),
            style=STYLE,
            input=terminal_input,
            output=terminal_output,
            full_screen=True,
        )
        self._app.ttimeoutlen = self._app.timeoutlen = ESCAPE_S

    def run(self) -> Leaving:
        """Show the screen until it is left; return why."""
        return asyncio.run(self.play())

    async def play(self) -> Leaving:
        """Show the screen until it is left, inside a running loop; return why."""
        try:
            return await self._app.run_async(pre_run=self._start, set_exception_handler=False, handle_sigint=False)
        except (EOFError, OSError):  # the terminal is gone; nobody there can be told
            return Leaving.DETACHED

    def _start(self) -> None:
        loop = asyncio.get_running_loop()
        on_signal = {signal.SIGTERM: self._end, signal.SIGHUP: self._desk.detach, signal.SIGINT: self._desk.ask}
        for number, action in on_signal.items():
            loop.add_signal_handler(number, action)
        self._app.create_background_task(self._or_fail(self._follow()))
        self._app.create_background_task(self._or_fail(self._draw()))

    def _end(self) -> None:
        (self._desk.quit if self._ends_daemon else self._desk.detach)()

    async def _or_fail(self, task: Coroutine[None, None, None]) -> None:
        """Do a task of the background; what it raises closes the screen and is raised by `play`."""
        try:
            await task
        except Exception as error:
            if not self._app.is_done:
                self._app.exit(exception=error)

    async def _follow(self) -> None:
        """Listen to the daemon, and call it again for a while when it goes away."""
        while True:
            with suppress(NotRunning):  # not there yet, or no more: `lose` counts the time
                await self._link.listen()
            if self._desk.leaving:
                return
            self._desk.lose(_now_s())
            if self._desk.lost_for_s(_now_s()) >= self._patience_s:
                raise NotRunning(f"improvd went away and did not come back within {self._patience_s:g} s; {SEE_LOG}")
            await asyncio.sleep(REDIAL_S)

    async def _draw(self) -> None:
        """Draw the screen whenever it has changed, at most once a frame, until it is left."""
        while self._desk.leaving is None:
            self._compose()
            await asyncio.sleep(FRAME_S)
        await self._link.finish(END_S if self._desk.leaving is Leaving.QUIT else 0.0)
        self._app.exit(result=self._desk.leaving)

    def _compose(self) -> None:
        size = self._app.output.get_size()
        lines = screen(self._desk.at(_now_s()), size.columns, size.rows)
        if lines != self._drawn:
            self._drawn = lines
            self._app.invalidate()

    def _text(self) -> StyleAndTextTuples:
        pieces: StyleAndTextTuples = []
        for number, line in enumerate(self._drawn):
            pieces += [*([("", "\n")] if number else []), *line]
        return pieces

    def _hear(self, status: Status) -> None:
        self._desk.hear(status, _now_s())

    def _clear(self) -> None:
        self._app.renderer.clear()


def _now_s() -> float:
    return time.monotonic()
