"""A session that is logged: the loop speaks to it as to any, and all that it is told and says is written down."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from improvd.config import Config
from improvd.control import Request
from improvd.live.wiring import Wiring
from improvd.logbook import entry
from improvd.logbook.writing import Logbook
from improvd.protocol import Alive
from improvd.session import Session
from improvd.status import Facts, Status
from improvd.steering import record_folder

Send = Callable[[Any], None]


def written(kind: str, send: Send, book: Logbook) -> Send:
    """Return a way to send what the session says that writes it down too."""

    def send_written(message: Any) -> None:
        book.add(entry.said_line(kind, message))
        send(message)

    return send_written


class LoggedSession:
    """This passes on to a session what it is told, and writes it down first.

    A tick at which nothing is due, and since which nothing came, is left out; so is the player's pulse, which
    decides nothing.
    """

    def __init__(self, session: Session, book: Logbook, clock: Callable[[], float]) -> None:
        """Watch a session, whose ways to player and model are `written` already."""
        self._session, self._book, self._clock = session, book, clock
        self._news, self._told_end = True, False

    @property
    def facts(self) -> Facts:
        """What is known."""
        return self._session.facts

    @property
    def refusal(self) -> str:
        """Why the model cannot play; empty while it can."""
        return self._session.refusal

    @property
    def ending(self) -> bool:
        """Whether the daemon shall end."""
        return self._session.ending

    @ending.setter
    def ending(self, ending: bool) -> None:
        self._session.ending = ending

    # --- what is written down ----------------------------------------------------------------

    def _add(self, line: bytes) -> None:
        self._news = True
        self._book.add(line)

    def tick(self, now_s: float) -> None:
        """Decide what is due; then there is time to write."""
        if self._news or now_s >= self._session.next_s():
            self._book.add(entry.tick_line(now_s))
            self._news = False
            self._session.tick(now_s)
        self._book.hand_over(now_s)
        if self._book.ended and not self._told_end:
            self._told_end = True
            self._session.tell(self._book.ended, now_s)

    def hear(self, message: Any, now_s: float) -> None:
        """Take in a message of the player or the model."""
        if not isinstance(message, Alive):
            self._add(entry.heard_line(now_s, message))
        self._session.hear(message, now_s)

    def answer(self, request: Request, now_s: float) -> object:
        """Do a request of a client and return its result."""
        if request.method in entry.STEERS:
            self._add(entry.asked_line(now_s, request))
        return self._session.answer(request, now_s)

    def see(self, wiring: Wiring) -> None:
        """Take in how improvd is wired up."""
        self._add(entry.seen_line(self._clock(), wiring))
        self._session.see(wiring)

    def greet_player(self) -> None:
        """Tell a new player what to open and how to play."""
        self._add(entry.told_line(entry.GREETED, self._clock()))
        self._session.greet_player()

    def lose_player(self, sentence: str, now_s: float) -> None:
        """Begin anew with the next player."""
        self._add(entry.told_line(entry.PLAYER_LOST, now_s, sentence))
        self._session.lose_player(sentence, now_s)

    def lose_model(self, sentence: str, now_s: float) -> None:
        """Go on without a model until the next is loaded."""
        self._add(entry.told_line(entry.MODEL_LOST, now_s, sentence))
        self._session.lose_model(sentence, now_s)

    # --- what decides nothing ----------------------------------------------------------------

    def next_s(self) -> float:
        """Return when `tick` has something to do if nothing happens before."""
        return self._session.next_s()

    def status(self, now_s: float) -> Status:
        """Return the status object."""
        return self._session.status(now_s)

    def update(self, now_s: float) -> dict[str, Any]:
        """Return what subscribers get."""
        return self._session.update(now_s)

    def note(self, **news: Any) -> None:
        """Replace some of the facts."""
        self._session.note(**news)

    def save_take(self, now_s: float) -> None:
        """Write the take, if one is recorded."""
        self._session.save_take(now_s)

    def close(self) -> None:
        """Write what is left of the log, and close it."""
        self._book.close()


def open_session(
    config: Config, facts: Facts, *, state: Path, seed: int, to_player: Send, to_model: Send,
    clock: Callable[[], float],
) -> Session | LoggedSession:  # fmt: skip
    """Return a session, logged where the settings say so; arguments as `Session` takes them, and what tells the time.

    One that cannot be logged plays all the same, and says why it is not.
    """
    if config.record.log == "off":
        return Session(config, facts, state=state, seed=seed, to_player=to_player, to_model=to_model)
    try:
        book = Logbook(record_folder(config, state / "logs"), entry.header_line(config, facts, seed))
    except OSError as error:
        session = Session(config, facts, state=state, seed=seed, to_player=to_player, to_model=to_model)
        session.tell(f"no session log: {error.filename} cannot be written: {error.strerror}", clock())
        return session
    told = written(entry.TO_PLAYER, to_player, book), written(entry.TO_MODEL, to_model, book)
    session = Session(config, facts, state=state, seed=seed, to_player=told[0], to_model=told[1])
    return LoggedSession(session, book, clock)
