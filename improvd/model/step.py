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

The outputs are the next event, its log-probabilities per field under the
legal values at temperature 1 (B, 5), and `position`, `remaining` and `state`
to feed with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from improvd.music.codec import ADVANCE, BEATS_IN_BAR, FIELDS, PITCH, STEPS
from improvd.music.note import PITCHES, TICKS_PER_BEAT

Array = Any
"""An array of whichever library computes."""

OFF = -1e9
"""The logit of what is not legal."""


class Ops(Protocol):
    """This is what the step asks of an array library, beyond operators and slicing."""

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
    def sum(self, x: Array) -> Array: ...
    def max(self, x: Array) -> Array: ...
    def cumsum(self, x: Array) -> Array: ...
    def descending(self, x: Array) -> Array: ...


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


class Outputs(NamedTuple):
    """This is what a step gives: the next event, and what to feed beside it."""

    event: Array
    log_prob: Array
    position: Array
    remaining: Array
    state: Array


def step(ops: Ops, weights: Mapping[str, Array], shape: Shape, inputs: Inputs) -> Outputs:
    """Return the next event and the state after the event fed."""
    x = _embedded(ops, weights, inputs)
    top, state = _recur(ops, weights, shape, x, inputs.state)
    return _draw_event(ops, weights, shape, top, state, inputs)


def _embedded(ops: Ops, weights: Mapping[str, Array], inputs: Inputs) -> Array:
    position = inputs.context[:, 0]
    x = sum_all(ops.gather(weights[f"embed.{f.name}"], inputs.event[:, i]) for i, f in enumerate(FIELDS))
    phase, beat = place_in_bar(ops, position)
    x = x + ops.gather(weights["embed.phase"], phase) + ops.gather(weights["embed.beat"], beat)
    x = x + ops.gather(weights["embed.meter"], inputs.context[:, 2])
    x = x + ops.gather(weights["embed.style"], inputs.context[:, 3])
    return x + ops.matmul(_harmony(ops, inputs.chord, inputs.remaining), weights["embed.harmony"])


