"""Scores for tests: what is played, second by second, and a model that answers by rule."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from improvd.config import Config
from improvd.live.echo import is_note
from improvd.live.ledger import NOTE_ON
from improvd.live.performer import Outside
from improvd.offline import VirtualSession
from improvd.protocol import Ask, Cancel, Continued, GridNote, PlannedNote, Play

Message = tuple[float, tuple[int, ...]]
"""(at_s, bytes)"""


def note(onset_s: float, end_s: float, pitch: int = 60, velocity: int = 80, channel: int = 0) -> list[Message]:
    """Return a key struck and let go."""
    return [(onset_s, (0x90 | channel, pitch, velocity)), (end_s, (0x80 | channel, pitch, 64))]


def line(onsets_s: Iterable[float], length_s: float, pitch: int = 60) -> list[Message]:
    """Return a rising line of notes of one length."""
    return sorted(m for i, at_s in enumerate(onsets_s) for m in note(at_s, at_s + length_s, pitch + i))


def control(at_s: float, number: int, value: int) -> Message:
    """Return a control change on channel 1."""
    return (at_s, (0xB0, number, value))


PHRASE = line((0.0, 0.25, 0.5, 0.75), 0.2)
"""Four eighths at 120 bpm: it ends 0.5 s after 0.95 s, and the answer begins on beat 4, at 2 s."""

PHRASE_END_S = 1.45
ANSWER_S = 2.0


class Eighths:
    """This is a model that plays an eighth note wherever there is one, its pitches decided by seed and temperature."""

    def __init__(self, *, step_ticks: int = 12, velocity: int = 70) -> None:
        self.asks: list[Ask] = []
        self._step_ticks, self._velocity = step_ticks, velocity

    def ask(self, request: Ask) -> Continued:
        """Return what follows a window."""
        self.asks.append(request)
        ticks = range(request.begin_ticks, request.until_ticks, self._step_ticks)
        rows = tuple(tuple(self._note(request.seed, warmth, t) for t in ticks) for warmth in request.temperatures)
        return Continued(request.number, rows, (0.0,) * len(rows), request.rows or 1, 0.001)

    def _note(self, seed: int, warmth: float, ticks: int) -> GridNote:
        pitch = 60 + (seed + 7 * ticks + round(100 * warmth)) % 12
        return (ticks, 0, pitch, self._step_ticks, self._velocity)


def session(
    *,
    model: Eighths | None = None,
    model_s: Callable[[Ask], float] = lambda _: 0.0,
    lead_s: float = 0.06,
    outside: Outside | None = None,
    **settings: object,
) -> VirtualSession:
    """Return a session at 120 bpm in 4/4, which nobody changes; a setting is named section__name.

    Nothing is drawn but what is played, unless the settings ask for it.
    """
    config = Config().having("clock.source", "internal").having("answer.rehearse", False).having("answer.neighbours", 0)
    for key, value in settings.items():
        config = config.having(key.replace("__", "."), value)  # type: ignore[arg-type]
    return VirtualSession(config, model or Eighths(), model_s=model_s, lead_s=lead_s, outside=outside)


def planned(played: VirtualSession) -> list[PlannedNote]:
    """Return every note that was planned, rounded to the millionth."""
    return [(round(n[0], 6), round(n[1], 6), *n[2:]) for _, a in played.actions if isinstance(a, Play) for n in a.notes]


def cancels(played: VirtualSession) -> list[tuple[float, Cancel]]:
    """Return every cancellation, with its time in seconds."""
    return [(round(at_s, 6), action) for at_s, action in played.actions if isinstance(action, Cancel)]


def asks(played: VirtualSession) -> list[tuple[float, Ask]]:
    """Return every request to the model, with its time in seconds."""
    return [(round(at_s, 6), action) for at_s, action in played.actions if isinstance(action, Ask)]


def heard_onsets(played: VirtualSession) -> list[tuple[float, int]]:
    """Return (beats, pitch) of every note_on that sounded."""
    return [(round(s.at_beats, 6), s.data[1]) for s in played.sent if s.data[0] & 0xF0 == 0x90]


def left_hanging(played: VirtualSession) -> Sequence[tuple[int, int]]:
    """Return (channel, pitch) of notes that sounded and did not end, or ended without having sounded."""
    return wrong_notes(sent.data for sent in played.sent)


def wrong_notes(messages: Iterable[tuple[int, ...]]) -> list[tuple[int, int]]:
    """Return (channel, pitch) of notes that did not end, began while they sounded, or ended while they did not."""
    sounding: list[tuple[int, int]] = []
    wrong: list[tuple[int, int]] = []
    for data in filter(is_note, messages):
        key = (data[0] & 0x0F, data[1])
        if data[0] & 0xF0 == NOTE_ON:
            (wrong if key in sounding else sounding).append(key)
        elif key in sounding:
            sounding.remove(key)
        else:
            wrong.append(key)
    return sounding + wrong
