"""Scoring music: exact over whole sequences, however they are put side by side and cut into windows."""

from __future__ import annotations

import pytest
from frame_music import SMALL, drawn_weights, scales

from improvd.model.frames import told
from improvd.model.frames.forward import Forward
from improvd.training.benchmark import reading

MUSIC = scales(7, seed=3)


def by_hand(forward, sequences):
    """Each sequence alone and at once."""
    total = 0.0
    for roll in sequences:
        scored, _ = forward({name: values[None] for name, values in told.read(roll).items()}, forward.start(1))
        total += float(scored.sum())
    return total


@pytest.mark.parametrize(("rows", "length"), [(32, 256), (3, 64), (1, 64)])
def test_the_nats_are_those_of_each_sequence_alone_and_at_once(monkeypatch, rows, length):
    monkeypatch.setattr(reading, "ROWS", rows)
    monkeypatch.setattr(reading, "LENGTH", length)
    forward = Forward(drawn_weights(), SMALL)
    found = reading.nats(forward, MUSIC)
    assert found.total == pytest.approx(by_hand(forward, MUSIC), rel=1e-5)
    assert found.frames == sum(map(len, MUSIC))


def test_frames_are_pooled_together():
    assert reading.Nats(12.0, 8).per_frame == 1.5