def place_in_bar(ops: Ops, position: Array) -> tuple[Array, Array]:
    """Return the tick in the beat and the beat in the bar of a position in ticks; (B,) int32 each."""
    return position % TICKS_PER_BEAT, ops.minimum(position // TICKS_PER_BEAT, BEATS_IN_BAR - 1)


def _harmony(ops: Ops, chord: Array, remaining: Array) -> Array:
    """Return the pitch classes in force: the named chord's, else those sounding."""
    classes = ops.constant([[1.0 if p % 12 == c else 0.0 for c in range(12)] for p in range(PITCHES)], "float32")
    sounding = ops.cast(remaining > 0, "float32")
    heard = ops.minimum(ops.matmul(sounding, classes), 1.0)
    return ops.where(ops.sum(chord) > 0, chord, heard)


def _recur(ops: Ops, weights: Mapping[str, Array], shape: Shape, x: Array, state: Array) -> tuple[Array, Array]:
    """Run the LSTM layers; gates in Keras' order: input, forget, candidate, output."""
    units, hs, cs = shape.units, [], []
    for layer in range(shape.layers):
        place = slice(layer * units, (layer + 1) * units)
        h, c = state[:, 0, place], state[:, 1, place]
        kernel, recurrent = weights[f"lstm.{layer}.kernel"], weights[f"lstm.{layer}.recurrent"]
        gates = ops.matmul(x, kernel) + ops.matmul(h, recurrent) + weights[f"lstm.{layer}.bias"]
        opened = ops.sigmoid(gates[:, : 2 * units])
        candidate = ops.tanh(gates[:, 2 * units : 3 * units])
        c = opened[:, units:] * c + opened[:, :units] * candidate
        h = ops.sigmoid(gates[:, 3 * units :]) * ops.tanh(c)
        x = x + h if layer else h
        hs.append(h)
        cs.append(c)
    return x, ops.stack([ops.concat(hs), ops.concat(cs)])


def _draw_event(
    ops: Ops, weights: Mapping[str, Array], shape: Shape, top: Array, state: Array, inputs: Inputs
) -> Outputs:
    """Draw the fields one after another, each knowing those before it."""
    hidden = ops.matmul(top, weights["heads.kernel"]) + weights["heads.bias"]
    ticks = ops.constant([*STEPS, 0], "float32")
    advance, position = ops.cast(inputs.event[:, 0] * 0, "float32")[:, None], inputs.context[:, 0]
    drawn, log_probs, start = [], [], 0
    for index, field in enumerate(FIELDS):
        here = ops.tanh(hidden[:, : shape.head_units])
        logits = ops.matmul(here, weights[f"head.{field.name}.kernel"]) + weights[f"head.{field.name}.bias"]
        legal = inputs.legal[:, start : start + field.size] > 0
        if index == ADVANCE:
            legal = legal & _chord_may_grow(ops, inputs)
        if index == PITCH:
            legal = legal & free_pitches(ops, inputs.remaining - advance, inputs.event[:, PITCH, None], advance)
        value, log_prob = _draw(ops, ops.where(legal, logits, OFF), inputs, index)
        drawn.append(value)
        log_probs.append(log_prob)
        start += field.size
        if index < len(FIELDS) - 1:
            hidden = hidden[:, shape.head_units :] + ops.gather(weights[f"heads.after.{field.name}"], value)
        if index == ADVANCE:
            advance = ops.gather(ticks, value)[:, None]
            position = (position + ops.cast(advance[:, 0], "int32")) % inputs.context[:, 1]
            phase, beat = place_in_bar(ops, position)
            hidden = hidden + ops.gather(weights["heads.phase"], phase) + ops.gather(weights["heads.beat"], beat)
    remaining = _struck(ops, inputs.remaining - advance, drawn[PITCH], drawn[PITCH + 1])
    return Outputs(ops.stack(drawn), ops.stack(log_probs), position, remaining, state)


def free_pitches(ops: Ops, remaining: Array, previous_pitch: Array, advance: Array) -> Array:
    """Return which pitches may be struck (B, 128): none that sounds, and in a chord only upwards.

    Args:
        remaining: ticks left of each pitch at the new onset, (B, 128).
        previous_pitch: of the event before, (B, 1); 128 before the first.
        advance: ticks from that event to the new one, (B, 1).
    """
    pitches = ops.constant([list(range(PITCHES))], "int32")
    below = (pitches <= previous_pitch) & (previous_pitch < PITCHES) & (advance <= 0)
    return (remaining <= 0) & ~below


def _chord_may_grow(ops: Ops, inputs: Inputs) -> Array:
    """Return which advances are possible (B, 74): 0 only where a legal pitch is left above the last one."""
    start = sum(field.size for field in FIELDS[:PITCH])
    allowed = inputs.legal[:, start : start + PITCHES] > 0
    free = allowed & free_pitches(ops, inputs.remaining, inputs.event[:, PITCH, None], inputs.remaining[:, :1] * 0)
    is_zero = ops.constant([[index == 0 for index in range(FIELDS[ADVANCE].size)]], "bool")
    return ~is_zero | (ops.max(ops.cast(free, "float32")) > 0)


def _draw(ops: Ops, logits: Array, inputs: Inputs, index: int) -> tuple[Array, Array]:
    """Return a drawn or forced value of one field and its log-probability; (B,) each."""
    temperature, top_p, min_p = (inputs.settings[:, row, index, None] for row in range(3))
    probs = ops.softmax(logits / temperature)
    sorted_probs = ops.descending(probs)
    before = ops.cumsum(sorted_probs) - sorted_probs
    least = -ops.max(ops.where(before < top_p, -sorted_probs, -2.0))
    kept = ops.where(probs >= ops.maximum(least, min_p * sorted_probs[:, :1]), probs, 0.0)
    reached = ops.cumsum(kept)
    passed = ops.cast(reached <= inputs.noise[:, index, None] * reached[:, -1:], "float32")
    drawn = ops.cast(ops.minimum(ops.sum(passed)[:, 0], FIELDS[index].size - 1.0), "int32")
    forced = inputs.forced[:, index]
    value = ops.where(forced >= 0, forced, drawn)
    chosen = ops.constant([list(range(FIELDS[index].size))], "int32") == value[:, None]
    return value, ops.sum(ops.where(chosen, ops.log_softmax(logits), 0.0))[:, 0]


def _struck(ops: Ops, remaining: Array, pitch: Array, duration: Array) -> Array:
    """Return the ticks left after a note with a duration index was struck."""
    lengths = ops.constant(STEPS[1:], "float32")
    is_pitch = ops.constant([list(range(PITCHES))], "int32") == pitch[:, None]
    return ops.where(is_pitch, ops.gather(lengths, duration)[:, None], ops.maximum(remaining, 0.0))


def sum_all(parts: Any) -> Array:
    """Return the sum of some arrays, without an initial 0."""
    total = None
    for part in parts:
        total = part if total is None else total + part
    return total
