"""Replaying a log: the same things reach a new session at the same times, and what it says is held against the log."""

from __future__ import annotations

import json
import math
import tempfile
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple, Protocol, TypeVar

from improvd.errors import ImprovdError, LogError
from improvd.live.wiring import Wiring
from improvd.logbook import entry
from improvd.logbook.reading import BREAKS, Entry, Log
from improvd.logbook.stage import BY_OUR_CLOCK, HEEDED, Stage
from improvd.protocol import Anchor, Ask, Continued, Heard, Prefill, Sounded, Weigh, Weighed
from improvd.session import Session

MOST_CANDIDATES = 1024
"""More than any model draws at one temperature; a log that says so was changed."""

_SHOWN = 160
_SAME_LOG_PROB = 1e-3

Request = TypeVar("Request", Ask, Weigh)

Cue = tuple[float, Any]
"""(moment in seconds, what the stage is told)"""


class Model(Protocol):
    """This is what a replay needs of a model; `model.opening.Player` has it."""

    def prefill(self, request: Prefill) -> None:
        """Read a window."""

    def ask(self, request: Ask) -> Continued:
        """Return what follows a window."""

    def weigh(self, request: Weigh) -> Weighed:
        """Return how likely some windows are."""


class Music(NamedTuple):
    """This is what a log holds, and what its replay played.

    Attributes:
        heard: what the musician played.
        sounded: the note messages of answers, as the replay played them.
        then: the same as the player told of them.
        first: where the player's clock was at first; None if it never told.
        cut: whether the log ends before all is in it that the session said last.
    """

    heard: tuple[Heard, ...]
    sounded: tuple[Sounded, ...]
    then: tuple[Sounded, ...]
    first: Anchor | None
    cut: bool


def replayed(log: Log, model: Model | None) -> Music:
    """Return the music of a log, computed anew.

    Args:
        log: the log.
        model: of the same sums as the one in the log; None where the log asks for none.

    Raises:
        LogError: if the session, or the model, now says anything else than it said then; tells the first difference.
    """
    with tempfile.TemporaryDirectory() as folder:
        replay = _Replay(log, model, Path(folder))
        for each in log.entries:
            _take(replay, each)
    messages = [each.what for each in log.entries if each.kind == entry.HEARD]
    return Music(
        tuple(message for message in messages if isinstance(message, Heard)),
        tuple(note for cues, until_s in replay.players() for note in _played(log, cues, until_s)),
        tuple(message for message in messages if isinstance(message, Sounded) and message.answer > 0),
        next((message for message in messages if isinstance(message, Anchor)), None),
        replay.waits,
    )


def _take(replay: _Replay, each: Entry) -> None:
    try:
        replay.take(each)
    except BREAKS as error:
        raise LogError(f"line {each.line}: the session cannot take it in ({error}); was the log changed?") from error


