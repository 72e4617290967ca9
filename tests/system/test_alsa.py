"""improvd on a real ALSA sequencer, between aplaymidi and arecordmidi."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest
from machine import run_in_machine

pytestmark = pytest.mark.system

PROGRAMS = ("qemu-system-x86_64", "busybox", "cpio", "modprobe", "aplaymidi", "arecordmidi", "aconnect")
GUEST = Path(__file__).with_name("guest_alsa.py")


def test_what_is_played_passes_and_is_answered() -> None:
    missing = [program for program in PROGRAMS if not shutil.which(program)]
    if missing:
        pytest.skip(f"needs {', '.join(missing)}: apt install qemu-system-x86 busybox-static cpio kmod alsa-utils")
    done = run_in_machine(sys.executable, str(GUEST))
    assert done.exit_code == 0, done.output
    assert "the answer: " in done.output
    print(done.output)
