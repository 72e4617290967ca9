"""Drawing: the one request under way for an answer, and what came back."""

from __future__ import annotations

from dataclasses import dataclass, replace

from improvd.live.wishes import Wanted
from improvd.protocol import Ask, Continued


@dataclass(frozen=True, slots=True)
class Drawn:
    """This is what the model drew, and for what."""

    wanted: Wanted
    message: Continued


class Drawing:
    """This numbers requests, and keeps the one for an answer that is under way, if any."""

    def __init__(self) -> None:
        self._ready = False
        self._count = 0
        self._under_way: tuple[int, Wanted] | None = None
        self._arrived: Drawn | None = None

    @property
    def ready(self) -> bool:
        """Whether there is a model."""
        return self._ready

    @property
    def free(self) -> bool:
        """Whether the model can be asked now."""
        return self._ready and self._under_way is None

    @property
    def has_arrived(self) -> bool:
        """Whether something drawn waits to be taken."""
        return self._arrived is not None

    def set_ready(self, ready: bool) -> None:
        """Take in whether there is a model; one that is lost owes nothing any more."""
        self._ready = ready
        if not ready:
            self._under_way = self._arrived = None

    def numbered(self, ask: Ask) -> Ask:
        """Return a request with the next number."""
        self._count += 1
        return replace(ask, number=self._count)

    def expect(self, number: int, wanted: Wanted) -> None:
        """Take in that a request of this number is under way."""
        self._under_way = (number, wanted)

    def arrive(self, message: Continued) -> None:
        """Take in what the model drew; what nobody waits for is left out."""
        if self._under_way is not None and message.number == self._under_way[0]:
            self._arrived = Drawn(self._under_way[1], message)

    def take(self) -> Drawn | None:
        """Return what has arrived, once."""
        drawn = self._arrived
        if drawn is not None:
            self._arrived = self._under_way = None
        return drawn
