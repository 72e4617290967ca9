"""The style of a window: what the shipped model hears, what a probe is, and what is refused."""

from __future__ import annotations

import shutil

import numpy as np
import pytest
from scores import Eighths, note, session

from improvd.errors import BundleError
from improvd.model import bundle
from improvd.model.generate import Improviser
from improvd.model.probe import Probe
from improvd.model.runtimes import open_step
from improvd.model.style import find_style, remembered_of
from improvd.model.weigh import read
from improvd.protocol import Context, Weigh

REEL = (62, 66, 69, 66, 71, 69, 66, 64, 62, 66, 69, 66, 64, 62, 61, 64, 62, 66, 69, 74, 71, 69, 66, 69, 71, 73, 74, 71)
ROCK = ((36, 42), (42,), (38, 42), (42,), (36, 42), (36, 42), (38, 42), (46,)) * 3


def tune():
    return tuple((12 * number, 0, pitch, 12, 80) for number, pitch in enumerate(REEL))


def drums():
    return tuple((12 * number, 0, pitch, 6, 80) for number, keys in enumerate(ROCK) for pitch in keys)


@pytest.fixture(scope="module")
def improviser():
    return Improviser.open("default")


def heard_as(improviser, window):
    found = improviser.weigh(Weigh(5, "style", (window,), (Context(),)))
    assert (found.number, found.about, found.log_probs) == (5, "style", ())
    assert np.exp([log_prob for _, log_prob in found.styles]).sum() == pytest.approx(1.0)
    return max(found.styles, key=lambda style: style[1])[0]


def test_a_reel_is_heard_as_folk_and_a_drummer_as_a_groove(improviser):
    assert heard_as(improviser, tune()) == "folk"
    assert heard_as(improviser, drums()) == "groove"


def test_a_reel_that_is_played_is_heard_as_folk(improviser):
    class Ear(Eighths):
        weigh = improviser.weigh

    played = session(model=Ear(), model__style="auto")
    played.play(m for i, pitch in enumerate(REEL) for m in note(0.1 + 0.25 * i, 0.3 + 0.25 * i, pitch))
    played.run_until(7.0)
    assert played.conductor.view(7.0).style == "folk"


def test_a_model_without_a_probe_cannot_tell():
    opened = bundle.open_bundle("default")
    step = open_step(opened, "litert-int8")
    request = Weigh(1, "style", (tune(),), (Context(),))
    assert find_style(step, opened.shape, None, request).styles == ()


def test_what_is_remembered_after_some_notes_is_what_is_remembered_of_these_alone():
    opened = bundle.open_bundle("default")
    step = open_step(opened, "litert-int8")
    window = np.array([tune()[:6]])
    after = list(remembered_of(step, opened.shape, window, [Context()]))
    *_, alone = remembered_of(step, opened.shape, window[:, :4], [Context()])
    assert len(after) == 6
    np.testing.assert_allclose(after[3], alone, atol=1e-6)
    assert len(list(read(step, opened.shape, window, [Context()]))) == 6


def test_a_probe_is_read_as_it_was_written(tmp_path):
    probe = Probe(("folk", "jazz"), np.array([[0.5, -0.5], [1.0, 2.0]], np.float32), np.array([0.1, 0.0], np.float32))
    probe.save(tmp_path / "styles.npz")
    again = Probe.load(tmp_path / "styles.npz", 2)
    assert again.styles == probe.styles
    np.testing.assert_array_equal(again.log_probs(np.eye(2)), probe.log_probs(np.eye(2)))


def test_a_probe_for_another_network_or_of_unknown_styles_is_refused(tmp_path):
    Probe(("folk", "jazz"), np.zeros((3, 2)), np.zeros(2)).save(tmp_path / "larger.npz")
    with pytest.raises(ValueError, match="its weights are"):
        Probe.load(tmp_path / "larger.npz", 2)
    for styles in (("folk", "polka"), ("folk", "folk"), ("folk",), ()):
        Probe(styles, np.zeros((2, len(styles))), np.zeros(len(styles))).save(tmp_path / "styles.npz")
        with pytest.raises(ValueError, match="two or more of"):
            Probe.load(tmp_path / "styles.npz", 2)


def test_a_bundle_whose_probe_cannot_be_read_is_refused_in_one_sentence(tmp_path):
    copy = shutil.copytree(bundle.locate("default"), tmp_path / "copy")
    (copy / bundle.STYLES).write_bytes(b"no archive")
    with pytest.raises(BundleError, match=r"styles\.npz does not match SHA256SUMS"):
        bundle.open_bundle(str(copy))
    bundle.write_sums(copy, bundle.FILES[bundle.METRIC])
    with pytest.raises(BundleError, match=r"styles\.npz cannot be read"):
        bundle.open_bundle(str(copy)).styles()
