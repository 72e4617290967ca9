"""Windows: the numbers of symbols that a network reads, and those that it is to foresee, as views of one array."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from improvd.errors import CorpusError
from improvd.training.grid import Array
from improvd.training.papers.texts import Text


def vocabulary(texts: Sequence[Text], rarest: int) -> tuple[str, ...]:
    """Return the symbols of some texts that come `rarest` times or more, in order of their names.

    Raises:
        CorpusError: if there are none.
    """
    counts = Counter(symbol for text in texts for symbol in text.symbols)
    kept = tuple(sorted(symbol for symbol, count in counts.items() if count >= rarest))
    if not kept:
        raise CorpusError(f"no symbol comes {rarest} times in {len(texts)} pieces; give more music")
    return kept


@dataclass(frozen=True, slots=True)
class Numbered:
    """This is some texts as numbers of symbols.

    Attributes:
        texts: one a piece, (N,) int32 each.
        left_out: symbols that are not in the vocabulary, of `symbols` in all.
    """

    texts: tuple[Array, ...]
    left_out: int
    symbols: int


def numbered(texts: Sequence[Text], vocabulary: Sequence[str], *, joined: bool = False) -> Numbered:
    """Return texts as numbers; what is not in the vocabulary is left out and counted.

    Args:
        joined: put the pieces one behind the other as one text.
    """
    numbers: Mapping[str, int] = {symbol: number for number, symbol in enumerate(vocabulary)}
    arrays = [np.array([numbers[s] for s in text.symbols if s in numbers], np.int32) for text in texts]
    symbols = sum(len(text.symbols) for text in texts)
    left_out = symbols - sum(map(len, arrays))
    return Numbered((np.concatenate(arrays),) if joined else tuple(arrays), left_out, symbols)


def nats_by_frequency(learnt: Numbered, held_out: Numbered, size: int) -> float:
    """Return the nats per symbol of held-out texts for who knows only how often each of `size` symbols was learnt.

    A symbol counts as seen half a time more than it was.
    """
    counts = np.bincount(np.concatenate(learnt.texts), minlength=size) + 0.5
    return float(-np.log(counts / counts.sum())[np.concatenate(held_out.texts)].mean())


class Windows:
    """This is all windows of some texts with what follows them; none goes beyond its text.

    Args:
        texts: (N,) int each.
        length: symbols of a window.
        sequences: whether a network is to foresee the symbol after each of a window's, not after the last alone.
        name: of the music, for complaints.

    Raises:
        CorpusError: if no text is longer than a window.
    """

    def __init__(self, texts: Sequence[Array], length: int, *, sequences: bool, name: str) -> None:
        self.length = length
        self.sequences = sequences
        self._sizes = [len(text) for text in texts]
        if max(self._sizes) <= length:
            raise CorpusError(
                f"{name}: its longest piece has {max(self._sizes)} symbols that are known, a window is {length} and "
                "one to foresee; give longer music"
            )
        self._views = sliding_window_view(np.concatenate(texts), length + 1)

    def starts(self, stride: int = 1, offset: int = 0) -> Array:
        """Return where windows begin, (W,) int64, `stride` symbols apart, the first of each text at `offset`."""
        ends = np.cumsum(self._sizes)
        bases = zip(ends - self._sizes, self._sizes, strict=True)
        return np.concatenate([base + np.arange(offset, size - self.length)[::stride] for base, size in bases])

    def batches(self, starts: Array, size: int) -> Iterator[tuple[Array, Array]]:
        """Yield windows (B, W) and what follows, (B,) or (B, W), `size` at once; only these are copied."""
        for first in range(0, len(starts), size):
            seen = self._views[starts[first : first + size]]
            yield seen[:, :-1], seen[:, 1:] if self.sequences else seen[:, -1]
