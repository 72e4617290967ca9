from __future__ import annotations

import pytest

from improvd import cli


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("step --units 4", "--units is 4; allowed are 8 to 4096"),
        ("jitter --seconds 0.5", "--seconds is 0.5; allowed are 1 to 86400"),
        ("jitter --seconds nan", "--seconds is nan; allowed are 1 to 86400"),
        ("jitter --bpm 301", "--bpm is 301; allowed are 20 to 300"),
        ("latency --notes 0", "--notes is 0; allowed are 1 to 100000"),
        ("latency --load burner", "--load 'burner' is unknown; there are: idle, model, screen, burners, all"),
    ],
)
def test_what_cannot_be_measured_is_refused_in_a_sentence(
    words: str, sentence: str, capsys: pytest.CaptureFixture[str]
):
    assert cli.main(["bench", *words.split()]) == 2
    assert capsys.readouterr().err.strip() == sentence


@pytest.mark.parametrize("what", ["jitter", "latency"])
def test_without_a_midi_system_nothing_is_measured(
    what: str, tmp_path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("JACK_DEFAULT_SERVER", "improvd-test-nobody")
    monkeypatch.setenv("JACK_NO_START_SERVER", "1")
    (tmp_path / "config.toml").write_text('[midi]\nbackend = "jack"\n')
    monkeypatch.setenv("IMPROVD_CONFIG", str(tmp_path / "config.toml"))
    assert cli.main(["bench", what]) == 1
    assert "no JACK server answers" in capsys.readouterr().err
