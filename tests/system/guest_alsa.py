"""Runs in the machine: aplaymidi → improvd → arecordmidi on ALSA; ends with 0 if all of the call and an answer came.

Of the call every message is compared: keys with both velocities, chords, controllers, pedal, bend and pressure.

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

import mido

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "beds")]

from scores import wrong_notes  # noqa: E402  (the path comes first)

from improvd.control import Client  # noqa: E402
from improvd.errors import NotRunning  # noqa: E402

TICKS_PER_BEAT = 480
EIGHTH = TICKS_PER_BEAT // 2
CHORDS = ((60,), (62,), (64, 67, 71), (65,), (67,), (60, 65, 69), (64,), (62,))

LEFT = ((0xB0, 64, 0), (0xE0, 0, 64))
"""When a keyboard leaves, its pedal goes up and its bend to the middle."""


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


def call_messages() -> list[mido.Message]:
    """Return eighths, chords among them, after a beat of rest; and before each something that is no note."""
    messages = [mido.Message("program_change", program=5, time=2 * EIGHTH)]
    for number, pitches in enumerate(CHORDS):
        messages += [before(number).copy(time=EIGHTH // 8)]
        messages += [mido.Message("note_on", note=pitch, velocity=50 + 9 * number) for pitch in pitches]
        messages += [mido.Message("aftertouch", value=10 * number, time=EIGHTH // 8)]
        ends = [mido.Message("note_off", note=pitch, velocity=1 + 15 * number) for pitch in pitches]
        messages += [ends[0].copy(time=EIGHTH // 2), *ends[1:]]
        messages.append(mido.Message("control_change", control=1, value=number, time=EIGHTH // 4))
    return messages


def before(number: int) -> mido.Message:
    """Return what is moved before a note: the pedal goes down and up, the others somewhere."""
    return (
        mido.Message("control_change", control=64, value=127 * (number // 4 % 2 == 0)),
        mido.Message("control_change", control=11, value=100 - number),
        mido.Message("pitchwheel", pitch=-8192 + 1500 * number),
        mido.Message("polytouch", note=60, value=40 + number),
    )[number % 4]


def write_call(path: Path, messages: list[mido.Message]) -> None:
    file = mido.MidiFile(ticks_per_beat=TICKS_PER_BEAT)
    file.tracks.append(mido.MidiTrack([mido.MetaMessage("set_tempo", tempo=500_000), *messages]))
    file.save(path)


def recorded(path: Path, channel: int) -> list[tuple[int, ...]]:
    """Return the messages of a channel, in order."""
    played = mido.merge_tracks(mido.MidiFile(path).tracks)
    return [plain(m) for m in played if not m.is_meta and m.channel == channel]


def plain(message: mido.Message) -> tuple[int, ...]:
    """Return a message as bytes; a file may tell a note_off as a note_on of velocity 0."""
    data = tuple(message.bytes())
    return (0x80 | data[0] & 0x0F, data[1], 64) if data[0] & 0xF0 == 0x90 and data[2] == 0 else data


def main() -> None:
    subprocess.run(["modprobe", "-a", "snd-seq", "snd-virmidi"], check=True)
    folder = Path(tempfile.mkdtemp())
    os.environ |= {"XDG_RUNTIME_DIR": str(folder), "XDG_STATE_HOME": str(folder), "PYTHONPATH": str(ROOT)}
    seed, record = folder / "seed.mid", folder / "record.mid"
    messages = call_messages()
    write_call(seed, messages)

    daemon = subprocess.Popen([sys.executable, "-m", "improvd", "run", "--headless"])
    client = wait_until(call, "no daemon")
    wait_until(lambda: client.status()["state"] != "no model", "no model", 180.0)
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

    sent, thru, answer = [plain(m) for m in messages], recorded(record, 0), recorded(record, 1)
    assert thru == [*sent, *LEFT], f"sent {sent}\ncame {thru}"
    assert answer
    assert not wrong_notes(answer), answer
    onsets = [data[1] for data in answer if data[0] == 0x91]
    print(f"thru: all {len(sent)} messages; the answer: {onsets}; restarts: {told['restarts']}, "
          f"late: {told['late']}")  # fmt: skip


if __name__ == "__main__":
    main()
