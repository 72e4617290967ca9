"""The loop: carries messages between player, model, session and clients, and does what is due.

One thread: everything that happens comes out of a selector, what is due is done, and then it
waits again. Only the look at the wiring has a thread of its own.
"""

from __future__ import annotations

import logging
import os
import selectors
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from improvd.config import Config
from improvd.control import Request, update_line
from improvd.errors import BundleError, PortError
from improvd.live.synth import command
from improvd.live.wiring import Lookout
from improvd.logbook.logged import LoggedSession, open_session
from improvd.notify import Notifier
from improvd.places import remembered_keyboards, state_folder
from improvd.protocol import Alive, Loaded, Opened
from improvd.server import Place, Server
from improvd.status import Facts
from improvd.supervisor import Child, Started

OPEN_BY_S = 3.0
"""The socket opens when player and model are ready, or after this long without them."""
PLAYER_SILENCE_S = 5.0
"""A player says that it is alive twice a second; one that does not for so long hangs."""
PLAYER_END_S = 0.6
UPDATE_S = 0.05
LONGEST_WAIT_S = 1.0


class Loop:
    """This is the daemon while it plays."""

    def __init__(
        self,
        config: Config,
        place: Place,
        *,
        player: tuple[str, ...],
        model: tuple[str, ...],
        first_player: Started,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Prepare the loop; `run` starts what is not started yet.

        Args:
            config: the settings at the start.
            place: the claim to the control socket.
            player, model: the modules of the children and their arguments.
            first_player: the player, which runs already and knows its setup.
            clock: tells the time in seconds.
        """
        self._place, self._clock, self._started_s = place, clock, clock()
        self._selector, self._notifier = selectors.DefaultSelector(), Notifier()
        self._player = Child(
            self._selector, clock, "player", player,
            greet=self._greet_player, hear=self._hear_player, lost=self._lose_player, silence_s=PLAYER_SILENCE_S,
        )  # fmt: skip
        self._model = Child(
            self._selector, clock, "model", model, greet=lambda: None, hear=self._hear_model, lost=self._lose_model
        )
        self._session = open_session(
            config,
            Facts(self._started_s, os.getpid(), remembered_keyboards(state_folder()), _has_synth()),
            state=state_folder(),
            seed=int.from_bytes(os.urandom(4), "big") >> 1,
            to_player=self._player.send,
            to_model=self._model.send,
            clock=clock,
        )
        self._player.adopt(first_player)
        self._server: Server | None = None
        self._lookout: Lookout | None = None
        self._update_s = 0.0

    # --- from start to end -------------------------------------------------------------------

    def run(self) -> None:
        """Play until a signal or `quit`.

        Raises:
            BundleError: if the model is refused at the start.
        """
        logging.basicConfig(level=logging.INFO, format="improvd: %(message)s")
        with self._signals():
            try:
                self._model.start()
                while not self._session.ending:
                    self._turn()
            finally:
                self._end()
        if self._server is None and self._session.refusal:
            raise BundleError(self._session.refusal)

    @contextmanager
    def _signals(self) -> Iterator[None]:
        """Wake the loop when a signal asks for the end."""
        wakes, wake = socket.socketpair()
        wake.setblocking(False)
        signal.set_wakeup_fd(wake.fileno(), warn_on_full_buffer=False)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._asked_to_end)
        self._selector.register(wakes, selectors.EVENT_READ, lambda _mask: wakes.recv(64))
        with wakes, wake:
            yield
            signal.set_wakeup_fd(-1)

    def _asked_to_end(self, _number: int, _frame: object) -> None:
        self._session.ending = True

    def _turn(self) -> None:
        """Wait until something happens or is due, and do it."""
        wait_s = min(self._next_s() - self._clock(), LONGEST_WAIT_S)
        for key, mask in self._selector.select(max(0.0, wait_s)):
            key.data(mask)
        self._do_due(self._clock())

    def _next_s(self) -> float:
        """Return when something is due at the latest."""
        update_s = self._update_s if self._server and self._server.watched else float("inf")
        return min(self._player.next_s, self._model.next_s, self._session.next_s(), update_s)

    def _do_due(self, now_s: float) -> None:
        self._player.tick(now_s)
        self._model.tick(now_s)
        if self._lookout and self._lookout.seen != self._session.facts.wiring:
            self._session.see(self._lookout.seen)
        self._session.tick(now_s)
        if self._server is None:
            self._open_when_ready(now_s)
        elif self._server.watched and now_s >= self._update_s:
            self._update_s = now_s + UPDATE_S
            self._server.publish(update_line(self._session.update(now_s)))

    def _open_when_ready(self, now_s: float) -> None:
        """Open the control socket and tell the service manager, once there is something to control."""
        facts = self._session.facts
        if self._session.refusal:
            self._session.ending = True
        elif (facts.opened and facts.loaded) or now_s >= self._started_s + OPEN_BY_S:
            self._server = Server(self._selector, self._place.listen(), self._answer)
            self._notifier.ready(self._summary())

    def _end(self) -> None:
        """Stop what was started, the player in silence; what it says meanwhile nobody needs."""
        self._notifier.stopping()
        self._player.leave()
        self._model.leave()
        if self._server:
            self._server.close()
        self._session.save_take(self._clock())
        if isinstance(self._session, LoggedSession):
            self._session.close()
        self._player.wait(PLAYER_END_S)
        if self._lookout:
            self._lookout.stop()  # after the player: a JACK server takes clients that leave together badly
        self._model.wait(0.0)
        self._notifier.close()
        self._selector.close()

    # --- between the others ------------------------------------------------------------------

    def _greet_player(self) -> None:
        self._session.greet_player()

    def _hear_player(self, message: Any) -> None:
        self._session.hear(message, self._clock())
        if isinstance(message, Alive):
            self._notifier.alive()
        elif isinstance(message, Opened):
            self._watch_wiring(message.backend)

    def _hear_model(self, message: Any) -> None:
        self._session.hear(message, self._clock())
        if isinstance(message, Loaded):
            self._notifier.status(self._summary())

    def _lose_player(self, sentence: str) -> None:
        self._session.lose_player(sentence, self._clock())
        self._count_restarts()

    def _lose_model(self, sentence: str) -> None:
        self._session.lose_model(sentence, self._clock())
        self._count_restarts()

    def _count_restarts(self) -> None:
        self._session.note(restarts=self._player.losses + self._model.losses)

    def _watch_wiring(self, backend: str) -> None:
        if self._lookout:
            self._lookout.stop()
        self._lookout = Lookout(backend)

    def _answer(self, request: Request) -> object:
        return self._session.answer(request, self._clock())

    def _summary(self) -> str:
        opened, loaded = self._session.facts.opened, self._session.facts.loaded
        ports = f"MIDI by {opened.backend}" if opened else "no ports yet"
        return f"{ports}, {f'model {loaded.model} on {loaded.runtime}' if loaded else 'no model yet'}"


def _has_synth() -> bool:
    try:
        command(jack=False)
    except PortError:
        return False
    return True
