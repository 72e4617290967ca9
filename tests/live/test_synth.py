from __future__ import annotations

import os
import stat
import time
from pathlib import Path
from typing import Any

import pytest

from improvd.errors import PortError
from improvd.live import synth
from improvd.live.synth import Synth, command, spoken
from improvd.protocol import SynthEnded


@pytest.mark.parametrize(
    ("data", "line"),
    [
        ((0x90, 60, 90), "noteon 0 60 90\n"),
        ((0x81, 60, 64), "noteoff 1 60\n"),
        ((0xB2, 64, 127), "cc 2 64 127\n"),
        ((0xC3, 12), "prog 3 12\n"),
        ((0xE0, 0, 64), "pitch_bend 0 8192\n"),
        ((0xD0, 33), ""),
    ],
)
def test_messages_are_told_in_fluidsynths_words(data: tuple[int, ...], line: str) -> None:
    assert spoken(data) == line


@pytest.fixture
def workshop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder that alone is searched for programs, with a sound font in it."""
    monkeypatch.setenv("PATH", str(tmp_path))
    font = tmp_path / "font.sf2"
    font.touch()
    monkeypatch.setattr(synth, "SOUND_FONTS", (str(font),))
    return tmp_path


def a_program(folder: Path, script: str) -> None:
    program = folder / "fluidsynth"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)


def test_a_missing_fluidsynth_is_told_with_what_to_do(workshop: Path) -> None:
    said: list[Any] = []
    Synth(said.append, jack=False).use(on=True)
    assert said == [SynthEnded("fluidsynth is not installed; on Debian: apt install fluidsynth timgm6mb-soundfont")]


def test_a_missing_sound_font_is_told_with_what_to_do(workshop: Path) -> None:
    a_program(workshop, "exit 0")
    (workshop / "font.sf2").unlink()
    with pytest.raises(PortError, match="no sound font"):
        command(jack=False)


def test_with_jack_it_plays_to_the_jack_server(workshop: Path) -> None:
    a_program(workshop, "exit 0")
    assert "-a jack -j" in " ".join(command(jack=True))
    assert "jack" not in command(jack=False)


def test_what_is_sent_reaches_it_and_it_ends_when_told_to_quit(workshop: Path) -> None:
    a_program(workshop, f'while read line; do echo "$line"; [ "$line" = quit ] && exit; done > {workshop}/heard')
    player = Synth(lambda message: None, jack=False)
    player.send((0x90, 59, 90))
    player.use(on=True)
    player.send((0x90, 60, 90))
    player.use(on=False)
    player.send((0x90, 61, 90))
    assert (workshop / "heard").read_text() == "noteon 0 60 90\nquit\n"


def test_one_that_ends_by_itself_is_told_once_and_playing_on_does_no_harm(workshop: Path) -> None:
    a_program(workshop, "exit 1")
    said: list[Any] = []
    player = Synth(said.append, jack=False)
    player.use(on=True)
    end_s = time.monotonic() + 5
    while not said and time.monotonic() < end_s:
        player.send((0x90, 60, 90))
        player.check()
    player.check()
    player.send((0x90, 60, 90))
    assert [(type(message), message.text[:20]) for message in said] == [(SynthEnded, "fluidsynth has ended")]


def test_one_that_hangs_does_not_keep_the_player(workshop: Path) -> None:
    a_program(workshop, f"echo $$ > {workshop}/started; mv {workshop}/started {workshop}/pid; exec /bin/sleep 60")
    (workshop / "mv").symlink_to("/bin/mv")
    player = Synth(lambda message: None, jack=False)
    player.use(on=True)
    started_s = time.monotonic()
    while not (workshop / "pid").exists() and time.monotonic() < started_s + 10:
        time.sleep(0.01)
    for _ in range(10_000):
        player.send((0x90, 60, 90))
    player.close()
    assert time.monotonic() - started_s < 30
    with pytest.raises(ProcessLookupError):
        os.kill(int((workshop / "pid").read_text()), 0)