class _Replay:
    """This gives a session what reached it then, and keeps what each player was told and how its clock went."""

    def __init__(self, log: Log, model: Model | None, folder: Path) -> None:
        header = log.header
        config = header.config.having("record.takes", "off").having("record.log", "off")
        self._cues: list[list[Cue]] = [[]]
        self._lost_s: list[float] = []
        self._model = model
        self._said: deque[tuple[str, Any]] = deque()
        self._requests: deque[Ask | Weigh | Prefill] = deque()
        self._begun_s = header.facts.started_s
        self._now_s = self._begun_s
        self._session = Session(
            config, header.facts, state=folder, seed=header.seed,
            to_player=self._to_player, to_model=self._to_model,
        )  # fmt: skip

    @property
    def waits(self) -> bool:
        """Whether the session said something that no line has told of yet."""
        return bool(self._said)

    def players(self) -> Iterator[tuple[list[Cue], float]]:
        """Yield for each player its cues, and until when it played."""
        yield from zip(self._cues, [*self._lost_s, self._now_s], strict=True)

    def take(self, each: Entry) -> None:
        """Take the next line: something to tell the session, or what it must just have said."""
        if each.kind in entry.SAID:
            self._hold_against(each)
            return
        if self._said:
            raise self._differs(each.line, f"now says {_shown(self._said[0][1])}, and said nothing more then")
        self._now_s = each.at_s
        TAKES[each.kind](self, each)

    # --- what the session says ----------------------------------------------------------------

    def _to_player(self, message: Any) -> None:
        self._said.append((entry.TO_PLAYER, entry.said_array(message)))
        if isinstance(message, HEEDED + BY_OUR_CLOCK):
            self._cues[-1].append((self._now_s, message))

    def _to_model(self, message: Any) -> None:
        self._said.append((entry.TO_MODEL, entry.said_array(message)))
        self._requests.append(message)

    def _hold_against(self, each: Entry) -> None:
        now = self._said.popleft() if self._said else None
        if now != (each.kind, each.what):
            says = _shown(now[1]) if now else "nothing"
            raise self._differs(each.line, f"now says {says}, and said {_shown(each.what)} then")

    def _differs(self, line: int, how: str) -> LogError:
        return LogError(f"line {line}, {self._now_s - self._begun_s:.3f} s after the start: the session {how}")

    # --- what the session is told -------------------------------------------------------------

    def _tick(self, each: Entry) -> None:
        self._session.tick(each.at_s)

    def _hear(self, each: Entry) -> None:
        message = each.what
        if isinstance(message, Continued):
            self._draw_anew(each.line, message)
        elif isinstance(message, Weighed):
            self._weigh_anew(each.line, message)
        elif isinstance(message, Anchor):
            self._cues[-1].append((message.at_s, message))
        self._session.hear(message, each.at_s)

    def _draw_anew(self, line: int, then: Continued) -> None:
        model, ask = self._request(line, Ask, then.number)
        if not 1 <= then.candidates <= MOST_CANDIDATES:
            raise ValueError(f"{then.candidates} candidates; there are 1 to {MOST_CANDIDATES}")
        now = model.ask(replace(ask, rows=then.candidates))
        if now.rows != then.rows:
            raise self._differs(line, f"gets {_shown(now.rows)} from the model, and got {_shown(then.rows)} then")

    def _weigh_anew(self, line: int, then: Weighed) -> None:
        model, weigh = self._request(line, Weigh, then.number)
        now = model.weigh(weigh)
        if not _near(entry.said_array(now), entry.said_array(then)):
            raise self._differs(line, f"gets {_shown(now)} from the model, and got {_shown(then)} then")

    def _request(self, line: int, kind: type[Request], number: int) -> tuple[Model, Request]:
        """Return the model, which has read what it was given to read before, and the request that it answered next."""
        while self._model is not None and self._requests:
            request = self._requests.popleft()
            if isinstance(request, Prefill):
                self._model.prefill(request)
            elif isinstance(request, kind) and request.number == number:
                return self._model, request
        raise self._differs(line, f"did not ask the model for what it answers as {kind.__name__} {number}")

    def _answer(self, each: Entry) -> None:
        try:
            self._session.answer(each.what, each.at_s)
        except ImprovdError:
            return  # it was refused then too

    def _see(self, each: Entry) -> None:
        wiring: Wiring = each.what
        self._session.see(wiring)

    def _greet(self, _each: Entry) -> None:
        self._session.greet_player()

    def _lose_player(self, each: Entry) -> None:
        self._cues.append([])
        self._lost_s.append(each.at_s)
        self._session.lose_player(each.what, each.at_s)

    def _lose_model(self, each: Entry) -> None:
        self._requests.clear()
        self._session.lose_model(each.what, each.at_s)


TAKES: dict[str, Callable[[_Replay, Entry], None]] = {
    entry.TICK: _Replay._tick,
    entry.HEARD: _Replay._hear,
    entry.ASKED: _Replay._answer,
    entry.SEEN: _Replay._see,
    entry.GREETED: _Replay._greet,
    entry.PLAYER_LOST: _Replay._lose_player,
    entry.MODEL_LOST: _Replay._lose_model,
}


def _played(log: Log, cues: Iterable[Cue], until_s: float) -> list[Sounded]:
    """Return what sounds of answers when one player gets its cues, until a moment."""
    stage = Stage(log.header.config)
    for at_s, message in sorted(cues, key=lambda cue: cue[0]):
        if isinstance(message, Anchor):
            stage.anchor(message)
        else:
            stage.obey(message, at_s)
    stage.go_to(until_s)
    return stage.sounded


def _near(one: Any, other: Any) -> bool:
    """Return whether two arrays hold the same, numbers within what computers differ by."""
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_near, one, other))
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, abs_tol=_SAME_LOG_PROB)
    return bool(one == other)


def _shown(value: Any) -> str:
    text = json.dumps(value, default=entry.said_array)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
