"""Model bundles: a folder with a card, weights, what its codec needs beside them, and the sums that prove them whole.

    card.toml          what the model is, what it was trained on and how well it did
    weights.npz        every weight as float16, no pickle; names and shapes follow from the card
    step.int8.tflite   codec `metric`: the step for LiteRT, weights rounded to 8 bits, batch resizable
    learnt.bin         codec `metric`, where the music is known: the index of its runs, see `ranking/index.py`
    styles.npz         codec `metric`, where it was fitted: the layer that tells styles apart, see `style.py`
    vocabulary.json    codecs of symbols: the symbols, in the order of their numbers
    SHA256SUMS         of the others

A bundle that does not match its sums, its codec or its shapes is refused.
Nothing in it can run code.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from improvd.errors import BundleError
from improvd.model import sums
from improvd.model.arrays import MAX_BYTES as MAX_BYTES
from improvd.model.arrays import read_arrays
from improvd.model.probe import Probe
from improvd.model.ranking.index import Index
from improvd.model.step import Shape
from improvd.model.sums import SUMS as SUMS
from improvd.music import codec

FORMAT = 1
CARD, WEIGHTS, INT8, VOCABULARY = "card.toml", "weights.npz", "step.int8.tflite", "vocabulary.json"
LEARNT = "learnt.bin"
STYLES = "styles.npz"
METRIC, FRAMES, SYMBOLS = "metric", "frames", "symbols"
FILES = {METRIC: (CARD, WEIGHTS, INT8), FRAMES: (CARD, WEIGHTS), SYMBOLS: (CARD, WEIGHTS, VOCABULARY)}
"""The files of a bundle, less its sums, by the codec that its card names."""
BESIDE = (LEARNT, STYLES)
"""Those that a bundle may have besides."""

MOST_UNITS = 8192
"""No network that fits into a bundle has more units or layers."""

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
        return read_weights(self.path, self.shape.weights())

    def learnt(self) -> Index | None:
        """Return the runs of the music that it learnt from, if the bundle has them.

        Raises:
            BundleError: if it has them, and they cannot be used.
        """
        path = self.path / LEARNT
        try:
            return Index.load(path) if path.exists() else None
        except (OSError, ValueError) as error:
            raise BundleError(f"model {self.path}: {LEARNT} cannot be read: {error}") from error

    def styles(self) -> Probe | None:
        """Return the layer that tells styles apart, if the bundle has one.

        Raises:
            BundleError: if it has one that cannot be used.
        """
        path = self.path / STYLES
        try:
            return Probe.load(path, self.shape.units) if path.exists() else None
        except (ValueError, KeyError) as error:
            raise BundleError(f"model {self.path}: {STYLES} cannot be read: {error}") from error

    def sum_of(self, file: str) -> str:
        """Return the SHA-256 of one of its files, in hex."""
        return sums.read(self.path)[file]


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
    path, card = open_card(name, METRIC, codec.fingerprint())
    size = _table(card, "architecture")
    told: list[Any] = [size.get(key) for key in ("units", "layers", "head_units")]
    if any(not isinstance(number, int) or not 1 <= number <= MOST_UNITS for number in told):
        raise BundleError(
            f"model {path}: {CARD} lacks architecture: units, layers and head_units, 1 to {MOST_UNITS} each"
        )
    return Bundle(path, card["name"], Shape(*told), card)


def open_card(name: str, codec_name: str, fingerprint: str) -> tuple[Path, dict[str, Any]]:
    """Return the folder and the card of a bundle, checked against its sums and its codec.

    Args:
        name: of a model, or the path of its folder.
        codec_name: the codec that is wanted, one of `FILES`.
        fingerprint: of that codec as this improvd speaks it.

    Raises:
        BundleError: with one sentence saying what does not match.
    """
    path = locate(name)
    card = read_card(path)
    told = card["codec"]
    if told["name"] != codec_name:
        raise BundleError(f"model {path}: it is one of codec {told['name']!r}; here one of {codec_name!r} is needed")
    _check_sums(path, FILES[codec_name])
    if told["fingerprint"] != fingerprint:
        raise BundleError(
            f"model {path}: its codec is {told['fingerprint']}, this improvd speaks {fingerprint}; "
            "take a bundle made for this version, or train anew"
        )
    return path, card


def read_card(path: Path) -> dict[str, Any]:
    """Return the card of a bundle as TOML tables: `format`, `name`, and `codec` with its `name` and `fingerprint`.

    Raises:
        BundleError: if it is unreadable or lacks one of these.
    """
    try:
        card = tomllib.loads((path / CARD).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BundleError(f"model {path}: {CARD} cannot be read: {error}") from error
    if card.get("format") != FORMAT:
        raise BundleError(f"model {path}: format {card.get('format')!r}, this improvd reads {FORMAT}")
    told = _table(card, "codec")
    if not all(isinstance(text, str) for text in (card.get("name"), told.get("name"), told.get("fingerprint"))):
        raise BundleError(f"model {path}: {CARD} lacks name, codec.name or codec.fingerprint")
    if told["name"] not in FILES:
        raise BundleError(f"model {path}: codec {told['name']!r}, this improvd knows {', '.join(FILES)}")
    return card


def _table(card: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    table = card.get(name)
    return table if isinstance(table, dict) else {}


def write_sums(path: Path, files: Sequence[str]) -> None:
    """Write SHA256SUMS of a bundle's files, those of its codec in `FILES` and what it has of `BESIDE`.

    Raises:
        BundleError: if the bundle is larger than allowed.
    """
    files = [*files, *(name for name in BESIDE if (path / name).exists())]
    _check_size(path, files)
    sums.write(path, files)


def read_weights(path: Path, shapes: Mapping[str, tuple[int, ...]]) -> Weights:
    """Return a bundle's weights by name.

    Args:
        path: the bundle's folder.
        shapes: what its architecture needs, by name.

    Raises:
        BundleError: if they cannot be read, or one is missing or has another shape.
    """
    try:
        weights = read_arrays(path / WEIGHTS)
    except ValueError as error:
        raise BundleError(f"model {path}: {WEIGHTS} cannot be read: {error}") from error
    for name, wanted in shapes.items():
        have = weights[name].shape if name in weights else None
        if have != wanted:
            raise BundleError(f"model {path}: weight {name!r} is {have}, the card's architecture needs {wanted}")
    return weights


def write_weights(path: Path, weights: Mapping[str, NDArray[Any]]) -> Weights:
    """Write weights as float16 and return them as they will be read."""
    rounded = {name: weight.astype(np.float16) for name, weight in weights.items()}
    np.savez(path / WEIGHTS, **rounded)  # type: ignore[arg-type]  # numpy types its keywords as flags
    return rounded


def _check_size(path: Path, files: Iterable[str]) -> None:
    size = sum((path / name).stat().st_size for name in files)
    if size > MAX_BYTES:
        raise BundleError(f"model {path}: {size / 1e6:.1f} MB; a bundle has at most {MAX_BYTES / 1e6:.0f} MB")


def _check_sums(path: Path, files: Sequence[str]) -> None:
    known = sums.read(path)
    files = [*files, *(name for name in BESIDE if name in known or (path / name).exists())]
    for name in files:
        if not (path / name).is_file():
            raise BundleError(f"model {path}: {name} is missing; fetch the bundle again")
    _check_size(path, files)
    for name in files:
        sums.check(path, name, known.get(name))
