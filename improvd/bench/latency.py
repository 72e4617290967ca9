"""`improvd bench latency`: how long a key takes through improvd, beside a bare pass-through in the same run."""

from __future__ import annotations

import time
from contextlib import ExitStack

from improvd.bench import bare, loads
from improvd.bench.figures import Figures, of_latencies
from improvd.bench.helper import Helper, command_of
from improvd.bench.notes import onsets
from improvd.bench.recording import Recording, Take
from improvd.bench.result import CONTROL, SUBJECT, Result
from improvd.bench.subject import Subject
from improvd.config import ModelSettings
from improvd.live.ports import OWN_INPUT, OWN_OUTPUT

_GAPS_S = (0.02, 0.04)
_TAIL_S = 0.5
_BPM = 120.0


def measure(*, notes: int, load: str, backend: str, model: ModelSettings) -> Result:
    """Return how long notes take from a port, through improvd's input, thru and output, and back.

    Args:
        notes: how many.
        load: a key of `loads.LOADS`.
        backend: as `midi.backend` in config.toml.
        model: the model of the loads.

    Raises:
        ImprovdError: if there is no MIDI system to measure on, or a process cannot start.
    """
    with ExitStack() as stack:
        recording = stack.enter_context(Recording(backend, (OWN_OUTPUT, bare.OUT), (OWN_INPUT, bare.IN)))
        subject = stack.enter_context(Subject(recording.system, _BPM))
        stack.enter_context(Helper(command_of("improvd.bench.bare", recording.system, "thru"))).hear()
        recording.connect()
        stack.enter_context(loads.under(load, model))
        begin_s = time.monotonic()
        recording.send(notes, _GAPS_S, subject.wait)
        subject.wait(_TAIL_S)
        take = recording.take(begin_s)
        figures = {name: _figures(take, way, notes) for way, name in enumerate((SUBJECT, CONTROL))}
        return Result("latency", load, recording.system, recording.period_ms, take.xruns, figures)


def _figures(take: Take, way: int, planned: int) -> Figures:
    sent_s = {onset.number: onset.at_s for onset in onsets(take.sent, way, planned)}
    return of_latencies([onset.at_s - sent_s[onset.number] for onset in onsets(take.heard, way, planned)], planned)
