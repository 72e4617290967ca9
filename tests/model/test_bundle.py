"""Bundles: the shipped one is whole; a damaged one is refused with one sentence that names what is wrong."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from improvd import cli
from improvd.errors import BundleError
from improvd.model import bundle
from improvd.model.cursor import Cursor, inputs_at
from improvd.model.opening import verify
from improvd.model.runtimes import open_step
from improvd.protocol import Context

DEFAULT = Path(__file__).parents[2] / "models" / "default"


@pytest.fixture
def copy(tmp_path):
    return shutil.copytree(DEFAULT, tmp_path / "copy")


def refusal(path):
    with pytest.raises(BundleError) as caught:
        bundle.open_bundle(str(path)).weights()
    text = str(caught.value)
    assert "\n" not in text
    return text


def resign(path):
    """Make the sums right again, so that what they would hide is looked at."""
    bundle.write_sums(path, bundle.FILES[bundle.METRIC])


def test_the_shipped_bundle_is_whole_and_small():
    opened = bundle.open_bundle("default")
    assert set(opened.weights()) >= set(opened.shape.weights())
    assert sum(file.stat().st_size for file in DEFAULT.iterdir()) <= bundle.MAX_BYTES


def test_the_shipped_card_says_on_what_and_how_well_it_was_trained():
    card = bundle.open_bundle("default").card
    assert card["training"]["recipe"] == "default"
    assert 0 < card["results"]["test"]["keys"]["total"] < 10
    assert {"chorale", "folk", "jazz", "classical", "lead sheet", "groove"} <= card["results"]["test"].keys()
    assert all({"title", "licence", "attribution"} <= source.keys() for source in card["data"].values())


@pytest.mark.parametrize("file", [*bundle.FILES[bundle.METRIC], *bundle.BESIDE])
def test_one_flipped_byte_is_named(copy, file):
    data = bytearray((copy / file).read_bytes())
    data[len(data) // 2] ^= 1
    (copy / file).write_bytes(data)
    assert f"{file} does not match SHA256SUMS" in refusal(copy)


@pytest.mark.parametrize("file", [*bundle.FILES[bundle.METRIC], *bundle.BESIDE, bundle.SUMS])
def test_a_missing_file_is_named(copy, file):
    (copy / file).unlink()
    assert file in refusal(copy)


def test_a_file_that_nobody_signed_is_refused(copy):
    (copy / bundle.LEARNT).unlink()
    resign(copy)
    (copy / bundle.LEARNT).write_bytes(bytes(1024))
    assert "learnt.bin does not match SHA256SUMS" in refusal(copy)


def test_another_codec_is_refused(copy):
    card = copy / bundle.CARD
    card.write_text(card.read_text().replace(bundle.codec.fingerprint(), "0123456789abcdef"))
    resign(copy)
    assert "its codec is 0123456789abcdef" in refusal(copy)


@pytest.mark.parametrize("text", ["", "format = 2\n", "format = 1\nname = 'x'\n", "\x00", "format = "])
def test_a_card_that_is_none_is_refused(copy, text):
    (copy / bundle.CARD).write_text(text)
    resign(copy)
    assert bundle.CARD in refusal(copy) or "format" in refusal(copy)


def test_weights_of_another_shape_are_refused(copy):
    weights = bundle.open_bundle(str(copy)).weights()
    bundle.write_weights(copy, {**weights, "heads.bias": np.zeros(3)})
    resign(copy)
    assert "weight 'heads.bias' is (3,)" in refusal(copy)


def test_pickled_weights_are_refused_unread(copy):
    np.savez(copy / bundle.WEIGHTS, weights=np.array([{"code": "to run"}], dtype=object))
    resign(copy)
    assert bundle.WEIGHTS in refusal(copy)


def test_arrays_that_unpack_to_more_than_a_bundle_holds_are_refused_unread(copy):
    np.savez_compressed(copy / bundle.WEIGHTS, weights=np.zeros(30_000_000, np.uint8))
    resign(copy)
    assert "30 MB unpacked" in refusal(copy)


@pytest.mark.parametrize("damage", ["one array", "no archive", "cut"])
def test_a_file_that_is_none_of_arrays_is_refused(copy, damage):
    whole = (copy / bundle.WEIGHTS).read_bytes()
    with (copy / bundle.WEIGHTS).open("wb") as file:
        np.save(file, np.zeros(3)) if damage == "one array" else file.write(
            whole[: len(whole) // 2 * (damage == "cut")]
        )
    resign(copy)
    assert f"{bundle.WEIGHTS} cannot be read" in refusal(copy)


def test_a_bundle_that_is_too_large_is_refused(copy, monkeypatch):
    monkeypatch.setattr(bundle, "MAX_BYTES", 1_000_000)
    assert "a bundle has at most 1 MB" in refusal(copy)


@pytest.mark.parametrize("size", ["3", "{}", "{units = 0, layers = 3, head_units = 8}",
                                  "{units = 512, layers = 1_000_000_000, head_units = 8}"])  # fmt: skip
def test_an_architecture_that_cannot_be_is_refused(copy, size):
    head, _, rest = (copy / bundle.CARD).read_text().partition("[architecture]")
    (copy / bundle.CARD).write_text(f"architecture = {size}\n{head}{rest[rest.index('[') :]}")
    resign(copy)
    assert "lacks architecture" in refusal(copy)


@pytest.mark.parametrize("file", bundle.BESIDE)
def test_verifying_looks_into_what_a_bundle_has_besides(copy, file):
    (copy / file).write_bytes(b"abc")
    resign(copy)
    with pytest.raises(BundleError, match=f"{file} cannot be read"):
        verify(str(copy))


def test_a_step_that_is_none_is_refused(copy):
    (copy / bundle.INT8).write_bytes(b"not a step")
    resign(copy)
    with pytest.raises(BundleError, match=r"no step of improvd's network.*model export --int8"):
        open_step(bundle.open_bundle(str(copy)), "litert-int8")


def test_the_int8_step_is_made_anew_from_the_weights_and_nothing_else_changes(copy, capsys):
    pytest.importorskip("tensorflow")
    before = {path.name: path.read_bytes() for path in copy.iterdir()}
    (copy / bundle.INT8).write_bytes(b"of an older improvd")
    resign(copy)
    assert cli.main(["model", "export", "--int8", str(copy)]) == 0
    assert capsys.readouterr().out.strip() == str(copy / bundle.INT8)
    after = {path.name: path.read_bytes() for path in copy.iterdir()}
    assert set(after) == set(before)
    assert all(after[name] == before[name] for name in before if name not in (bundle.INT8, bundle.SUMS))
    step = open_step(bundle.open_bundle(str(copy)), "litert-int8")
    shipped = open_step(bundle.open_bundle("default"), "litert-int8")
    inputs = inputs_at(Cursor.at_start(np.zeros(1, np.int64), bundle.open_bundle("default").shape), Context())
    np.testing.assert_array_equal(step(inputs).log_prob, shipped(inputs).log_prob)


def test_an_unknown_model_says_where_it_was_looked_for(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    with pytest.raises(BundleError, match=r"no model 'nosuch'.*there are: .*default"):
        bundle.locate("nosuch")


def test_the_users_own_models_are_found_by_name(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    shutil.copytree(DEFAULT, tmp_path / "improvd" / "models" / "mine")
    assert bundle.locate("mine") == tmp_path / "improvd" / "models" / "mine"
    assert bundle.locate("default") == DEFAULT
