"""Fitting: what it says of windows is so of all of them, and follows from its seed."""

from __future__ import annotations

import numpy as np
import pytest
from paper_music import DENSE, STACK

from improvd.model.layered import probabilities

pytest.importorskip("keras")

from improvd.training.papers.fitting import Fitting  # it needs Keras
from improvd.training.papers.windows import Windows

SYMBOLS = 6


def windows(*, sequences):
    text = np.random.default_rng(0).integers(0, SYMBOLS, 60).astype(np.int32)
    return Windows([text], 4, sequences=sequences, name="it")


def fitting(table):
    return Fitting(table.network(4, SYMBOLS), optimizer="adam", learning_rate=0.01, seed=3)


@pytest.mark.slow
@pytest.mark.parametrize("table", [DENSE, STACK])
def test_a_score_is_of_all_windows_whatever_the_size_of_a_batch(table):
    fit = fitting(table)
    shown = windows(sequences=fit.network.sequences)
    whole, parts = (fit.score(shown.batches(shown.starts(), size)) for size in (56, 9))
    assert parts.nats == pytest.approx(whole.nats, rel=1e-2)
    assert parts.accuracy == pytest.approx(whole.accuracy, abs=1e-2)


@pytest.mark.slow
def test_a_score_is_that_of_the_network_that_plays():
    fit = fitting(DENSE)
    shown = windows(sequences=False)
    ((given, target),) = shown.batches(shown.starts(), 100)
    probs = probabilities(fit.network, fit.weights(), given)
    nats = -np.log(probs[np.arange(len(target)), target]).mean()
    found = fit.score(shown.batches(shown.starts(), 9))
    assert found.nats == pytest.approx(nats, rel=1e-2)
    assert found.accuracy == pytest.approx((probs.argmax(-1) == target).mean(), abs=0.02)


@pytest.mark.slow
def test_what_is_told_while_learning_is_of_all_windows_too():
    fit = fitting(DENSE)
    shown = windows(sequences=False)
    fit.model.optimizer.learning_rate = 0.0
    seen = []
    found = fit.learn(shown.batches(shown.starts(), 9), lambda count, nats: seen.append(count))
    assert seen == [9, 18, 27, 36, 45, 54, 56]
    assert found.nats == pytest.approx(fit.score(shown.batches(shown.starts(), 56)).nats, rel=1e-2)
