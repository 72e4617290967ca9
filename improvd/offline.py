"""Playing without waiting: the conductor, the performer and a model on virtual time, and `improvd generate` on top.

The same code as live, told another time: a session of minutes takes
milliseconds, and the same input always gives the same output.
"""

from __future__ import annotations

import heapq
import os
from collections.abc import Callable, Iterable
from itertools import count
from pathlib import Path
from typing import Any, Protocol

from improvd.config import Config, Value
from improvd.errors import MidiFileError, UsageError
from improvd.live.clock import FASTEST_BPM, SLOWEST_BPM, Clock
from improvd.live.conductor import Conductor
from improvd.live.no_ports import NoPorts
from improvd.live.performer import Outside, Performer
from improvd.live.request import CANDIDATES
from improvd.music import midifile
from improvd.music.midifile import DRUM_CHANNEL, MidiPiece, TimedMessage, Track
from improvd.music.note import CHANNELS, TICKS_PER_BEAT
from improvd.music.timing import Meter
from improvd.pipe import ONE_THREAD
from improvd.protocol import (
    Anchor,
    Ask,
    Cancel,
    Continued,
    Downbeat,
    Finished,
    Heard,
    Play,
    SetTempo,
    Setup,
    Sounded,
    Weigh,
    Weighed,
)

MAX_BARS = 1000

TRAILING_BEATS = 0.25
"""A last note that is let go this soon after a bar line counts as ending on it."""

_NOTE_OFF, _NOTE_ON, _CONTROL = 0x80, 0x90, 0xB0
_COMMAND_PEDALS = (66, 67)


class Model(Protocol):
    """This is what a session needs of a model; `model.generate.Improviser` has it, and so has a fake."""

    def ask(self, request: Ask) -> Continued:
        """Return what follows a window."""

    def weigh(self, request: Weigh) -> Weighed:
        """Return how likely some windows are; asked only where the style is auto."""


class VirtualSession:
    """This is a whole session on virtual time, from second 0 and beat 0 on.

    Attributes:
        conductor: may be told anything between two runs.
        sent: every note message that sounded.
        actions: everything the conductor asked for, with its time in seconds.
        outside: its ports.

    Args:
        config: the settings.
        model: draws the answers; None: there is no model.
        seed: of the noise where `sampling.seed` is -1.
        model_s: how long the model takes for a request.
        lead_s: as for `Conductor`.
        outside: the ports; None: there are none.
    """

    def __init__(
        self,
        config: Config,
        model: Model | None,
        *,
        seed: int = 0,
        model_s: Callable[[Ask], float] = lambda _: 0.0,
        lead_s: float = 0.0,
        outside: Outside | None = None,
    ) -> None:
        self.now_s = 0.0
        self.sent: list[Sounded] = []
        self.actions: list[tuple[float, object]] = []
        self.conductor = Conductor(config, seed=seed, lead_s=lead_s)
        self.outside = outside or NoPorts()
        clock = Clock(config.clock.bpm, 0.0)
        self.performer = Performer(_setup(config), clock, self.outside, self._hear_performer)
        self._model = model
        self._model_s = model_s
        self._coming: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = count()
        self.performer.pulse(0.0)
        self.conductor.model_ready(model is not None)

    def play(self, messages: Iterable[tuple[float, tuple[int, ...]]], source: str = "keyboard") -> None:
        """Let MIDI messages arrive at given seconds."""
        for at_s, data in messages:
            self.at(at_s, lambda at_s=at_s, data=data: self.performer.hear(source, data, at_s, at_s))  # type: ignore[misc]

    def at(self, at_s: float, do: Callable[[], None]) -> None:
        """Let anything happen at a given second."""
        heapq.heappush(self._coming, (max(at_s, self.now_s), next(self._numbers), do))

    def run_until(self, until_s: float) -> None:
        """Go on to a moment, everything up to it included."""
        self._act()
        while (next_s := self._next_s()) is not None and next_s <= until_s:
            self._step(next_s)
        self.now_s = max(self.now_s, until_s)

    def run(self) -> None:
        """Go on until nothing is left to happen."""
        self._act()
        while (next_s := self._next_s()) is not None:
            self._step(next_s)

    def _next_s(self) -> float | None:
        coming_s = self._coming[0][0] if self._coming else None
        times = (coming_s, self.performer.next_due_s(), self.conductor.next_wake_s())
        return min((max(at_s, self.now_s) for at_s in times if at_s is not None), default=None)

    def _step(self, now_s: float) -> None:
        self.now_s = now_s
        self.performer.play_due(now_s)
        while self._coming and self._coming[0][0] <= now_s:
            heapq.heappop(self._coming)[2]()
            self._act()
        self.conductor.tick(now_s)
        self._act()

    def _act(self) -> None:
        for action in self.conductor.actions():
            self.actions.append((self.now_s, action))
            if isinstance(action, Play | Cancel | Downbeat | SetTempo):
                self.performer.obey(action, self.now_s)
            elif isinstance(action, Ask) and self._model is not None:
                self._expect(self._model.ask(action), self._model_s(action))
            elif isinstance(action, Weigh) and self._model is not None:
                self._take_in(self._model.weigh(action))
            # a Prefill only spares a live model time

    def _expect(self, message: Continued, took_s: float) -> None:
        self.at(self.now_s + took_s, lambda: self.conductor.continued(message))

    def _take_in(self, message: Weighed) -> None:
        self.at(self.now_s, lambda: self.conductor.weighed(message))

    def _hear_performer(self, message: Any) -> None:
        if isinstance(message, Sounded):
            self.sent.append(message)
            self.conductor.sounded(message)
        elif isinstance(message, Heard):
            self.conductor.hear(message)
        elif isinstance(message, Finished):
            self.conductor.finished(message)
        elif isinstance(message, Anchor):
            self.conductor.anchor(message)


