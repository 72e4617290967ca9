"""Drawing a whole bar within one compiled loop, on TensorFlow: a call a bar, not a call a note.

XLA compiles a loop for one number of rows, which takes a second or so, and so
it is done for a few numbers before the model is called ready; a request is
filled up to the next of them. What is read and drawn stays on the device.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from improvd.model.cursor import Cursor, inputs_at, told
from improvd.model.drawing import Chunk, Drawn, Note, aimed, draw_note, noise_of
from improvd.model.runtimes import gpu
from improvd.model.runtimes.tensorflow import TensorflowOps, TensorflowStep
from improvd.model.step import Fed, Shape, Step, feed, sounding_after, step
from improvd.music import codec
from improvd.music.codec import FIELDS, KEYS, GridNote
from improvd.protocol import Ask, Context

Array = NDArray[Any]
OPS = TensorflowOps()
READ_NOTES = 64
"""Notes read within one call at most."""

ROWS = (1, 16, 64)
"""Numbers of rows to be warm for."""


def open_loop(weights: Mapping[str, Array], shape: Shape, *, on_cpu: bool) -> tuple[BarLoop | None, str]:
    """Return loops on the GPU, ready to play, and ''; or none, and why.

    Args:
        on_cpu: if there is no GPU at all, return loops on the CPU.
    """
    why = gpu.take()
    if why and not (on_cpu and why == gpu.NONE):
        return None, why
    device = "CPU:0" if why else "GPU:0"
    try:
        loop = BarLoop(weights, shape, device)
        loop.warm_up(ROWS)
    except tf.errors.ResourceExhaustedError:
        return None, f"TensorFlow has not enough memory on {device}"
    except tf.errors.OpError as error:
        return None, f"TensorFlow fails on {device} ({gpu.first_line(error)})"
    return loop, why and f"{why}; it computes on the CPU"


class BarLoop:
    """This reads and draws within compiled loops, for the numbers of rows that it is warm for."""

    def __init__(self, weights: Mapping[str, Array], shape: Shape, device: str) -> None:
        self.name = f"tensorflow-{device.partition(':')[0].lower()}"
        self._device, self._shape = device, shape
        self._warm: tuple[int, ...] = ()
        with tf.device(device):
            plain = TensorflowStep(weights, shape)
        self.step: Step = plain
        self._feed = partial(feed, OPS, plain.weights, shape)
        self._step = partial(step, OPS, plain.weights, shape)
        self._reading = tf.function(self._read, jit_compile=True)
        self._drawing = tf.function(self._draw, jit_compile=True)

    def warm_up(self, rows: Sequence[int]) -> None:
        """Have everything made that computes: the loops for some numbers of rows, rising, and the step."""
        start = Cursor.at_start(np.zeros(1, np.int64), self._shape)
        self.step(inputs_at(start, Context()))
        cursor = self.read(start, [GridNote(0, KEYS, 60, 24, 80)], Context())
        for number in rows:
            request = Ask(0, (), Context(), 24, 25, False, (1.0,), 1.0, 0.0, 0, 127, 0, number)
            self.draw(Chunk.of(request), cursor, noise_of(0, number))
        self._warm = tuple(rows)

    def read(self, cursor: Cursor, notes: Sequence[GridNote], context: Context) -> Cursor:
        """Return the places after each of some notes that were played, a row a note, from a place in one row."""
        places: list[Cursor] = []
        events = codec.encode(notes, origin_ticks=int(np.asarray(cursor.onset_ticks)[0]))
        about = np.array([told(context)], np.int32)
        for start in range(0, len(notes), READ_NOTES):
            part = slice(start, start + READ_NOTES)
            count = np.int32(len(notes[part]))
            event, onset = np.zeros((READ_NOTES, 1, len(FIELDS)), np.int32), np.zeros((READ_NOTES, 1), np.int64)
            event[:count, 0] = events[part]
            onset[:count, 0] = [note.onset_ticks for note in notes[part]]
            read = self._run(self._reading, count, event, onset, about, cursor)
            places.append(Cursor(*(part[:count] for part in read)))
            cursor = Cursor(*(part[-1:] for part in places[-1]))
        with tf.device(self._device):
            return Cursor(*(tf.concat(parts, 0) for parts in zip(*places, strict=True)))

    def take(self, cursor: Cursor, rows: Sequence[int]) -> Cursor:
        """Return the places of some rows, each as often as it is named."""
        with tf.device(self._device):
            return Cursor(*(tf.gather(part, list(rows)) for part in cursor))

    def draw(self, chunk: Chunk, cursor: Cursor, noise: Array) -> Drawn:
        """Return what follows."""
        rows = len(chunk.told)
        each = np.minimum(np.arange(self._warm_for(rows)), rows - 1)  # the last row is there as often as needed
        start = self.take(cursor, [0] * len(each))
        count, heard = self._run(self._drawing, chunk.taken(each), start, noise[:, each])
        event, onset, inside, log_prob = (part.numpy()[: count.numpy(), :rows].swapaxes(0, 1) for part in heard)
        return Drawn(event, onset[..., 0], inside[..., 0], log_prob)

    def _warm_for(self, rows: int) -> int:
        """Return the number of rows that a loop is there for; above the largest it is made when first asked for."""
        return next((number for number in self._warm if number >= rows), rows)

    def _run(self, loop: Any, *given: Any) -> Any:
        with tf.device(self._device):
            return loop(*tf.nest.map_structure(tf.convert_to_tensor, given))

    def _read(self, count: Any, events: Any, onsets: Any, about: Any, start: Cursor) -> Cursor:
        """Return the places after N events, right for the first `count`; (N, 1, 5), onsets (N, 1), `about` (1, 3)."""
        chord = tf.zeros((about.shape[0], 12))
        bar = tf.cast(about[:, 0], tf.int64)

        def read_note(number: Any, cursor: Cursor, places: Any) -> tuple[Any, Cursor, Any]:
            place = tf.concat([tf.cast(cursor.onset_ticks % bar, tf.int32)[:, None], about], 1)
            _, state = self._feed(Fed(cursor.event, place, chord, cursor.remaining, cursor.state))
            remaining = sounding_after(OPS, cursor.remaining, events[number])
            after = Cursor(events[number], onsets[number], remaining, state)
            kept = Cursor(*(array.write(number, part[0]) for array, part in zip(places, after, strict=True)))
            return number + 1, after, kept

        places = Cursor(*(tf.TensorArray(p.dtype, READ_NOTES, element_shape=p.shape[1:]) for p in start))
        _, _, places = tf.while_loop(lambda number, *_: number < count, read_note, (0, start, places))
        return Cursor(*(array.stack() for array in places))

    def _draw(self, chunk: Chunk, start: Cursor, noise: Any) -> tuple[Any, Note]:
        """Return how many notes were drawn, and the notes (N, B, …)."""
        most, rows = noise.shape[:2]

        def draw_one(number: Any, drawing: Any, cursor: Cursor, notes: Note) -> tuple[Any, Any, Cursor, Note]:
            aim = aimed(OPS, chunk, cursor, first=tf.equal(number, 0))
            note, after = draw_note(OPS, self._step, chunk, aim, cursor, noise[number], drawing)
            notes = Note(*(array.write(number, part) for array, part in zip(notes, note, strict=True)))
            return number + 1, note.inside, after, notes

        kinds = Note((tf.int32, len(FIELDS)), (tf.int64, 1), (tf.bool, 1), (tf.float32, len(FIELDS)))
        notes = Note(*(tf.TensorArray(kind, most, element_shape=(rows, width)) for kind, width in kinds))
        number, _, _, notes = tf.while_loop(
            lambda number, drawing, *_: (number < most) & tf.reduce_any(drawing),
            draw_one,
            (0, tf.ones((rows, 1), tf.bool), start, notes),
        )
        return number, Note(*(array.stack() for array in notes))
