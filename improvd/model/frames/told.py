"""What a network over frames is told at each symbol, all of it from the past: the frame before, and its echo.

The echo of a frame is what followed when the music last went as it does now:
of all earlier places before which the same frames stand, the one with the
most of them, and of those the latest. Music repeats itself, and over longer
distances than an LSTM remembers word by word.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from improvd.model.frames.shape import LEVELS
from improvd.music.frames import END, KEYS, START

Array = NDArray[Any]
Told = dict[str, Array]
"""Inputs of the network by name, and `target`, the symbol to be foreseen; the first axis counts symbols."""

OLDEST = 4
"""Ages of keys are told up to 2 ** OLDEST frames."""

LEFT = LEVELS - 1
"""The level of an echo that this frame has already departed from."""


class Echoes(NamedTuple):
    """This is where the echo of each frame stands (F,), and how many frames before it were alike (F,); 0 for none."""

    place: Array
    alike: Array


def echoes(frames: Array) -> Echoes:
    """Return the echoes of frames (F, 88)."""
    count = len(frames)
    music = np.unique(np.packbits(frames, 1), axis=0, return_inverse=True)[1].reshape(-1)
    place, alike = np.zeros(count, np.int64), np.zeros(count, np.int64)
    run = np.zeros(0, np.int64)  # how many frames before each earlier place are those before this one
    for frame in range(1, count):
        run = np.where(music[: frame - 1] == music[frame - 1], np.concatenate([[0], run])[: frame - 1] + 1, 0)
        if run.any():
            place[frame] = frame - 1 - np.argmax(run[::-1])
            alike[frame] = run.max()
    return Echoes(place, alike)


def ages(frames: Array) -> Array:
    """Return for how many frames each key has sounded, as whole powers of 2 up to `OLDEST` (F, 88)."""
    old, age = np.zeros(frames.shape, np.uint8), np.zeros(KEYS, np.int64)
    for frame, keys in enumerate(frames):
        age = np.where(keys, age + 1, 0)
        old[frame] = np.log2(np.clip(age, 1, 2**OLDEST))
    return old


def read(frames: Array) -> Told:
    """Return all that a network may be told of a sequence.

    Args:
        frames: (F, 88) bool, which keys sound in each frame.

    Returns:
        by the names of the inputs: numbers (S,) int32, rolls (S, 88) uint8; and `target` (S,) int32, for S symbols.
    """
    target, frame = _symbols(frames)
    symbol = np.concatenate([[START], target[:-1]]).astype(np.int32)
    before = np.concatenate([np.zeros((1, KEYS), bool), frames[:-1]])
    old = np.concatenate([np.zeros((1, KEYS), np.uint8), ages(frames)[:-1]])
    echo = echoes(frames)
    echoed = frames[echo.place] & (echo.alike > 0)[:, None]
    last = np.where(symbol < END, symbol, -1)
    written = np.arange(KEYS) <= last[:, None]
    left = (echo.alike > 0)[frame] & ((frames[frame] ^ echoed[frame]) & written).any(1)
    level = np.where(echo.alike > 0, np.log2(np.maximum(echo.alike, 1)).astype(np.int64) + 1, 0)
    return {
        "symbol": symbol,
        "target": target,
        "before_next": _next(before[frame] & ~written),
        "echo_next": _next(echoed[frame] & ~written),
        "echo_level": np.where(left, LEFT, np.minimum(level, LEFT - 1)[frame]).astype(np.int32),
        "before_keys": before[frame].astype(np.uint8),
        "before_ages": old[frame],
        "echo_keys": echoed[frame].astype(np.uint8),
    }


def _symbols(frames: Array) -> tuple[Array, Array]:
    """Return the symbols of frames (S,), and the frame that each belongs to (S,)."""
    ended = np.concatenate([frames, np.ones((len(frames), 1), bool)], 1)
    frame, symbol = np.nonzero(ended)
    return symbol.astype(np.int32), frame


def _next(keys: Array) -> Array:
    """Return the lowest of some keys (S, 88), `END` where there are none (S,)."""
    return np.where(keys.any(1), keys.argmax(1), END).astype(np.int32)