def _setup(config: Config) -> Setup:
    """Return the setup of a player without ports or thru."""
    meter = Meter.parse(config.clock.meter)
    return Setup(
        backend="none",
        inputs=(),
        outputs=(),
        bpm=config.clock.bpm,
        numerator=meter.numerator,
        denominator=meter.denominator,
        thru=False,
        thru_channel=config.midi.thru_channel - 1,
        answer_channel=config.midi.answer_channel - 1,
        max_lateness_s=config.midi.max_lateness_ms / 1000,
    )


# --- improvd generate ------------------------------------------------------------------------


def generate(
    seed_path: Path,
    out_path: Path,
    config: Config,
    *,
    bars: int = 8,
    seed: int = 0,
    bpm: float | None = None,
    with_seed: bool = False,
    model: Model | None = None,
) -> None:
    """Answer a MIDI file with a MIDI file; the same arguments always give the same bytes.

    Args:
        seed_path: the whole file is one call.
        out_path: gets the answer, its first bar line at the start, at the seed's first tempo and metre.
        config: names the model and its sampling.
        bars: length of the answer, 1-1000.
        seed: of the noise.
        bpm: tempo in place of the seed's, 20-300.
        with_seed: put the seed's tracks before the answer.
        model: in place of the one that `config` names.

    Raises:
        UsageError: if bars or bpm are out of range, or the output is the seed.
        MidiFileError: if the seed is no MIDI file or has no notes, or the output cannot be written.
        BundleError: if the model cannot be used.
    """
    _check(bars, bpm)
    if out_path.exists() and seed_path.exists() and out_path.samefile(seed_path):
        raise UsageError(f"{out_path} is the seed itself; name another file for the answer")
    piece = midifile.read(seed_path, need_notes=True)
    call = _call_of(piece, seed_path)
    tempo = bpm if bpm is not None else piece.bpm
    session = VirtualSession(_offline(config, tempo, piece.meter, bars), model or _open(config), seed=seed)
    start_beats = _answer_seed(session, call, _end_beats(piece), tempo=_playable(tempo), bars=bars)
    channel = _free_channel(piece, config.midi.answer_channel - 1) if with_seed else config.midi.answer_channel - 1
    shift_beats = 0.0 if with_seed else -start_beats
    answer = Track("answer", tuple(_moved(message, shift_beats, channel) for message in session.sent))
    before = [track for track in piece.tracks if track.messages] if with_seed else []
    midifile.write(out_path, [*before, answer], bpm=tempo, meter=piece.meter)


