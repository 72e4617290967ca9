"""One LSTM step: an event and a state in, the next event drawn from the network, and the new state out.

Written once, over any array library (`Ops`): NumPy runs it as it stands,
TensorFlow compiles it, LiteRT gets it converted. The network that training
fits (`network.py`) computes the same numbers for a whole sequence at once.

    sum of embeddings -> k LSTM layers, residual from the second on -> per field: tanh -> softmax -> draw

Arrays, with B rows, L layers, U units, and V the sum of the field sizes:

| input     | shape       | dtype | meaning |
|-----------|-------------|-------|---------|
| event     | (B, 5)      | int32 | the event fed; `codec.START` at first |
| context   | (B, 4)      | int32 | onset of that event in the bar in ticks; bar length in ticks; metre; style |
| chord     | (B, 12)     | f32   | pitch classes of the named chord, all 0 where none is named |
| remaining | (B, 128)    | f32   | ticks that each pitch will still sound, from that onset on |
| state     | (B, 2, L*U) | f32   | h and c of all layers |
| legal     | (B, V)      | f32   | 1 where a value may be drawn, else 0; every field needs one 1 |
| settings  | (B, 3, 5)   | f32   | temperature > 0, top_p in (0, 1], min_p in [0, 1), per field |
| noise     | (B, 5)      | f32   | one number in [0, 1) a field |
| forced    | (B, 5)      | int32 | a value to take instead of drawing, or -1 |

Where all rows share an array it may have one row, `noise` excepted: what depends
on such arrays alone may be computed once, and come out in one row.

The outputs are the next event, its log-probabilities per field under the
legal values at temperature 1 (B, 5), and `position`, `remaining` and `state`
to feed with it. A note that was played needs no drawing: then the first five
inputs are fed, and the state is all that comes out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np

from improvd.music.codec import ADVANCE, BEATS_IN_BAR, DURATION, FIELDS, PITCH, STEPS
from improvd.music.note import PITCHES, TICKS_PER_BEAT

Array = Any
"""An array of whichever library computes."""

OFF = -1e9
"""The logit of what is not legal."""

_ADVANCES = np.array([*STEPS, 0], np.float32)
"""Ticks of each advance, 0 for the end."""
_PITCHES = np.arange(PITCHES, dtype=np.int32)[None]
_CLASSES = np.equal.outer(np.arange(PITCHES) % 12, np.arange(12)).astype(np.float32)
"""Which class each pitch has, (128, 12)."""


class Ops(Protocol):
    """This is what the step asks of an array library, beyond operators and slicing.

    `pick` gives of each row the value at a place, given as a column.
    `stack` makes a second axis of arrays, `unstack` arrays of a second axis: LiteRT takes a slice number by number.
    `falling` gives the values of each row from the greatest down, all but the least: LiteRT takes
    ten times as long for all of them.
    """

    def constant(self, values: Any, dtype: str) -> Array: ...
    def cast(self, x: Array, dtype: str) -> Array: ...
    def gather(self, table: Array, index: Array) -> Array: ...
    def matmul(self, x: Array, weights: Array) -> Array: ...
    def tanh(self, x: Array) -> Array: ...
    def sigmoid(self, x: Array) -> Array: ...
    def softmax(self, x: Array) -> Array: ...
    def log_softmax(self, x: Array) -> Array: ...
    def where(self, condition: Array, x: Array, y: Array) -> Array: ...
    def minimum(self, x: Array, y: Array) -> Array: ...
    def maximum(self, x: Array, y: Array) -> Array: ...
    def concat(self, parts: list[Array]) -> Array: ...
    def stack(self, parts: list[Array]) -> Array: ...
    def unstack(self, x: Array) -> list[Array]: ...
    def split(self, x: Array, widths: Sequence[int]) -> list[Array]: ...
    def flat(self, column: Array) -> Array: ...
    def sum(self, x: Array) -> Array: ...
    def max(self, x: Array) -> Array: ...
    def min(self, x: Array) -> Array: ...
    def cumsum(self, x: Array) -> Array: ...
    def pick(self, x: Array, column: Array) -> Array: ...
    def falling(self, x: Array) -> Array: ...


@dataclass(frozen=True, slots=True)
class Shape:
    """This is the size of a network: units of each LSTM layer, layers, units of each head."""

    units: int
    layers: int
    head_units: int

    @property
    def state_width(self) -> int:
        """Width of h (or c) of all layers together."""
        return self.layers * self.units

    def weights(self) -> dict[str, tuple[int, ...]]:
        """Return the shape of every weight by name."""
        units, hidden = self.units, self.head_units
        shapes: dict[str, tuple[int, ...]] = {f"embed.{f.name}": (f.size + 1, units) for f in FIELDS}
        shapes |= {name: (size, units) for name, size in CONTEXT_TABLES.items()}
        for layer in range(self.layers):
            shapes[f"lstm.{layer}.kernel"] = (units, 4 * units)
            shapes[f"lstm.{layer}.recurrent"] = (units, 4 * units)
            shapes[f"lstm.{layer}.bias"] = (4 * units,)
        shapes |= {"heads.kernel": (units, len(FIELDS) * hidden), "heads.bias": (len(FIELDS) * hidden,)}
        for index, field in enumerate(FIELDS):
            if later := len(FIELDS) - 1 - index:
                shapes[f"heads.after.{field.name}"] = (field.size, later * hidden)
            shapes[f"head.{field.name}.kernel"] = (hidden, field.size)
            shapes[f"head.{field.name}.bias"] = (field.size,)
        after_advance = (len(FIELDS) - 1 - ADVANCE) * hidden
        shapes |= {"heads.phase": (TICKS_PER_BEAT, after_advance), "heads.beat": (BEATS_IN_BAR, after_advance)}
        return shapes


CONTEXT_TABLES = {
    "embed.phase": TICKS_PER_BEAT,
    "embed.beat": BEATS_IN_BAR,
    "embed.meter": 16,
    "embed.style": 16,
    "embed.harmony": 12,
}
"""Rows of the tables that embed what is known before a note."""

LEGAL_WIDTH = sum(field.size for field in FIELDS)


class Inputs(NamedTuple):
    """This is what a step is fed; the table above says how."""

    event: Array
    context: Array
    chord: Array
    remaining: Array
    state: Array
    legal: Array
    settings: Array
    noise: Array
    forced: Array


class Fed(NamedTuple):
    """This is what of these the state after the event depends on."""

    event: Array
    context: Array
    chord: Array
    remaining: Array
    state: Array


class Asked(NamedTuple):
    """This is what of these the event drawn depends on, beside what the top layer makes of the event fed."""

    event: Array
    context: Array
    remaining: Array
    legal: Array
    settings: Array
    noise: Array
    forced: Array


class Chosen(NamedTuple):
    """This is the next event, drawn or forced, with its log-probabilities, and what to feed beside it but the state."""

    event: Array
    log_prob: Array
    position: Array
    remaining: Array


class Outputs(NamedTuple):
    """This is what a step gives: the next event, and what to feed beside it."""

    event: Array
    log_prob: Array
    position: Array
    remaining: Array
    state: Array


class Step(Protocol):
    """This computes the step of one network on NumPy arrays, for any number of rows."""

    def __call__(self, inputs: Inputs) -> Outputs:
        """Return the next event and the state after the event fed."""

    def feed(self, fed: Fed) -> Array:
        """Return the state after the event fed."""


def step(ops: Ops, weights: Mapping[str, Array], shape: Shape, inputs: Inputs) -> Outputs:
    """Return the next event and the state after the event fed."""
    top, state = feed(ops, weights, shape, fed_of(inputs))
    return Outputs(*draw(ops, weights, shape, top, asked_of(inputs)), state)


def fed_of(inputs: Inputs) -> Fed:
    """Return what of the inputs of a step is fed."""
    return Fed(*(getattr(inputs, name) for name in Fed._fields))


def asked_of(inputs: Inputs) -> Asked:
    """Return what of the inputs of a step the drawing asks for."""
    return Asked(*(getattr(inputs, name) for name in Asked._fields))


def in_each(part: Any, rows: int) -> Any:
    """Return a NumPy array in so many rows, of one that may have one row for all of them."""
    return part if len(part) == rows else np.repeat(part, rows, 0)


def feed(ops: Ops, weights: Mapping[str, Array], shape: Shape, fed: Fed) -> tuple[Array, Array]:
    """Return what the top layer makes of the event fed (B, U), and the state after it: all of a step but drawing."""
    position, _, meter, style = ops.split(fed.context, (1, 1, 1, 1))
    x = _embedded(ops, weights, [*ops.split(fed.event, ONES), position, meter, style], fed)
    return _recur(ops, weights, shape, x, fed.state)


ONES = (1,) * len(FIELDS)
"""Widths that split an array with a number a field into columns (B, 1)."""


def _embedded(ops: Ops, weights: Mapping[str, Array], told: Sequence[Array], fed: Fed) -> Array:
    """Return the sum of all embeddings, (B, U); `told`: the columns of event, position, metre and style."""
    *event, position, meter, style = map(ops.flat, told)
    phase, beat = place_in_bar(ops, position)
    indexes = dict(zip(EMBEDDINGS, (*event, phase, beat, meter, style), strict=True))
    x = ops.matmul(_harmony(ops, fed.chord, fed.remaining), weights["embed.harmony"])
    for name, index in indexes.items():
        x = x + ops.gather(weights[name], index)
    return x


EMBEDDINGS = (*(f"embed.{f.name}" for f in FIELDS), *(name for name in CONTEXT_TABLES if name != "embed.harmony"))
"""The tables in which the event and its place are looked up."""


def place_in_bar(ops: Ops, position: Array) -> tuple[Array, Array]:
    """Return the tick in the beat and the beat in the bar of a position in ticks, int32."""
    return position % TICKS_PER_BEAT, ops.minimum(position // TICKS_PER_BEAT, BEATS_IN_BAR - 1)


def _harmony(ops: Ops, chord: Array, remaining: Array) -> Array:
    """Return the pitch classes in force: the named chord's, else those sounding."""
    sounding = ops.cast(remaining > 0, "float32")
    heard = ops.minimum(ops.matmul(sounding, ops.constant(_CLASSES, "float32")), 1.0)
    return ops.where(ops.sum(chord) > 0, chord, heard)


