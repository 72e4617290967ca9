"""The timekeeper with clocks outside: a MIDI clock, and a Link session."""

from __future__ import annotations

from typing import Any

import pytest

from improvd.errors import PortError
from improvd.live.clock import Clock
from improvd.live.link import LinkReading
from improvd.live.timekeeper import Timekeeper
from improvd.music.timing import Meter
from improvd.protocol import SetClock, SetTempo, Setup, Transport

TICK, START, CONTINUE, STOP = (0xF8,), (0xFA,), (0xFB,), (0xFC,)
SETUP = Setup("none", (), (), 120.0, 4, 4, True, 0, 1, 0.2)


class Peer:
    """This is a Link session of one's own making."""

    def __init__(self, bpm: float, bar_beats: float) -> None:
        self.bpm, self.bar_beats, self.song_beats, self.playing, self.peers = bpm, bar_beats, 0.0, True, 1
        self.asked: list[tuple[Any, ...]] = []

    def reading(self, at_s: float) -> LinkReading:
        return LinkReading(at_s, self.song_beats, self.bpm, self.playing, self.peers)

    def set_bpm(self, bpm: float, now_s: float) -> None:
        self.asked.append(("bpm", bpm))

    def start(self, now_s: float) -> None:
        self.asked.append(("start",))

    def stop(self, now_s: float) -> None:
        self.asked.append(("stop",))

    def close(self) -> None:
        self.asked.append(("close",))


class Bed:
    """This is a timekeeper at 120 bpm, its clock at beat 0 at 0 s, and a master that ticks."""

    def __init__(self, source: str = "midi", lost: str = "wait", offset_s: float = 0.0, out: str = "off") -> None:
        self.now_s = 0.0
        self.peers: list[Peer] = []
        self.keeper = Timekeeper(SETUP, Clock(120.0, 0.0), self._join)
        self.keeper.set_clock(SetClock(source, out, lost, offset_s), 0.0)

    def _join(self, bpm: float, bar_beats: float) -> Any:
        self.peers.append(Peer(bpm, bar_beats))
        return self.peers[-1]

    def say(self, *data: tuple[int, ...], port: str = "daw") -> None:
        for message in data:
            self.keeper.hear(port, message, self.now_s, self.now_s)

    def ticks(self, beats: float, bpm: float, port: str = "daw") -> None:
        """Let a master tick for some beats, the first one now."""
        for _ in range(round(beats * 24)):
            self.say(TICK, port=port)
            self.now_s += 60 / bpm / 24
            self.keeper.tick(self.now_s)

    def rest(self, seconds: float) -> None:
        """Let time pass in small steps."""
        end_s = self.now_s + seconds
        while self.now_s < end_s:
            self.now_s += 0.01
            self.keeper.tick(self.now_s)

    def song_beats(self) -> float:
        return self.keeper.clock.beats_at(self.now_s) - self.keeper.downbeat_beats


def test_the_song_starts_with_the_masters_first_tick_and_keeps_its_tempo() -> None:
    bed = Bed()
    bed.now_s = 3.21
    bed.say(START)
    bed.ticks(8, 90.0)
    assert bed.keeper.source == "midi"
    assert bed.keeper.rolling
    assert bed.song_beats() == pytest.approx(8.0, abs=0.02)
    assert bed.keeper.clock.bpm == pytest.approx(90.0, rel=0.002)


def test_the_clock_itself_never_jumps() -> None:
    bed = Bed()
    bed.now_s = 5.0
    bed.say(START)
    bed.ticks(2, 120.0)
    before = bed.keeper.clock.beats_at(bed.now_s)
    bed.say(STOP, (0xF2, 64, 0), CONTINUE)
    bed.ticks(1, 120.0)
    assert bed.keeper.clock.beats_at(bed.now_s) - before == pytest.approx(1.0, abs=0.05)
    assert bed.song_beats() == pytest.approx(17.0, abs=0.05)


def test_when_the_master_stops_the_song_stands_and_goes_on_where_it_was() -> None:
    bed = Bed()
    bed.say(START)
    bed.ticks(6, 120.0)
    bed.say(STOP)
    assert (bed.keeper.rolling, bed.keeper.source) == (False, "midi")
    bed.rest(4.0)
    bed.say(CONTINUE)
    bed.ticks(2, 120.0)
    assert bed.keeper.rolling
    assert bed.song_beats() == pytest.approx(8.0, abs=0.06)


def test_ticks_without_a_start_give_the_tempo_alone() -> None:
    bed = Bed()
    bed.ticks(8, 90.0)
    assert (bed.keeper.rolling, bed.keeper.downbeat_beats) == (True, 0.0)
    assert bed.keeper.clock.bpm == pytest.approx(90.0, rel=0.005)