def _check(bars: int, bpm: float | None) -> None:
    if not 1 <= bars <= MAX_BARS:
        raise UsageError(f"--bars {bars}: allowed are 1 to {MAX_BARS}")
    if bpm is not None and not SLOWEST_BPM <= bpm <= FASTEST_BPM:
        raise UsageError(f"--bpm {bpm:g}: allowed are {SLOWEST_BPM:g} to {FASTEST_BPM:g}")


def _open(config: Config) -> Model:
    os.environ.update({**ONE_THREAD, **os.environ})  # before numpy is loaded
    from improvd.model.opening import open_player  # numpy and the model: only where one plays

    return open_player(config.model.name, config.model.runtime)


def _offline(config: Config, tempo: float, meter: Meter, bars: int) -> Config:
    """Return the settings for a call that is a file: bars where the file has them, and one 'your turn' at its end."""
    changes: dict[str, Value] = {
        "clock.bpm": _playable(tempo),
        "clock.meter": f"{meter.numerator}/{meter.denominator}",
        "clock.phase": "free",
        "clock.source": "internal",
        "click.on": False,
        "clock.out": "off",
        "phrase.end": "manual",
        "answer.max_bars": bars,
        "answer.candidates": config.answer.candidates or CANDIDATES,
        "answer.neighbours": 0,
        "answer.rehearse": False,
        "sampling.seed": -1,
    }
    for key, value in changes.items():
        config = config.having(key, value)
    return config


def _playable(tempo: float) -> float:
    """Return the tempo nearest to a file's that the clock knows."""
    return min(max(tempo, SLOWEST_BPM), FASTEST_BPM)


def _call_of(piece: MidiPiece, path: Path) -> list[TimedMessage]:
    """Return what a listener is to hear of a file: no drums, and no pedals that mean commands on a keyboard."""
    if all(note.drums for note in piece.notes):
        raise MidiFileError(f"{path}: holds only drums (channel 10); give a MIDI file with a melody or chords")
    heard = (message for track in piece.tracks for message in track.messages if _is_music(message.data))
    return sorted(heard, key=lambda message: message.at_beats)


def _is_music(data: tuple[int, ...]) -> bool:
    kind, is_drums = data[0] & 0xF0, data[0] & 0x0F == DRUM_CHANNEL
    return not is_drums and (kind in (_NOTE_OFF, _NOTE_ON) or (kind == _CONTROL and data[1] not in _COMMAND_PEDALS))


def _end_beats(piece: MidiPiece) -> float:
    """Return where the answer may begin: at the end of the music, not a bar later for a key let go late."""
    notes = [note for note in piece.notes if not note.drums]
    end = max(note.end_beats for note in notes)
    line = piece.meter.bar_start(end)
    trails = end - line < TRAILING_BEATS and max(note.onset_beats for note in notes) < line
    return line if trails else end


def _answer_seed(
    session: VirtualSession, call: list[TimedMessage], end_beats: float, *, tempo: float, bars: int
) -> float:
    """Play a call and its answer, and return where the answer begins, in beats."""
    session.play((message.at_beats * 60 / tempo, message.data) for message in call)
    session.run_until(end_beats * 60 / tempo)
    session.at(session.now_s, lambda: session.conductor.your_turn(session.now_s, bars=bars))
    session.run()
    first = next(action for _, action in session.actions if isinstance(action, Ask))
    return first.begin_ticks / TICKS_PER_BEAT


def _free_channel(piece: MidiPiece, wanted: int) -> int:
    """Return a channel that no track of a piece uses: the wanted one, or else the lowest."""
    used = {message.data[0] & 0x0F for track in piece.tracks for message in track.messages} | {DRUM_CHANNEL}
    return next((channel for channel in (wanted, *range(CHANNELS)) if channel not in used), wanted)


def _moved(message: Sounded, shift_beats: float, channel: int) -> TimedMessage:
    kind, *data = message.data
    return TimedMessage(message.at_beats + shift_beats, (kind & 0xF0 | channel, *data))
