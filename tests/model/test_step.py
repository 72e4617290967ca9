"""The step: the same numbers on every runtime, and only legal notes."""

from __future__ import annotations

import numpy as np
import pytest

from improvd.model.runtimes.numpy import NumpyStep
from improvd.model.step import LEGAL_WIDTH, Inputs, Shape, fed_of
from improvd.music import codec
from improvd.music.codec import ADVANCE, DURATION, END, FIELDS, PITCH, START, STEPS

SHAPE = Shape(units=32, layers=2, head_units=16)
ROWS = 6


@pytest.fixture(scope="module")
def weights():
    rng = np.random.default_rng(1)
    return {
        name: (rng.standard_normal(size) / np.sqrt(size[0])).astype(np.float32)
        for name, size in SHAPE.weights().items()
    }


def first(rows=ROWS, **given):
    inputs = Inputs(
        event=np.repeat(np.array([START], np.int32), rows, 0),
        context=np.repeat(np.array([[0, 96, 1, 0]], np.int32), rows, 0),
        chord=np.zeros((rows, 12), np.float32),
        remaining=np.zeros((rows, 128), np.float32),
        state=np.zeros((rows, 2, SHAPE.state_width), np.float32),
        legal=np.ones((rows, LEGAL_WIDTH), np.float32),
        settings=np.ones((rows, 3, len(FIELDS)), np.float32) * np.array([[1.0], [0.95], [0.01]], np.float32),
        noise=np.zeros((rows, len(FIELDS)), np.float32),
        forced=np.full((rows, len(FIELDS)), -1, np.int32),
    )
    return inputs._replace(**given)


def then(inputs, outputs, noise):
    context = inputs.context.copy()
    context[:, 0] = outputs.position
    return inputs._replace(
        event=outputs.event.astype(np.int32), context=context, remaining=outputs.remaining, state=outputs.state,
        noise=noise,
    )  # fmt: skip


def play(step, inputs, noises):
    """Feed a step with what it drew; return all it gave."""
    heard = []
    for noise in noises:
        inputs = inputs._replace(noise=noise)
        outputs = step(inputs)
        heard.append(outputs)
        inputs = then(inputs, outputs, noise)
    return heard


def noises(steps, rows=ROWS, seed=0):
    return np.random.default_rng(seed).random((steps, rows, len(FIELDS)), np.float32) * np.float32(0.99999)


@pytest.mark.slow
@pytest.mark.slow
def test_tensorflow_draws_the_same_notes_as_numpy(weights):
    tensorflow = pytest.importorskip("improvd.model.runtimes.tensorflow")
    plain = play(NumpyStep(weights, SHAPE), first(), noises(40))
    compiled = play(tensorflow.TensorflowStep(weights, SHAPE), first(), noises(40))
    for a, b in zip(plain, compiled, strict=True):
        assert np.array_equal(a.event, b.event)
        assert np.allclose(a.log_prob, b.log_prob, atol=1e-4)
    assert_feeding_is_stepping(tensorflow.TensorflowStep(weights, SHAPE))
    assert_what_is_shared_is_the_same_once(tensorflow.TensorflowStep(weights, SHAPE))


@pytest.mark.slow
def test_litert_in_float32_draws_the_same_notes_as_numpy(weights, tmp_path):
    tensorflow = pytest.importorskip("improvd.model.runtimes.tensorflow")
    litert = pytest.importorskip("improvd.model.runtimes.litert")
    tensorflow.convert(weights, SHAPE, tmp_path / "step", int8=False)
    plain = play(NumpyStep(weights, SHAPE), first(), noises(40))
    step = litert.LitertStep(tmp_path / "step", "litert-float32", SHAPE)
    lite = play(step, first(), noises(40))
    for a, b in zip(plain, lite, strict=True):
        assert np.array_equal(a.event, b.event)
        assert np.allclose(a.log_prob, b.log_prob, atol=1e-4)
    assert_feeding_is_stepping(step)
    assert_what_is_shared_is_the_same_once(step)


def test_feeding_leads_where_a_step_leads(weights):
    assert_feeding_is_stepping(NumpyStep(weights, SHAPE))


def assert_feeding_is_stepping(step):
    for rows in (1, ROWS):
        inputs = first(rows)
        for noise in noises(3, rows):
            outputs = step(inputs._replace(noise=noise))
            np.testing.assert_allclose(step.feed(fed_of(inputs)), outputs.state, atol=1e-6)
            inputs = then(inputs, outputs, noise)


def test_what_all_rows_share_may_be_given_once(weights):
    step = NumpyStep(weights, SHAPE)
    assert_what_is_shared_is_the_same_once(step)
    assert step(shared(first())).state.shape[0] == 1


def shared(inputs):
    """Inputs that are the same in all rows but for the noise, in one row."""
    return Inputs(*(part if name == "noise" else part[:1] for name, part in inputs._asdict().items()))


