"""The computer keyboard as a piano: a terminal tells key presses but no releases, so a note ends by itself."""

from __future__ import annotations

Data = tuple[int, ...]

TYPED = "computer keyboard"
"""Where typed notes come from, as a source."""

REPEAT_S = 0.25
"""A key held down repeats faster than this; the note of the last repeat ends so long after it."""


class Keystrokes:
    """This turns typed keys into note_ons and note_offs on channel 0, one note at a time.

    A keystroke lasts until the next one, or one beat. The same key again, while its note
    sounds, is the terminal's repeat of a key held down: it makes the note longer.
    """

    def __init__(self) -> None:
        self._pitch, self._end_s = 0, float("inf")

    @property
    def next_s(self) -> float:
        """When the sounding note ends; infinite while none does."""
        return self._end_s

    def press(self, pitch: int, velocity: int, *, now_s: float, beat_s: float) -> list[Data]:
        """Return the messages of a keystroke; `beat_s` is how long a beat lasts."""
        ended = self.due(now_s)
        if self._sounding and pitch == self._pitch:
            self._end_s = max(self._end_s, now_s + REPEAT_S)
            return ended
        ended += self.release()
        self._pitch, self._end_s = pitch, now_s + beat_s
        return [*ended, (0x90, pitch, velocity)]

    def due(self, now_s: float) -> list[Data]:
        """Return the note_off if the note has lasted long enough."""
        return self.release() if now_s >= self._end_s else []

    def release(self) -> list[Data]:
        """Return the note_off if a note sounds."""
        if not self._sounding:
            return []
        self._end_s = float("inf")
        return [(0x80, self._pitch, 64)]

    @property
    def _sounding(self) -> bool:
        return self._end_s < float("inf")
