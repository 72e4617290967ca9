"""The step on LiteRT: int8 weights by default, one thread, no TensorFlow."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

from improvd.errors import BundleError
from improvd.model.step import Fed, Inputs, Outputs, Shape
from improvd.muted import muted

MOST_SIZES = 8
"""Numbers of rows kept ready, 22 MB each at 3×512: making room for another one takes as long as several notes."""


class LitertStep:
    """This runs one step a call, for any number of rows; the numbers asked for last are ready."""

    def __init__(self, path: Path, name: str, shape: Shape) -> None:
        """Load a step.

        Raises:
            BundleError: if the file is no LiteRT step, or one of another shape.
        """
        self.name = name
        self._path = path
        self._sized: dict[int, _Sized] = {}
        try:
            self._sized[1] = _Sized(path)
        except (ValueError, KeyError, RuntimeError) as error:
            anew = f"improvd model export --int8 {path.parent}" if name == "litert-int8" else "delete it"
            raise BundleError(f"{path} is no step of improvd's network ({error}); if an older improvd made it: "
                              f"{anew}") from error  # fmt: skip
        width = self._sized[1].state_width
        if width != shape.state_width:
            raise BundleError(f"{path} keeps {width} numbers of state, "
                              f"the card's architecture {shape.state_width}")  # fmt: skip

    def __call__(self, inputs: Inputs) -> Outputs:
        return Outputs(**self._of(len(inputs.event)).step(**inputs._asdict()))

    def feed(self, fed: Fed) -> NDArray[np.float32]:
        """Return the state after the event fed."""
        state: NDArray[np.float32] = self._of(len(fed.event)).feed(**fed._asdict())["state"]
        return state

    def _of(self, rows: int) -> _Sized:
        """Return the step for some rows: if new, a further one, or that which was not asked for longest, resized."""
        sized = self._sized.pop(rows, None)
        if sized is None:
            sized = self._sized.pop(next(iter(self._sized))) if len(self._sized) >= MOST_SIZES else _Sized(self._path)
        self._sized[rows] = sized  # the last one used stands last
        return sized


class _Sized:
    """This is the step for one number of rows: that of its last call."""

    def __init__(self, path: Path) -> None:
        with muted():  # it says there what it found to speed itself up with
            interpreter = Interpreter(str(path), num_threads=1)
            interpreter.allocate_tensors()
        self.step: Any = interpreter.get_signature_runner("step")
        self.feed: Any = interpreter.get_signature_runner("feed")
        self.state_width = self.feed.get_input_details()["state"]["shape_signature"][-1]
