"""What a step and a bar cost: a line for each runtime and batch, and on a GPU the bytes that were moved."""

from __future__ import annotations

import pytest

from improvd.bench import step
from improvd.model.step import Shape

SHAPE = Shape(units=512, layers=3, head_units=256)


def test_a_bar_on_a_gpu_moves_the_weights_once_a_note_and_the_states_twice():
    weights = 4 * 7_428_158
    row = step.Row("bar tensorflow-gpu", 256, 10, 4000.0, 5000.0, 1_024_000)
    states = 256 * 2 * 3 * 512 * 4
    assert step._with_bytes(row, SHAPE).gb_per_s == pytest.approx(16 * (weights + 2 * states) / 4e-3 / 1e9, abs=0.1)


def test_the_table_tells_bytes_where_there_are_any():
    lines = step.table([
        step.Row("litert-int8", 16, 100, 388.0, 500.0, 41_237),
        step.Row("bar tensorflow-gpu", 256, 10, 4000.0, 5000.0, 1_024_000, 144.3),
    ]).splitlines()  # fmt: skip
    assert lines[1].split() == ["litert-int8", "16", "388", "500", "41,237", "100"]
    assert lines[2].split() == ["bar", "tensorflow-gpu", "256", "4,000", "5,000", "1,024,000", "10", "144", "GB/s"]


@pytest.mark.slow
def test_steps_and_bars_are_measured_on_every_runtime(monkeypatch):
    pytest.importorskip("tensorflow")
    pytest.importorskip("ai_edge_litert")
    monkeypatch.setattr(step, "SECONDS_EACH", 0.01)
    monkeypatch.setattr(step, "BATCHES", (2,))
    monkeypatch.setattr(step, "BAR_BATCHES", (3,))
    rows = step.step(units=8, layers=1)
    measured = {row.runtime.replace("gpu", "cpu"): row for row in rows}
    steps = {"numpy", "tensorflow", "litert-int8", "litert-float32", "keras-predict"}
    bars = {"bar tensorflow-cpu", "bar litert-int8"}
    assert set(measured) == steps | bars
    assert {row.batch for row in rows} == {2, 3}
    for name, row in measured.items():
        notes = row.batch * (step.BAR_NOTES if name in bars else 1)
        assert row.notes_per_s == pytest.approx(notes / row.p50_us * 1e6, rel=0.01, abs=1)
