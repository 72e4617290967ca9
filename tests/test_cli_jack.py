"""The command line under a real JACK server."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from jackbed import JackServer

pytestmark = pytest.mark.jack


def test_ports_lists_what_could_be_connected_by_the_names_that_patterns_match(jack: JackServer):
    jack.play_notes([(0.0, 60, 0.1)], loop_s=1.0, name="keys")
    jack.wait_for_port("keys:out")
    listing = jack.spawn(sys.executable, "-m", "improvd", "ports", "--json", stdout=subprocess.PIPE)
    told = json.loads(listing.communicate(timeout=30)[0])
    assert (listing.returncode, told["midi"], told["inputs"]) == (0, "jack", ["keys:out"])
