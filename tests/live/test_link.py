from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from jackbed import poll
from link_members import BAR_BEATS, Member

from improvd.errors import PortError
from improvd.live.link import LinkPeer, join

REASON = "the extra 'link' is not installed"
TOLERANCE_MS = 5.0
BPM = 200.0
AGE_S = 1.0
"""How long a session stands before somebody joins it: below half a second of difference Link draws lots."""


def test_without_the_binding_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "link", None)
    with pytest.raises(PortError, match=r"clock.source = 'link' needs .*: pip install 'improvd\[link\]'"):
        join(120.0, BAR_BEATS)


# --- alone, and not on the network --------------------------------------------------------


@pytest.fixture
def alone():
    binding = pytest.importorskip("link", reason=REASON)
    return LinkPeer(binding.Link(120.0), BAR_BEATS)


def test_a_reading_says_where_the_song_is_at_the_moment_asked_for(alone):
    now_s = time.monotonic()
    now, later = alone.reading(now_s), alone.reading(now_s + 3.0)
    assert (now.at_s, now.bpm, now.peers, now.playing) == (now_s, 120.0, 0, False)
    assert later.song_beats - now.song_beats == pytest.approx(6.0, abs=0.001)


def test_a_change_of_tempo_moves_no_beat_that_has_passed(alone):
    now_s = time.monotonic()
    before = alone.reading(now_s)
    alone.set_bpm(60.0, now_s)
    after = alone.reading(now_s + 3.0)
    assert after.bpm == 60.0
    assert after.song_beats - before.song_beats == pytest.approx(3.0, abs=0.001)


def test_alone_the_song_begins_at_the_moment_of_the_start(alone):
    now_s = time.monotonic() + 0.7
    alone.start(now_s)
    started = alone.reading(now_s)
    assert started.song_beats == pytest.approx(0.0, abs=0.001)
    assert not alone.reading(now_s - 0.1).playing
    assert alone.reading(now_s + 0.1).playing


def test_a_start_begins_the_song_anew(alone):
    now_s = time.monotonic()
    alone.start(now_s)
    assert alone.reading(now_s + 4.0).song_beats == pytest.approx(8.0, abs=0.001)
    alone.start(now_s + 5.0)
    assert alone.reading(now_s + 6.0).song_beats == pytest.approx(2.0, abs=0.001)


def test_a_reading_changes_the_session_once_a_start_and_no_more():
    binding, changes = pytest.importorskip("link", reason=REASON), []

    class Told(binding.Link):
        def commitSessionState(self, state):
            changes.append(state)
            super().commitSessionState(state)

    peer, now_s = LinkPeer(Told(120.0), BAR_BEATS), time.monotonic()
    peer.start(now_s)
    peer.reading(now_s)
    changes.clear()
    for passed_s in range(60):
        peer.reading(now_s + passed_s)
    assert changes == []


def test_the_song_goes_on_while_the_transport_stands(alone):
    now_s = time.monotonic()
    alone.start(now_s)
    alone.reading(now_s)
    alone.stop(now_s + 1.0)
    assert not alone.reading(now_s + 1.0).playing
    assert alone.reading(now_s + 2.0).song_beats == pytest.approx(4.0, abs=0.001)


def test_a_start_that_a_slower_tempo_moves_before_the_clock_s_beginning_is_left_alone():
    link = pytest.importorskip("link", reason=REASON).Link(300.0)
    link.startStopSyncEnabled = True
    peer, now_s = LinkPeer(link, BAR_BEATS), time.monotonic()
    peer.start(now_s / 2)
    before = peer.reading(now_s)
    peer.set_bpm(20.0, now_s)
    poll(lambda: link.captureSessionState().timeForIsPlaying() < 0, "Link moves the start")
    after = peer.reading(now_s)
    assert after.playing
    assert after.song_beats == pytest.approx(before.song_beats, abs=0.001)


# --- with another program, on loopback ----------------------------------------------------


class Band:
    """This is improvd and another program in one session.

    Attributes:
        met: the tempo that either had, and whether the other's transport was on, when they had met.
    """

    def __init__(self, improvd: Member, other: Member) -> None:
        self.improvd, self.other = improvd, other
        poll(lambda: improvd.peers() == other.peers() == 1, "the two meet")
        self.met = (self.reading()["bpm"], other.ask("bpm"), other.ask("playing"))

    def reading(self, at_s: float | None = None) -> dict[str, Any]:
        return self.improvd.ask("reading", time.monotonic() if at_s is None else at_s)

    def apart_ms(self) -> float:
        """Return how far apart the two are in the bar at one moment."""
        at_s, _, phase = self.other.ask("place")
        reading = self.reading(at_s)
        apart_beats = (reading["song_beats"] - phase + BAR_BEATS / 2) % BAR_BEATS - BAR_BEATS / 2
        return abs(apart_beats) * 60_000 / reading["bpm"]

    def most_apart_ms(self) -> float:
        return max(self.apart_ms() for _ in range(20))

    def settle(self) -> None:
        """Have the transport stand and the tempo be `BPM`, for both."""
        self.improvd.ask("stop", time.monotonic())
        self.improvd.ask("set_bpm", BPM, time.monotonic())
        poll(
            lambda: not self.other.ask("playing") and self.other.ask("bpm") == pytest.approx(BPM, abs=0.01),
            "the other obeys",
        )
        poll(lambda: self.apart_ms() < TOLERANCE_MS, "their bars begin together")


