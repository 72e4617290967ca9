"""The networks that the experiments compare: each scores what it says it does, and none sees its answer."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from improvd.music import codec
from improvd.music.codec import ADVANCE, DURATION, FIELDS, PART, PITCH, VELOCITY
from improvd.music.note import Note
from improvd.music.timing import steady
from improvd.training import batches, grid
from improvd.training.corpus.piece import Piece

pytest.importorskip("tensorflow")
pytest.importorskip("ai_edge_litert")
sys.path.append(str(Path(__file__).parents[2] / "benchmarks"))

import ablations  # once the folder of scripts is on the path
import flat
import trials

from improvd.model import network
from improvd.model.step import Shape

pytestmark = pytest.mark.slow

RECIPE = replace(trials.RECIPE, shape=Shape(16, 2, 8), rows=2, length=64)


def windows(count=40):
    notes = tuple(Note(i * 0.5, 50 + (i * 7) % 24, 0.5, 80, part=1) for i in range(count))
    scores = grid.prepare([Piece(f"p{n}", "folk", steady(3, 4), notes[n:]) for n in range(2)], as_keys=False)
    return list(batches.evaluation_windows(scores, rows=RECIPE.rows, length=RECIPE.length))


def nats(model, told):
    fed = {name: told[name] for name in network.INPUTS} | {"carried": np.zeros((RECIPE.rows, 1), np.float32)}
    return np.asarray(model.predict_on_batch(fed))


def with_target(told, t, field, value):
    """What is told if one field of the event after step `t` were another; nothing that follows from it changes."""
    target = told["target"].copy()
    target[:, t, field] = value
    return told | {"target": target}


def built(heads):
    return ablations.Trial("", heads=heads).build(RECIPE)


def test_heads_in_the_codecs_order_score_as_the_network_does():
    usual, ordered = built(network.Heads), built(ablations.OrderedHeads)
    for mine, its in zip(ordered.layers[:-1], usual.layers[:-1], strict=True):
        mine.set_weights(its.get_weights())
    ours, theirs = ordered.get_layer("heads"), usual.get_layer("heads")
    ours.kernel.assign(theirs.kernel)
    for mine, its in zip([*ours.kernels, *ours.biases], [*theirs.kernels, *theirs.biases], strict=True):
        mine.assign(its)
    for field, its in zip(FIELDS, theirs.after, strict=False):
        ours.after[f"{field.name}-after"].assign(its)
    ours.after["phase"].assign(theirs.phase)
    ours.after["beat"].assign(theirs.beat)
    told = windows()[0].told
    np.testing.assert_allclose(nats(ordered, told), nats(usual, told), atol=1e-4)


@pytest.mark.parametrize(
    ("heads", "told_of"),
    [
        (ablations.OrderedHeads, {DURATION, VELOCITY}),
        (ablations.PitchSecond, {ADVANCE, DURATION, VELOCITY}),
        (ablations.PitchFourth, {VELOCITY}),
        (ablations.Independent, set()),
    ],
)
def test_a_pitch_tells_of_the_fields_drawn_after_it_alone(heads, told_of):
    told = windows()[0].told
    model = built(heads)
    changed = np.abs(nats(model, with_target(told, 5, PITCH, 99)) - nats(model, told))[:, 5].max(0) > 1e-5
    assert set(np.flatnonzero(changed)) - {PITCH} == told_of


def test_where_the_pitch_comes_first_the_end_of_a_piece_costs_a_pitch_too():
    told, weight, *_ = windows()[0]
    ends = (told["target"][..., ADVANCE] == codec.END) & (weight[..., ADVANCE] > 0)
    assert ends.sum() == 2
    scored = nats(built(ablations.PitchSecond), told)[ends]
    assert (scored[:, ADVANCE] > scored[:, PITCH]).all()
    usual = nats(built(ablations.OrderedHeads), told)[ends]
    assert (usual[:, ADVANCE] < np.log(FIELDS[ADVANCE].size) + 1).all()


def test_the_flat_network_knows_the_tokens_before_each_one_and_none_after():
    told = windows()[0].told
    model = flat.flat(RECIPE)
    for field in (PART, ADVANCE, PITCH, DURATION):
        changed = np.abs(nats(model, with_target(told, 5, field, 7)) - nats(model, told)).max(0) > 1e-6
        assert not changed[:5].any()
        assert not changed[5, :field].any()
        assert changed[5, field + 1 :].all()
        assert changed[6:].any()


def test_the_flat_network_is_fed_the_velocity_of_the_note_before():
    told = windows()[0].told
    event = told["event"].copy()
    event[:, 5, VELOCITY] += 1
    model = flat.flat(RECIPE)
    changed = np.abs(nats(model, told | {"event": event}) - nats(model, told)).max(0) > 1e-6
    assert not changed[:5].any()
    assert changed[5].all()


def test_what_is_left_out_is_0_for_every_window():
    same = trials.Music(windows(), {"folk": windows()}, {"folk": 79})
    untold = ablations.without(("position", "target_position"), same)
    for window in [*untold.shown, *untold.held_out["folk"]]:
        assert not window.told["position"].any()
        assert not window.told["target_position"].any()
        assert window.told["event"].any()


def test_an_outcome_weighs_styles_by_their_notes():
    same = trials.Music(windows() * 3, {"folk": windows(), "jazz": windows(8)}, {"folk": 79, "jazz": 15})
    found = trials.outcome("small", ablations.Trial("").build, RECIPE, same)
    assert found.fields.sum() == pytest.approx((79 * found.styles["folk"] + 15 * found.styles["jazz"]) / 94, abs=1e-4)
    assert found.row().count("|") == trials.header(same).splitlines()[0].count("|")
