"""Bundles of symbols: what is written can be opened, and what does not fit is refused with one sentence."""

from __future__ import annotations

import json

import numpy as np
import pytest
from symbol_models import CARD, NOTES_AFTER_NOTES, SCALE, network, weights, write_bundle

from improvd.errors import BundleError
from improvd.model import bundle, symbolic
from improvd.model.layered import Dense, Flatten, Network
from improvd.music.symbols import CODECS


@pytest.fixture
def path(tmp_path):
    return write_bundle(tmp_path / "model", "chords", SCALE, NOTES_AFTER_NOTES)


def refusal(path):
    with pytest.raises(BundleError) as caught:
        symbolic.open_bundle(str(path)).weights()
    text = str(caught.value)
    assert "\n" not in text
    return text


def resign(path):
    bundle.write_sums(path, bundle.FILES[bundle.SYMBOLS])


def changed(path, file, before, after):
    text = (path / file).read_text()
    assert before in text
    (path / file).write_text(text.replace(before, after))
    resign(path)
    return refusal(path)


def test_what_was_written_is_opened(path):
    found = symbolic.open_bundle(str(path))
    assert (found.name, found.codec.name, found.vocabulary) == ("by hand", "chords", SCALE)
    assert found.network == network(len(SCALE))
    assert found.card["about"].startswith("After each symbol")
    expected = weights(found.network, SCALE, NOTES_AFTER_NOTES)
    assert all(np.array_equal(found.weights()[name], weight) for name, weight in expected.items())


@pytest.mark.parametrize("file", [*bundle.FILES[bundle.SYMBOLS], bundle.SUMS])
def test_a_damaged_or_missing_file_is_named(path, file):
    data = bytearray((path / file).read_bytes())
    data[len(data) // 2] ^= 1
    (path / file).write_bytes(data)
    assert "does not match SHA256SUMS" in refusal(path)
    (path / file).unlink()
    assert file in refusal(path)


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ('codec = "chords"', 'codec = "words"', "symbols 'words'; this improvd knows chords, durations, abc"),
        ('codec = "chords"', "codec = [1]", "symbols '[1]'; this"),
        ('codec = "chords"', 'codec = "abc"', "its codec is"),
        ("[symbols]", "[symbol]", "symbols ''; this"),
        ('fingerprint = "', 'fingerprint = "0', "its codec is 0"),
        ('name = "symbols"', 'name = "metric"', "it is one of codec 'metric'"),
        ("[network]", "[net]", "tells of no network that can be"),
        ("window = 3", "window = -3", "window -3; allowed are 1 to"),
        ("window = 3", "window = 4", "weight '1.dense.kernel' is (21, 7), the card's architecture needs (28, 7)"),
        ("symbols = 7", "symbols = 8", "gives 7 probabilities for 8 symbols"),
        ('kind = "flatten"', 'kind = "fold"', "layer of kind 'fold'"),
    ],
)
def test_a_card_that_does_not_fit_is_refused(path, before, after, said):
    assert said in changed(path, bundle.CARD, before, after)


@pytest.mark.parametrize(
    ("symbols", "said"),
    [
        ([*SCALE[:-1], "C4"], "has 'C4' more than once"),
        (SCALE[:-1], "has 6 symbols, the card says 7"),
        ([*SCALE[:-1], "H4"], "has 'H4', which is none of 'chords'"),
        ([*SCALE[:-1], 3], "one list of texts"),
        ({"C4": 0}, "one list of texts"),
    ],
)
def test_a_vocabulary_that_does_not_fit_is_refused(path, symbols, said):
    (path / bundle.VOCABULARY).write_text(json.dumps(symbols))
    resign(path)
    assert said in refusal(path)


@pytest.mark.parametrize("data", [b"", b"[", b"\xff", b"[" * 100_000])
def test_a_vocabulary_that_is_none_is_refused(path, data):
    (path / bundle.VOCABULARY).write_bytes(data)
    resign(path)
    assert f"{bundle.VOCABULARY} cannot be read" in refusal(path)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_weights_that_are_no_numbers_are_refused(path, bad):
    damaged = weights(network(7), SCALE, {}) | {"1.dense.bias": np.full(7, bad)}
    bundle.write_weights(path, damaged)
    resign(path)
    assert "weight '1.dense.bias' holds what is no number" in refusal(path)


def test_weights_of_another_kind_are_refused(path):
    texts = weights(network(7), SCALE, {}) | {"1.dense.bias": np.full(7, "one")}
    np.savez(path / bundle.WEIGHTS, **texts)
    resign(path)
    assert "weight '1.dense.bias' holds what is no number" in refusal(path)


def test_a_network_too_large_for_a_bundle_is_refused_before_its_weights_are_read(path):
    said = changed(path, bundle.CARD, 'kind = "flatten"', 'kind = "lstm"\nunits = 2000')
    assert "its network has 16,0" in said
    assert "a bundle has room for 12,500,000" in said


def test_nothing_is_written_that_could_not_be_opened(tmp_path):
    table = Network("one-hot", 2, (Flatten(), Dense(2, "softmax")), 2)
    with pytest.raises(BundleError, match="more than once"):
        symbolic.write(tmp_path, CARD, CODECS["chords"], table, weights(table, SCALE, {}), ["C4", "C4"])
