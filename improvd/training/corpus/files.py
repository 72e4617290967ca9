"""Files to read music from, wherever they lie: one file, a folder, or an archive."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


class Files(Protocol):
    """This is a place that holds files.

    Attributes:
        names: of all files in it, '/' between folders, in order.
    """

    names: Sequence[str]

    def read(self, name: str) -> bytes:
        """Return what a file holds.

        Raises:
            CorpusError: if it cannot be read.
        """
