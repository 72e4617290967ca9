"""A logged session: behaves as any; what is written down, and what is not; one that cannot be logged plays on."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from virtual_daemon import BEGIN_S, VirtualDaemon, phrase

from improvd.config import Config
from improvd.logbook.logged import LoggedSession, open_session
from improvd.logbook.writing import Logbook
from improvd.protocol import Alive, Trouble
from improvd.session import Session
from improvd.status import Facts


def lines(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_text().splitlines()[1:]]


def opened(folder: Path, **changes: Any) -> Session | LoggedSession:
    config = Config()
    for key, value in changes.items():
        config = config.having(key.replace("__", "."), value)
    return open_session(
        config, Facts(BEGIN_S, 7), state=folder, seed=5, to_player=lambda _: None, to_model=lambda _: None,
        clock=lambda: BEGIN_S,
    )  # fmt: skip


def test_it_is_logged_where_the_settings_say_so(tmp_path: Path) -> None:
    assert isinstance(opened(tmp_path), Session)
    assert not list(tmp_path.iterdir())
    logged = opened(tmp_path, record__log="on")
    assert isinstance(logged, LoggedSession)
    logged.close()
    assert len(list((tmp_path / "logs").iterdir())) == 1


def test_logs_lie_with_the_takes_where_these_have_a_folder(tmp_path: Path) -> None:
    logged = opened(tmp_path, record__log="on", record__folder=str(tmp_path / "mine"))
    assert isinstance(logged, LoggedSession)
    logged.close()
    assert len(list((tmp_path / "mine").glob("*.session.jsonl"))) == 1


def test_one_that_cannot_be_logged_plays_and_says_why(tmp_path: Path) -> None:
    (tmp_path / "logs").touch()
    session = opened(tmp_path, record__log="on")
    assert isinstance(session, Session)
    assert session.status(BEGIN_S).notice.startswith("no session log: ")


def test_logged_or_not_the_same_is_played(tmp_path: Path) -> None:
    played = []
    for log in ("on", "off"):
        daemon = VirtualDaemon(tmp_path / log, Config(), log=log)
        daemon.play(phrase(1001.0))
        daemon.play(phrase(1004.5, (50, 52)))
        daemon.run_until(1010.0)
        played.append(
            [replace(message, at_s=0.0) if hasattr(message, "at_s") else message for message in daemon.played]
        )
    assert len(played[0]) > 30
    assert played[0] == played[1]


def test_a_tick_at_which_nothing_is_due_leaves_no_line_and_the_pulse_neither(tmp_path: Path) -> None:
    logged = opened(tmp_path, record__log="on")
    logged.tick(BEGIN_S)
    for number in range(100):
        logged.hear(Alive(0, 0, 0, 0.0, 0, 0), BEGIN_S + number)
        logged.tick(BEGIN_S + number)
    logged.hear(Trouble("no real-time priority"), BEGIN_S + 200.0)
    logged.tick(BEGIN_S + 200.0)
    assert isinstance(logged, LoggedSession)
    logged.close()
    (path,) = (tmp_path / "logs").iterdir()
    assert [line[0] for line in lines(path)] == ["tick", "heard", "tick"]


def test_a_log_that_ends_early_is_told_to_the_musician_once(tmp_path: Path) -> None:
    book = Logbook(tmp_path, b"{}\n", largest_bytes=3)
    session = Session(Config(), Facts(BEGIN_S, 7), state=tmp_path, seed=5, to_player=print, to_model=print)
    logged = LoggedSession(session, book, lambda: BEGIN_S)
    logged.tick(BEGIN_S)
    assert "is full and ends here" in logged.status(BEGIN_S).notice
    session.tell("something else", BEGIN_S + 1.0)
    logged.tick(BEGIN_S + 1.0)
    assert logged.status(BEGIN_S + 1.0).notice == "something else"
    logged.close()
