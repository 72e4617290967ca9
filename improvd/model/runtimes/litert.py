"""The step on LiteRT: int8 weights by default, one thread, no TensorFlow."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ai_edge_litert.interpreter import Interpreter

from improvd.errors import BundleError
from improvd.model.step import Inputs, Outputs, Shape
from improvd.muted import muted

MOST_SIZES = 6
"""Numbers of rows kept ready, 17 MB each at 3×512: making room for another one takes as long as several notes."""


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
            with muted():  # it says there what it found to speed itself up with
                first = _Sized(path)
        except (ValueError, KeyError, RuntimeError) as error:
            raise BundleError(f"{path} is no step of improvd's network: {error}") from error
        if first.state_width != shape.state_width:
            raise BundleError(f"{path} keeps {first.state_width} numbers of state, "
                              f"the card's architecture {shape.state_width}")  # fmt: skip
        self._sized[1] = first

    def __call__(self, inputs: Inputs) -> Outputs:
        rows = len(inputs.event)
        sized = self._sized.pop(rows, None) or self._make(inputs)
        self._sized[rows] = sized  # the last one used stands last
        return sized(inputs)

    def _make(self, inputs: Inputs) -> _Sized:
        """Return the step for other rows: a further one, or in place of the one that was not asked for longest."""
        if len(self._sized) >= MOST_SIZES:
            sized = self._sized.pop(next(iter(self._sized)))
        else:
            with muted():
                sized = _Sized(self._path)
        sized.resize(inputs)
        return sized


class _Sized:
    """This is the step for one number of rows."""

    def __init__(self, path: Path) -> None:
        self._interpreter: Any = Interpreter(str(path), num_threads=1)
        self._interpreter.allocate_tensors()
        signature = self._interpreter.get_signature_runner()
        inputs, outputs = signature.get_input_details(), signature.get_output_details()
        self._inputs = [inputs[field]["index"] for field in Inputs._fields]
        self._outputs = [outputs[field]["index"] for field in Outputs._fields]
        self.state_width = inputs["state"]["shape_signature"][-1]

    def __call__(self, inputs: Inputs) -> Outputs:
        interpreter = self._interpreter
        for index, value in zip(self._inputs, inputs, strict=True):
            interpreter.set_tensor(index, value)
        interpreter.invoke()
        return Outputs(*map(interpreter.get_tensor, self._outputs))

    def resize(self, inputs: Inputs) -> None:
        """Make room for as many rows as `inputs` have."""
        for index, value in zip(self._inputs, inputs, strict=True):
            self._interpreter.resize_tensor_input(index, value.shape)
        self._interpreter.allocate_tensors()
