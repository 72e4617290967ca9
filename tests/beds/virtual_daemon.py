"""A daemon on virtual time: a session that is logged, a performer, and a model that echoes the call."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable
from itertools import count
from pathlib import Path
from typing import Any

from fake_model import notes_for

from improvd.config import Config
from improvd.control import Request
from improvd.errors import ImprovdError
from improvd.live.clock import Clock
from improvd.live.no_ports import NoPorts
from improvd.live.performer import Performer
from improvd.logbook.logged import open_session
from improvd.protocol import Ask, Continued, Loaded, Opened, Prefill, Weigh, Weighed
from improvd.status import Facts
from improvd.steering import greeting_of

BEGIN_S = 1000.0
TO_PLAYER_S, FROM_PLAYER_S, DRAWN_S = 0.0003, 0.0002, 0.02
PULSE_S = 0.5


class EchoModel:
    """This plays the call's pitches an octave higher, or by another interval."""

    runtime = "none"

    def __init__(self, interval: int = 12) -> None:
        self._up = interval - 12

    def prefill(self, request: Prefill) -> None:
        pass

    def ask(self, request: Ask) -> Continued:
        notes = tuple((note[0], note[1], note[2] + self._up, *note[3:]) for note in notes_for(request))
        return Continued(request.number, (notes,) * len(request.temperatures), (-1.0,), max(request.rows, 1), 0.001)

    def weigh(self, request: Weigh) -> Weighed:
        return Weighed(request.number, request.about, ())


class VirtualDaemon:
    """This plays a whole session, from `BEGIN_S` on, and leaves its log in a folder."""

    def __init__(
        self, folder: Path, config: Config | None = None, model: EchoModel | None = None, log: str = "on"
    ) -> None:
        config = (config or Config()).having("record.log", log).having("record.folder", str(folder))
        self.folder, self.now_s, self.played = folder, BEGIN_S, []
        self.told_before = self._player = 0
        self._model = model or EchoModel()
        self._coming: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = count()
        self.session = open_session(
            config, Facts(BEGIN_S, 7), state=folder, seed=5, clock=lambda: self.now_s,
            to_player=self._tell_player, to_model=self._tell_model,
        )  # fmt: skip
        self._config = config
        self._performer = self._new_player(BEGIN_S + 0.1)
        self.at(BEGIN_S + 0.1, lambda: self._hear_player(Opened("jack", "")))
        self.at(BEGIN_S + 0.2, lambda: self._hear(Loaded("fake", "none")))
        self.at(BEGIN_S + 0.1, self._pulse)

    @property
    def log(self) -> Path:
        """The log that was written."""
        (path,) = self.folder.glob("*.session.jsonl")
        return path

    def at(self, at_s: float, do: Callable[[], None]) -> None:
        """Let anything happen at a moment."""
        heapq.heappush(self._coming, (at_s, next(self._numbers), do))

    def play(self, messages: Iterable[tuple[float, tuple[int, ...]]]) -> None:
        """Let MIDI messages arrive at given seconds."""
        for at_s, data in messages:
            self.at(at_s, lambda data=data: self._performer.hear("keys", data, self.now_s, self.now_s))  # type: ignore[misc]

    def lose_player(self) -> None:
        """Let the player end, and another one begin a second later."""
        self.told_before = len(self.played)
        self._player += 1
        self.session.lose_player("the player ended", self.now_s)
        self._performer = self._new_player(self.now_s + 1.0)

    def _new_player(self, at_s: float) -> Performer:
        setup = greeting_of(self._config, inputs=(), thru=True)[0]
        player = self._player
        return Performer(setup, Clock(setup.bpm, at_s), NoPorts(), lambda message: self._hear_player(message, player))

    def ask(self, at_s: float, method: str, **params: Any) -> None:
        """Let a client ask at a moment; what is refused is refused."""

        def asked() -> None:
            try:
                self.session.answer(Request(1, method, **params), self.now_s)
            except ImprovdError:
                return

        self.at(at_s, asked)

    def run_until(self, until_s: float) -> None:
        """Go on to a moment."""
        while (next_s := max(self._next_s(), self.now_s)) <= until_s:
            self.now_s = next_s
            self._performer.play_due(next_s)
            while self._coming and self._coming[0][0] <= next_s:
                heapq.heappop(self._coming)[2]()
            self.session.tick(next_s)
        self.now_s = until_s

    def close(self) -> Path:
        """End, and return the log."""
        self.session.close()
        return self.log

    def _next_s(self) -> float:
        due_s = self._performer.next_due_s()
        return min(self._coming[0][0], self.session.next_s(), float("inf") if due_s is None else due_s)

    def _pulse(self) -> None:
        self._performer.pulse(self.now_s)
        self.at(self.now_s + PULSE_S, self._pulse)

    def _tell_player(self, message: Any) -> None:
        self.at(self.now_s + TO_PLAYER_S, lambda: self._performer.obey(message, self.now_s))

    def _hear_player(self, message: Any, player: int = 0) -> None:
        if player != self._player:
            return
        self.played.append(message)
        self.at(self.now_s + FROM_PLAYER_S, lambda: self._hear(message))

    def _tell_model(self, message: Any) -> None:
        if isinstance(message, Ask):
            self.at(self.now_s + DRAWN_S, lambda: self._hear(self._model.ask(message)))
        elif isinstance(message, Weigh):
            self.at(self.now_s + DRAWN_S, lambda: self._hear(self._model.weigh(message)))

    def _hear(self, message: Any) -> None:
        self.session.hear(message, self.now_s)


def phrase(at_s: float, pitches: Iterable[int] = (60, 62, 64, 65, 67), gap_s: float = 0.25) -> list[Any]:
    """Return the messages of a phrase that begins at a moment."""
    strikes = [(at_s + gap_s * i, pitch) for i, pitch in enumerate(pitches)]
    ons = [(on_s, (0x90, pitch, 80)) for on_s, pitch in strikes]
    return sorted(ons + [(on_s + 0.8 * gap_s, (0x80, pitch, 64)) for on_s, pitch in strikes])