@contextmanager
def met(founder: str, newcomer: str) -> Iterator[Band]:
    """Two in a session that the one founded, at `BPM`."""
    pytest.importorskip("link", reason=REASON)
    if sys.platform != "linux":
        pytest.skip("they meet on Linux's loopback")
    with Member(founder, BPM) as first:
        time.sleep(AGE_S)
        if first.peers() > 0:
            pytest.skip("others play on this network, and would be disturbed")
        with Member(newcomer, 140, beside=first) as second:
            members = {founder: first, newcomer: second}
            yield Band(members["improvd"], members["other"])


@pytest.mark.slow
def test_improvd_plays_as_long_as_nobody_stops_the_transport():
    pytest.importorskip("link", reason=REASON)
    with Member("improvd", BPM) as alone:
        assert alone.ask("reading", time.monotonic())["playing"]


@pytest.mark.slow
def test_closing_leaves_the_session_at_once_and_as_it_is():
    with met("improvd", "other") as band:
        band.improvd.ask("close")
        poll(lambda: band.other.peers() == 0, "improvd leaves", timeout_s=2.0)
        assert band.other.ask("bpm") == pytest.approx(BPM, abs=0.01)


@pytest.fixture(scope="module", params=[("improvd", "other"), ("other", "improvd")], ids=lambda order: order[0])
def session(request):
    with met(*request.param) as band:
        yield band


@pytest.fixture
def band(session):
    session.settle()
    return session


@pytest.mark.slow
def test_a_newcomer_takes_the_tempo_of_the_session_and_starts_nobody(session):
    bpm, other_bpm, other_plays = session.met
    assert (bpm, other_bpm) == (pytest.approx(BPM, abs=0.01), pytest.approx(BPM, abs=0.01))
    assert not other_plays


@pytest.mark.slow
def test_the_bars_begin_together(band):
    assert band.most_apart_ms() < TOLERANCE_MS


@pytest.mark.slow
def test_improvd_sets_the_tempo_of_all(band):
    band.improvd.ask("set_bpm", 133.0, time.monotonic())
    poll(lambda: band.other.ask("bpm") == pytest.approx(133.0, abs=0.01), "the other takes the tempo")
    assert band.most_apart_ms() < TOLERANCE_MS


@pytest.mark.slow
def test_improvd_takes_the_tempo_that_another_sets(band):
    band.other.ask("set_bpm", 87.0)
    poll(lambda: band.reading()["bpm"] == pytest.approx(87.0, abs=0.01), "improvd takes the tempo")
    assert band.most_apart_ms() < TOLERANCE_MS


@pytest.mark.slow
def test_improvd_goes_where_another_moves_the_music(band):
    before = band.reading()
    band.other.ask("move", 1.5)
    poll(lambda: band.apart_ms() < TOLERANCE_MS, "their bars begin together again")
    after = band.reading()
    went_on_beats = (after["at_s"] - before["at_s"]) * BPM / 60
    moved_beats = (after["song_beats"] - before["song_beats"] - went_on_beats) % BAR_BEATS
    assert moved_beats == pytest.approx(1.5, abs=0.05)


@pytest.mark.slow
def test_improvd_starts_all_at_the_next_bar_line(band):
    band.improvd.ask("start", time.monotonic())
    poll(lambda: band.other.ask("playing"), "the other starts")
    assert band.most_apart_ms() < TOLERANCE_MS
    assert -BAR_BEATS < band.reading()["song_beats"] < BAR_BEATS


@pytest.mark.slow
def test_improvd_starts_with_another_and_counts_as_it_does(band):
    band.other.ask("play", True)
    poll(lambda: band.reading()["playing"], "improvd starts")
    assert 0.0 <= band.reading()["song_beats"] < 1.0
    at_s, other_beats, _ = band.other.ask("place")
    assert band.reading(at_s)["song_beats"] == pytest.approx(other_beats, abs=0.01)


@pytest.mark.slow
def test_what_goes_before_the_first_bar_line_is_counted_in(band):
    at_s, _, phase = band.other.ask("place")
    to_bar_line_s = (BAR_BEATS - phase) * 60 / BPM
    to_bar_line_s += 0.0 if to_bar_line_s > 0.2 else BAR_BEATS * 60 / BPM
    band.improvd.ask("start", time.monotonic())
    before, after = band.reading(at_s + to_bar_line_s - 0.05), band.reading(at_s + to_bar_line_s + 0.05)
    assert (before["playing"], after["playing"]) == (False, True)
    assert before["song_beats"] < 0.0 <= after["song_beats"]


@pytest.mark.slow
def test_improvd_stops_all(band):
    band.other.ask("play", True)
    poll(lambda: band.reading()["playing"], "improvd starts")
    band.improvd.ask("stop", time.monotonic())
    poll(lambda: not band.other.ask("playing"), "the other stops")


@pytest.mark.slow
def test_improvd_stops_with_another(band):
    band.improvd.ask("start", time.monotonic())
    poll(lambda: band.other.ask("playing") and band.reading()["playing"], "both play")
    band.other.ask("play", False)
    poll(lambda: not band.reading()["playing"], "improvd stops")