def _recur(ops: Ops, weights: Mapping[str, Array], shape: Shape, x: Array, state: Array) -> tuple[Array, Array]:
    """Run the LSTM layers; gates in Keras' order: input, forget, candidate, output."""
    layers = (shape.units,) * shape.layers
    hs, cs = (ops.split(half, layers) for half in ops.unstack(state))
    for layer in range(shape.layers):
        kernel, recurrent = weights[f"lstm.{layer}.kernel"], weights[f"lstm.{layer}.recurrent"]
        gates = ops.matmul(x, kernel) + ops.matmul(hs[layer], recurrent) + weights[f"lstm.{layer}.bias"]
        enter, keep, candidate, leave = ops.split(gates, (shape.units,) * 4)
        cs[layer] = ops.sigmoid(keep) * cs[layer] + ops.sigmoid(enter) * ops.tanh(candidate)
        hs[layer] = ops.sigmoid(leave) * ops.tanh(cs[layer])
        x = x + hs[layer] if layer else hs[layer]
    return x, ops.stack([ops.concat(hs), ops.concat(cs)])


def draw(ops: Ops, weights: Mapping[str, Array], shape: Shape, top: Array, asked: Asked) -> Chosen:
    """Draw the fields one after another, each knowing those before it; columns are (B, 1).

    What is `closed` is 0 for a value that may be drawn, else at least 1: LiteRT adds numbers ten times as fast as it
    combines booleans.
    """
    hidden = ops.matmul(top, weights["heads.kernel"]) + weights["heads.bias"]
    position, bar, *_ = ops.split(asked.context, (1, 1, 1, 1))
    last_pitch = ops.split(asked.event, ONES)[PITCH]
    chances = _chances(ops, asked)
    closed = ops.split(1.0 - asked.legal, [field.size for field in FIELDS])
    ticks = ops.constant(_ADVANCES, "float32")
    advance = ops.constant([[0.0]], "float32")
    closed[ADVANCE] = closed[ADVANCE] + _closed_advances(ops, closed[PITCH], asked.remaining, last_pitch)
    drawn, log_probs = [], []
    for index, field in enumerate(FIELDS):
        here, hidden = ops.split(hidden, (shape.head_units, (len(FIELDS) - 1 - index) * shape.head_units))
        logits = ops.matmul(ops.tanh(here), weights[f"head.{field.name}.kernel"]) + weights[f"head.{field.name}.bias"]
        if index == PITCH:
            closed[PITCH] = closed[PITCH] + _closed_pitches(ops, asked.remaining - advance, last_pitch, advance)
        value, log_prob = _draw(ops, ops.maximum(logits + 2 * OFF * closed[index], OFF), chances[index])
        drawn.append(value)
        log_probs.append(log_prob)
        if index < len(FIELDS) - 1:
            hidden = hidden + ops.gather(weights[f"heads.after.{field.name}"], ops.flat(value))
        if index == ADVANCE:
            advance = ops.gather(ticks, value)
            position = (position + ops.cast(advance, "int32")) % bar
            phase, beat = place_in_bar(ops, ops.flat(position))
            hidden = hidden + ops.gather(weights["heads.phase"], phase) + ops.gather(weights["heads.beat"], beat)
    remaining = struck(ops, asked.remaining - advance, drawn[PITCH], drawn[DURATION])
    return Chosen(ops.concat(drawn), ops.concat(log_probs), ops.flat(position), remaining)


