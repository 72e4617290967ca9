"""N-grams: chances that add up, discounts by the book, and features chosen on what is held out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from improvd.music import codec
from improvd.music.codec import FIELDS, STYLES
from improvd.music.note import Note
from improvd.music.timing import steady
from improvd.training import baselines, grid, ngram
from improvd.training.corpus import library, prepared
from improvd.training.corpus.piece import Piece
from improvd.training.corpus.sides import Sides
from improvd.training.ngram import Feature


def piece(pitches, style="folk", velocity=80):
    notes = tuple(Note(i * 0.5, pitch, 0.5, velocity) for i, pitch in enumerate(pitches))
    return Piece("piece", style, steady(4, 4), notes)


def scores(*pieces):
    return grid.prepare(pieces, as_keys=False)


def walk(seed, count=60):
    """A piece of random steps with lengths and loudness to match."""
    rng = np.random.default_rng(seed)
    onsets = np.cumsum(rng.choice([0.25, 0.5, 1.0], count))
    pitches = 60 + np.cumsum(rng.integers(-3, 4, count)) % 24
    return Piece(
        f"walk {seed}",
        "folk",
        steady(4, 4),
        tuple(
            Note(float(o), int(p), 0.25 + 0.25 * (int(p) % 3), 40 + int(p))
            for o, p in zip(onsets, pitches, strict=True)
        ),
    )


STRANGE = scores(piece([0, 127, 3, 99], velocity=1))[0]
"""What nobody has seen before."""

TRAIN, VALID = scores(*map(walk, range(20))), scores(*map(walk, range(20, 26)))


@pytest.fixture(scope="module")
def fitted():
    return ngram.fit(TRAIN, VALID)


def everything_else(score, field):
    """The score once for every value that a field of its last event can take."""
    for value in range(FIELDS[field].size):
        events = score.events.copy()
        events[-1, field] = value
        yield replace(score, events=events, ends=False)


@pytest.mark.parametrize("field", range(len(FIELDS)))
@pytest.mark.parametrize("model", ["n-gram", "unigram"])
def test_the_chances_of_all_values_of_a_field_add_up_to_one(fitted, model, field):
    asked = fitted if model == "n-gram" else ngram.unigram(TRAIN)
    for score in (VALID[0], STRANGE):
        nats = asked.nats(list(everything_else(score, field)))
        assert sum(np.exp(-of_value[-1, field]) for of_value in nats) == pytest.approx(1.0, abs=1e-9)


def test_nothing_is_impossible(fitted):
    assert all(np.isfinite(model.nats([STRANGE])[0]).all() for model in (fitted, ngram.unigram(TRAIN)))


def test_chances_are_discounted_as_kneser_and_ney_say():
    seen = ngram.Table([replace(scores(piece([60, 62, 60, 62, 60, 64]))[0], ends=False)])
    model = ngram.fit_field(seen, codec.PITCH, [Feature(codec.PITCH, 1)])
    nats = model.nats(seen)
    # after 60: 62 twice, 64 once; before 62 stood one pitch of four different pairs; half a count is taken off
    alone = 0.5 / 4 + 1.5 / 4 / 128
    assert np.exp(-nats[1]) == pytest.approx(1.5 / 3 + 1.0 / 3 * alone)


def test_discounts_follow_from_how_often_each_count_occurs():
    counts = np.array([1] * 50 + [2] * 20 + [3] * 10 + [4] * 5)
    y = 50 / 90
    assert ngram.discounts(counts) == pytest.approx([0, 1 - 2 * y * 20 / 50, 2 - 3 * y * 10 / 20, 3 - 4 * y * 5 / 10])
    assert ngram.discounts(np.array([3, 3])).tolist() == [0.0, 0.5, 0.5, 0.5]


def test_what_always_follows_is_learnt_and_alone_nobody_knows_it():
    tune = scores(*[piece([60, 64, 67, 72] * 10)] * 10)
    assert np.mean(np.concatenate(ngram.fit(tune, tune).nats(tune))[:, codec.PITCH]) < 0.1
    assert np.mean(np.concatenate(ngram.unigram(tune).nats(tune))[:, codec.PITCH]) > 1.2


def test_a_unigram_counts_every_value_once_more_than_it_saw_it():
    tune = scores(piece([60, 60, 62]))
    nats = ngram.unigram(tune).nats(tune)[0]
    assert np.exp(-nats[:3, codec.PITCH]) == pytest.approx([3 / 131, 3 / 131, 2 / 131])


def test_the_end_of_a_piece_counts_part_and_advance_alone(fitted):
    (nats,) = fitted.nats(VALID[:1])
    assert len(nats) == len(VALID[0]) + 1
    assert (nats[-1] > 0).tolist() == [True, True, False, False, False]


def test_a_piece_does_not_know_the_one_before_it():
    model = ngram.fit_field(ngram.Table(TRAIN), codec.PITCH, [Feature(codec.PITCH, back) for back in (1, 2)])
    alone = model.nats(ngram.Table(VALID[1:2]))
    assert np.array_equal(model.nats(ngram.Table(VALID[:2]))[-len(alone) :], alone)


def test_features_are_those_that_do_best_on_what_is_held_out():
    model = ngram.fit(TRAIN, VALID)
    for field in model.fields:
        found = field.nats(ngram.Table(VALID)).sum()
        for features in ngram.feature_lists(field.field):
            other = ngram.fit_field(ngram.Table(TRAIN), field.field, features)
            assert found <= other.nats(ngram.Table(VALID)).sum()


def test_every_list_of_features_fits_into_a_number():
    for field in range(len(FIELDS)):
        for features in ngram.feature_lists(field):
            sizes = [feature.size for feature in features]
            assert np.prod([*sizes, FIELDS[field].size], dtype=object) < 2**63


def test_a_model_made_into_arrays_comes_back_the_same(fitted):
    again = ngram.from_arrays(ngram.to_arrays(fitted))
    assert all(np.array_equal(a, b) for a, b in zip(again.nats(VALID), fitted.nats(VALID), strict=True))


def test_each_style_has_its_own_ngram_and_an_unknown_one_takes_the_best():
    folk, jazz = ([piece(pitches * 10, style)] * 5 for pitches, style in (([60, 62], "folk"), ([60, 66], "jazz")))
    split = scores(*folk, *jazz)
    found = baselines.fit(split, split)
    assert sorted(found.ngrams) == [STYLES.index("folk"), STYLES.index("jazz")]
    own = replace(split[-1], style=STYLES.index("own 1"))
    as_folk = replace(split[-1], style=STYLES.index("folk"))
    jazz_nats, own_nats, folk_nats = (nats.sum() for nats in found.nats([split[-1], own, as_folk]))
    assert own_nats == jazz_nats < folk_nats


def test_baselines_are_fitted_once_and_kept(tmp_path, monkeypatch):
    asked = []

    def split(names):
        asked.append(names)
        return Sides(*(tuple(map(walk, range(start, start + 5))) for start in (0, 5, 10)))

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(prepared, "manifest_version", lambda: "one")
    monkeypatch.setattr(library, "split", split)
    first, again = (baselines.of_corpora(["abc-folk"], as_keys=False) for _ in range(2))
    assert len(asked) == 1
    assert np.array_equal(first.nats(VALID)[0], again.nats(VALID)[0])
    next(tmp_path.rglob("*.npz")).write_bytes(b"junk")
    baselines.of_corpora(["abc-folk"], as_keys=False)
    monkeypatch.setattr(prepared, "manifest_version", lambda: "two")
    baselines.of_corpora(["abc-folk"], as_keys=False)
    assert len(asked) == 3


def test_without_the_training_data_there_are_no_baselines(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("IMPROVD_DATA", str(tmp_path / "nowhere"))
    assert baselines.of_corpora(["abc-folk"], as_keys=False) is None
    assert "no baselines" in capsys.readouterr().err
