"""The step on LiteRT: int8 weights by default, one thread, no TensorFlow."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ai_edge_litert.interpreter import Interpreter

from improvd.errors import BundleError
from improvd.model.step import Inputs, Outputs, Shape
from improvd.muted import muted


class LitertStep:
    """This runs one step a call; the batch is resized when the number of rows changes."""

    def __init__(self, path: Path, name: str, shape: Shape) -> None:
        """Load a step.

        Raises:
            BundleError: if the file is no LiteRT step, or one of another shape.
        """
        self.name = name
        try:
            with muted():  # it says there what it found to speed itself up with
                self._interpreter: Any = Interpreter(str(path), num_threads=1)
                self._interpreter.allocate_tensors()
            signature = self._interpreter.get_signature_runner()
            inputs, outputs = signature.get_input_details(), signature.get_output_details()
            self._inputs = [inputs[field]["index"] for field in Inputs._fields]
            self._outputs = [outputs[field]["index"] for field in Outputs._fields]
        except (ValueError, KeyError, RuntimeError) as error:
            raise BundleError(f"{path} is no step of improvd's network: {error}") from error
        if inputs["state"]["shape_signature"][-1] != shape.state_width:
            raise BundleError(f"{path} keeps {inputs['state']['shape_signature'][-1]} numbers of state, "
                              f"the card's architecture {shape.state_width}")  # fmt: skip
        self._rows = 0

    def __call__(self, inputs: Inputs) -> Outputs:
        interpreter, rows = self._interpreter, len(inputs.event)
        if rows != self._rows:
            self._resize(inputs)
        for index, value in zip(self._inputs, inputs, strict=True):
            interpreter.set_tensor(index, value)
        interpreter.invoke()
        return Outputs(*map(interpreter.get_tensor, self._outputs))

    def _resize(self, inputs: Inputs) -> None:
        for index, value in zip(self._inputs, inputs, strict=True):
            self._interpreter.resize_tensor_input(index, value.shape)
        self._interpreter.allocate_tensors()
        self._rows = len(inputs.event)
