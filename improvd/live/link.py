"""Ableton Link: the tempo, the bar lines and the transport that programs on one network share. An optional extra.

Link's own thread talks to the network. No call here waits for it: each takes microseconds.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from improvd.errors import PortError

if TYPE_CHECKING:
    from link import Link, SessionState

_SAME_BEATS = 0.001
"""Link rounds places and moments to millionths."""


@dataclass(frozen=True, slots=True)
class LinkReading:
    """This is where a Link session stands at a moment.

    Attributes:
        at_s: the moment, in seconds of `time.monotonic`.
        song_beats: the place in the song, with bar lines at the multiples of a bar; 0 is the bar line at which the
            transport last started, and what is before it is the count-in.
        bpm: quarters per minute, 20-999.
        playing: whether the transport runs; the song goes on all the same where it does not.
        peers: how many others are in the session.
    """

    at_s: float
    song_beats: float
    bpm: float
    playing: bool
    peers: int


class LinkPeer:
    """This is improvd in a Link session: it follows, and is followed.

    Attributes:
        bar_beats: length of a bar in beats, Link's quantum; bars of one length begin together in all programs.
    """

    def __init__(self, link: Link, bar_beats: float) -> None:
        self._link = link
        self._clock = link.clock()
        self.bar_beats = bar_beats

    def reading(self, at_s: float) -> LinkReading:
        """Return where the session stands at a moment; the first reading after a start sets where the song begins."""
        state = self._link.captureSessionState()
        self._count_from_start(state)
        song_beats = state.beatAtTime(self._link_us(at_s), self.bar_beats)
        playing = state.isPlaying() and song_beats >= 0.0
        return LinkReading(at_s, song_beats, state.tempo(), playing, self._link.numPeers())

    def set_bpm(self, bpm: float, now_s: float) -> None:
        """Set everybody's tempo, 20-999 quarters per minute."""
        with self._changing() as state:
            state.setTempo(bpm, self._link_us(now_s))

    def start(self, now_s: float) -> None:
        """Start everybody's transport, and the song at the next bar line, or at once where nobody else is there."""
        with self._changing() as state:
            state.setIsPlaying(True, self._link_us(now_s))

    def stop(self, now_s: float) -> None:
        """Stop everybody's transport."""
        with self._changing() as state:
            state.setIsPlaying(False, self._link_us(now_s))

    def close(self) -> None:
        """Leave the session, which goes on without us."""
        self._link.enabled = False

    def _count_from_start(self, state: SessionState) -> None:
        """Have beat 0 be the first bar line since the transport was started, by whomever, as all members do."""
        start_us = state.timeForIsPlaying()
        if not state.isPlaying() or start_us < 0:  # before Link's time: a slower tempo moves a start of long ago there
            return
        if not -self.bar_beats < state.beatAtTime(start_us, self.bar_beats) < _SAME_BEATS:
            state.requestBeatAtStartPlayingTime(0.0, self.bar_beats)
            self._link.commitSessionState(state)

    @contextmanager
    def _changing(self) -> Iterator[SessionState]:
        state = self._link.captureSessionState()
        yield state
        self._link.commitSessionState(state)

    def _link_us(self, at_s: float) -> int:
        """Return a moment on Link's clock.

        On Linux that is CLOCK_MONOTONIC_RAW, which NTP leaves alone while it slews `time.monotonic`; so the two are
        compared anew each time.
        """
        return self._clock.micros() + round((at_s - time.monotonic()) * 1e6)


def join(bpm: float, bar_beats: float) -> LinkPeer:
    """Join the Link session on this network, or found one at `bpm`.

    Link takes up to half a second to find others. Until then we are alone; then tempo and place are theirs, for the
    session that is older by half a second or more wins. We play until somebody stops the transport; nobody is
    started by our coming.

    Raises:
        PortError: if the binding is not installed.
    """
    try:
        from link import Link
    except ImportError as error:
        raise PortError(
            f"clock.source = 'link' needs the package LinkPython-extern ({error}): pip install 'improvd[link]'"
        ) from error
    link = Link(bpm)
    peer = LinkPeer(link, bar_beats)
    peer.start(time.monotonic())
    link.startStopSyncEnabled = True
    link.enabled = True
    return peer
