"""The notes that are played: equal steps, each pitch telling which step it is, so that a lost one is seen. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from improvd.live.ledger import NOTE_ON

LOWEST_PITCH, PITCHES = 24, 96
VELOCITY = 80
CHANNEL = 1
HELD = 0.5
"""Share of its step for which a note sounds."""


@dataclass(frozen=True, slots=True)
class Heard:
    """This is one message as it was recorded: `source` is the number of the port that it came from."""

    source: int
    at_s: float
    data: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Onset:
    """This is a note heard: the number of its step, and when it began, in seconds."""

    number: int
    at_s: float


def pitch_of(number: int) -> int:
    """Return the pitch of a step."""
    return LOWEST_PITCH + number % PITCHES


def onsets(heard: Iterable[Heard], source: int, planned: int) -> list[Onset]:
    """Return the onsets that came from a source, by their steps, which only count up; a pitch tells 96 apart.

    The pitch of the step before is that note once more: when a client misses a cycle, JACK hands on what it wrote last.
    """
    found: list[Onset] = []
    number = -1
    for message in heard:
        if message.source != source or message.data[0] & 0xF0 != NOTE_ON or not message.data[2]:
            continue
        if found and message.data[1] == pitch_of(number):
            continue
        number += 1 + (message.data[1] - pitch_of(number + 1)) % PITCHES
        found.append(Onset(number, message.at_s))
    return [onset for onset in found if onset.number < planned]
