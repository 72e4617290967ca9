from __future__ import annotations

import re
from pathlib import Path

import pytest

LOCKS = {path.stem: path.read_text() for path in (Path(__file__).parents[1] / "requirements").glob("*.lock")}
PIN = re.compile(r"([a-z0-9-]+)==([\w.+!]+)( ; [\w\s()'.<>=!]+)? \\")
HASH = re.compile(r"    --hash=sha256:[0-9a-f]{64}( \\)?")


def _pins(name: str) -> dict[str, str]:
    return {found[1]: found[2] for found in map(PIN.fullmatch, LOCKS[name].splitlines()) if found}


@pytest.mark.parametrize("name", sorted(LOCKS))
def test_a_lock_holds_names_versions_and_hashes_and_nothing_else(name):
    for line in LOCKS[name].splitlines():
        assert PIN.fullmatch(line) or HASH.fullmatch(line), line


@pytest.mark.parametrize("name", sorted(LOCKS.keys() - {"play"}))
def test_what_playing_needs_has_the_same_version_in_every_lock(name):
    play, other = _pins("play"), _pins(name)
    assert {package: other[package] for package in play} == play


def test_what_is_locked_twice_has_one_version():
    gpu, dev = _pins("gpu"), _pins("dev")
    assert {package: gpu[package] for package in gpu.keys() & dev} == {
        package: dev[package] for package in gpu.keys() & dev
    }
