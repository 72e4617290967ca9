"""A network as a table: its inputs, its window, its layers, and how many symbols it chooses from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from improvd.model.layered.layers import (
    KINDS,
    RECURRENT,
    Activation,
    Array,
    Dense,
    Dropout,
    Embedding,
    Layer,
    Size,
    Weights,
)

SCALAR, ONE_HOT, EMBEDDING = "scalar", "one-hot", "embedding"
INPUTS = (SCALAR, ONE_HOT, EMBEDDING)
MAX_WINDOW = 4096
MAX_LAYERS = 64
MAX_SYMBOLS = 65536


@dataclass(frozen=True, slots=True)
class Network:
    """This is the table of a network; it says everything but the weights.

    Attributes:
        inputs: how a symbol is told: 'scalar', its number divided by how many there are; 'one-hot'; or
            'embedding', its number, for an `Embedding` that comes first.
        window: symbols that it reads to choose the next.
        layers: from the first to the last, which gives probabilities of the symbols, by softmax. If it gives
            them at every step, each is of the symbol after that step; the last is what plays.
        symbols: how many there are.
    """

    inputs: str
    window: int
    layers: tuple[Layer, ...]
    symbols: int

    def __post_init__(self) -> None:
        if self.inputs not in INPUTS:
            raise ValueError(f"inputs {self.inputs!r}; allowed are {', '.join(INPUTS)}")
        for name, most in (("window", MAX_WINDOW), ("symbols", MAX_SYMBOLS)):
            number = getattr(self, name)
            if not isinstance(number, int) or isinstance(number, bool) or not 1 <= number <= most:
                raise ValueError(f"{name} {number!r}; allowed are 1 to {most}")
        if not 1 <= len(self.layers) <= MAX_LAYERS:
            raise ValueError(f"{len(self.layers)} layers; allowed are 1 to {MAX_LAYERS}")
        self._check_ends()

    def _check_ends(self) -> None:
        embeds = [isinstance(layer, Embedding) for layer in self.layers]
        if embeds != [self.inputs == EMBEDDING] + [False] * (len(embeds) - 1):
            raise ValueError("an embedding comes first if the inputs are 'embedding', and nowhere else")
        gives = [layer for layer in self.layers if not isinstance(layer, Dropout)]
        last = gives[-1] if gives else None
        if not isinstance(last, Activation | Dense) or last.activation != "softmax":
            raise ValueError("the last layer must give probabilities: a dense layer or an activation with softmax")
        if self.sizes()[-1][-1] != self.symbols:
            raise ValueError(f"the last layer gives {self.sizes()[-1][-1]} probabilities for {self.symbols} symbols")

    @property
    def sequences(self) -> bool:
        """Whether it gives probabilities at every step, (T, V), not only after the last, (V,)."""
        return len(self.sizes()[-1]) == 2

    @property
    def parameters(self) -> int:
        """How many weights it has."""
        return sum(int(np.prod(size)) for size in self.weights().values())

    def sizes(self) -> list[Size]:
        """Return the size of what is told, and of what each layer gives."""
        sizes: list[Size] = [(self.window, 1 if self.inputs == SCALAR else self.symbols)]
        for layer in self.layers:
            sizes.append(layer.size(sizes[-1]))
        return sizes

    def weights(self) -> dict[str, Size]:
        """Return the size of every weight by name, such as '0.lstm.kernel'."""
        return {
            f"{prefix}{name}": size
            for told, (prefix, layer) in zip(self.sizes(), self.named(), strict=False)
            for name, size in layer.weights(told).items()
        }

    def named(self) -> Iterator[tuple[str, Layer]]:
        """Yield each layer with what the names of its weights begin with."""
        for index, layer in enumerate(self.layers):
            yield f"{index}.{layer.kind}.", layer

    def told(self, windows: Array) -> Array:
        """Return windows of numbers (B, T) int as the first layer is told them; all networks learn and play so."""
        if self.inputs == EMBEDDING:
            return windows.astype(np.int32)
        if self.inputs == SCALAR:
            return np.asarray(windows[..., None] / np.float32(self.symbols), np.float32)
        return np.eye(self.symbols, dtype=np.float32)[windows]


def probabilities(network: Network, weights: Mapping[str, Array], windows: Array) -> Array:
    """Return the probabilities of what follows each window, (B, V) float32.

    Args:
        network: the table.
        weights: float32, by the names of `Network.weights`.
        windows: (B, W) int, numbers of symbols.
    """
    x = network.told(windows)
    for prefix, layer in network.named():
        x = layer.forward(x, _of_layer(weights, prefix))
    return x[:, -1] if network.sequences else x


def activations(network: Network, weights: Mapping[str, Array], text: Array) -> Array:
    """Return h of every neuron of the recurrent layers over a text (T,) int, read from its beginning: (T, units).

    The layers stand side by side, the first one first; of those after a layer that gives its last step alone
    there are none.
    """
    x, found = network.told(text[None]), []
    for prefix, layer in network.named():
        own = _of_layer(weights, prefix)
        if isinstance(layer, RECURRENT):
            x = layer.hidden(x, own)
            found.append(x[0])
            if not layer.sequences:
                break
        else:
            x = layer.forward(x, own)
        if x.ndim < 3:
            break
    return np.concatenate(found, -1) if found else np.zeros((len(text), 0), np.float32)


def _of_layer(weights: Mapping[str, Array], prefix: str) -> Weights:
    return {name.removeprefix(prefix): weight for name, weight in weights.items() if name.startswith(prefix)}


# --- as plain tables, for cards ----------------------------------------------------------------


def layer_tables(layers: Iterable[Layer]) -> list[dict[str, Any]]:
    """Return layers as plain tables, each with its kind."""
    return [
        {"kind": layer.kind} | {field.name: getattr(layer, field.name) for field in fields(layer)}  # type: ignore[arg-type]  # every layer is a dataclass
        for layer in layers
    ]


def network_of(table: object) -> Network:
    """Return the network that a card's table tells.

    Raises:
        ValueError: if it tells none; the text says what is allowed.
    """
    if not isinstance(table, dict):
        raise ValueError("it has no table 'network'")
    layers = table.get("layers")
    if not isinstance(layers, list) or not all(isinstance(layer, dict) for layer in layers):
        raise ValueError("layers must be a list of tables")
    return Network(table.get("inputs"), table.get("window"), tuple(map(_layer_of, layers)), table.get("symbols"))  # type: ignore[arg-type]  # it checks them


def _layer_of(table: Mapping[str, Any]) -> Layer:
    kind = KINDS.get(str(table.get("kind")))
    if kind is None:
        raise ValueError(f"layer of kind {table.get('kind')!r}; allowed are {', '.join(KINDS)}")
    settings = {name: value for name, value in table.items() if name != "kind"}
    names = {field.name for field in fields(kind)}  # type: ignore[arg-type]  # every layer is a dataclass
    if unknown := settings.keys() - names:
        raise ValueError(
            f"a layer {kind.kind!r} has no {min(unknown)!r}; allowed are {', '.join(sorted(names)) or 'none'}"
        )
    try:
        return kind(**settings)
    except TypeError as error:
        raise ValueError(f"a layer {kind.kind!r} needs {', '.join(sorted(names))}") from error
