"""How far onsets that one program recorded lie from those that another told of, while a JACK server loses frames."""

from __future__ import annotations

from collections.abc import Sequence


def apart(recorded_s: Sequence[float], told_s: Sequence[float], breaks_s: Sequence[float] = ()) -> list[float]:
    """Return how far each onset lies from where it should, in seconds, the recorder's zero being unknown.

    Args:
        recorded_s: onsets by the recorder's count of frames, in order.
        told_s: the same onsets by the system's clock.
        breaks_s: when the server lost frames, by the system's clock: from there on the zero is another.
    """
    stretches: dict[int, list[float]] = {}
    for recorded, told in zip(recorded_s, told_s, strict=True):
        stretches.setdefault(sum(at_s < told for at_s in breaks_s), []).append(recorded - told)
    return [offset - (min(offsets) + max(offsets)) / 2 for offsets in stretches.values() for offset in offsets]
