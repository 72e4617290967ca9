"""The step on LiteRT: int8 weights by default, one thread, no TensorFlow."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

from improvd.errors import BundleError
from improvd.model.step import Fed, Inputs, Outputs, Shape, asked_of, fed_of, in_each
from improvd.muted import muted


class LitertStep:
    """This runs one step a call, for any number of rows: another number than before takes 0.2 ms to make room for."""

    def __init__(self, path: Path, name: str, shape: Shape) -> None:
        """Load a step.

        Raises:
            BundleError: if the file is no LiteRT step, or one of another shape.
        """
        self.name = name
        try:
            with muted():  # it says there what it found to speed itself up with
                interpreter = Interpreter(str(path), num_threads=1)
                interpreter.allocate_tensors()
            self._feed: Any = interpreter.get_signature_runner("feed")
            self._draw: Any = interpreter.get_signature_runner("draw")
            width = self._feed.get_input_details()["state"]["shape_signature"][-1]
        except (ValueError, KeyError, RuntimeError) as error:
            anew = f"improvd model export --int8 {path.parent}" if name == "litert-int8" else "delete it"
            raise BundleError(f"{path} is no step of improvd's network ({error}); if an older improvd made it: "
                              f"{anew}") from error  # fmt: skip
        if width != shape.state_width:
            raise BundleError(f"{path} keeps {width} numbers of state, "
                              f"the card's architecture {shape.state_width}")  # fmt: skip

    def __call__(self, inputs: Inputs) -> Outputs:
        fed = self._feed(**fed_of(inputs)._asdict())
        asked, rows = {"top": fed["top"], **asked_of(inputs)._asdict()}, len(inputs.noise)
        return Outputs(**self._draw(**{name: in_each(part, rows) for name, part in asked.items()}), state=fed["state"])

    def feed(self, fed: Fed) -> NDArray[np.float32]:
        """Return the state after the event fed."""
        state: NDArray[np.float32] = self._feed(**fed._asdict())["state"]
        return state
