"""Model bundles: a folder with a card, weights, one int8 step, and the sums that prove them whole.

    card.toml          what the model is, what it was trained on and how well it did
    weights.npz        every weight of `step.Shape.weights` as float16, no pickle
    step.int8.tflite   the step for LiteRT, weights rounded to 8 bits, batch resizable
    SHA256SUMS         of the three

A bundle that does not match its sums, its codec or its shapes is refused.
Nothing in it can run code.
"""

from __future__ import annotations

import hashlib
import os
import tomllib
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from improvd.errors import BundleError
from improvd.model.step import Shape
from improvd.music import codec

FORMAT = 1
CARD, WEIGHTS, INT8, SUMS = "card.toml", "weights.npz", "step.int8.tflite", "SHA256SUMS"
FILES = (CARD, WEIGHTS, INT8)
MAX_BYTES = 25_000_000

Weights = dict[str, NDArray[np.float16]]


@dataclass(frozen=True, slots=True)
class Bundle:
    """This is a bundle whose sums, codec and sizes have been found right.

    Attributes:
        path: its folder.
        name: of the model.
        shape: of the network.
        card: the whole card, as TOML tables.
    """

    path: Path
    name: str
    shape: Shape
    card: Mapping[str, Any]

    def weights(self) -> Weights:
        """Return the weights by name.

        Raises:
            BundleError: if one is missing or has another shape than the card says.
        """
        try:
            with np.load(self.path / WEIGHTS, allow_pickle=False) as saved:
                weights = {name: saved[name] for name in saved.files}
        except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
            raise BundleError(f"model {self.path}: {WEIGHTS} cannot be read: {error}") from error
        _check_shapes(self.path, weights, self.shape)
        return weights

    def sum_of(self, file: str) -> str:
        """Return the SHA-256 of one of its files, in hex."""
        return _sums(self.path)[file]


def folders() -> list[Path]:
    """Return where models are looked for by name: `models/` beside the package, then the user's own."""
    return [Path(__file__).parents[2] / "models", user_folder()]


def user_folder() -> Path:
    """Return where the user's own models lie: `$XDG_DATA_HOME/improvd/models`."""
    data = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(data) / "improvd" / "models"


def found() -> dict[str, Path]:
    """Return every bundle by name; one beside the package hides the user's own of the same name."""
    bundles = {card.parent.name: card.parent for root in reversed(folders()) for card in sorted(root.glob(f"*/{CARD}"))}
    return dict(sorted(bundles.items()))


def locate(name: str) -> Path:
    """Return the folder of a model, given its name or path.

    Raises:
        BundleError: if there is none; says where it was looked for and what there is.
    """
    if (Path(name) / CARD).is_file():
        return Path(name)
    models = found()
    if name not in models:
        places = ", ".join(str(root) for root in folders())
        have = ", ".join(models) or "none"
        raise BundleError(f"no model {name!r}: it is no folder with a {CARD}, nor in {places}; there are: {have}")
    return models[name]


def open_bundle(name: str) -> Bundle:
    """Return a bundle, checked against its sums, codec and shapes.

    Args:
        name: of a model, or the path of its folder.

    Raises:
        BundleError: with one sentence saying what does not match.
    """
    path = locate(name)
    _check_sums(path)
    card = read_card(path)
    told = card["codec"]["fingerprint"]
    if told != codec.fingerprint():
        raise BundleError(
            f"model {path}: its codec is {told}, this improvd speaks {codec.fingerprint()}; "
            "take a bundle made for this version, or train anew"
        )
    size = card["architecture"]
    return Bundle(path, card["name"], Shape(size["units"], size["layers"], size["head_units"]), card)


def read_card(path: Path) -> dict[str, Any]:
    """Return the card of a bundle as TOML tables.

    Raises:
        BundleError: if it is unreadable or lacks what a card needs.
    """
    try:
        card = tomllib.loads((path / CARD).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BundleError(f"model {path}: {CARD} cannot be read: {error}") from error
    if card.get("format") != FORMAT:
        raise BundleError(f"model {path}: format {card.get('format')!r}, this improvd reads {FORMAT}")
    size = card.get("architecture", {})
    whole = isinstance(card.get("name"), str) and isinstance(card.get("codec", {}).get("fingerprint"), str)
    if not whole or any(
        not isinstance(size.get(key), int) or size[key] < 1 for key in ("units", "layers", "head_units")
    ):
        raise BundleError(f"model {path}: {CARD} lacks name, codec.fingerprint or architecture")
    return card


def write_sums(path: Path) -> None:
    """Write SHA256SUMS of a bundle's files, readable by `sha256sum -c`.

    Raises:
        BundleError: if the bundle is larger than allowed.
    """
    size = sum((path / name).stat().st_size for name in FILES)
    if size > MAX_BYTES:
        raise BundleError(f"model {path}: {size / 1e6:.1f} MB; a bundle has at most {MAX_BYTES / 1e6:.0f} MB")
    (path / SUMS).write_text("".join(f"{_sha256(path / name)}  {name}\n" for name in FILES))


def write_weights(path: Path, weights: Mapping[str, NDArray[Any]]) -> Weights:
    """Write weights as float16 and return them as they will be read."""
    rounded = {name: weight.astype(np.float16) for name, weight in weights.items()}
    np.savez(path / WEIGHTS, **rounded)  # type: ignore[arg-type]  # numpy types its keywords as flags
    return rounded


def _check_sums(path: Path) -> None:
    sums = _sums(path)
    for name in FILES:
        if not (path / name).is_file():
            raise BundleError(f"model {path}: {name} is missing; fetch the bundle again")
        if _sha256(path / name) != sums.get(name):
            raise BundleError(f"model {path}: {name} does not match {SUMS}: it is damaged or was changed; "
                              "fetch the bundle again")  # fmt: skip


def _sums(path: Path) -> dict[str, str]:
    try:
        lines = (path / SUMS).read_text(encoding="ascii").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BundleError(f"model {path}: {SUMS} cannot be read: {error}; fetch the bundle again") from error
    return {name: value for value, _, name in (line.partition("  ") for line in lines)}


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _check_shapes(path: Path, weights: Mapping[str, NDArray[Any]], shape: Shape) -> None:
    for name, wanted in shape.weights().items():
        have = weights[name].shape if name in weights else None
        if have != wanted:
            raise BundleError(f"model {path}: weight {name!r} is {have}, the card's architecture needs {wanted}")
