"""No ports: what stands for them where time is virtual."""

from __future__ import annotations

from collections.abc import Iterable

from improvd.live.line import Lane


class NoPorts:
    """This stands for the ports where there are none: what is sent is known from the reports."""

    def lanes(self) -> tuple[Lane, ...]:
        """Return the one lane."""
        return (Lane(),)

    def send(self, data: tuple[int, ...], lane: Lane) -> None:
        """Send nothing."""

    def send_clock(self, data: tuple[int, ...]) -> None:
        """Send nothing."""

    def clock_offset_s(self) -> float:
        """Return that it is not late."""
        return 0.0

    def connect(self, inputs: Iterable[str], outputs: Iterable[str]) -> None:
        """Connect nothing."""

    def route(self, offsets: tuple[tuple[str, float], ...], click_port: str) -> None:
        """Route nothing."""

    def open_clock(self, *, on: bool) -> None:
        """Open nothing."""

    def look(self) -> None:
        """Find nothing."""

    def take_lost(self) -> list[str]:
        """Return that nothing was lost."""
        return []

    def use_synth(self, *, on: bool) -> None:
        """Start nothing."""
