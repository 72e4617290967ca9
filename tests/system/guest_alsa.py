"""Runs in the machine: aplaymidi → improvd → arecordmidi on ALSA; ends with 0 if thru and answer were heard.

Also seen to: that readers, keyboards and thru auto are told from ALSA's own list. The machine is
emulated and slow, so the model is the NumPy one or LiteRT, whichever `auto` takes, and nothing is timed.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from improvd.control import Client  # noqa: E402  (the path comes first)
from improvd.errors import NotRunning  # noqa: E402
from improvd.music import midifile  # noqa: E402
from improvd.music.timing import Meter  # noqa: E402

CALL = (60, 62, 64, 65, 67, 65, 64, 62)


def wait_until(check: Callable[[], Any], what: str, timeout_s: float = 60.0) -> Any:
    end_s = time.monotonic() + timeout_s
    while not (found := check()):
        if time.monotonic() > end_s:
            raise TimeoutError(what)
        time.sleep(0.2)
    return found


def call() -> Client | None:
    try:
        return Client()
    except NotRunning:
        return None


def write_call(path: Path) -> None:
    """Eighths after a beat of rest."""
    notes = [midifile.FileNote(1 + i / 2, pitch, 0.4, 90) for i, pitch in enumerate(CALL)]
    midifile.write(path, [midifile.Track("call", midifile.messages_of(notes))], bpm=120.0, meter=Meter())


def main() -> None:
    subprocess.run(["modprobe", "-a", "snd-seq", "snd-virmidi"], check=True)
    folder = Path(tempfile.mkdtemp())
    os.environ |= {"XDG_RUNTIME_DIR": str(folder), "XDG_STATE_HOME": str(folder), "PYTHONPATH": str(ROOT)}
    seed, record = folder / "seed.mid", folder / "record.mid"
    write_call(seed)

    daemon = subprocess.Popen([sys.executable, "-m", "improvd", "run", "--headless"])
    client = wait_until(call, "no daemon")
    wait_until(lambda: client.status()["state"] != "no model", "no model")
    status = client.status()
    assert status["midi"] == "alsa", status
    assert status["first_run"], status
    assert any(name.startswith("Virtual Raw MIDI") for name in status["keyboards"]), status
    assert not any("Midi Through" in name or "improvd" in name for name in status["keyboards"]), status

    recorder = subprocess.Popen(["arecordmidi", "-b", "120", "-t", "480", "-p", "improvd-out:0", str(record)])
    wait_until(lambda: client.status()["readers"], "no reader is seen")
    assert "arecordmidi" in client.status()["readers"][0].lower(), client.status()
    subprocess.run(["aplaymidi", "-d", "1", "-p", "improvd-in:0", str(seed)], check=True)
    wait_until(lambda: client.status()["word"].startswith("ANSWERING"), "no answer")
    wait_until(lambda: not client.status()["word"].startswith("ANSWERING"), "no end of the answer")
    recorder.send_signal(signal.SIGINT)
    recorder.wait(10)
    told = client.status()
    daemon.terminate()
    assert daemon.wait(10) == 0

    heard = midifile.read(record).notes
    thru = [note.pitch for note in heard if note.channel == 0]
    answer = [note.pitch for note in heard if note.channel == 1]
    assert thru == list(CALL), heard
    assert answer, heard
    print(f"thru: {len(thru)} notes; the answer: {answer}; restarts: {told['restarts']}, late: {told['late']}")


if __name__ == "__main__":
    main()
