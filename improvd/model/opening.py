"""Opening a model by the codec that its card names: who plays it, and whether it is whole."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple, Protocol

from improvd.errors import BundleError
from improvd.model import bundle, sums, symbolic
from improvd.model.frames import opening as frames
from improvd.model.generate import Improviser
from improvd.model.window import WindowImproviser
from improvd.protocol import Ask, Continued, Prefill, Weigh, Weighed


class Player(Protocol):
    """This is a model that improvises.

    Attributes:
        name: of the model.
        runtime: what computes it.
        why: one sentence, where that is not what was asked for; else ''.
    """

    name: str
    runtime: str
    why: str

    def prefill(self, request: Prefill) -> None:
        """Read a window, so that `ask` finds it read."""

    def ask(self, request: Ask) -> Continued:
        """Return what follows a window, the best candidate of each temperature."""

    def weigh(self, request: Weigh) -> Weighed:
        """Return how likely some windows are; nothing, if it cannot tell."""


class Whole(NamedTuple):
    """This is a bundle in which everything was found right."""

    name: str
    path: Path


def open_player(model: str, runtime: str = "auto") -> Player:
    """Return who improvises with a model, given by name or path.

    Args:
        model: a name or a path.
        runtime: of models of codec `metric`; the others know one alone.

    Raises:
        BundleError: if the bundle or the runtime cannot be used.
    """
    path = bundle.locate(model)
    match bundle.read_card(path)["codec"]["name"]:
        case bundle.FRAMES:
            raise BundleError(f"model {path}: it was made for the benchmark and cannot improvise; name another one")
        case bundle.SYMBOLS:
            return WindowImproviser.open(model)
        case _:
            return Improviser.open(model, runtime)


def sums_of(model: str) -> str:
    """Return a digest of a model's SHA256SUMS, in hex: two bundles with the same one are the same.

    Raises:
        BundleError: if there is no such model, or it has no sums.
    """
    return sums.digest(bundle.locate(model))


def verify(model: str) -> Whole:
    """Return a model's name and folder after a look at its sums, codec, shapes and weights.

    Args:
        model: a name or a path.

    Raises:
        BundleError: with one sentence saying what does not match.
    """
    path = bundle.locate(model)
    match bundle.read_card(path)["codec"]["name"]:
        case bundle.FRAMES:
            rolls = frames.open_frames(model)
            rolls.forward()
            return Whole(rolls.name, path)
        case bundle.SYMBOLS:
            symbols = symbolic.open_bundle(model)
            symbols.weights()
            return Whole(symbols.name, path)
        case _:
            metric = bundle.open_bundle(model)
            metric.weights(), metric.learnt(), metric.styles()
            return Whole(metric.name, path)
