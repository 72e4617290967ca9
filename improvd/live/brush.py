"""The brush: a key touched by accident while an answer plays is told from the beginning of a phrase."""

from __future__ import annotations

from improvd.live.listener import Onset, PlayedNote

LONE_S = 0.5
"""A short note with no other this soon after it is a lone one."""


class Brush:
    """This holds back what is played into an answer until it is clear whether it is meant.

    It is meant as soon as a key has been held for `brush_s` or a second one is struck.
    A single shorter note counts for nothing.
    """

    def __init__(self) -> None:
        self._onsets: list[Onset] = []
        self._ended: dict[Onset, PlayedNote] = {}

    @property
    def waiting(self) -> bool:
        """Whether something is held back."""
        return bool(self._onsets)

    def strike(self, onset: Onset) -> None:
        """Hold an onset back."""
        self._onsets.append(onset)

    def end(self, played: PlayedNote) -> None:
        """Take in the end of a note, if it is held back."""
        if played.onset in self._onsets:
            self._ended[played.onset] = played

    def next_s(self, brush_s: float) -> float:
        """Return when the doubt ends if nothing more happens."""
        onset = self._onsets[0]
        return onset.at_s + (LONE_S if self._is_short(onset, brush_s) else brush_s)

    def is_meant(self, now_s: float, brush_s: float) -> bool:
        """Return whether what is held back is music by now."""
        if len(self._onsets) > 1:
            return True
        return self.waiting and not self._is_short(self._onsets[0], brush_s) and now_s >= self.next_s(brush_s)

    def is_over(self, now_s: float, brush_s: float) -> bool:
        """Return whether what is held back is a brush for sure."""
        return len(self._onsets) == 1 and self._is_short(self._onsets[0], brush_s) and now_s >= self.next_s(brush_s)

    def release(self) -> list[tuple[Onset, PlayedNote | None]]:
        """Return what was held back, with the ends known so far, and hold nothing."""
        onsets, ended = self._onsets, self._ended
        self._onsets, self._ended = [], {}
        return [(onset, ended.get(onset)) for onset in onsets]

    def _is_short(self, onset: Onset, brush_s: float) -> bool:
        played = self._ended.get(onset)
        return played is not None and played.duration_s < brush_s
