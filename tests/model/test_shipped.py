"""The shipped model on real music: every runtime gives the network's own probabilities, and int8 costs little."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from improvd.model.bundle import open_bundle
from improvd.model.runtimes import open_step
from improvd.model.runtimes.numpy import NumpyStep
from improvd.music.codec import FIELDS
from improvd.music.timing import steady
from improvd.training import batches, grid, stepwise
from improvd.training.corpus import chorales
from improvd.training.corpus.piece import Piece

CHORALES = Path(__file__).parents[1] / "data" / "chorales.json"


@pytest.fixture(scope="module")
def bundle():
    return open_bundle("default")


@pytest.fixture(scope="module")
def music():
    """Some 1,000 notes that the model was not trained on, as one keyboard part."""
    frames = json.loads(CHORALES.read_text())["chorales"]
    notes = [chorales.notes_of(piece, frame_beats=0.25, voiced=True) for piece in frames]
    pieces = [Piece(str(number), "chorale", steady(4, 4), piece) for number, piece in enumerate(notes)]
    return grid.prepare(pieces, as_keys=True)


def test_the_music_has_a_thousand_events(music):
    assert sum(map(len, music)) >= 1000


@pytest.mark.slow
def test_litert_in_float32_and_keras_agree_on_a_thousand_real_events(bundle, music, tmp_path, monkeypatch):
    network = pytest.importorskip("improvd.model.network")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    model = network.build(bundle.shape)
    network.assign(model, {name: weight.astype(np.float32) for name, weight in bundle.weights().items()})
    told, weight = batches.batch(music)
    whole = np.asarray(model({name: told[name] for name in network.INPUTS})) * weight
    stepped = stepwise.read(open_step(bundle, "litert-float32"), bundle.shape, music)
    for row, reading in zip(whole, stepped, strict=True):
        assert np.abs(row[: len(reading.nats)] - reading.nats * reading.weight).max() < 1e-4


def test_int8_costs_at_most_a_hundredth_of_the_nats(bundle, music):
    exact = stepwise.nats_per_note(NumpyStep(bundle.weights(), bundle.shape), bundle.shape, music).sum()
    rounded = stepwise.nats_per_note(open_step(bundle, "litert-int8"), bundle.shape, music).sum()
    assert rounded < 1.01 * exact


def test_the_model_has_learnt_from_music(bundle, music):
    uniform = sum(np.log(field.size) for field in FIELDS)
    exact = stepwise.nats_per_note(NumpyStep(bundle.weights(), bundle.shape), bundle.shape, music).sum()
    assert exact < uniform / 3
