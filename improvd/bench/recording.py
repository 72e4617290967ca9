"""A recording as the bench sees it: begun before the ports that it hears, and read when all has sounded."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import TracebackType

from improvd.bench.helper import Helper, command_of
from improvd.bench.notes import Heard

_LOOK_S = 0.1


@dataclass(frozen=True, slots=True)
class Take:
    """This is what was recorded: `xruns` is None where the MIDI system does not tell them."""

    heard: tuple[Heard, ...]
    sent: tuple[Heard, ...]
    xruns: int | None


class Recording:
    """This is a running recorder.

    Attributes:
        system: the MIDI system that it is on.
        period_ms: the grid on which that hands messages on; None where it does not tell.
    """

    def __init__(self, backend: str, sources: Sequence[str], sinks: Sequence[str] = ()) -> None:
        """Begin to hear some clients, and to send to others, which may open their ports later.

        Raises:
            PortError: if there is no MIDI system, or another improvd has its ports there.
        """
        words = [backend, ",".join(sources), *([",".join(sinks)] if sinks else [])]
        self._helper = Helper(command_of("improvd.bench.recorder", *words))
        try:
            opened = self._helper.hear()
        except BaseException:
            self._helper.end()
            raise
        self.system: str = opened["system"]
        self.period_ms: float | None = opened["period_ms"]

    def __enter__(self) -> Recording:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._helper.end()

    def connect(self) -> None:
        """Connect all, now that their ports are open."""
        self._helper.tell(do="connect")
        self._helper.hear()

    def send(self, count: int, gaps_s: tuple[float, float], wait: Callable[[float], None]) -> None:
        """Send so many notes to each sink, some seconds apart by chance; `wait` passes the time."""
        self._helper.tell(do="send", count=count, shortest_s=gaps_s[0], longest_s=gaps_s[1])
        while not self._helper.has_spoken():
            wait(_LOOK_S)
        self._helper.hear()

    def take(self, begin_s: float) -> Take:
        """End it, and return what was recorded; xruns since a moment."""
        self._helper.tell(do="report")
        told = self._helper.hear()
        heard, sent = (tuple(Heard(at, s, tuple(data)) for at, s, data in told[what]) for what in ("heard", "sent"))
        xruns_s: list[float] | None = told["xruns_s"]
        return Take(heard, sent, None if xruns_s is None else sum(at_s >= begin_s for at_s in xruns_s))
