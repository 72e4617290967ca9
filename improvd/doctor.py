"""The doctor: looks for what could keep improvd from playing, and says what to do about it."""

from __future__ import annotations

import importlib.util
import json
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from improvd import configfile, control
from improvd.config import Config
from improvd.errors import ImprovdError, NotRunning, PortError

PYTHONS = ((3, 11), (3, 12))
PACKAGES = {
    "rtmidi": "it plays MIDI: pip install python-rtmidi",
    "mido": "it reads and writes MIDI files: pip install mido",
    "numpy": "the model needs it: pip install numpy",
    "prompt_toolkit": "the screen needs it: pip install prompt_toolkit",
}
USEFUL_PACKAGES = {
    "ai_edge_litert": "without it the slower NumPy runtime plays: pip install ai-edge-litert",
    "jack": "without it JACK's connections are unknown, and thru cannot be switched by them: pip install JACK-Client",
}
PATIENCE_S = 2.0


@dataclass(frozen=True, slots=True)
class Finding:
    """This is one thing looked at.

    Attributes:
        name: what was looked at.
        verdict: ok, warn (improvd plays, but not as well as it could) or fail (it does not play).
        text: what was found.
        advice: what to do; empty where nothing need be done.
    """

    name: str
    verdict: str
    text: str
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """This is all that was found."""

    findings: tuple[Finding, ...]

    @property
    def sound(self) -> bool:
        """Whether nothing keeps improvd from playing."""
        return all(finding.verdict != "fail" for finding in self.findings)

    def as_json(self) -> str:
        """Return one JSON object."""
        return json.dumps({"ok": self.sound, "findings": [asdict(finding) for finding in self.findings]})

    def as_text(self) -> str:
        """Return a line a finding, and below it what to do."""
        return "\n".join(map(_line, self.findings))


def _line(finding: Finding) -> str:
    advice = f"\n{'':18} → {finding.advice}" if finding.advice else ""
    return f"{finding.verdict:<5} {finding.name:<12} {finding.text}{advice}"


def examine() -> Report:
    """Look at everything."""
    return Report(tuple(finding for look in LOOKS for finding in look()))


# --- what is looked at -----------------------------------------------------------------------


def _python() -> Iterator[Finding]:
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info[:2] in PYTHONS:
        yield Finding("Python", "ok", version)
    else:
        yield Finding("Python", "warn", f"{version} is untested", "use Python 3.11 or 3.12")


def _packages() -> Iterator[Finding]:
    found = []
    for table, verdict in ((PACKAGES, "fail"), (USEFUL_PACKAGES, "warn")):
        for name, advice in table.items():
            if importlib.util.find_spec(name):
                found.append(name)
            else:
                yield Finding("packages", verdict, f"{name} is missing", advice)
    yield Finding("packages", "ok", f"{', '.join(found)} are there")


def _midi() -> Iterator[Finding]:
    from improvd.live.midi_system import find_system

    system = ""
    for backend in ("alsa", "jack") if sys.platform == "linux" else ("auto",):
        try:
            found, client = find_system(backend)
        except PortError as error:
            yield Finding(backend, "ok", f"not there: {_reason(error)}")
            continue
        client.delete()
        system = system or found.name
        yield Finding(backend, "ok", "answers")
    if not system:
        advice = "start a JACK server or PipeWire, or load ALSA's sequencer: modprobe snd-seq"
        yield Finding("MIDI", "warn", "no MIDI system: improvd plays from the computer keyboard", advice)


def _reason(error: PortError) -> str:
    return str(error).removeprefix("midi.backend = ").partition(", but ")[2].partition("; set it")[0] or str(error)


def _realtime() -> Iterator[Finding]:
    if sys.platform != "linux":
        return
    import resource

    from improvd.live.priority import FIFO_PRIORITY

    limit = resource.getrlimit(resource.RLIMIT_RTPRIO)[1]
    if os.geteuid() == 0 or limit == resource.RLIM_INFINITY or limit >= FIFO_PRIORITY:
        yield Finding("realtime", "ok", "notes go out at real-time priority")
    else:
        advice = "apt install rtkit; or join the group that may: apt install jackd2 (say yes), adduser $USER audio"
        yield Finding("realtime", "warn", "not allowed: under load notes may be some milliseconds late", advice)


def _config() -> Iterator[Finding]:
    path = configfile.find(None, os.environ, Path.cwd())
    if path is None:
        yield Finding("config", "ok", "no file; the defaults are in force")
        return
    try:
        faults = configfile.parse(configfile.read(path))[1]
    except ImprovdError as error:
        yield Finding("config", "fail", str(error))
        return
    if faults:
        more = f" and {len(faults) - 1} more" if len(faults) > 1 else ""
        yield Finding("config", "fail", f"{path}:{faults[0].line}: {faults[0].text}{more}", "improvd config check")
    else:
        yield Finding("config", "ok", str(path))


def _settings() -> Config:
    try:
        return configfile.load(configfile.find(None, os.environ, Path.cwd()))
    except ImprovdError:
        return Config()  # `_config` tells what is wrong


def _model() -> Iterator[Finding]:
    from improvd.model import opening

    name = _settings().model.name
    try:
        found = opening.verify(name)
    except ImprovdError as error:
        yield Finding("model", "fail", str(error))
    else:
        yield Finding("model", "ok", f"{found.name} in {found.path}: sums, codec and shapes are right")


def _socket() -> Iterator[Finding]:
    try:
        path = control.socket_path()
        with control.Client(path, timeout_s=PATIENCE_S) as client:
            status = client.status()
        yield Finding("daemon", "ok", f"runs: process {status['pid']} on {path}, {status['word']}")
        if status["notice"]:
            yield Finding("daemon", "warn", status["notice"])
    except NotRunning as error:
        hangs = "does not answer" in str(error)
        yield Finding("daemon", "fail", str(error)) if hangs else Finding("daemon", "ok", "does not run")
    except ImprovdError as error:
        yield Finding("daemon", "fail", str(error))


def _synth() -> Iterator[Finding]:
    from improvd.live.synth import command

    try:
        yield Finding("fluidsynth", "ok", command(jack=False)[0])
    except PortError as error:
        yield Finding("fluidsynth", "ok", f"not used: {error}")


LOOKS: tuple[Callable[[], Iterator[Finding]], ...] = (
    _python, _packages, _midi, _realtime, _config, _model, _socket, _synth,
)  # fmt: skip
