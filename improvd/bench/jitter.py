"""`improvd bench jitter`: how far off their grid notes leave, beside a bare sender of the same notes."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from improvd.bench import bare, loads
from improvd.bench.figures import Figures, of_onsets
from improvd.bench.helper import Helper, command_of
from improvd.bench.notes import Onset, onsets
from improvd.bench.recording import Recording
from improvd.bench.result import CONTROL, SUBJECT, Result
from improvd.bench.subject import STEPS_PER_BEAT, Subject
from improvd.config import ModelSettings
from improvd.live.ports import OWN_OUTPUT

_LEAD_S = 2.0
_TAIL_S = 0.5
_APART = 0.2
"""Each further sender plays by this share of a step later, so that nobody is in anybody's way."""


@dataclass(frozen=True, slots=True)
class Sender:
    """This is a further sender of the same notes: its name, the client of its port, and its process."""

    name: str
    client: str
    command: tuple[str, ...]


def measure(
    *, seconds: float, bpm: float, load: str, backend: str, model: ModelSettings, others: Sequence[Sender] = ()
) -> Result:
    """Return how far off the grid sixteenths leave that are played for some seconds.

    Args:
        seconds: of music.
        bpm: its tempo.
        load: a key of `loads.LOADS`.
        backend: as `midi.backend` in config.toml.
        model: the model of the loads.
        others: who plays the same notes in the same run, beside improvd and the control.

    Raises:
        ImprovdError: if there is no MIDI system to measure on, or a process cannot start.
    """
    step_s = 60 / bpm / STEPS_PER_BEAT
    planned = int(seconds / step_s)
    with ExitStack() as stack:
        clients = (OWN_OUTPUT, bare.OUT, *(sender.client for sender in others))
        recording = stack.enter_context(Recording(backend, clients))
        subject = stack.enter_context(Subject(recording.system, bpm))
        senders = (_control(recording.system), *others)
        helpers = [stack.enter_context(Helper(sender.command)) for sender in senders]
        for helper in helpers:
            helper.hear()
        recording.connect()
        stack.enter_context(loads.under(load, model))
        begin = subject.beat_after(_LEAD_S)
        for place, helper in enumerate(helpers, 1):
            helper.tell(begin_s=subject.time_of(begin) + place * _APART * step_s, step_s=step_s, count=planned)
        subject.play(begin, planned)
        subject.wait(_TAIL_S)
        take = recording.take(subject.time_of(begin))
        names = (SUBJECT, *(sender.name for sender in senders))
        figures = {n: _figures(onsets(take.heard, i, planned), step_s, planned) for i, n in enumerate(names)}
        return Result("jitter", load, recording.system, recording.period_ms, take.xruns, figures)


def _control(system: str) -> Sender:
    return Sender(CONTROL, bare.OUT, tuple(command_of("improvd.bench.bare", system, "send")))


def _figures(heard: Sequence[Onset], step_s: float, planned: int) -> Figures:
    return of_onsets([onset.number * step_s for onset in heard], [onset.at_s for onset in heard], planned)