class Chance(NamedTuple):
    """This is how one field is drawn; columns (B, 1)."""

    temperature: Array
    top_p: Array
    min_p: Array
    noise: Array
    forced: Array


def _chances(ops: Ops, asked: Asked) -> list[Chance]:
    settings = [ops.split(row, ONES) for row in ops.unstack(asked.settings)]
    columns = [*settings, ops.split(asked.noise, ONES), ops.split(asked.forced, ONES)]
    return [Chance(*(column[index] for column in columns)) for index in range(len(FIELDS))]


def _closed_pitches(ops: Ops, remaining: Array, last_pitch: Array, advance: Array) -> Array:
    """Return which pitches may not be struck (B, 128): what sounds, and in a chord what does not lie above it.

    Args:
        remaining: ticks left of each pitch at the new onset, (B, 128).
        last_pitch: of the event before, (B, 1); 128 before the first.
        advance: ticks from that event to the new one, (B, 1).
    """
    last = ops.cast(last_pitch, "float32")
    in_chord = ops.maximum(1.0 - advance, 0.0) * ops.minimum(PITCHES - last, 1.0)
    below = ops.maximum(last + 1.0 - ops.constant(_PITCHES, "float32"), 0.0)
    return ops.maximum(remaining, 0.0) + in_chord * below


