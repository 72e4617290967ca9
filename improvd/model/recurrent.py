"""The recurrent layers of the networks: Keras' own, fast on PyTorch too; and one whose rows go on batch by batch."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

import keras
from keras import layers


class FusedLSTM(layers.LSTM):  # type: ignore[misc]  # Keras ships no types
    """This is Keras' LSTM; on PyTorch's CPU device, where Keras steps in Python, it calls PyTorch's fused layer."""

    def inner_loop(self, sequences: Any, initial_state: Any, mask: Any, training: bool = False) -> Any:
        """Run over a sequence; what Keras calls for the work itself."""
        if _on_torch_cpu(sequences):
            return self._fused(sequences, *initial_state)
        return super().inner_loop(sequences, initial_state, mask, training)

    def _fused(self, sequences: Any, h: Any, c: Any) -> Any:
        """Return the last hidden state, all of them, and the last state; gates stand in Keras' order in both."""
        import torch

        start = (h[None].contiguous(), c[None].contiguous())
        fitting = torch.is_grad_enabled()
        every, last_h, last_c = torch._VF.lstm(
            sequences, start, _torch_weights(self), True, 1, 0.0, fitting, False, True
        )
        return last_h[0], every, [last_h[0], last_c[0]]


class FusedRNN(layers.SimpleRNN):  # type: ignore[misc]  # Keras ships no types
    """This is Keras' plain recurrent layer, fused as `FusedLSTM` is; its activation is tanh."""

    def inner_loop(self, sequences: Any, initial_state: Any, mask: Any, training: bool = False) -> Any:
        """Run over a sequence; what Keras calls for the work itself."""
        if not _on_torch_cpu(sequences):
            return super().inner_loop(sequences, initial_state, mask, training)
        import torch

        start, fitting = initial_state[0][None].contiguous(), torch.is_grad_enabled()
        every, last = torch._VF.rnn_tanh(sequences, start, _torch_weights(self), True, 1, 0.0, fitting, False, True)
        return last[0], every, [last[0]]


def _on_torch_cpu(sequences: Any) -> bool:
    return bool(keras.backend.backend() == "torch" and sequences.device.type == "cpu")


def _torch_weights(layer: Any) -> list[Any]:
    """Return the weights of a recurrent layer as PyTorch has them."""
    import torch

    kernel, recurrent, bias = (
        keras.ops.convert_to_tensor(weight, dtype=layer.compute_dtype)
        for weight in (layer.cell.kernel, layer.cell.recurrent_kernel, layer.cell.bias)
    )
    return [kernel.T.contiguous(), recurrent.T.contiguous(), bias, torch.zeros_like(bias)]


class CarriedLSTM(FusedLSTM):
    """This is an LSTM with two additions.

    Where the batch has a fixed number of rows, each row keeps its state, and
    goes on from it where it is told to. Of its weights to itself a share can be
    dropped while it is fitted, the same ones for all of a batch (Source: Merity,
    Keskar and Socher, arXiv 1708.02182, section 2).
    """

    def __init__(self, units: int, *, stateful: bool, weight_drop: float = 0.0, **kwargs: Any) -> None:
        super().__init__(units, return_sequences=True, stateful=stateful, **kwargs)
        self.weight_drop = weight_drop
        self.drawn = keras.random.SeedGenerator() if weight_drop else None

    def build(self, sequences_shape: Any, carried_shape: Any = None) -> None:
        """Make the weights, and the states where the number of rows is fixed."""
        super().build(sequences_shape)

    def call(self, sequences: Any, carried: Any = None, training: bool = False) -> Any:
        """Return the hidden states (B, T, U) over `sequences` (B, T, D).

        Args:
            sequences: what is fed.
            carried: (B, 1), 1 where a row goes on from its state, 0 where it begins anew.
            training: whether weights are being fitted.
        """
        start = [state * carried for state in self.states] if self.stateful else None
        return super().call(sequences, initial_state=start, training=training)

    def compute_output_shape(self, sequences_shape: Any, carried_shape: Any = None) -> Any:
        """Return (B, T, U)."""
        return super().compute_output_shape(sequences_shape)

    def inner_loop(self, sequences: Any, initial_state: Any, mask: Any, training: bool = False) -> Any:
        """Run over a sequence; what Keras calls for the work itself."""
        with self._dropped() if training and self.weight_drop else nullcontext():
            return super().inner_loop(sequences, initial_state, mask, training)

    def _dropped(self) -> Any:
        """Return a scope in which the cell has lost some of its weights to itself."""
        cell = self.cell
        kept = keras.random.dropout(cell.recurrent_kernel.value, self.weight_drop, seed=self.drawn)
        seen = [(cell.kernel, cell.kernel.value), (cell.recurrent_kernel, kept), (cell.bias, cell.bias.value)]
        return keras.StatelessScope(state_mapping=seen)
