"""Baselines: an order-0 model and n-grams fitted on what a network was trained on, as it was told it.

The n-grams are told the style as the network is: there is one for each, and
its features are chosen on the validation pieces of that style. They are kept
beside the prepared music until music or code change.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from improvd.errors import CorpusError
from improvd.music.codec import STYLES
from improvd.training import grid, ngram
from improvd.training.corpus import cache, codehash, library, prepared, telling
from improvd.training.grid import Array, Score
from improvd.training.ngram import Ngram


@dataclass(frozen=True, slots=True)
class Baselines:
    """This is what a network is compared with.

    Attributes:
        unigram: of no feature, for all styles.
        ngrams: the n-gram of each style, by its index in `codec.STYLES`.
    """

    unigram: Ngram
    ngrams: Mapping[int, Ngram]

    def nats(self, scores: Sequence[Score]) -> list[Array]:
        """Return the nats of the n-grams for each field of each event, (N + 1, 5) for every score.

        A style that was not in the training split is taken for that which fits best.
        """
        found: list[Array | None] = [None] * len(scores)
        for style in {score.style for score in scores}:
            members = [number for number, score in enumerate(scores) if score.style == style]
            for number, nats in zip(members, self._of_style(style, [scores[n] for n in members]), strict=True):
                found[number] = nats
        return [nats for nats in found if nats is not None]

    def _of_style(self, style: int, scores: Sequence[Score]) -> list[Array]:
        able = [self.ngrams[style]] if style in self.ngrams else self.ngrams.values()
        tried = [model.nats(scores) for model in able]
        return [min(nats, key=lambda array: float(array.sum())) for nats in zip(*tried, strict=True)]


def fit(train: Sequence[Score], valid: Sequence[Score]) -> Baselines:
    """Return the baselines of a split."""
    ngrams = {
        style: ngram.fit(own, _of(style, valid) or valid) for style in range(len(STYLES)) if (own := _of(style, train))
    }
    return Baselines(ngram.unigram(train), ngrams)


def _of(style: int, scores: Iterable[Score]) -> list[Score]:
    return [score for score in scores if score.style == style]


def of_corpora(names: Sequence[str], *, as_keys: bool) -> Baselines | None:
    """Return the baselines fitted on some corpora's training split; None where these are not at hand.

    Args:
        as_keys: fitted on one keyboard part without style, see `grid.prepare`.
    """
    try:
        name, version = f"baselines-{'keys' if as_keys else 'told'}", _version(names, as_keys=as_keys)
        found = _from_bytes(cache.kept(name, version, ".npz") or b"")
        if not found:
            found = _fitted(names, as_keys=as_keys)
            cache.keep(name, version, ".npz", _to_bytes(found))
        return found
    except CorpusError as error:
        telling.say(f"no baselines: {error}")
        return None


def _version(names: Sequence[str], *, as_keys: bool) -> str:
    about = [prepared.manifest_version(), codehash.of_modules(__name__), repr((sorted(names), as_keys))]
    return hashlib.sha256("".join(about).encode()).hexdigest()


def _fitted(names: Sequence[str], *, as_keys: bool) -> Baselines:
    sides = library.split(names)
    telling.say(f"fitting the baselines on {', '.join(names)}")
    return fit(*(grid.prepare(pieces, as_keys=as_keys) for pieces in (sides.train, sides.valid)))


def _to_bytes(baselines: Baselines) -> bytes:
    """Return baselines as an npz file."""
    models = {"unigram": baselines.unigram, **{str(style): model for style, model in baselines.ngrams.items()}}
    arrays = {
        f"{prefix}.{name}": array for prefix, model in models.items() for name, array in ngram.to_arrays(model).items()
    }
    file = io.BytesIO()
    np.savez(file, styles=np.array(list(baselines.ngrams)), **arrays)  # type: ignore[arg-type]  # as flags
    return file.getvalue()


def _from_bytes(data: bytes) -> Baselines | None:
    """Return baselines from an npz file, None if it is damaged."""
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as saved:
            arrays = {name: saved[name] for name in saved.files}
        styles = arrays["styles"].tolist()
        ngrams = {style: ngram.from_arrays(_below(arrays, f"{style}.")) for style in styles}
        return Baselines(ngram.from_arrays(_below(arrays, "unigram.")), ngrams)
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None


def _below(arrays: Mapping[str, Array], prefix: str) -> dict[str, Array]:
    return {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}