def test_auto_leaves_a_keyboard_alone_that_ticks_and_never_starts() -> None:
    bed = Bed("auto")
    bed.ticks(8, 90.0, port="keyboard")
    assert (bed.keeper.source, bed.keeper.clock.bpm) == ("internal", 120.0)
    bed.say(START)
    bed.ticks(8, 75.0)
    assert bed.keeper.source == "midi"
    assert bed.keeper.clock.bpm == pytest.approx(75.0, rel=0.005)


def test_of_two_masters_the_first_is_followed() -> None:
    bed = Bed()
    bed.say(START)
    bed.ticks(4, 90.0)
    for _ in range(6):
        bed.say(STOP, START, TICK, port="other")
        bed.ticks(0.25, 90.0)
    assert (bed.keeper.rolling, round(bed.keeper.clock.bpm)) == (True, 90)


def test_in_place_of_a_master_that_is_lost_another_one_that_starts_is_followed() -> None:
    bed = Bed()
    bed.say(START)
    bed.ticks(4, 90.0)
    bed.rest(2.0)
    bed.ticks(1, 140.0, port="other")
    assert not bed.keeper.rolling
    bed.say(START, port="other")
    bed.ticks(4, 140.0, port="other")
    bed.say(START, TICK)
    assert bed.keeper.rolling
    assert bed.keeper.clock.bpm == pytest.approx(140.0, rel=0.002)
    assert bed.song_beats() == pytest.approx(4.0, abs=0.05)


@pytest.mark.parametrize("out", ["own", "shared"])
def test_whoever_gives_the_clock_to_others_takes_it_from_none_unless_told_to(out: str) -> None:
    automatic, told = Bed("auto", out=out), Bed("midi", out=out)
    for bed in (automatic, told):
        bed.say(START)
        bed.ticks(4, 90.0)
    assert (automatic.keeper.source, told.keeper.source) == ("internal", "midi")


def test_a_master_that_falls_silent_is_waited_for() -> None:
    bed = Bed(lost="wait")
    bed.say(START)
    bed.ticks(4, 120.0)
    bed.rest(1.0)
    anchor = bed.keeper.anchor(bed.now_s)
    assert (anchor.source, anchor.state, anchor.rolling) == ("midi", "lost", False)


def test_or_improvd_goes_on_at_its_tempo_without_a_jump() -> None:
    bed = Bed(lost="go on")
    bed.say(START)
    bed.ticks(4, 90.0)
    bed.rest(2.0)
    anchor = bed.keeper.anchor(bed.now_s)
    assert (anchor.source, anchor.rolling) == ("internal", True)
    assert bed.song_beats() == pytest.approx(7.0, abs=0.05)
    bed.keeper.set_tempo(SetTempo(60.0), bed.now_s)
    assert bed.keeper.clock.bpm == 60.0


def test_whether_it_waits_for_a_lost_master_may_be_changed_while_it_waits() -> None:
    bed = Bed(lost="wait")
    bed.say(START)
    bed.ticks(4, 120.0)
    bed.rest(2.0)
    bed.keeper.set_clock(SetClock("midi", "off", "go on", 0.0), bed.now_s)
    assert (bed.keeper.source, bed.keeper.rolling) == ("internal", True)
    bed.keeper.set_clock(SetClock("midi", "off", "wait", 0.0), bed.now_s)
    assert (bed.keeper.source, bed.keeper.rolling) == ("midi", False)


def test_a_clock_that_arrives_late_is_taken_for_what_it_was() -> None:
    early, plain = Bed(offset_s=0.05), Bed()
    for bed in (early, plain):
        bed.say(START)
        bed.ticks(8, 120.0)
    assert early.song_beats() - plain.song_beats() == pytest.approx(0.1, abs=0.01)


def test_a_masters_tempo_place_and_transport_are_not_ours_to_change() -> None:
    bed = Bed()
    bed.say(START)
    bed.ticks(4, 90.0)
    before = bed.song_beats()
    bed.keeper.set_tempo(SetTempo(200.0), bed.now_s)
    bed.keeper.push(1.0, bed.now_s)
    bed.keeper.set_downbeat(0.0)
    bed.keeper.transport(Transport("stop"), bed.now_s)
    assert (round(bed.keeper.clock.bpm), bed.keeper.rolling, bed.song_beats()) == (90, True, before)


def test_the_bars_of_a_master_count_from_the_beginning_of_its_song() -> None:
    bed = Bed()
    bed.say(START)
    bed.ticks(5, 120.0)
    bed.keeper.set_meter(Meter(3, 4), bed.now_s)
    assert bed.keeper.bar_line_beats == bed.keeper.downbeat_beats


