"""A terminal on paper: what a screen writes to it can be read back as text and colours."""

from __future__ import annotations

import io

import pyte
from prompt_toolkit.data_structures import Size
from prompt_toolkit.output import ColorDepth
from prompt_toolkit.output.vt100 import Vt100_Output


class Sheet(io.StringIO):
    """This is where a Vt100_Output writes; pyte draws it.

    Attributes:
        columns, rows: its size now.
        written: bytes that came so far.
    """

    def __init__(self, columns: int = 80, rows: int = 24) -> None:
        super().__init__()
        self.columns, self.rows, self.written = columns, rows, 0
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.Stream(self._screen)

    def write(self, text: str) -> int:
        """Draw what a program writes."""
        self.written += len(text.encode())
        self._stream.feed(text)
        return len(text)

    def resize(self, columns: int, rows: int) -> None:
        """Change the size, as a window that is dragged."""
        self.columns, self.rows = columns, rows
        self._screen.resize(rows, columns)

    def output(self) -> Vt100_Output:
        """Return the output of prompt_toolkit that writes here."""
        return Vt100_Output(
            self,
            lambda: Size(self.rows, self.columns),
            term="xterm-256color",
            default_color_depth=ColorDepth.DEPTH_8_BIT,
        )

    @property
    def text(self) -> str:
        """The screen as lines of text."""
        return "\n".join(self._screen.display)

    def colours(self, text: str) -> tuple[str, str]:
        """Return (foreground, background) of the first place where a text stands."""
        for row, line in enumerate(self._screen.display):
            if (column := line.find(text)) >= 0:
                cell = self._screen.buffer[row][column]
                return cell.fg, cell.bg
        raise AssertionError(f"no {text!r} on the screen:\n{self.text}")
