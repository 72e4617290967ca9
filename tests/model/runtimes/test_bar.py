"""The loop that draws a bar: note for note what is drawn step by step, on the shipped model and real music."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from improvd.model.bundle import open_bundle
from improvd.model.cursor import Cursor
from improvd.model.drawing import MAX_NOTES, Chunk, noise_of
from improvd.model.generate import Improviser
from improvd.model.runtimes import gpu
from improvd.model.runtimes.stepwise import Stepwise
from improvd.music import codec
from improvd.music.codec import KEYS, GridNote
from improvd.protocol import Ask, Context, Prefill, Taste, Weigh
from improvd.training.corpus import chorales

CHORALES = Path(__file__).parents[2] / "data" / "chorales.json"
CONTEXT = Context(style="chorale")
BAR_TICKS = 96

pytestmark = pytest.mark.slow


def music(piece, notes):
    """The beginning of a chorale on one keyboard."""
    frames = json.loads(CHORALES.read_text())["chorales"][piece]
    laid = codec.snap(chorales.notes_of(frames, frame_beats=0.25, voiced=False))
    return tuple(GridNote(note.onset_ticks, KEYS, *note[2:]) for note in laid)[:notes]


def ask(window, *, rows=1, **given):
    begin = -(-(window[-1].onset_ticks + 1) // BAR_TICKS) * BAR_TICKS
    wanted = {
        "number": 1, "context": CONTEXT, "begin_ticks": begin, "until_ticks": begin + BAR_TICKS, "strike": False,
        "temperatures": (1.0,), "top_p": 0.98, "min_p": 0.02, "lowest": 28, "highest": 103, "seed": 1,
    }  # fmt: skip
    return Ask(window=window, rows=rows, **wanted | given)


@pytest.fixture(scope="module")
def bundle():
    return open_bundle("default")


@pytest.fixture(scope="module")
def loop(bundle):
    """Loops on the GPU, if there is one."""
    bar = pytest.importorskip("improvd.model.runtimes.bar")
    loop = bar.BarLoop(bundle.weights(), bundle.shape, "CPU:0" if gpu.take() else "GPU:0")
    loop.warm_up((1, 16))
    return loop


@pytest.fixture(scope="module")
def plain(bundle, tmp_path_factory):
    """NumPy around the step on LiteRT, in float32: with TensorFlow beside it NumPy's own step is slow."""
    litert, tensorflow = (pytest.importorskip(f"improvd.model.runtimes.{name}") for name in ("litert", "tensorflow"))
    path = tmp_path_factory.mktemp("steps") / "step"
    tensorflow.convert(bundle.weights(), bundle.shape, path, int8=False)
    return Stepwise(litert.LitertStep(path, "litert-float32", bundle.shape), "litert-float32")


@pytest.fixture(scope="module")
def start(bundle):
    return Cursor.at_start(np.zeros(1, np.int64), bundle.shape)


def drawn(drawer, start, request, rows=1):
    read = drawer.read(start, request.window, request.context)
    last = len(request.window) - 1
    return drawer.draw(Chunk.of(request), drawer.take(read, [last]), noise_of(request.seed, rows))


def assert_alike(ours, theirs):
    """The same notes, as likely."""
    assert np.array_equal(ours.inside, theirs.inside)
    inside = theirs.inside
    assert np.array_equal(ours.events[inside], theirs.events[inside])
    assert np.array_equal(ours.onset_ticks[inside], theirs.onset_ticks[inside])
    np.testing.assert_allclose(ours.log_probs[inside], theirs.log_probs[inside], atol=1e-4)


def assert_same_place(ours, theirs):
    assert np.array_equal(ours.event, theirs.event)
    assert np.array_equal(ours.onset_ticks, theirs.onset_ticks)
    assert np.array_equal(ours.remaining, theirs.remaining)
    np.testing.assert_allclose(ours.state, theirs.state, atol=1e-4)


