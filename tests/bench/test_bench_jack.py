"""The benches on a real JACK server; that they report, not how good the figures are."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from jackbed import JackServer, poll

pytestmark = pytest.mark.jack


def config_in(folder: Path) -> str:
    config = folder / "config.toml"
    config.write_text('[midi]\nbackend = "jack"\n')
    return str(config)


def bench(jack: JackServer, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "improvd", "bench", *words, "--json"],
        env=jack.env | {"IMPROVD_CONFIG": config_in(folder)}, capture_output=True, text=True, timeout=100,
    )  # fmt: skip


@pytest.mark.parametrize("words", [("jitter", "--seconds", "5"), ("latency", "--notes", "200")])
def test_the_death_of_the_server_is_told_in_a_sentence(words: tuple[str, ...], jack: JackServer, tmp_path: Path):
    measuring = subprocess.Popen(
        [sys.executable, "-m", "improvd", "bench", *words], env=jack.env | {"IMPROVD_CONFIG": config_in(tmp_path)},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    poll(lambda: "improvd-bench:in-1" in jack.connections("improvd-bench-bare-out:out"), "nothing is recorded")
    jack.stop(signal.SIGKILL)
    said, errors = measuring.communicate(timeout=60)
    assert (measuring.returncode, said) == (1, "")
    assert errors.splitlines()[-1] == "the JACK server ended, or stopped to run, while it was measured"


def figures(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def test_jitter_reports_every_sixteenth_of_improvd_and_the_control(jack: JackServer, tmp_path: Path):
    told = figures(bench(jack, tmp_path, "jitter", "--seconds", "3", "--bpm", "120"))
    assert (told["notes"], told["dropped"], told["control"]["dropped"]) == (24, 0, 0)
    assert (told["load"], told["system"]) == ("idle", "jack")
    assert told["period_ms"] == pytest.approx(jack.period / jack.rate * 1000)
    assert 0 < told["p50_ms"] <= told["p99_ms"] <= told["max_ms"]


def test_latency_reports_every_note_that_was_sent_through(jack: JackServer, tmp_path: Path):
    told = figures(bench(jack, tmp_path, "latency", "--notes", "20", "--load", "burners"))
    assert (told["notes"], told["dropped"], told["control"]["dropped"]) == (20, 0, 0)
    assert told["load"] == "burners"
    assert 0 < told["p50_ms"] <= told["p99_ms"] <= told["max_ms"]


def test_where_another_improvd_has_its_ports_nothing_is_measured(jack: JackServer, tmp_path: Path):
    jack.play_notes([(0.0, 60, 0.1)], loop_s=1.0, name="improvd-out")
    jack.wait_for_port("improvd-out:out")
    done = bench(jack, tmp_path, "jitter", "--seconds", "3")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.strip() == (
        "another improvd has its ports open; end it with 'improvd ctl do quit', and measure again"
    )
