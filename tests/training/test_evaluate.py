"""Evaluation: what the step that plays makes of whole pieces, and what is told of it."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from improvd import cli
from improvd.errors import ConfigError, CorpusError, UsageError
from improvd.model import bundle
from improvd.model.runtimes.numpy import NumpyOps, NumpyStep
from improvd.model.step import Shape, step
from improvd.music import codec
from improvd.music.codec import FIELDS, STYLES
from improvd.music.harmony import Chord
from improvd.music.note import Note
from improvd.music.timing import Meter, MeterChange, steady
from improvd.training import baselines, batches, grid, judge, stepwise
from improvd.training.corpus import library
from improvd.training.corpus.library import Music
from improvd.training.corpus.piece import Piece
from improvd.training.corpus.sides import Sides
from improvd.training.evaluate import evaluate, styles_of

SHAPE = Shape(units=8, layers=2, head_units=6)
CARD = f"""format = 1
name = "tiny"
[architecture]
units = 8
layers = 2
head_units = 6
[codec]
name = "metric"
fingerprint = "{codec.fingerprint()}"
[data.abc-folk]
[data.jsb-chorales]
"""


def weights(seed=0):
    rng = np.random.default_rng(seed)
    return {name: rng.normal(0, 0.7, size).astype(np.float16) for name, size in SHAPE.weights().items()}


def piece(count, seed=0, style="folk"):
    rng = np.random.default_rng(seed)
    onsets = np.cumsum(rng.choice([0.0, 0.5, 1.0], count))
    pitches = rng.permutation(40)[:count] + 40
    notes = sorted(
        Note(float(o), int(p), 0.5, int(rng.integers(1, 128)), part=int(rng.integers(0, 12)))
        for o, p in zip(onsets, pitches, strict=True)
    )
    meters = (*steady(4, 4), MeterChange(8.0, Meter(3, 4)))
    return Piece(f"piece {seed}", style, meters, tuple(notes), chords=(Chord(2.0, frozenset({0, 4, 7})),))


PIECES = (piece(30, 1, "folk"), piece(17, 2, "folk"), piece(22, 3, "chorale"), piece(40, 4, "chorale"))


@pytest.fixture
def model(tmp_path, monkeypatch):
    """The path of a tiny model for the runtime `numpy`; its training data are not at hand."""
    folder = tmp_path / "tiny"
    folder.mkdir()
    bundle.write_weights(folder, weights())
    (folder / bundle.CARD).write_text(CARD)
    (folder / bundle.INT8).write_bytes(b"none")
    bundle.write_sums(folder, bundle.FILES[bundle.METRIC])
    monkeypatch.setattr(library, "open_data", lambda data: Music(data, PIECES, ("bad.mid: damaged",)))
    monkeypatch.setattr(baselines, "of_corpora", lambda names, as_keys: None)
    return str(folder)


# --- what the step makes of pieces -----------------------------------------------------------


def test_a_piece_reads_the_same_in_a_lane_with_others_as_alone():
    played = NumpyStep(weights(), SHAPE)
    scores = grid.prepare(PIECES, as_keys=False)
    together = stepwise.read(played, SHAPE, scores, rows=2)
    for score, reading in zip(scores, together, strict=True):
        (alone,) = stepwise.read(played, SHAPE, [score])
        assert np.allclose(reading.nats * reading.weight, alone.nats * alone.weight, atol=1e-5)
        assert reading.nats.shape == (len(score) + 1, len(FIELDS))


def test_the_named_chord_is_told():
    scores = grid.prepare(PIECES[:1], as_keys=False)
    unnamed = [replace(score, chord=np.zeros_like(score.chord)) for score in scores]
    played = NumpyStep(weights(), SHAPE)
    with_chord, without = (stepwise.nats_per_note(played, SHAPE, told).sum() for told in (scores, unnamed))
    assert with_chord != pytest.approx(without, abs=1e-3)


class Watching(NumpyOps):
    """This notes which value of each field was the likeliest, as the step computes it."""

    def __init__(self):
        self.likeliest = []

    def log_softmax(self, x):
        self.likeliest.append(x.argmax(-1))
        return super().log_softmax(x)


def test_a_value_is_right_where_no_other_is_likelier():
    scores = grid.prepare(PIECES, as_keys=False)
    named = {name: np.float32(weight) for name, weight in weights().items()}
    # where guessing is easy, some guesses are right
    named["head.part.bias"][:] = 0
    readings = stepwise.read(NumpyStep(named, SHAPE), SHAPE, scores, rows=3, guess=True)
    for score, reading in zip(scores, readings, strict=True):
        seen = []

        def watched(inputs, seen=seen):
            ops = Watching()
            outputs = step(ops, named, SHAPE, inputs)
            seen.append(np.stack(ops.likeliest, -1)[0])
            return outputs

        stepwise.read(watched, SHAPE, [score])
        target = batches.batch([score])[0]["target"][0]
        expected = (np.stack(seen) == target) * reading.weight
        assert np.array_equal(reading.right * reading.weight, expected)
    assert sum((reading.right * reading.weight).sum() for reading in readings) > 5


# --- what is told of it ----------------------------------------------------------------------


def test_the_object_told_has_the_keys_that_outside_programs_rely_on(model):
    told = json.loads(json.dumps(evaluate(model, "some.mid", runtime="numpy").as_json()))
    assert {
        "model", "data", "runtime", "notes", "events", "nats_per_note", "nats_per_event", "fields", "accuracy",
        "styles", "baselines",
    } <= told.keys()  # fmt: skip
    assert (told["model"], told["data"], told["runtime"]) == ("tiny", "some.mid", "numpy")
    assert told["baselines"]["unigram"] is None and told["baselines"]["ngram"] is None
    assert told["skipped"] == ["bad.mid: damaged"]
    names = [field.name for field in FIELDS]
    assert list(told["fields"]) == names and list(told["accuracy"]) == names


def test_nats_are_summed_over_fields_styles_and_events(model):
    told = evaluate(model, "some.mid", runtime="numpy").as_json()
    notes = sum(len(piece.notes) for piece in PIECES)
    assert (told["notes"], told["events"]) == (notes, notes + len(PIECES))
    assert told["nats_per_note"] == pytest.approx(sum(told["fields"].values()), abs=1e-3)
    assert told["nats_per_event"] * told["events"] == pytest.approx(told["nats_per_note"] * notes, rel=1e-3)
    by_style = sum(style["nats_per_note"] * style["notes"] for style in told["styles"].values())
    assert by_style == pytest.approx(told["nats_per_note"] * notes, rel=1e-4)
    exact = stepwise.nats_per_note(NumpyStep(weights(), SHAPE), SHAPE, grid.prepare(PIECES, as_keys=False))
    assert told["nats_per_note"] == pytest.approx(exact.sum(), abs=1e-3)


def test_a_model_is_told_beside_baselines_fitted_in_the_same_view(model, monkeypatch):
    asked = []

    def of_corpora(names, *, as_keys):
        asked.append((names, as_keys))
        scores = grid.prepare(PIECES, as_keys=as_keys)
        return baselines.fit(scores, scores)

    monkeypatch.setattr(baselines, "of_corpora", of_corpora)
    found = evaluate(model, "some.mid", runtime="numpy")
    told = found.as_json()
    assert told["baselines"]["ngram"] < told["baselines"]["unigram"] < told["nats_per_note"]
    assert told["styles"]["folk"]["baselines"]["ngram_fields"]["pitch"] > 0
    assert evaluate(model, "some.mid", runtime="numpy", as_keys=True).as_json()["view"] == "keys"
    assert asked == [(["abc-folk", "jsb-chorales"], False), (["abc-folk", "jsb-chorales"], True)]
    assert [line.split()[0] for line in found.as_text().splitlines()[3:6]] == ["chorale", "folk", "all"]


def test_without_baselines_the_table_says_so_with_a_dash(model):
    lines = evaluate(model, "some.mid", runtime="numpy").as_text().splitlines()
    assert "1 files skipped" in lines[0]
    assert lines[5].split()[-3:] == ["-", "-", "-"]


def test_music_of_unknown_style_counts_under_the_style_that_fits_it_best(model, monkeypatch):
    unknown = replace(PIECES[0], style="any")
    monkeypatch.setattr(library, "open_data", lambda data: Music(data, (unknown,)))
    told = evaluate(model, "some.mid", runtime="numpy").as_json()
    losses = {}
    for style in ("any", "chorale", "folk"):
        monkeypatch.setattr(
            library, "open_data", lambda data, style=style: Music(data, (replace(unknown, style=style),))
        )
        if style != "any":
            losses[style] = evaluate(model, "some.mid", runtime="numpy").as_json()["nats_per_note"]
    scores = [replace(score, style=0) for score in grid.prepare([unknown], as_keys=False)]
    losses["any"] = stepwise.nats_per_note(NumpyStep(weights(), SHAPE), SHAPE, scores).sum()
    best = min(losses, key=losses.get)
    assert told["style"] == f"auto: {best}"
    assert list(told["styles"]) == [best]
    assert told["nats_per_note"] == pytest.approx(losses[best], abs=1e-3)


def test_a_style_may_be_said(model):
    told = evaluate(model, "some.mid", runtime="numpy", style="jazz").as_json()
    assert (told["style"], list(told["styles"])) == ("jazz", ["jazz"])


@pytest.mark.parametrize(("style", "told"), [("jazz", {"jazz"}), (None, {"folk", "chorale"})])
def test_continuations_are_in_the_style_that_is_said(model, monkeypatch, style, told):
    asked = []

    def judged(step, shape, pieces, training, **rest):
        asked.append(({piece.style for piece in pieces}, training, rest))

    monkeypatch.setattr(judge, "judge", judged)
    monkeypatch.setattr(library, "split", lambda names: Sides(PIECES, (), ()))
    evaluate(model, "some.mid", runtime="numpy", style=style, continuations=30)
    [(styles, training, rest)] = asked
    assert (styles, training.count, rest) == (told, len(PIECES), {"count": 30, "as_keys": False})


def test_of_a_model_that_has_learnt_its_players_music_that_style_is_tried_and_no_baselines_are_fitted(model, capsys):
    card = Path(model) / bundle.CARD
    card.write_text(card.read_text() + "[data.own]\n")
    bundle.write_sums(Path(model), bundle.FILES[bundle.METRIC])
    assert [STYLES[style] for style in styles_of(bundle.open_bundle(model))] == ["any", "chorale", "folk", "own 1"]
    assert evaluate(model, "some.mid", runtime="numpy").as_json()["baselines"]["ngram"] is None
    assert "no baselines: the model has learnt music of its player's own" in capsys.readouterr().err


def test_as_keys_the_model_is_told_neither_part_nor_style(model):
    told = evaluate(model, "some.mid", runtime="numpy", as_keys=True).as_json()
    assert list(told["styles"]) == [STYLES[0]]
    assert told["style"] == "any"


@pytest.mark.parametrize(
    ("asked", "said"),
    [({"style": "jaz"}, "did you mean 'jazz'"), ({"style": "jazz", "as_keys": True}, "one or the other")],
)
def test_a_style_that_cannot_be_told_is_one_clear_error(model, asked, said):
    with pytest.raises(UsageError, match=said):
        evaluate(model, "some.mid", runtime="numpy", **asked)


@pytest.mark.parametrize("count", [-1, 5])
def test_too_few_continuations_to_judge_by_are_refused_before_anything_is_read(model, count):
    with pytest.raises(UsageError, match=f"--continuations {count}: at least 20 are needed"):
        evaluate(model, "some.mid", runtime="numpy", continuations=count)


def test_an_unknown_runtime_is_one_clear_error(model):
    with pytest.raises(ConfigError, match="allowed: auto"):
        evaluate(model, "some.mid", runtime="fast")


def test_music_that_is_missing_is_one_clear_sentence_and_exit_1(tmp_path, capsys):
    nowhere = tmp_path / "nowhere.mid"
    assert cli.main(["evaluate", "default", str(nowhere), "--runtime", "numpy"]) == 1
    said = capsys.readouterr()
    assert str(nowhere) in said.err and said.err.count("\n") == 1 and not said.out
    with pytest.raises(CorpusError, match="no music"):
        evaluate("default", str(nowhere), runtime="numpy")


def test_evaluation_loads_no_tensorflow():
    code = "import sys, improvd.training.evaluate; print([m for m in ('tensorflow', 'keras') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "[]"
