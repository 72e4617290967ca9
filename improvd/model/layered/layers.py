"""The kinds of layers: what each gives for what it is told, its weights, and what it computes, in NumPy.

A size is that of one row: (T, D) for T steps of D numbers, or (D,). Arrays
have the rows before it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Size = tuple[int, ...]
Weights = Mapping[str, Array]

MAX_UNITS = 8192


class Layer(Protocol):
    """This is one layer of a network; it is a value."""

    kind: ClassVar[str]

    def size(self, told: Size) -> Size:
        """Return the size of what it gives.

        Raises:
            ValueError: if it can do nothing with what it is told.
        """

    def weights(self, told: Size) -> dict[str, Size]:
        """Return the size of each of its weights by name, in Keras' order."""

    def forward(self, x: Array, weights: Weights) -> Array:
        """Return what it gives for `x`, float32, when it plays."""


class _Weightless:
    """This is what layers without weights have in common."""

    __slots__ = ()

    def size(self, told: Size) -> Size:
        """Return the same size."""
        return told

    def weights(self, told: Size) -> dict[str, Size]:
        """Return that it has none."""
        return {}

    def forward(self, x: Array, weights: Weights) -> Array:
        """Return `x` as it is."""
        return x


@dataclass(frozen=True, slots=True)
class Embedding:
    """This is a vector for each symbol; only the first layer can be one."""

    kind: ClassVar[str] = "embedding"
    units: int

    def __post_init__(self) -> None:
        _check_units(self.units)

    def size(self, told: Size) -> Size:
        """Return a vector a step, for symbols told as if one-hot (T, V)."""
        steps, _ = _sequence(self.kind, told)
        return (steps, self.units)

    def weights(self, told: Size) -> dict[str, Size]:
        """Return the table."""
        return {"table": (told[1], self.units)}

    def forward(self, x: Array, weights: Weights) -> Array:
        """Return the vectors (B, T, units) of symbols (B, T) int."""
        return np.asarray(weights["table"][x])


@dataclass(frozen=True, slots=True)
class _Recurrent(ABC):
    """This is a layer that goes through a sequence step by step."""

    kind: ClassVar[str]
    gates: ClassVar[int]
    units: int
    sequences: bool = False

    def __post_init__(self) -> None:
        _check_units(self.units)

    def size(self, told: Size) -> Size:
        """Return its units, for every step or for the last."""
        steps, _ = _sequence(self.kind, told)
        return (steps, self.units) if self.sequences else (self.units,)

    def weights(self, told: Size) -> dict[str, Size]:
        """Return the kernels and the bias of its gates, side by side."""
        width = self.gates * self.units
        return {"kernel": (told[-1], width), "recurrent": (self.units, width), "bias": (width,)}

    def forward(self, x: Array, weights: Weights) -> Array:
        """Return h (B, T, units), or of the last step alone."""
        every = self.hidden(x, weights)
        return every if self.sequences else every[:, -1]

    @abstractmethod
    def hidden(self, x: Array, weights: Weights) -> Array:
        """Return h of every step (B, T, units), from a state of zeros on."""


@dataclass(frozen=True, slots=True)
class LSTM(_Recurrent):
    """This is Keras' LSTM, its gates input, forget, candidate, output; `sequences`: it gives every step, not one."""

    kind: ClassVar[str] = "lstm"
    gates: ClassVar[int] = 4

    def hidden(self, x: Array, weights: Weights) -> Array:
        """Return h of every step (B, T, units), from a state of zeros on."""
        units, recurrent = self.units, weights["recurrent"]
        gates = x @ weights["kernel"] + weights["bias"]
        h = c = np.zeros((len(x), units), np.float32)
        every = np.empty((*x.shape[:2], units), np.float32)
        for step in range(x.shape[1]):
            z = gates[:, step] + h @ recurrent
            enter, keep, leave = sigmoid(z[:, :units]), sigmoid(z[:, units : 2 * units]), sigmoid(z[:, 3 * units :])
            c = keep * c + enter * np.tanh(z[:, 2 * units : 3 * units])
            every[:, step] = h = leave * np.tanh(c)
        return every


