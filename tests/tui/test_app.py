from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Awaitable, Callable
from contextlib import contextmanager

import pytest
from fakedaemon import FakeDaemon, fake_daemon
from prompt_toolkit.input import create_pipe_input
from sheet import Sheet

from improvd.errors import ControlError, NotRunning
from improvd.tui import app
from improvd.tui.app import Screen
from improvd.tui.desk import Leaving
from improvd.tui.style import ANSWER_COLOUR, CALL_COLOUR

PATIENCE_S = 10.0


class Stage:
    """This is a screen on a sheet of paper, with somebody who types and a daemon that is none."""

    def __init__(self, daemon: FakeDaemon, sheet: Sheet, send: Callable[[str], None]) -> None:
        self.daemon, self.sheet, self.type = daemon, sheet, send

    async def sees(self, *texts: str) -> None:
        """Wait until all texts are on the screen."""
        await self.until(lambda: all(text in self.sheet.text for text in texts), f"no {texts}")

    async def asked(self, method: str, **params: object) -> None:
        """Wait until the daemon was asked for something."""
        await self.until(lambda: (method, params) in self.daemon.asked, f"no {method} {params}")

    async def until(self, true: Callable[[], bool], otherwise: str) -> None:
        """Wait until something is so; fail with the screen if it does not come."""
        deadline_s = time.monotonic() + PATIENCE_S
        while not true():
            assert time.monotonic() < deadline_s, f"{otherwise}\n{self.sheet.text}\n{self.daemon.asked}"
            await asyncio.sleep(0.01)


def _play(
    folder,
    script: Callable[[Stage], Awaitable[None]],
    *,
    columns=80,
    rows=24,
    ends_daemon=False,
    patience_s=9.0,
    **status,
) -> Leaving:
    """Show the screen of a fake daemon and act a script before it; return why the screen closed."""

    async def act() -> Leaving:
        screen = Screen(daemon.path, pipe, sheet.output(), ends_daemon=ends_daemon, patience_s=patience_s)
        playing = asyncio.ensure_future(screen.play())
        try:
            await script(Stage(daemon, sheet, pipe.send_text))
            return await asyncio.wait_for(playing, PATIENCE_S)
        finally:
            playing.cancel()

    sheet = Sheet(columns, rows)
    with fake_daemon(folder, **status) as daemon, create_pipe_input() as pipe, _signals_kept():
        return asyncio.run(act())


@contextmanager
def _signals_kept():
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def test_the_screen_follows_the_daemon_and_leaving_lets_it_play_on(tmp_path):
    async def script(stage: Stage) -> None:
        await stage.sees("██    ██ ▄████ ██████ █████", "COMMANDS", "default · litert-int8")
        stage.daemon.tell(reason="pedal held", bpm=96.0, temperature=1.25)
        await stage.sees("pedal held", "TEMPO 96", "TEMPERATURE 1.25")
        stage.type("q")

    assert _play(tmp_path, script) is Leaving.DETACHED


def test_leaving_the_screen_of_a_daemon_that_died_does_not_say_that_it_plays_on(tmp_path, monkeypatch, capsys):
    class LeftAfterItsDeath:
        def __init__(self, *_args, **_flags) -> None:
            pass

        def run(self) -> Leaving:
            daemon.stop()
            return Leaving.DETACHED

    monkeypatch.setattr(app, "Screen", LeftAfterItsDeath)
    monkeypatch.setattr(app, "require_terminal", lambda: None)
    monkeypatch.setattr(app, "create_input", lambda: None)
    monkeypatch.setattr(app, "create_output", lambda: None)
    with fake_daemon(tmp_path) as daemon, pytest.raises(NotRunning, match="improvd run"):
        app.run(daemon.path)
    assert "plays on" not in capsys.readouterr().err


def test_the_word_and_the_roll_have_the_colours_of_call_and_answer(tmp_path):
    roll = [[4.0, 1.0, 60, "call"], [6.0, 1.0, 64, "answer"]]

    async def script(stage: Stage) -> None:
        await stage.sees("██    ██ ▄████")
        assert stage.sheet.colours("██    ██ ▄████")[0] == CALL_COLOUR[1:]
        stage.daemon.tell(state="answering", word="ANSWERING 1/2", roll=roll, beats=8.0)
        await stage.sees("▄████▄ ██▄ ██")
        assert stage.sheet.colours("▄████▄ ██▄ ██")[0] == ANSWER_COLOUR[1:]
        assert stage.sheet.colours("▌▌ improvd")[0] == ANSWER_COLOUR[1:]
        stage.type("q")

    _play(tmp_path, script)


def test_keys_reach_the_daemon(tmp_path):
    async def script(stage: Stage) -> None:
        await stage.sees("COMMANDS")
        stage.type("\r")
        await stage.asked("do", what="your_turn")
        stage.type("\x1b[A")
        await stage.asked("nudge", name="sampling.temperature", steps=1)
        stage.type("\tq")
        await stage.asked("do", what="key", pitch=60, velocity=80)
        await stage.sees(" PIANO ", "C3 – C5")
        stage.type("\x04")

    assert _play(tmp_path, script) is Leaving.DETACHED


