"""What improvd remembers, and where."""

from __future__ import annotations

from pathlib import Path

import pytest

from improvd.places import cache_folder, remember_keyboards, remembered_keyboards, state_folder


def test_the_folder_is_in_the_state_home() -> None:
    assert state_folder({"XDG_STATE_HOME": "/var/state"}) == Path("/var/state/improvd")
    assert state_folder({}).parts[-3:] == (".local", "state", "improvd")


def test_what_can_be_made_again_is_in_the_cache_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/var/cache")
    assert cache_folder() == Path("/var/cache/improvd")
    monkeypatch.setenv("XDG_CACHE_HOME", "")
    assert cache_folder() == Path.home() / ".cache" / "improvd"


def test_a_keyboard_is_remembered(tmp_path: Path) -> None:
    assert remembered_keyboards(tmp_path / "new") == ()
    remember_keyboards(tmp_path / "new", ("Keys é",))
    assert remembered_keyboards(tmp_path / "new") == ("Keys é",)
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["ports.json"]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"inputs": 3}', '{"other": []}', "\x00"])
def test_a_damaged_memory_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "ports.json").write_text(text)
    assert remembered_keyboards(tmp_path) == ()
