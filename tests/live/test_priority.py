"""What the system grants is asked of it in processes of their own: priority cannot be given back."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="these ways are Linux's")

ASK = """
import os, time
from improvd.live.priority import RealtimeKit
kit = RealtimeKit()
while (refused := kit.refused()) is None:
    time.sleep(0.01)
print(refused, kit.refused())
"""


def said(program: str, path: str = os.environ["PATH"]) -> str:
    environ = {**os.environ, "PATH": path}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=environ, timeout=20)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_without_the_tool_that_asks_rtkit_priority_is_refused(tmp_path: Path) -> None:
    assert said(ASK, path=str(tmp_path)) == "True True"


def test_rtkit_is_asked_for_this_very_process_and_a_no_is_heard(tmp_path: Path) -> None:
    tool, asked = tmp_path / "busctl", tmp_path / "asked"
    tool.write_text(f'#!/bin/sh\necho "$@" > {asked}\nexit 1\n')
    tool.chmod(0o755)
    program = ASK.replace("print(", "print(os.getpid(), ")
    pid, refused, _ = said(program, path=f"{tmp_path}:{os.environ['PATH']}").split()
    assert refused == "True"
    assert asked.read_text().endswith(f"MakeThreadRealtimeWithPID ttu {pid} {pid} 4\n")


@pytest.mark.skipif(os.geteuid() != 0, reason="needs the right to real-time priority")
def test_where_it_is_allowed_the_process_runs_at_real_time_priority() -> None:
    program = (
        "import os; from improvd.live.priority import hurry, keep_from_pauses; keep_from_pauses();"
        "print(hurry(), os.sched_getscheduler(0) & ~os.SCHED_RESET_ON_FORK == os.SCHED_FIFO)"
    )
    assert said(program) == "True True"


TIDY = """
import gc, weakref
from improvd.live.priority import keep_from_pauses, tidy
class Thing: pass
def make_garbage():
    thing = Thing()
    thing.itself = thing
    return weakref.ref(thing)
keep_from_pauses()
garbage = make_garbage()
for _ in range(5000):
    make_garbage()
print(garbage() is not None, end=" ")
tidy()
print(garbage() is None)
"""


def test_garbage_waits_until_it_is_tidied_away() -> None:
    assert said(TIDY) == "True True"