def test_what_the_daemon_refuses_is_shown(tmp_path):
    async def script(stage: Stage) -> None:
        stage.daemon.refuse = lambda method, params: "tempo belongs to the DAW" if method == "nudge" else ""
        await stage.sees("COMMANDS")
        stage.type("]")
        await stage.sees("tempo belongs to the DAW")
        stage.type("q")

    assert _play(tmp_path, script) is Leaving.DETACHED


def test_quitting_asks_and_then_ends_the_daemon(tmp_path):
    async def script(stage: Stage) -> None:
        await stage.sees("COMMANDS")
        stage.type("\x03")
        await stage.sees("end improvd and its music?", "y quit")
        stage.type("y")
        await stage.asked("do", what="quit")
        stage.daemon.stop()

    assert _play(tmp_path, script) is Leaving.QUIT


def test_the_first_minute_listens_to_every_keyboard_while_it_asks(tmp_path):
    async def script(stage: Stage) -> None:
        await stage.sees("Which is yours?", " 1  Keystation")
        await stage.asked("do", what="audition", on=True)
        stage.type("1")
        await stage.asked("do", what="connect", name="Keystation")
        stage.daemon.tell(first_run=False)
        await stage.asked("do", what="audition", on=False)
        stage.type("q")

    assert _play(tmp_path, script, first_run=True) is Leaving.DETACHED


def test_without_midi_the_screen_begins_as_a_piano(tmp_path):
    async def script(stage: Stage) -> None:
        await stage.sees(" PIANO ", "no sequencer: the letters play")
        stage.type("\x04")

    assert _play(tmp_path, script, midi="none", midi_why="no sequencer", first_run=True) is Leaving.DETACHED


def test_a_daemon_that_comes_back_is_found_again(tmp_path):
    async def script(stage: Stage) -> None:
        await stage.sees("COMMANDS")
        stage.daemon.stop()
        await stage.sees("the daemon is gone; the screen waits for it to come back")
        stage.daemon.start()
        stage.daemon.tell(reason="back again")
        await stage.sees("back again")
        stage.type("q")

    assert _play(tmp_path, script) is Leaving.DETACHED


def test_a_daemon_that_stays_away_ends_the_screen_with_a_sentence(tmp_path):
    async def script(stage: Stage) -> None:
        await stage.sees("COMMANDS")
        stage.daemon.stop()

    with pytest.raises(NotRunning, match=r"went away and did not come back within 0\.1 s; its log says why"):
        _play(tmp_path, script, patience_s=0.1)


def test_a_status_that_cannot_be_read_ends_the_screen_with_a_sentence(tmp_path):
    async def script(stage: Stage) -> None:
        await stage.sees("COMMANDS")
        stage.daemon.tell(bpm="fast")

    with pytest.raises(ControlError, match="bpm = 'fast'"):
        _play(tmp_path, script)


def test_sigterm_closes_the_screen_and_ends_a_daemon_that_belongs_to_it(tmp_path):
    async def script(stage: Stage) -> None:
        await stage.sees("COMMANDS")
        os.kill(os.getpid(), signal.SIGTERM)
        if await_quit:
            await stage.asked("do", what="quit")
            stage.daemon.stop()

    await_quit = False
    assert _play(tmp_path / "a", script) is Leaving.DETACHED
    await_quit = True
    assert _play(tmp_path / "b", script, ends_daemon=True) is Leaving.QUIT


def test_a_terminal_that_goes_away_leaves_the_daemon_alone(tmp_path):
    async def script(stage: Stage) -> None:
        await stage.sees("COMMANDS")
        os.kill(os.getpid(), signal.SIGHUP)

    assert _play(tmp_path, script) is Leaving.DETACHED


def test_a_window_may_be_dragged_to_any_size(tmp_path):
    async def script(stage: Stage) -> None:
        await stage.sees("COMMANDS")
        stage.sheet.resize(39, 24)
        os.kill(os.getpid(), signal.SIGWINCH)
        await stage.sees("the screen needs 40 x 10 characters")
        for columns, rows in ((1, 1), (40, 10), (200, 60)):
            stage.sheet.resize(columns, rows)
            os.kill(os.getpid(), signal.SIGWINCH)
            await stage.until(lambda: True, "")
        await stage.sees("████████████", "n forget")
        stage.type("q")

    assert _play(tmp_path, script) is Leaving.DETACHED


def test_a_still_screen_sends_nothing_and_a_beat_sends_little(tmp_path):
    async def script(stage: Stage) -> None:
        await stage.sees("COMMANDS")
        stage.daemon.tell(bpm=20.0, beat=2.0, beats=1.0)
        await stage.sees("TEMPO 20")
        await asyncio.sleep(0.2)
        before = stage.sheet.written
        await asyncio.sleep(0.3)
        assert stage.sheet.written == before
        stage.daemon.tell(reason="pedal held")
        await stage.sees("pedal held")
        assert stage.sheet.written - before < 300
        stage.type("q")

    _play(tmp_path, script)
