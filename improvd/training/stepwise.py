"""Nats by the step that plays, note by note: what quantising costs, and whether step and network agree."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from improvd.model.runtimes import Step
from improvd.model.step import LEGAL_WIDTH, Inputs, Shape
from improvd.music.codec import FIELDS, PITCH
from improvd.music.note import PITCHES
from improvd.training.batches import Array, Score, batch


def nats_of_steps(step: Step, shape: Shape, scores: Sequence[Score]) -> tuple[Array, Array]:
    """Return the nats that a step gives to each field of each event, and their weights; (B, T, 5) each."""
    told, weight = batch(scores)
    rows, steps = weight.shape[:2]
    bars = np.array([score.bar_ticks for score in scores], np.int32)
    remaining = np.zeros((rows, PITCHES), np.float32)
    state = np.zeros((rows, 2, shape.state_width), np.float32)
    plain = Inputs(
        told["event"][:, 0],
        np.stack([bars] * 4, 1),
        np.zeros((rows, 12), np.float32),
        remaining,
        state,
        np.ones((rows, LEGAL_WIDTH), np.float32),
        np.ones((rows, 3, len(FIELDS)), np.float32),
        np.zeros((rows, len(FIELDS)), np.float32),
        told["target"][:, 0],
    )
    nats = np.zeros(weight.shape, np.float32)
    for t in range(steps):
        context = np.stack([told["position"][:, t], bars, told["meter"][:, t], told["style"][:, t]], 1)
        outputs = step(
            plain._replace(
                event=np.ascontiguousarray(told["event"][:, t]),
                context=context.astype(np.int32),
                remaining=remaining,
                state=state,
                forced=np.ascontiguousarray(told["target"][:, t]),
            )
        )
        nats[:, t] = -outputs.log_prob
        remaining, state = outputs.remaining, outputs.state
    return nats, weight


def nats_per_note(step: Step, shape: Shape, scores: Sequence[Score], *, rows: int = 16) -> Array:
    """Return the nats per note of a step over some scores, a field a number (5,)."""
    order = sorted(scores, key=lambda score: len(score.notes))
    total, notes = np.zeros(len(FIELDS)), 0.0
    for start in range(0, len(order), rows):
        nats, weight = nats_of_steps(step, shape, order[start : start + rows])
        total += (nats * weight).sum((0, 1))
        notes += float(weight[..., PITCH].sum())
    return total / max(notes, 1.0)
