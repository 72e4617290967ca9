"""The size of a network over the codec `frames`, what it is told, and so its weights; and what fitting drops."""

from __future__ import annotations

from dataclasses import dataclass

from improvd.music.frames import END, KEYS, START

BEFORE, ECHO = "before", "echo"
"""What a network may be told beside the last symbol: the frame before this one; what followed when it last went so."""

LEVELS = 13
"""How far an echo goes back: none, 1, 2-3, 4-7 … 1,024 or more frames alike; and one that this frame has left."""

INDICES = {
    "symbol": ("", START + 1),
    "before_next": (BEFORE, END + 1),
    "echo_next": (ECHO, END + 1),
    "echo_level": (ECHO, LEVELS),
}
"""Inputs that are a number: of which of the above each is part, and how many values it has."""

ROLLS = {"before_keys": BEFORE, "before_ages": BEFORE, "echo_keys": ECHO}
"""Inputs of a number a key, and of which of the above each is part."""


@dataclass(frozen=True, slots=True)
class FramesShape:
    """This is the size of a network over frames.

    Attributes:
        units: of each LSTM layer, and of the sum of the embeddings.
        layers: LSTM layers.
        told: which of `BEFORE` and `ECHO` it is told.
    """

    units: int
    layers: int
    told: tuple[str, ...] = (BEFORE, ECHO)

    @property
    def indices(self) -> dict[str, int]:
        """The inputs that are a number, and how many values each has."""
        return {name: size for name, (part, size) in INDICES.items() if part in ("", *self.told)}

    @property
    def rolls(self) -> list[str]:
        """The inputs of a number a key."""
        return [name for name, part in ROLLS.items() if part in self.told]

    @property
    def inputs(self) -> list[str]:
        """All inputs, less the symbol that is to be foreseen."""
        return [*self.indices, *self.rolls]

    def weights(self) -> dict[str, tuple[int, ...]]:
        """Return the shape of every weight by name."""
        units = self.units
        shapes: dict[str, tuple[int, ...]] = {f"embed.{name}": (size, units) for name, size in self.indices.items()}
        shapes |= {f"embed.{name}": (KEYS, units) for name in self.rolls}
        for layer in range(self.layers):
            shapes |= {
                f"lstm.{layer}.kernel": (units, 4 * units),
                f"lstm.{layer}.recurrent": (units, 4 * units),
                f"lstm.{layer}.bias": (4 * units,),
            }
        return shapes | {"head.kernel": (units, END + 1), "head.bias": (END + 1,)}


@dataclass(frozen=True, slots=True)
class Dropout:
    """This is which shares of a network are dropped while it is fitted.

    Attributes:
        fed: of what the first layer is fed; between: of what passes between layers; top: of what is foreseen from.
            Each has one mask a sequence.
        recurrent: of the weights from a layer to itself, one mask a window.
    """

    fed: float = 0.0
    between: float = 0.0
    top: float = 0.0
    recurrent: float = 0.0
