"""Bundles of codec `symbols`: a layered network over chords, durations or ABC, and its vocabulary."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from improvd.errors import BundleError
from improvd.model import bundle
from improvd.model.layered import Network
from improvd.model.layered.network import layer_tables, network_of
from improvd.music.symbols import CODECS, SymbolCodec, fingerprint


@dataclass(frozen=True, slots=True)
class SymbolBundle:
    """This is a bundle of codec `symbols` whose sums, codec, table and vocabulary have been found right.

    Attributes:
        path: its folder.
        name: of the model.
        codec: what its symbols mean.
        network: the table.
        vocabulary: the symbols in the order of their numbers.
        card: the whole card, as TOML tables.
    """

    path: Path
    name: str
    codec: SymbolCodec
    network: Network
    vocabulary: tuple[str, ...]
    card: Mapping[str, Any]

    def weights(self) -> dict[str, NDArray[np.float32]]:
        """Return the weights by the names of `Network.weights`.

        Raises:
            BundleError: if one is missing, has another shape than the card says or is no number.
        """
        saved = bundle.read_weights(self.path, self.network.weights())
        weights = {name: saved[name] for name in self.network.weights()}
        for name, weight in weights.items():
            if weight.dtype.kind != "f" or not np.isfinite(weight).all():
                raise BundleError(f"model {self.path}: weight {name!r} holds what is no number; fetch the bundle again")
        return {name: weight.astype(np.float32) for name, weight in weights.items()}


def open_bundle(name: str) -> SymbolBundle:
    """Return a bundle of codec `symbols`, checked against its sums, codec, table and vocabulary.

    Args:
        name: of a model, or the path of its folder.

    Raises:
        BundleError: with one sentence saying what does not match.
    """
    said = bundle.read_card(bundle.locate(name))
    codec = CODECS.get(_codec_name(said))
    path, card = bundle.open_card(name, bundle.SYMBOLS, fingerprint(codec) if codec else said["codec"]["fingerprint"])
    if codec is None:
        raise BundleError(f"model {path}: symbols {_codec_name(card)!r}; this improvd knows {', '.join(CODECS)}")
    try:
        network = network_of(card.get("network"))
    except ValueError as error:
        raise BundleError(f"model {path}: {bundle.CARD} tells of no network that can be: {error}") from error
    if 2 * network.parameters > bundle.MAX_BYTES:
        raise BundleError(f"model {path}: its network has {network.parameters:,} weights; a bundle has room for "
                          f"{bundle.MAX_BYTES // 2:,}")  # fmt: skip
    return SymbolBundle(path, card["name"], codec, network, _vocabulary(path, codec, network.symbols), card)


def write(
    path: Path,
    card: str,
    codec: SymbolCodec,
    network: Network,
    weights: Mapping[str, NDArray[Any]],
    vocabulary: Sequence[str],
) -> None:
    """Write a bundle into a folder that exists.

    Args:
        path: the folder.
        card: the card's text in TOML, with format, name and what else there is to say of the model; its tables
            `codec`, `symbols` and `network` are added here.
        codec: what the symbols mean.
        network: the table.
        weights: by the names of `Network.weights`.
        vocabulary: the symbols in the order of their numbers.

    Raises:
        BundleError: if what was written is no bundle that could be opened.
    """
    bundle.write_weights(path, {name: weights[name] for name in network.weights()})
    (path / bundle.VOCABULARY).write_text(json.dumps(list(vocabulary), ensure_ascii=False), encoding="utf-8")
    (path / bundle.CARD).write_text(f"{card.rstrip()}\n\n{_tables(codec, network)}", encoding="utf-8")
    bundle.write_sums(path, bundle.FILES[bundle.SYMBOLS])
    open_bundle(str(path)).weights()


def _tables(codec: SymbolCodec, network: Network) -> str:
    """Return the tables of a card that say what plays."""
    head = {"inputs": network.inputs, "window": network.window, "symbols": network.symbols}
    tables: list[tuple[str, Mapping[str, Any]]] = [
        ("[codec]", {"name": bundle.SYMBOLS, "fingerprint": fingerprint(codec)}),
        ("[symbols]", {"codec": codec.name}),
        ("[network]", head | {"parameters": network.parameters}),
        *(("[[network.layers]]", layer) for layer in layer_tables(network.layers)),
    ]
    return "\n".join(_toml(header, values) for header, values in tables)


def _toml(header: str, values: Mapping[str, Any]) -> str:
    return "".join([f"{header}\n", *(f"{key} = {json.dumps(value)}\n" for key, value in values.items())])


def _codec_name(card: Mapping[str, Any]) -> str:
    """Return what a card calls the codec of its symbols; '' where it says nothing."""
    told = card.get("symbols")
    return str(told.get("codec", "")) if isinstance(told, dict) else ""


def _vocabulary(path: Path, codec: SymbolCodec, size: int) -> tuple[str, ...]:
    """Return the symbols of a bundle, each once and each one of its codec's."""
    try:
        symbols = json.loads((path / bundle.VOCABULARY).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise BundleError(f"model {path}: {bundle.VOCABULARY} cannot be read: {error}") from error
    if not isinstance(symbols, list) or not all(isinstance(symbol, str) for symbol in symbols):
        raise BundleError(f"model {path}: {bundle.VOCABULARY} must be one list of texts")
    if len(set(symbols)) != len(symbols):
        twice = next(symbol for symbol in symbols if symbols.count(symbol) > 1)
        raise BundleError(f"model {path}: {bundle.VOCABULARY} has {twice!r} more than once")
    if len(symbols) != size:
        raise BundleError(f"model {path}: {bundle.VOCABULARY} has {len(symbols)} symbols, the card says {size}")
    if foreign := [symbol for symbol in symbols if not codec.knows(symbol)]:
        raise BundleError(f"model {path}: {bundle.VOCABULARY} has {foreign[0]!r}, which is none of {codec.name!r}")
    return tuple(symbols)