def assert_what_is_shared_is_the_same_once(step):
    noise, then_noise = noises(2)
    apart, once = step(first(noise=noise)), step(shared(first(noise=noise)))
    after = then(first(), apart, then_noise)
    for each, one in zip(apart, once, strict=True):
        np.testing.assert_allclose(np.broadcast_to(one, each.shape), each, atol=1e-6)
    for each, one in zip(step(after), step(after._replace(state=once.state)), strict=True):
        np.testing.assert_allclose(one, each, atol=1e-6)


def test_a_row_of_a_batch_plays_what_it_plays_alone(weights):
    step, noise = NumpyStep(weights, SHAPE), noises(30)
    together = play(step, first(), noise)
    alone = play(step, first(1), noise[:, 3:4])
    assert [o.event[3].tolist() for o in together] == [o.event[0].tolist() for o in alone]


def test_no_sounding_pitch_is_struck_and_chords_only_grow_upwards(weights):
    step, inputs = NumpyStep(weights, SHAPE), first()
    for noise in noises(200, seed=5):
        before, outputs = inputs, step(inputs._replace(noise=noise))
        for row in range(ROWS):
            event = outputs.event[row]
            ticks = 0 if event[ADVANCE] == END else STEPS[event[ADVANCE]]
            assert before.remaining[row, event[PITCH]] <= ticks
            assert ticks or before.event[row, PITCH] == START[PITCH] or event[PITCH] > before.event[row, PITCH]
        inputs = then(inputs, outputs, noise)


def test_what_is_not_legal_is_not_drawn_even_at_the_highest_temperature(weights):
    legal = np.ones((ROWS, LEGAL_WIDTH), np.float32)
    pitch_start = FIELDS[0].size + FIELDS[1].size
    legal[:, pitch_start : pitch_start + 128] = 0
    legal[:, [pitch_start + 60, pitch_start + 67]] = 1
    settings = first().settings.copy()
    settings[:, 0], settings[:, 1], settings[:, 2] = 50.0, 1.0, 0.0
    for noise in noises(100, seed=2):
        outputs = NumpyStep(weights, SHAPE)(first(legal=legal, settings=settings, noise=noise))
        assert set(outputs.event[:, PITCH]) <= {60, 67}


def test_a_low_temperature_draws_the_likeliest_whatever_the_noise(weights):
    settings = first().settings.copy()
    settings[:, 0] = 1e-4
    step = NumpyStep(weights, SHAPE)
    draws = [step(first(settings=settings, noise=noise)).event.tolist() for noise in noises(20)]
    assert all(draw == draws[0] for draw in draws)


def test_drawn_values_follow_the_probabilities_they_report(weights):
    settings = first().settings.copy()
    settings[:, 1], settings[:, 2] = 1.0, 0.0
    step = NumpyStep(weights, SHAPE)
    parts = np.concatenate(
        [step(first(500, settings=np.repeat(settings[:1], 500, 0), noise=n)).event[:, 0] for n in noises(20, rows=500)]
    )
    counted = np.bincount(parts, minlength=FIELDS[0].size) / len(parts)
    forced = first(FIELDS[0].size).forced
    forced[:, 0] = np.arange(FIELDS[0].size)
    told = np.exp(step(first(FIELDS[0].size, forced=forced)).log_prob[:, 0])
    assert told.sum() == pytest.approx(1.0, abs=1e-5)
    assert counted == pytest.approx(told, abs=0.02)


def test_a_struck_note_sounds_for_its_duration_and_the_place_in_the_bar_moves_on(weights):
    event = codec.encode([codec.GridNote(36, 0, 60, 12, 80)])[0]
    outputs = NumpyStep(weights, SHAPE)(first(forced=np.repeat(np.array([event], np.int32), ROWS, 0)))
    assert outputs.event[0].tolist() == list(event)
    assert outputs.remaining[0, 60] == STEPS[event[DURATION] + 1] == 12
    assert outputs.position[0] == 36


def test_the_state_is_what_makes_the_next_note_differ(weights):
    step = NumpyStep(weights, SHAPE)
    once = step(first())
    again = step(first(state=once.state))
    assert not np.allclose(once.log_prob, again.log_prob)


def test_top_p_keeps_the_fewest_likeliest_that_reach_it(weights):
    plain = first(1).settings.copy()
    plain[:, 1], plain[:, 2] = 1.0, 0.0
    forced = first(FIELDS[0].size).forced
    forced[:, 0] = np.arange(FIELDS[0].size)
    step = NumpyStep(weights, SHAPE)
    probs = np.exp(step(first(FIELDS[0].size, forced=forced)).log_prob[:, 0])
    for top_p in (0.2, 0.5, 0.9, 1.0):
        settings = np.repeat(plain, 400, 0)
        settings[:, 1] = top_p
        noise = first(400).noise
        noise[:, 0] = np.linspace(0, 0.99999, 400)
        drawn = set(step(first(400, settings=settings, noise=noise)).event[:, 0].tolist())
        likeliest = np.argsort(-probs)
        needed = int(np.searchsorted(np.cumsum(probs[likeliest]), top_p - 1e-6)) + 1
        assert drawn == set(likeliest[:needed].tolist())
