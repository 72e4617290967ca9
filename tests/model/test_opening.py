"""Opening: the card's codec decides who plays a model, and how it is looked at."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from symbol_models import CARD, CHARACTERS, EIGHTHS, NOTES_AFTER_NOTES, SCALE, write_bundle

from improvd import cli, doctor
from improvd.config import Config
from improvd.errors import BundleError
from improvd.model import bundle
from improvd.model.frames.shape import FramesShape
from improvd.model.generate import Improviser
from improvd.model.opening import open_player, verify
from improvd.model.window import WindowImproviser
from improvd.music import frames
from improvd.music.midifile import FileNote, Track, messages_of, read, write
from improvd.music.timing import Meter
from improvd.offline import generate

MODELS = {
    "chords": (SCALE, NOTES_AFTER_NOTES),
    "durations": (EIGHTHS, {f"{a}:0.5": f"{b}:0.5" for a, b in NOTES_AFTER_NOTES.items() if a in SCALE}),
    "abc": (CHARACTERS, NOTES_AFTER_NOTES | {" ": "F", "|": "F", "\n": "F"}),
}


@pytest.fixture(params=MODELS)
def model(request, tmp_path):
    return write_bundle(tmp_path / request.param, request.param, *MODELS[request.param])


@pytest.fixture
def benchmark_model(tmp_path):
    shape, path = FramesShape(4, 1), tmp_path / "rolls"
    path.mkdir()
    bundle.write_weights(path, {name: np.zeros(size) for name, size in shape.weights().items()})
    codec = f'[codec]\nname = "frames"\nfingerprint = "{frames.fingerprint()}"\n'
    size = '[architecture]\nunits = 4\nlayers = 1\ntold = ["before", "echo"]\n'
    (path / bundle.CARD).write_text(CARD + codec + size)
    bundle.write_sums(path, bundle.FILES[bundle.FRAMES])
    return path


def test_the_card_decides_who_plays(model):
    player = open_player(str(model))
    assert isinstance(player, WindowImproviser)
    assert (player.name, player.runtime) == ("by hand", "window")
    assert isinstance(open_player("default", "numpy"), Improviser)


def test_a_model_for_the_benchmark_does_not_improvise_but_is_whole(benchmark_model):
    with pytest.raises(BundleError, match="made for the benchmark and cannot improvise; name another"):
        open_player(str(benchmark_model))
    assert verify(str(benchmark_model)) == ("by hand", benchmark_model)


def test_every_kind_of_model_is_verified(model):
    assert verify(str(model)) == ("by hand", model)
    assert verify("default").name == "default"
    data = (model / bundle.WEIGHTS).read_bytes()
    (model / bundle.WEIGHTS).write_bytes(data[:-1] + b"x")
    with pytest.raises(BundleError, match="does not match"):
        verify(str(model))


def answer_of(model, folder):
    seed, out = folder / "seed.mid", folder / "out.mid"
    line = [FileNote(i * 0.5, pitch, 0.5, 80) for i, pitch in enumerate((60, 62, 64, 65, 67, 65, 62, 64))]
    write(seed, [Track("seed", messages_of(line))], bpm=100.0, meter=Meter())
    config = Config()
    generate(seed, out, replace(config, model=replace(config.model, name=str(model))), bars=2)
    return read(out)


def test_a_file_is_answered(model, tmp_path):
    answer = answer_of(model, tmp_path)
    onsets = [note.onset_beats for note in answer.notes]
    assert onsets[0] == 0
    assert answer.end_beats == 8
    assert onsets == sorted(onsets)
    assert [note.pitch for note in answer.notes][:2] == [65, 67]


def test_every_command_knows_such_a_model(model, capsys, monkeypatch):
    assert cli.main(["model", "verify", str(model), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["verified"] is True
    assert cli.main(["model", "show", str(model)]) == 0
    assert f"symbols.codec       {model.name}" in capsys.readouterr().out
    assert cli.main(["model", "export", str(model)]) == 1
    assert "codec 'symbols'; here one of 'metric' is needed" in capsys.readouterr().err
    monkeypatch.setattr(bundle, "user_folder", lambda: model.parent)
    assert cli.main(["model", "list", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[model.name] == str(model)


def test_the_doctor_looks_at_such_a_model(model, monkeypatch):
    config = Config()
    monkeypatch.setattr(doctor, "_settings", lambda: replace(config, model=replace(config.model, name=str(model))))
    (finding,) = [finding for finding in doctor.examine().findings if finding.name == "model"]
    assert (finding.verdict, str(model) in finding.text) == ("ok", True)
    (model / bundle.VOCABULARY).unlink()
    (finding,) = [finding for finding in doctor.examine().findings if finding.name == "model"]
    assert finding.verdict == "fail"
