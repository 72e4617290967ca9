"""`improvd evaluate` on the benchmark: what it prints, and one clear sentence for what does not go together."""

from __future__ import annotations

import json

import numpy as np
import pytest
from frame_music import drawn_weights, write_model, write_set

from improvd import cli
from improvd.errors import BundleError, UsageError
from improvd.model import bundle
from improvd.model.frames.opening import open_frames
from improvd.model.generate import Improviser
from improvd.training import commands
from improvd.training.benchmark import rolls, unigram


@pytest.fixture
def model(monkeypatch, tmp_path):
    monkeypatch.setenv("IMPROVD_DATA", str(tmp_path))
    write_set(tmp_path)
    return write_model(tmp_path / "small")


def test_json_has_the_keys_of_the_contract(model, capsys):
    assert cli.main(["evaluate", model, "benchmark:jsb:test", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    sequences = rolls.load("jsb", "test")
    assert found["frames"] == sum(map(len, sequences))
    assert {name: found[name] for name in ("model", "data", "runtime", "sequences")} == {
        "model": "small", "data": "benchmark:jsb:test", "runtime": "numpy", "sequences": 6,
    }  # fmt: skip
    assert found["nats_per_frame"] > 5
    beside = unigram.nats_per_frame(sequences, unigram.marginals(rolls.load("jsb", "train")))
    assert found["baselines"]["unigram"] == pytest.approx(beside, abs=1e-4)


def test_text_says_the_same(model, capsys):
    assert cli.main(["evaluate", model, "benchmark:jsb:test"]) == 0
    found = commands.evaluate(model, "benchmark:jsb:test")
    text = capsys.readouterr().out
    assert f"{found.nats_per_frame:.3f}" in text
    assert f"{found.unigram:.2f}" in text
    assert "6 sequences" in text


def test_a_set_without_a_side_is_scored_whole(model):
    parts = [commands.evaluate(model, f"benchmark:jsb:{side}") for side in ("train", "valid", "test")]
    whole = commands.evaluate(model, "benchmark:jsb")
    assert whole.frames == sum(part.frames for part in parts)
    pooled = sum(part.frames * part.nats_per_frame for part in parts) / whole.frames
    assert whole.nats_per_frame == pytest.approx(pooled)


@pytest.mark.parametrize(
    ("data", "told", "says"),
    [
        ("corpus:jsb-chorales:test", {}, "foresees frames of piano rolls, not corpus:jsb-chorales:test"),
        ("benchmark:jsb:test", {"style": "folk"}, "neither styles nor parts"),
        ("benchmark:jsb:test", {"as_keys": True}, "neither styles nor parts"),
        ("benchmark:jsb:test", {"continuations": 3}, "neither styles nor parts"),
        ("benchmark:jsb:test", {"runtime": "litert-int8"}, "leave --runtime out"),
        ("benchmark:jbs", {}, "did you mean 'jsb'"),
    ],
)
def test_what_a_model_of_frames_cannot_do_is_one_clear_sentence(model, data, told, says):
    with pytest.raises(UsageError, match=says):
        commands.evaluate(model, data, **told)


def test_a_model_that_plays_is_not_scored_by_the_frame():
    with pytest.raises(UsageError, match="has frames of piano rolls, model default is one of codec 'metric'"):
        commands.evaluate("default", "benchmark:jsb:test")


def test_a_model_of_frames_does_not_play(model):
    with pytest.raises(BundleError, match="codec 'frames'; here one of 'metric' is needed"):
        Improviser.open(model)


@pytest.mark.parametrize("told", [{"data": "music"}, {"base": "default"}])
def test_a_recipe_of_the_benchmark_takes_no_other_music(told):
    with pytest.raises(UsageError, match="leave --data and --from out"):
        commands.train("benchmark-jsb", **told)


@pytest.mark.slow
def test_the_network_of_a_recipe_is_shown(capsys):
    pytest.importorskip("keras")
    assert cli.main(["train", "benchmark-nottingham", "--summary"]) == 0
    assert "lstm-1" in capsys.readouterr().out


def change(model, old, new):
    path = bundle.locate(model)
    card = path / bundle.CARD
    card.write_text(card.read_text().replace(old, new))
    bundle.write_sums(path, bundle.FILES[bundle.FRAMES])


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("units = 12", "units = 0", "lacks architecture: units and layers"),
        ("layers = 2", "layers = 3", "weight 'lstm.2.kernel' is None"),
        ('told = ["before", "echo"]', 'told = ["all"]', "allowed is a list of 'before' and 'echo'"),
        ('told = ["before", "echo"]', 'told = "echo"', "allowed is a list"),
        ('fingerprint = "', 'fingerprint = "0', "train anew"),
    ],
)
def test_a_bundle_that_does_not_match_its_card_is_refused(model, old, new, says):
    change(model, old, new)
    with pytest.raises(BundleError, match=says):
        open_frames(model).forward()


def test_a_bundle_that_was_changed_is_refused(model):
    np.savez(bundle.locate(model) / bundle.WEIGHTS, **drawn_weights(seed=1))
    with pytest.raises(BundleError, match="does not match SHA256SUMS"):
        open_frames(model)
