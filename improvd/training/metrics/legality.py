"""Illegal events: what no model may play, found without the masks that are to prevent it."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from improvd.music.codec import ADVANCE, END, FIELDS, STEPS, Event

UNDECODABLE, ENDS, PART, STRUCK, FALLS = (
    "undecodable", "end of the piece", "part not in the music", "struck while sounding", "chord not upwards",
)  # fmt: skip


def faults(events: Sequence[Event], *, parts: Collection[int]) -> list[str | None]:
    """Return what is wrong with each event of some music that does not end, or None.

    Wrong is a value that the codec cannot decode, an end, a part not among
    `parts`, a pitch struck while it sounds, and a chord not told upwards.
    """
    found: list[str | None] = []
    sounding: dict[int, int] = {}
    onset, last = 0, -1
    for event in events:
        fault = _undecodable(event)
        if fault is None:
            part, advance, pitch, duration, _ = event
            onset += STEPS[advance]
            fault = _misplaced(
                part in parts, struck=sounding.get(pitch, 0) > onset, falls=not advance and pitch <= last
            )
            sounding[pitch] = onset + STEPS[duration + 1]
            last = pitch
        found.append(fault)
    return found


def _undecodable(event: Event) -> str | None:
    if event[ADVANCE] == END:
        return ENDS
    return None if all(0 <= value < f.size for value, f in zip(event, FIELDS, strict=True)) else UNDECODABLE


def _misplaced(known_part: bool, *, struck: bool, falls: bool) -> str | None:
    if not known_part:
        return PART
    if struck:
        return STRUCK
    return FALLS if falls else None
