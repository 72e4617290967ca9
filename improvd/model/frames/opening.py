"""Opening a bundle of codec `frames`: checked, and ready to read music."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from improvd.errors import BundleError
from improvd.model import bundle
from improvd.model.frames.forward import Forward
from improvd.model.frames.shape import BEFORE, ECHO, FramesShape
from improvd.music import frames


@dataclass(frozen=True, slots=True)
class FramesBundle:
    """This is a bundle whose sums, codec and sizes have been found right.

    Attributes:
        path: its folder.
        name: of the model.
        shape: of the network.
        card: the whole card, as TOML tables.
    """

    path: Path
    name: str
    shape: FramesShape
    card: Mapping[str, Any]

    def forward(self) -> Forward:
        """Return its network.

        Raises:
            BundleError: if a weight is missing or has another shape than the card says.
        """
        return Forward(bundle.read_weights(self.path, self.shape.weights()), self.shape)


def open_frames(name: str) -> FramesBundle:
    """Return a bundle, checked against its sums, codec and shapes.

    Args:
        name: of a model, or the path of its folder.

    Raises:
        BundleError: with one sentence saying what does not match.
    """
    path, card = bundle.open_card(name, bundle.FRAMES, frames.fingerprint())
    said = card.get("architecture", {})
    units, layers, told = (said.get(key) for key in ("units", "layers", "told"))
    if any(not isinstance(number, int) or number < 1 for number in (units, layers)):
        raise BundleError(f"model {path}: {bundle.CARD} lacks architecture: units and layers, each 1 or more")
    if not isinstance(told, list) or not set(told) <= {BEFORE, ECHO}:
        raise BundleError(f"model {path}: architecture.told is {told!r}; allowed is a list of {BEFORE!r} and {ECHO!r}")
    return FramesBundle(path, card["name"], FramesShape(units, layers, tuple(told)), card)