REQUESTS = {
    "plain": {},
    "struck": {"strike": True},
    "struck off the grid": {"strike": True, "begin_ticks": 389, "until_ticks": 470},
    "a chord alone": {"strike": True, "begin_ticks": 384, "until_ticks": 385},
    "after a long rest": {"strike": True, "begin_ticks": 1500, "until_ticks": 1548},
    "from a moment on": {"begin_ticks": 401, "until_ticks": 500},
    "narrow": {"lowest": 60, "highest": 67, "temperatures": (1.5,)},
    "cold": {"temperatures": (0.3,), "min_p": 0.0, "top_p": 1.0},
    "wild": {"temperatures": (2.0,), "top_p": 1.0, "min_p": 0.0},
}


@pytest.mark.parametrize("rows", [1, 4, 16])
@pytest.mark.parametrize("named", REQUESTS)
def test_a_bar_is_drawn_note_for_note_as_step_by_step(loop, plain, start, named, rows):
    for seed in range(2):
        request = ask(music(seed, 40), rows=rows, seed=seed, **REQUESTS[named])
        expected = drawn(plain, start, request, rows)
        assert expected.inside.any()
        assert_alike(drawn(loop, start, request, rows), expected)


def test_it_ends_where_a_request_has_no_end(loop, plain, start):
    request = ask(music(0, 40), until_ticks=10**9)
    endless = drawn(loop, start, request)
    assert endless.inside.sum() == MAX_NOTES
    assert_alike(endless, drawn(plain, start, request))


def test_rows_that_it_is_not_warm_for_are_filled_up_and_compile_nothing(loop, start):
    compiled = loop._drawing.experimental_get_tracing_count()
    full, few = (drawn(loop, start, ask(music(2, 40), rows=rows), rows) for rows in (16, 5))
    assert loop._drawing.experimental_get_tracing_count() == compiled
    assert np.array_equal(few.events[few.inside], full.events[:5, : few.inside.shape[1]][few.inside])


@pytest.mark.parametrize("notes", [1, 63, 64, 65, 128])
def test_a_window_read_within_the_loop_leads_where_stepping_leads(loop, plain, start, notes):
    window = music(0, 200)[-notes:]
    assert len(window) == notes
    assert_same_place(loop.read(start, window, CONTEXT), plain.read(start, window, CONTEXT))


def test_a_window_read_in_pieces_leads_to_the_same_place(loop, start):
    window = music(1, 50)
    first = loop.read(start, window[:17], CONTEXT)
    rest = loop.read(loop.take(first, [16]), window[17:], CONTEXT)
    whole = loop.read(start, window, CONTEXT)
    assert_same_place(first, loop.take(whole, range(17)))
    assert_same_place(rest, loop.take(whole, range(17, 50)))


def test_readings_of_a_phrase_weigh_the_same(loop, plain, bundle):
    request = Weigh(1, "tempo", (music(0, 12), music(1, 12)), (CONTEXT, CONTEXT))
    ours, theirs = (Improviser("default", bundle.shape, drawer).weigh(request).log_probs for drawer in (loop, plain))
    np.testing.assert_allclose(ours, theirs, atol=1e-3)


def test_the_best_candidates_are_the_same_ones(loop, plain, bundle):
    taste = Taste(*[1.0] * (len(fields(Taste)) - 1), closeness=0.7)
    window = music(1, 48)
    request = ask(window, rows=5, temperatures=(1.0, 0.8, 1.4), call_ticks=0, taste=taste)
    players = [Improviser("default", bundle.shape, drawer, learnt=bundle.learnt()) for drawer in (loop, plain)]
    players[0].prefill(Prefill(window[:30], CONTEXT))
    ours, theirs = (player.ask(request) for player in players)
    assert ours.rows == theirs.rows
    assert (len(set(ours.rows)), ours.candidates) == (3, 5)
    np.testing.assert_allclose(ours.log_probs, theirs.log_probs, atol=1e-3)
