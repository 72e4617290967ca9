"""What the daemon decides, without processes, sockets or clocks."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from improvd.config import Config
from improvd.control import Request
from improvd.errors import ControlError, ImprovdError
from improvd.live.wiring import Wiring
from improvd.places import remembered_keyboards
from improvd.protocol import (
    FROM_MODEL,
    FROM_PLAYER,
    Alive,
    Anchor,
    Ask,
    Connect,
    Continued,
    Downbeat,
    Finished,
    Heard,
    Inject,
    LetGo,
    Loaded,
    Opened,
    Owed,
    Panic,
    Play,
    PortsSeen,
    Push,
    Refused,
    SetClick,
    SetClock,
    SetMeter,
    SetOffsets,
    SetTempo,
    SetThru,
    Setup,
    Sounded,
    SynthEnded,
    Transport,
    Trouble,
    UseSynth,
)
from improvd.session import HEARS, Session
from improvd.status import Facts

KEYBOARDS = PortsSeen(("Keys", "Sequencer"), (), (), ())


class Bed:
    """This is a session with boxes in place of player and model, and a clock that is set by hand."""

    def __init__(self, state: Path, config: Config | None = None, **facts: Any) -> None:
        self.player: list[Any] = []
        self.model: list[Any] = []
        self.now_s = 100.0
        self.session = Session(
            config or Config(),
            Facts(started_s=100.0, pid=7, **facts),
            state=state,
            seed=1,
            to_player=self.player.append,
            to_model=self.model.append,
        )

    def hear(self, *messages: Any) -> None:
        for message in messages:
            self.session.hear(message, self.now_s)

    def ask(self, method: str, **params: Any) -> object:
        return self.session.answer(Request(1, method, **params), self.now_s)

    def do(self, what: str, **params: Any) -> object:
        return self.ask("do", what=what, **params)

    def status(self) -> dict[str, Any]:
        return self.session.status(self.now_s).as_json()

    def sent(self) -> list[Any]:
        sent, self.player[:] = self.player[:], []
        return sent

    def go(self, now_s: float) -> list[Any]:
        self.now_s = now_s
        self.session.tick(now_s)
        return self.sent()


@pytest.fixture
def bed(tmp_path: Path) -> Bed:
    return Bed(tmp_path)


def heard(at_s: float, *data: int, source: str = "improvd-in") -> Heard:
    return Heard(at_s, (at_s - 100) * 2, data, source)


def test_every_message_of_a_child_has_a_handler() -> None:
    assert set(HEARS) == {*FROM_PLAYER, *FROM_MODEL}


def test_a_new_player_is_told_the_settings(tmp_path: Path) -> None:
    config = Config().having("clock.meter", "3/4").having("clock.bpm", 90.0).having("midi.inputs", ("K*",))
    config = config.having("midi.offsets", ("Synth*: -12",))
    bed = Bed(tmp_path, config, remembered=("Keys",))
    bed.session.greet_player()
    assert bed.sent() == [
        Setup("auto", ("K*", "Keys"), (), 90.0, 3, 4, True, 0, 1, 0.2, ()),
        SetOffsets((("Synth*", -0.012),)), SetClick(False, "", 9, 77, 76), SetClock("auto", "off", "wait", 0.0),
    ]  # fmt: skip


def test_a_new_player_owes_the_note_offs_of_the_lost_one(bed: Bed) -> None:
    bed.hear(Sounded(1.0, 1.0, (0x91, 60, 80), 1, 0.0), Sounded(1.0, 1.0, (0x90, 62, 80), 0, 0.0))
    bed.hear(Sounded(1.0, 1.0, (0x91, 64, 80), 1, 0.0), Sounded(2.0, 2.0, (0x81, 64, 64), 1, 0.0))
    bed.session.lose_player("the player ended", 100.0)
    bed.session.greet_player()
    assert bed.sent()[0].owed == ((0, 62), (1, 60))
    bed.hear(Sounded(3.0, 0.0, (0x81, 60, 64), 0, 0.0), Sounded(3.0, 0.0, (0x80, 62, 64), 0, 0.0))
    bed.session.greet_player()
    assert bed.sent()[0].owed == ()


def test_a_phrase_is_answered(bed: Bed) -> None:
    bed.hear(Opened("jack", ""), Loaded("default", "litert-int8"), Anchor(100.0, 0.0, 120.0, 4, 4))
    bed.hear(heard(100.0, 0x90, 60, 80), heard(100.4, 0x80, 60, 64), heard(100.5, 0x90, 64, 80))
    bed.hear(heard(100.9, 0x80, 64, 64))
    bed.go(102.0)
    ask = [message for message in bed.model if isinstance(message, Ask)][-1]
    assert [note[2] for note in ask.window] == [60, 64]
    bed.hear(Continued(ask.number, (((ask.begin_ticks, 1, 67, 12, 80),),), (-1.0,), 1, 0.001))
    assert [type(message) for message in bed.go(102.1)] == [Play]


def test_without_a_model_the_status_says_so(bed: Bed) -> None:
    bed.hear(Opened("jack", ""), Loaded("default", "litert-int8"))
    assert bed.status()["state"] != "no model"
    bed.session.lose_model("the model ended", 100.0)
    assert bed.status()["state"] == "no model"
    assert bed.status()["notice"] == "the model ended"


def test_a_model_on_another_runtime_than_asked_for_says_why(bed: Bed) -> None:
    bed.hear(Loaded("default", "litert-int8", "TensorFlow finds no GPU; litert-int8 plays"))
    assert bed.status()["notice"] == "TensorFlow finds no GPU; litert-int8 plays"


def test_a_refused_model_is_kept_as_a_sentence(bed: Bed) -> None:
    bed.hear(Refused("models/x: sums do not match"))
    assert bed.session.refusal == "models/x: sums do not match"
    assert bed.status()["notice"] == "models/x: sums do not match"


def test_a_setting_changes_in_config_conductor_and_player(bed: Bed) -> None:
    assert bed.ask("set", name="bpm", value=90) == 90.0
    assert bed.ask("set", name="meter", value="3/4") == "3/4"
    assert bed.ask("set", name="temperature", value=0.5) == 0.5
    assert bed.sent() == [SetTempo(90.0), SetMeter(3, 4)]
    assert bed.ask("get", name="sampling.temperature") == 0.5
    assert (bed.status()["bpm"], bed.status()["meter"], bed.status()["temperature"]) == (90.0, "3/4", 0.5)


def test_a_new_tempo_glides_where_it_shall(bed: Bed) -> None:
    bed.ask("set", name="glide_beats", value=8)
    bed.ask("set", name="bpm", value=90)
    assert bed.sent() == [SetTempo(90.0, 8.0)]


def test_the_clock_and_the_click_are_told_to_the_player(bed: Bed) -> None:
    bed.ask("set", name="click.on", value=True)
    bed.ask("set", name="clock.source", value="internal")
    assert bed.sent() == [SetClick(True, "", 9, 77, 76), SetClock("internal", "off", "wait", 0.0)]


def test_the_song_is_steered(bed: Bed) -> None:
    bed.hear(Anchor(100.0, 0.0, 120.0, 4, 4))
    for what in ("clock_start", "clock_stop", "clock_continue", "one"):
        bed.do(what)
    bed.do("push", ms=-250)
    assert bed.sent() == [
        Transport("start", 1), Transport("stop"), Transport("go on"), Downbeat((bed.now_s - 100) * 2), Push(-0.5),
    ]  # fmt: skip


def test_the_tempo_is_tapped(bed: Bed) -> None:
    for at_s in (10.0, 10.4, 10.8):
        bed.now_s = at_s
        bed.do("tap")
    assert bed.sent() == [SetTempo(150.0), SetTempo(150.0)]
    assert bed.ask("get", name="bpm") == 150.0


def eighths(bed: Bed, start_s: float, *, bpm: float, share: float = 0.9) -> list[Any]:
    """Play a dozen eighths of which so much sounds, wait a little, and return what the player was told."""
    eighth_s = 30 / bpm
    for number in range(12):
        at_s = start_s + number * eighth_s
        bed.hear(heard(at_s, 0x90, 60 + number, 80), heard(at_s + share * eighth_s, 0x80, 60 + number, 64))
    return bed.go(start_s + 11 * eighth_s + 0.4)


def test_a_tempo_found_in_the_playing_goes_to_the_player_and_into_the_settings(bed: Bed) -> None:
    bed.hear(Anchor(100.0, 0.0, 120.0, 4, 4))
    told = [message for message in eighths(bed, 100.0, bpm=97.0) if isinstance(message, SetTempo)]
    assert told[-1].bpm == bed.ask("get", name="bpm") == pytest.approx(97.0, abs=0.2)
    assert bed.status()["bpm"] == bed.ask("get", name="bpm")


def test_a_tempo_set_back_to_what_it_was_is_believed(tmp_path: Path) -> None:
    bed = Bed(tmp_path, Config().having("clock.bpm", 97.0))
    bed.hear(Anchor(100.0, 0.0, 97.0, 4, 4))
    eighths(bed, 100.0, bpm=97.0, share=0.3)
    assert bed.ask("get", name="bpm") == pytest.approx(194.0, abs=0.4)
    bed.ask("set", name="bpm", value=97.0)
    bed.hear(Anchor(104.0, 12.0, 97.0, 4, 4))
    bed.do("forget")
    eighths(bed, 110.0, bpm=97.0, share=0.3)
    assert bed.ask("get", name="bpm") == 97.0


def test_the_tempo_of_an_outside_clock_is_believed_once_it_is_gone(bed: Bed) -> None:
    bed.hear(Anchor(100.0, 0.0, 97.0, 4, 4, source="midi", state="locked"))
    bed.hear(Anchor(104.0, 4.0 * 97 / 60, 97.0, 4, 4))
    eighths(bed, 110.0, bpm=97.0, share=0.3)
    assert bed.ask("get", name="bpm") == 97.0


def test_who_gives_the_tempo_is_told(bed: Bed) -> None:
    assert bed.status()["clock_source"] == "follow"
    bed.ask("set", name="clock.source", value="internal")
    assert bed.status()["clock_source"] == "internal"
    bed.hear(Anchor(100.0, 0.0, 97.3, 4, 4, source="midi", state="locked", rolling=False))
    status = bed.status()
    assert (status["clock_source"], status["clock_state"], status["rolling"]) == ("midi", "locked", False)
    assert status["bpm"] == 97.3


def test_the_tempo_of_an_outside_clock_is_not_ours_to_change(bed: Bed) -> None:
    bed.hear(Anchor(100.0, 0.0, 97.3, 4, 4, source="midi", state="locked"))
    with pytest.raises(ControlError, match="comes from the MIDI clock"):
        bed.ask("nudge", name="bpm", steps=1)
    assert (bed.sent(), bed.status()["bpm"]) == ([], 97.3)


def test_an_outside_clock_that_falls_silent_is_told_once(bed: Bed) -> None:
    bed.hear(Anchor(100.0, 0.0, 97.3, 4, 4, source="midi", state="lost", rolling=False))
    assert bed.status()["notice"] == "the outside clock fell silent"
    bed.session.note(notice="")
    bed.hear(Anchor(100.5, 0.5, 97.3, 4, 4, source="midi", state="lost", rolling=False))
    assert bed.status()["notice"] == ""


def test_a_nudge_moves_by_steps(bed: Bed) -> None:
    assert bed.ask("nudge", name="temperature", steps=2) == 1.1
    assert bed.ask("nudge", name="bpm", steps=-500) == 20.0
    assert bed.sent() == [SetTempo(20.0)]


def test_a_refused_change_changes_nothing(bed: Bed) -> None:
    for request in ({"name": "bpm", "value": 1000}, {"name": "model.name", "value": "x"}, {"name": "bmp", "value": 1}):
        with pytest.raises(ImprovdError):
            bed.ask("set", **request)
    assert bed.sent() == []
    assert bed.status()["bpm"] == 120.0


def test_thru_auto_is_off_while_a_reader_hears_the_keyboard(bed: Bed) -> None:
    bed.session.greet_player()
    assert bed.sent()[0].thru
    bed.session.see(Wiring(readers=("daw",), hearing=("daw",)))
    assert bed.sent() == [SetThru(False)]
    assert not bed.status()["thru"]
    bed.session.see(Wiring(readers=("daw",)))
    assert bed.sent() == [SetThru(True)]


def test_what_a_lost_player_owes_is_paid_when_somebody_reads_the_new_one(bed: Bed) -> None:
    bed.session.see(Wiring(readers=("daw",)))
    bed.hear(Opened("jack", ""), Sounded(100.5, 1.0, (0x91, 60, 90), 1, 0.0))
    bed.session.lose_player("the player ended", 101.0)
    bed.session.see(Wiring(readers=("daw",)))
    assert bed.sent() == []
    bed.hear(Opened("jack", ""), Sounded(101.2, 0.0, (0x81, 60, 64), 0, 0.0))
    bed.session.see(Wiring())
    assert bed.sent() == []
    bed.session.see(Wiring(readers=("daw",)))
    bed.session.see(Wiring(readers=("daw", "synth")))
    assert bed.sent() == [Owed(((1, 60),))]


def test_a_player_that_leaves_takes_its_fingers_along(bed: Bed) -> None:
    bed.session.see(Wiring(players=("keys:out", "pads:out")))
    assert bed.sent() == []
    bed.session.see(Wiring(players=("pads:out",)))
    assert bed.sent() == [LetGo("improvd-in")]


def test_thru_can_be_forced(bed: Bed) -> None:
    bed.session.see(Wiring(readers=("daw",), hearing=("daw",)))
    bed.sent()
    bed.ask("set", name="thru", value="on")
    assert bed.sent() == [SetThru(True)]
    bed.ask("set", name="thru", value="off")
    assert bed.sent() == [SetThru(False)]
    assert bed.status()["thru_mode"] == "off"


def test_three_echoes_are_a_loop(bed: Bed) -> None:
    bed.hear(Alive(0, 0, 2, 0.1, 5, 5))
    assert bed.status()["notice"] == ""
    bed.hear(Alive(0, 0, 3, 0.1, 5, 5))
    assert "routing loops" in bed.status()["notice"]
    assert bed.status()["echoes"] == 3


def test_echoes_by_chance_between_notes_that_did_not_come_back_are_no_loop(bed: Bed) -> None:
    for echoes in range(1, 6):
        bed.hear(Alive(0, 0, echoes, 0.1, 5, 10 * echoes))
        bed.hear(Alive(0, 0, echoes, 0.1, 5, 10 * echoes + 5))
    assert bed.status()["notice"] == ""


def test_a_notice_goes_after_a_while(bed: Bed) -> None:
    bed.hear(Trouble("no port matches 'X*'"))
    assert bed.status()["notice"] == "no port matches 'X*'"
    bed.now_s = 121.0
    assert bed.status()["notice"] == ""


def test_an_audition_connects_the_keyboards_and_keeps_the_one_that_is_played(bed: Bed, tmp_path: Path) -> None:
    bed.hear(KEYBOARDS)
    bed.session.see(Wiring(keyboards=("Keys",)))
    assert bed.status()["keyboards"] == ("Keys",)
    bed.do("audition", on=True)
    assert bed.sent() == [Connect(("Keys",), ())]
    bed.hear(heard(101.0, 0x90, 60, 80, source="Sequencer"), heard(101.0, 0x90, 60, 80))
    bed.hear(heard(101.0, 0xB0, 64, 127, source="Keys"))
    assert bed.status()["auditioning"]
    bed.hear(heard(101.0, 0x90, 60, 80, source="Keys"))
    assert bed.sent() == [Connect(("Keys",), ())]
    assert not bed.status()["auditioning"]
    assert remembered_keyboards(tmp_path) == ("Keys",)


def test_an_audition_reaches_a_keyboard_that_is_plugged_in_meanwhile(bed: Bed) -> None:
    bed.do("audition", on=True)
    assert bed.sent() == [Connect((), ())]
    bed.hear(KEYBOARDS)
    assert bed.sent() == [Connect(("Keys", "Sequencer"), ())]
    bed.hear(replace(KEYBOARDS, connected_inputs=("Keys", "Sequencer")))
    assert bed.sent() == []


def test_an_audition_that_is_ended_leaves_what_was_configured(tmp_path: Path) -> None:
    bed = Bed(tmp_path, Config().having("midi.inputs", ("K*",)))
    bed.hear(KEYBOARDS)
    bed.do("audition", on=True)
    bed.do("audition", on=False)
    assert bed.sent() == [Connect(("K*", "Keys", "Sequencer"), ()), Connect(("K*",), ())]


def test_no_key_chooses_a_keyboard_without_an_audition(bed: Bed, tmp_path: Path) -> None:
    bed.hear(KEYBOARDS, heard(101.0, 0x90, 60, 80, source="Keys"))
    assert bed.sent() == []
    assert remembered_keyboards(tmp_path) == ()


def test_a_keyboard_is_connected_by_name_and_remembered(bed: Bed, tmp_path: Path) -> None:
    bed.hear(KEYBOARDS)
    bed.do("connect", name="Keys")
    assert bed.sent() == [Connect(("Keys",), ())]
    assert remembered_keyboards(tmp_path) == ("Keys",)
    with pytest.raises(ControlError, match="did you mean 'Keys'"):
        bed.do("connect", name="Keyz")


def test_the_first_run_lasts_until_anything_plays_into_improvd(bed: Bed, tmp_path: Path) -> None:
    assert bed.status()["first_run"]
    bed.session.see(Wiring(players=("seq:out",)))
    assert not bed.status()["first_run"]
    assert not Bed(tmp_path, remembered=("Keys",)).status()["first_run"]
    assert not Bed(tmp_path, Config().having("midi.inputs", ("K*",))).status()["first_run"]


def test_a_typed_key_is_played_for_a_beat(bed: Bed) -> None:
    bed.do("key", pitch=60, velocity=80)
    assert bed.sent() == [Inject((0x90, 60, 80))]
    assert bed.session.next_s() == 100.5
    assert bed.go(100.5) == [Inject((0x80, 60, 64))]


def test_panic_and_quit(bed: Bed) -> None:
    bed.do("panic")
    assert Panic() in bed.sent()
    assert not bed.session.ending
    bed.do("quit")
    assert bed.session.ending


def test_the_synth_starts_again_with_a_new_player(tmp_path: Path) -> None:
    bed = Bed(tmp_path, synth_available=True)
    bed.do("synth", on=True)
    assert bed.sent() == [UseSynth(True)]
    bed.session.greet_player()
    assert bed.sent()[-1] == UseSynth(True)


def test_a_synth_that_ends_by_itself_is_off_says_why_and_does_not_come_back(tmp_path: Path) -> None:
    bed = Bed(tmp_path, synth_available=True)
    bed.do("synth", on=True)
    bed.hear(SynthEnded("fluidsynth has ended"))
    assert (bed.status()["synth"], bed.status()["notice"]) == (False, "fluidsynth has ended")
    bed.sent()
    bed.session.greet_player()
    assert UseSynth not in [type(message) for message in bed.sent()]


def test_a_synth_that_is_not_installed_is_refused(bed: Bed) -> None:
    with pytest.raises(ControlError, match="apt install fluidsynth"):
        bed.do("synth", on=True)


def test_counts_go_on_when_the_player_is_a_new_one(bed: Bed) -> None:
    bed.hear(Alive(1, 2, 0, 0.5, 10, 20))
    bed.session.lose_player("the player ended", 100.0)
    bed.hear(Alive(0, 1, 0, 0.2, 3, 4))
    status = bed.status()
    assert (status["late"], status["dropped"], status["notes_in"], status["notes_out"]) == (1, 3, 13, 24)
    assert status["jitter_p99_ms"] == 0.2


def test_the_status_tells_activity_and_latency(bed: Bed) -> None:
    bed.hear(heard(100.5, 0x90, 60, 80), Sounded(100.8, 1.6, (0x91, 64, 80), 1, 0.004))
    bed.hear(Sounded(100.9, 1.8, (0x91, 65, 80), 1, 0.009))
    bed.now_s = 101.0
    status = bed.status()
    assert (status["last_in_s"], status["last_out_s"], status["latency_ms"]) == (0.5, 0.1, 4.0)


def test_an_update_carries_the_roll_of_call_and_answer(bed: Bed) -> None:
    bed.hear(heard(100.5, 0x90, 60, 80), heard(101.0, 0x80, 60, 64), Sounded(101.0, 2.0, (0x91, 64, 80), 1, 0.0))
    bed.hear(Sounded(100.5, 1.0, (0x90, 60, 80), 0, 0.0))
    assert bed.session.update(101.0)["roll"] == [(1.0, 1.0, 60, "call"), (2.0, None, 64, "answer")]
    bed.hear(Sounded(102.0, 4.0, (0x81, 64, 64), 1, 0.0), Anchor(130.0, 60.0, 120.0, 4, 4))
    assert bed.session.update(130.0)["roll"] == []


def test_takes_are_recorded_where_there_is_no_midi_system(bed: Bed, tmp_path: Path) -> None:
    bed.hear(Opened("none", "no MIDI system"), heard(100.5, 0x90, 60, 80), heard(101.0, 0x80, 60, 64), Finished(1))
    assert list((tmp_path / "takes").glob("*.mid")) == [Path(bed.status()["take"])]


def test_takes_are_not_recorded_where_there_is_one(bed: Bed, tmp_path: Path) -> None:
    bed.hear(Opened("jack", ""), heard(100.5, 0x90, 60, 80), heard(101.0, 0x80, 60, 64), Finished(1))
    assert bed.status()["take"] == ""
    assert not (tmp_path / "takes").exists()


def test_a_take_that_cannot_be_written_is_told_and_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    config = Config().having("record.takes", "on").having("record.folder", str(tmp_path / "file" / "takes"))
    bed = Bed(tmp_path, config)
    bed.hear(Opened("jack", ""), heard(100.5, 0x90, 60, 80), Finished(1))
    assert "cannot be written" in bed.status()["notice"]