def test_another_source_lets_the_song_go_on_at_once() -> None:
    bed = Bed()
    bed.say(START)
    bed.ticks(4, 90.0)
    bed.say(STOP)
    bed.keeper.set_clock(SetClock("internal", "off", "wait", 0.0), bed.now_s)
    assert (bed.keeper.source, bed.keeper.rolling, round(bed.keeper.clock.bpm)) == ("internal", True, 90)


def test_where_the_music_is_is_told_anew_when_the_tempo_changes_on_the_way() -> None:
    bed = Bed()
    bed.say(START)
    bed.ticks(8, 120.0)
    bed.keeper.anchor(bed.now_s)
    bed.ticks(0.5, 120.0)
    assert not bed.keeper.has_strayed(bed.now_s)
    bed.ticks(2, 150.0)
    assert bed.keeper.has_strayed(bed.now_s)


def test_who_hears_our_clock_is_told_what_the_masters_song_does() -> None:
    bed = Bed(out="own")
    bed.now_s = 5.0
    bed.say(START)
    bed.ticks(4, 120.0)
    bed.say(STOP, (0xF2, 64, 0), CONTINUE)
    bed.ticks(1, 120.0)
    turns = bed.keeper.take_turns()
    told = [(turn.what, turn.song_beats) for turn in turns]
    assert told == [(0xFC, 0.0), (0xFA, 0.0), (0xFC, 0.0), (0xFB, 16.0)]  # our own song stops before theirs starts
    assert turns[3].at_beats == pytest.approx(bed.keeper.downbeat_beats + 16.0)


# --- Link ------------------------------------------------------------------------------------


def test_a_link_session_is_joined_at_our_tempo_and_followed() -> None:
    bed = Bed("link")
    (peer,) = bed.peers
    assert (peer.bpm, peer.bar_beats) == (120.0, 4.0)
    peer.bpm, peer.song_beats = 99.0, 33.0
    bed.rest(0.03)
    assert bed.keeper.clock.bpm == 99.0
    assert bed.song_beats() == pytest.approx(33.0, abs=0.05)
    assert bed.keeper.anchor(bed.now_s).source == "link"


def test_a_link_session_that_stops_stops_us_and_being_alone_is_told() -> None:
    bed = Bed("link")
    bed.peers[0].playing, bed.peers[0].peers = False, 0
    bed.rest(0.03)
    assert (bed.keeper.rolling, bed.keeper.anchor(bed.now_s).state) == (False, "alone")


def test_while_a_link_session_stands_nobody_is_told_that_the_song_moves() -> None:
    bed = Bed("link")
    bed.rest(0.1)
    bed.keeper.take_turns()
    bed.peers[0].playing = False
    bed.rest(0.1)
    bed.peers[0].song_beats = 2.0
    bed.rest(0.1)
    assert [turn.what for turn in bed.keeper.take_turns()] == [0xFC]
    bed.peers[0].playing, bed.peers[0].song_beats = True, 0.0
    bed.rest(0.03)
    assert [turn.what for turn in bed.keeper.take_turns()] == [0xFA]


def test_tempo_metre_and_transport_go_to_the_link_session() -> None:
    bed = Bed("link")
    bed.keeper.set_tempo(SetTempo(133.0), 1.0)
    bed.keeper.set_meter(Meter(3, 4), 1.0)
    for what in ("stop", "start", "go on"):
        bed.keeper.transport(Transport(what), 1.0)
    assert bed.keeper.take_turns() == []
    assert bed.peers[0].asked == [("bpm", 133.0), ("stop",), ("start",), ("start",)]
    assert bed.peers[0].bar_beats == 3.0


def test_a_link_session_is_left_when_another_source_is_chosen_or_improvd_ends() -> None:
    bed = Bed("link")
    bed.keeper.set_clock(SetClock("link", "off", "go on", 0.0), 1.0)
    assert bed.peers[0].asked == []
    bed.keeper.set_clock(SetClock("auto", "off", "go on", 0.0), 1.0)
    assert bed.peers[0].asked == [("close",)]
    ended = Bed("link")
    ended.keeper.close()
    assert ended.peers[0].asked == [("close",)]


def test_without_link_improvds_own_clock_stays_in_force() -> None:
    def join(_bpm: float, _bar_beats: float) -> Any:
        raise PortError("not installed")

    keeper = Timekeeper(SETUP, Clock(120.0, 0.0), join)
    with pytest.raises(PortError, match="not installed"):
        keeper.set_clock(SetClock("link", "off", "wait", 0.0), 0.0)
    assert (keeper.source, keeper.rolling) == ("internal", True)
