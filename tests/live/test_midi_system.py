from __future__ import annotations

import subprocess
import sys

WITHOUT_RTMIDI = """
import sys
sys.modules["rtmidi"] = None
from improvd.errors import PortError
from improvd.live.midi_system import MidiSystem, find_system
from improvd.live.ports import Ports
try:
    find_system("auto")
except PortError as error:
    print(error)
print(MidiSystem("none").input_client("keys").get_ports())
"""


def test_where_rtmidi_cannot_be_loaded_there_is_no_midi_system_and_improvd_plays_on():
    done = subprocess.run([sys.executable, "-c", WITHOUT_RTMIDI], capture_output=True, text=True)
    assert done.stderr == ""
    told, ports = done.stdout.splitlines()
    assert told.startswith("no MIDI system: python-rtmidi cannot be loaded: ")
    assert ports == "[]"
