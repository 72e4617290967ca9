"""Drawing: what the model is asked for, one request at a time, and what came back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from zlib import crc32

from improvd.config import Config
from improvd.live.answer import Answer, Chunk
from improvd.music.timing import Meter
from improvd.protocol import Ask, Context, Continued, GridNote, Taste


@dataclass(frozen=True, slots=True)
class _Asked:
    number: int
    answer: int
    chunk: Chunk


@dataclass(frozen=True, slots=True)
class Drawn:
    """This is what the model drew for a piece of the answer `answer`."""

    answer: int
    chunk: Chunk
    notes: tuple[GridNote, ...]


class Drawing:
    """This keeps the one request that is under way, if any; `seed`: of the noise where `sampling.seed` is -1.

    Attributes:
        unread: whether the window holds what the model has not read.
    """

    def __init__(self, seed: int) -> None:
        self.unread = False
        self._seed = seed
        self._ready = False
        self._count = 0
        self._asked: _Asked | None = None
        self._arrived: Continued | None = None

    @property
    def ready(self) -> bool:
        """Whether there is a model."""
        return self._ready

    @property
    def free(self) -> bool:
        """Whether the model can be asked now."""
        return self._ready and self._asked is None

    @property
    def has_arrived(self) -> bool:
        """Whether something drawn waits to be taken."""
        return self._arrived is not None

    def set_ready(self, ready: bool) -> None:
        """Take in whether there is a model; one that is lost owes nothing any more, and a new one has read nothing."""
        self._ready = self.unread = ready
        if not ready:
            self._asked = self._arrived = None

    def ask(self, answer: Answer, config: Config, window: Sequence[GridNote], *, exchange: int) -> Ask:
        """Return the request for the next piece of an answer, in the exchange of this number.

        What is played into an answer that lags behind may lie after the piece: the model cannot read it yet.
        """
        seed = config.sampling.seed if config.sampling.seed >= 0 else self._seed
        self._count += 1
        self.unread = False
        chunk = answer.next_chunk()
        self._asked = _Asked(self._count, answer.number, chunk)
        return Ask(
            number=self._count,
            window=tuple(note for note in window if note[0] < chunk.until_ticks),
            context=context_of(answer.grid.meter, config),
            begin_ticks=chunk.begin_ticks,
            until_ticks=chunk.until_ticks,
            strike=chunk.strike,
            temperatures=(config.sampling.temperature,),
            top_p=config.sampling.top_p,
            min_p=config.sampling.min_p,
            lowest=config.answer.lowest,
            highest=config.answer.highest,
            seed=noise_seed(seed, exchange, answer.chunks),
            rows=1,
            taste=taste_of(config),
        )

    def arrive(self, message: Continued) -> None:
        """Take in what the model drew; what nobody waits for is left out."""
        if self._asked is not None and message.number == self._asked.number:
            self._arrived = message

    def take(self) -> Drawn | None:
        """Return what has arrived, once."""
        message, asked = self._arrived, self._asked
        if message is None or asked is None:
            return None
        self._arrived = self._asked = None
        return Drawn(asked.answer, asked.chunk, message.rows[0] if message.rows else ())


def context_of(meter: Meter, config: Config) -> Context:
    """Return what the model is told beside the notes."""
    return Context(meter.numerator, meter.denominator, config.model.style)


def taste_of(config: Config) -> Taste:
    """Return what makes one candidate better than another."""
    return Taste(**{item.name: getattr(config.ranking, item.name) for item in fields(Taste)})


def noise_seed(base: int, exchange: int, piece: int) -> int:
    """Return the seed of the noise for one piece of one exchange, 0 to 2**31 - 1."""
    return crc32(f"{base} {exchange} {piece}".encode()) & 0x7FFFFFFF