def _closed_advances(ops: Ops, closed_pitches: Array, remaining: Array, last_pitch: Array) -> Array:
    """Return which advances are impossible (B, 74): 0 where no legal pitch is left above the last one."""
    at_once = ops.constant([[0.0]], "float32")
    closed = closed_pitches + _closed_pitches(ops, remaining, last_pitch, at_once)
    is_zero = ops.constant([[float(index == 0) for index in range(FIELDS[ADVANCE].size)]], "float32")
    return ops.min(closed) * is_zero


def _draw(ops: Ops, logits: Array, chance: Chance) -> tuple[Array, Array]:
    """Return a drawn or forced value of one field and its log-probability; (B, 1) each.

    What min_p leaves out is 0 before the rest is sorted for top_p: LiteRT is quick with zeros.
    """
    probs = ops.softmax(logits / chance.temperature)
    probs = ops.where(probs >= chance.min_p * ops.max(probs), probs, 0.0)
    falling = ops.falling(probs)
    reached = ops.cumsum(falling)
    least = ops.min(ops.where(reached - falling < chance.top_p, falling, 2.0))
    least = ops.where(ops.sum(falling) < chance.top_p, 0.0, least)
    kept = ops.where(probs >= least, probs, 0.0)
    passed = ops.cast(ops.cumsum(kept) <= chance.noise * ops.sum(kept), "float32")
    drawn = ops.cast(ops.minimum(ops.sum(passed), logits.shape[-1] - 1.0), "int32")
    value = ops.where(chance.forced >= 0, chance.forced, drawn)
    return value, ops.pick(ops.log_softmax(logits), value)


def sounding_after(ops: Ops, remaining: Array, event: Array) -> Array:
    """Return the ticks left (B, 128) after an event (B, 5) that was played, given those left before it."""
    advance, pitch, duration = (event[:, field : field + 1] for field in (ADVANCE, PITCH, DURATION))
    ticks = ops.gather(ops.constant(_ADVANCES, "float32"), advance)
    return struck(ops, remaining - ticks, pitch, duration)


def struck(ops: Ops, remaining: Array, pitch: Array, duration: Array) -> Array:
    """Return the ticks left (B, 128) after a note was struck, given its pitch and duration index, (B, 1) each."""
    lengths = ops.constant(_ADVANCES[1:-1], "float32")
    is_pitch = ops.constant(_PITCHES, "int32") == pitch
    return ops.where(is_pitch, ops.gather(lengths, duration), ops.maximum(remaining, 0.0))