@dataclass(frozen=True, slots=True)
class SimpleRNN(_Recurrent):
    """This is Keras' plain recurrent layer with tanh; `sequences`: it gives every step, not only the last."""

    kind: ClassVar[str] = "rnn"
    gates: ClassVar[int] = 1

    def hidden(self, x: Array, weights: Weights) -> Array:
        """Return h of every step (B, T, units), from a state of zeros on."""
        entering = x @ weights["kernel"] + weights["bias"]
        h = np.zeros((len(x), self.units), np.float32)
        every = np.empty((*x.shape[:2], self.units), np.float32)
        for step in range(x.shape[1]):
            every[:, step] = h = np.tanh(entering[:, step] + h @ weights["recurrent"])
        return every


@dataclass(frozen=True, slots=True)
class Dense:
    """This is Keras' fully connected layer; over a sequence it is applied at each step."""

    kind: ClassVar[str] = "dense"
    units: int
    activation: str = "linear"

    def __post_init__(self) -> None:
        _check_units(self.units)
        _check_activation(self.activation)

    def size(self, told: Size) -> Size:
        """Return its units in place of the last dimension."""
        return (*told[:-1], self.units)

    def weights(self, told: Size) -> dict[str, Size]:
        """Return its kernel and its bias."""
        return {"kernel": (told[-1], self.units), "bias": (self.units,)}

    def forward(self, x: Array, weights: Weights) -> Array:
        """Return the activation of the weighted sums."""
        return ACTIVATIONS[self.activation](x @ weights["kernel"] + weights["bias"])


@dataclass(frozen=True, slots=True)
class Dropout(_Weightless):
    """This drops a share of the numbers while the network is fitted; `rate` in [0, 1)."""

    kind: ClassVar[str] = "dropout"
    rate: float

    def __post_init__(self) -> None:
        if not isinstance(self.rate, int | float) or not 0 <= self.rate < 1:
            raise ValueError(f"dropout rate {self.rate!r}; allowed are 0 to below 1")


@dataclass(frozen=True, slots=True)
class Activation(_Weightless):
    """This is an activation that stands alone, as Keras prints it."""

    kind: ClassVar[str] = "activation"
    activation: str

    def __post_init__(self) -> None:
        _check_activation(self.activation)

    def forward(self, x: Array, weights: Weights) -> Array:
        """Return the activation of each number."""
        return ACTIVATIONS[self.activation](x)


@dataclass(frozen=True, slots=True)
class Flatten(_Weightless):
    """This lays the steps of a window side by side, (T, D) as (T * D,)."""

    kind: ClassVar[str] = "flatten"

    def size(self, told: Size) -> Size:
        """Return one dimension."""
        return (int(np.prod(told)),)

    def forward(self, x: Array, weights: Weights) -> Array:
        """Return the rows flat."""
        return x.reshape(len(x), -1)


KINDS: Mapping[str, type[Layer]] = {
    layer.kind: layer for layer in (Embedding, LSTM, SimpleRNN, Dense, Dropout, Activation, Flatten)
}
RECURRENT = (LSTM, SimpleRNN)


def sigmoid(x: Array) -> Array:
    """Return the logistic function."""
    return np.asarray(0.5 * np.tanh(0.5 * x) + 0.5)


def softmax(x: Array) -> Array:
    """Return probabilities over the last axis."""
    powers = np.exp(x - x.max(-1, keepdims=True))
    return np.asarray(powers / powers.sum(-1, keepdims=True))


ACTIVATIONS: Mapping[str, Callable[[Array], Array]] = {
    "linear": np.asarray,
    "relu": lambda x: np.maximum(x, 0),
    "tanh": np.tanh,
    "sigmoid": sigmoid,
    "softmax": softmax,
}


def _check_units(units: int) -> None:
    if not isinstance(units, int) or isinstance(units, bool) or not 1 <= units <= MAX_UNITS:
        raise ValueError(f"units {units!r}; allowed are 1 to {MAX_UNITS}")


def _check_activation(name: str) -> None:
    if name not in ACTIVATIONS:
        raise ValueError(f"activation {name!r}; allowed are {', '.join(ACTIVATIONS)}")


def _sequence(kind: str, told: Size) -> tuple[int, int]:
    if len(told) != 2:
        raise ValueError(f"a layer {kind!r} reads a sequence, and the one before it gives none")
    return told[0], told[1]
