"""Improvising with a layered network: it re-reads a window of symbols for each one that it draws.

A window shorter than the network's is read several times over until it is
full; an empty one as if middle C had been played.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from improvd.model import sampling, symbolic
from improvd.model.layered import Network, probabilities
from improvd.music.codec import KEYS, GridNote
from improvd.music.note import PITCHES, TICKS_PER_BEAT
from improvd.music.symbols import Moment, Reader, SymbolCodec
from improvd.music.timing import Meter
from improvd.protocol import Ask, Continued, Prefill, Weigh, Weighed
from improvd.protocol import GridNote as PlainNote

Array = NDArray[Any]
MAX_NOTES = 128
"""Notes drawn for one request at most: no bar holds more."""

MAX_IDLE = 32
"""Symbols drawn in a row that neither complete a note nor take time; then a row ends."""

PLAIN_VELOCITY = 80
LAST_NOTES = 16
"""An answer is as loud as so many notes before it."""

MIDDLE_C = GridNote(0, KEYS, 60, TICKS_PER_BEAT, PLAIN_VELOCITY)


def say_on_stderr(text: str) -> None:
    """Put a line into the log."""
    sys.stderr.write(f"{text}\n")


class WindowImproviser:
    """This continues music with one model of codec `symbols`. It keeps nothing but what it has said.

    Args:
        name: of the model.
        codec, network, weights, vocabulary: as in `symbolic.SymbolBundle`.
        say: takes a sentence for each symbol played that the vocabulary lacks.
    """

    runtime, why = "window", ""

    def __init__(
        self,
        name: str,
        codec: SymbolCodec,
        network: Network,
        weights: Mapping[str, Array],
        vocabulary: Sequence[str],
        say: Callable[[str], None] = say_on_stderr,
    ) -> None:
        self.name = name
        self._codec, self._network, self._weights = codec, network, weights
        self._vocabulary = tuple(vocabulary)
        self._numbers = {symbol: number for number, symbol in enumerate(vocabulary)}
        self._stand_ins: dict[str, int | None] = {}
        self._say = say

    @classmethod
    def open(cls, model: str) -> WindowImproviser:
        """Return an improviser with a model, given by name or path.

        Raises:
            BundleError: if the bundle cannot be used.
        """
        found = symbolic.open_bundle(model)
        return cls(found.name, found.codec, found.network, found.weights(), found.vocabulary)

    def prefill(self, request: Prefill) -> None:
        """Do nothing: the window is read anew for each symbol."""

    def weigh(self, request: Weigh) -> Weighed:
        """Return nothing: symbols keep too little of the rhythm."""
        return Weighed(request.number, request.about, ())

    def ask(self, request: Ask) -> Continued:
        """Return what follows a window, one row a temperature, all onsets in [begin_ticks, until_ticks)."""
        started = time.perf_counter()
        notes = [GridNote(*note) for note in request.window]
        meter = Meter(request.context.numerator, request.context.denominator)
        primer = self._codec.prime(
            notes, meter, request.begin_ticks, strike=request.strike, most=self._network.window
        )  # fmt: skip
        window = self._window(primer.symbols)
        rows = [_Row(request, warmth, notes, window, primer.reader) for warmth in request.temperatures]
        while drawing := [row for row in rows if row.drawing]:
            windows, which = np.unique([row.window for row in drawing], axis=0, return_inverse=True)
            probs = probabilities(self._network, self._weights, windows)[which]
            for row, own in zip(drawing, probs, strict=True):
                row.draw(own, self._vocabulary)
        took_s = time.perf_counter() - started
        return Continued(
            request.number, tuple(tuple(r.notes) for r in rows), tuple(r.log_prob for r in rows), 1, took_s
        )  # fmt: skip

    def _window(self, symbols: Iterable[str]) -> Array:
        """Return the numbers of the symbols that the network reads, (W,) int."""
        numbers = self._known(symbols) or self._known(self._codec.write([MIDDLE_C], Meter())) or [0]
        size = self._network.window
        return np.array((numbers * -(-size // len(numbers)))[-size:], np.int64)

    def _known(self, symbols: Iterable[str]) -> list[int]:
        numbers = (self._number(symbol) for symbol in symbols)
        return [number for number in numbers if number is not None]

    def _number(self, symbol: str) -> int | None:
        """Return the number of a symbol, or of what stands for it; None where it is left out."""
        if symbol in self._numbers:
            return self._numbers[symbol]
        if symbol not in self._stand_ins:
            other = self._codec.nearest(symbol, self._vocabulary)
            self._stand_ins[symbol] = None if other is None else self._numbers[other]
            instead = "it is left out" if other is None else f"{other!r} stands for it"
            self._say(f"model {self.name}: {symbol!r} is none of its {len(self._vocabulary)} symbols; {instead}")
        return self._stand_ins[symbol]


class _Row:
    """This draws at one temperature.

    Attributes:
        window: (W,) int, what the network reads next.
        notes: drawn so far.
        log_prob: of all symbols drawn, at temperature 1.
        drawing: whether there is more to draw.
    """

    def __init__(
        self, request: Ask, temperature: float, played: Sequence[GridNote], window: Array, reader: Reader
    ) -> None:
        self.window = window
        self.notes: list[PlainNote] = []
        self.log_prob = 0.0
        self.drawing = reader.now_ticks < request.until_ticks
        self._request, self._temperature, self._reader = request, temperature, reader
        self._rng = np.random.default_rng((request.seed, 0))
        ends = sorted((note.onset_ticks + note.duration_ticks, note.pitch) for note in played)
        self._ends = {pitch: end_ticks for end_ticks, pitch in ends}
        last = [note.velocity for note in played[-LAST_NOTES:]] or [PLAIN_VELOCITY]
        self._velocity = round(sum(last) / len(last))
        self._idle = 0

    def draw(self, probs: Array, vocabulary: Sequence[str]) -> None:
        """Draw one symbol by its probabilities (V,), and take in what it completes."""
        number = self._drawn(probs, vocabulary)
        if number is None:
            self._end()
            return
        before = self._reader.now_ticks
        self._reader, told = self._reader.fed(vocabulary[number]) or (self._reader, ())
        self.window = np.append(self.window[1:], number)
        self.log_prob += float(np.log(probs[number]))
        self._idle = 0 if told or self._reader.now_ticks > before else self._idle + 1
        self._take(told)
        if self._reader.now_ticks >= self._request.until_ticks or self._idle == MAX_IDLE:
            self._end()

    def _drawn(self, probs: Array, vocabulary: Sequence[str]) -> int | None:
        """Return a symbol that has a place here, if possible one that can sound; None if there is none."""
        request = self._request
        for need_sound in (True, False):
            left = probs.astype(np.float64)
            while left.any():
                kept = sampling.kept(
                    left, temperature=self._temperature, top_p=request.top_p, min_p=request.min_p
                )  # fmt: skip
                number = sampling.draw(kept, self._rng.random())
                fed = self._reader.fed(vocabulary[number])
                if fed is not None and (not need_sound or self._can_sound(fed[1])):
                    return number
                left[number] = 0.0
        return None

    def _can_sound(self, told: Sequence[Moment]) -> bool:
        return all(self._free(moment) or moment.onset_ticks >= self._request.until_ticks for moment in told)

    def _free(self, moment: Moment) -> list[int]:
        """Return the pitches of a moment, in the range, that do not sound already."""
        request = self._request
        inside = {folded(pitch, request.lowest, request.highest) for pitch in moment.pitches}
        return sorted(
            p for p in inside if p is not None and self._ends.get(p, moment.onset_ticks) <= moment.onset_ticks
        )

    def _take(self, told: Iterable[Moment]) -> None:
        for moment in told:
            inside = self._request.begin_ticks <= moment.onset_ticks < self._request.until_ticks
            for pitch in self._free(moment) if inside else []:
                self.notes.append((moment.onset_ticks, KEYS, pitch, moment.duration_ticks, self._velocity))
                self._ends[pitch] = moment.end_ticks
        if len(self.notes) >= MAX_NOTES:
            self.drawing = False

    def _end(self) -> None:
        self._take(self._reader.finished())
        self.drawing = False


def folded(pitch: int, lowest: int, highest: int) -> int | None:
    """Return a pitch moved by octaves into a range, as little as possible; None where none lies in it."""
    inside = [other for other in range(pitch % 12, PITCHES, 12) if lowest <= other <= highest]
    return min(inside, key=lambda other: abs(other - pitch), default=None)
