"""The judgement: people against themselves meet every target, a model that plays at random misses some."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from improvd.errors import CorpusError
from improvd.model.runtimes.numpy import NumpyStep
from improvd.model.step import Shape
from improvd.music.note import Note
from improvd.music.timing import steady
from improvd.training.corpus.piece import Piece
from improvd.training.judge import judge, training_lines
from improvd.training.judgement import as_table

SHAPE = Shape(units=4, layers=1, head_units=4)


def tune(number):
    """Return a tune that keeps to five pitches of its own and one rhythm."""
    rng = np.random.default_rng(number)
    pitches = 55 + rng.choice(12, 5, replace=False)
    lengths = rng.choice([0.25, 0.5, 1.0], 4)
    onset, notes = 0.0, []
    for i in range(120):
        notes.append(Note(onset, int(rng.choice(pitches)), float(lengths[i % 4]), 80, part=1))
        onset += float(lengths[i % 4])
    return Piece(f"tune {number}", "folk", steady(4, 4), tuple(notes))


def step():
    rng = np.random.default_rng(0)
    return NumpyStep({name: rng.normal(size=size) for name, size in SHAPE.weights().items()}, SHAPE)


def judged(count=24, training=None):
    return judge(step(), SHAPE, [tune(i) for i in range(40)], training, count=count)


@pytest.fixture(scope="module")
def apart():
    """A judgement without the training music."""
    return judged()


def test_what_is_asked_is_what_people_reach_by_themselves():
    found = judged(training=training_lines([tune(i) for i in range(100, 110)]))
    bounds = {target.name: target.bound for target in found.targets()}
    assert bounds["overlapped area"] == pytest.approx(0.9 * found.halves_area)
    assert bounds["seed dependence"] == pytest.approx(0.85 * (found.human.depends.auc - 0.5))
    assert bounds["longest copied run"] == found.human.copied
    assert bounds["illegal events"] == 0
    assert found.halves_area > 0.8
    assert found.human.depends.auc > 0.9


def test_a_model_that_plays_at_random_is_found_out_but_plays_nothing_illegal(apart):
    met = {target.name: target.met for target in apart.targets()}
    assert met == {
        "overlapped area": False,
        "notes in loops, 95th percentile": True,
        "illegal events": True,
        "seed dependence": False,
    }


def test_without_the_training_music_nothing_is_said_of_copies(apart):
    assert apart.model.copied is None
    assert "longest copied run" not in {target.name for target in apart.targets()}
    row = next(line for line in as_table(apart).splitlines() if line.startswith("longest copied run"))
    assert row.split()[-2:] == ["-", "-"]


def test_people_who_copy_the_training_music_are_found_out():
    found = judged(training=training_lines([tune(i) for i in range(40)]))
    assert found.human.copied == 47
    assert found.model.copied < 12


def test_each_style_is_also_judged_by_itself():
    jazz = [
        replace(tune(i), style="jazz", notes=tuple(replace(n, pitch=n.pitch + 24) for n in tune(i).notes))
        for i in range(40)
    ]
    found = judge(
        step(), SHAPE, [tune(i) for i in range(40)] + jazz + [replace(tune(1), style="groove")], None, count=61
    )
    assert [(one.style, one.primers) for one in found.styles] == [("folk", 30), ("jazz", 30)]
    assert all(one.area < 0.8 < one.halves_area for one in found.styles)


def test_loops_are_found_in_those_who_play_them(apart):
    cell = tuple(Note(i * 0.5, 60 + i % 4, 0.5, 80, part=1) for i in range(120))
    found = judge(step(), SHAPE, [Piece(f"cell {i}", "folk", steady(4, 4), cell) for i in range(20)], None, count=20)
    assert (found.human.looped, found.human.looped_95) == (1, 1)
    assert found.model.looped < 1
    assert apart.human.looped_95 == 0


def test_of_drums_nothing_is_said_that_takes_pitches():
    drums = [replace(tune(i), notes=tuple(replace(n, part=4) for n in tune(i).notes)) for i in range(20)]
    found = judge(step(), SHAPE, drums, training_lines(drums), count=20)
    human = found.human
    assert (human.pitch_class_entropy, human.scale, human.looped, human.copied) == (None, None, None, None)
    assert human.groove is not None
    assert [target.name for target in found.targets()] == ["overlapped area", "illegal events", "seed dependence"]


def test_a_judgement_is_plain_json(apart):
    told = json.loads(json.dumps(apart.as_json()))
    assert told["primers"] == 24
    assert told["sampling"] == {"temperature": 1.0, "top_p": 0.98, "min_p": 0.02}
    assert len(told["features"]) == 10
    assert told["events"] == 24 * 48


def test_too_little_music_to_judge_by_is_said_so():
    with pytest.raises(CorpusError, match="5 primers are too few"):
        judged(count=5)
