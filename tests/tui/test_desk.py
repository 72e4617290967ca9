from __future__ import annotations

from dataclasses import replace

import pytest

from improvd.tui.desk import NO_SYNTH, SAY_S, Desk, Leaving
from improvd.tui.status import Status
from improvd.tui.view import Mode

STATUS = Status(state="listening", word="LISTENING", midi="jack")
FIRST = replace(STATUS, first_run=True, keyboards=("Keystation", "Launchkey"))


class Sent(list[tuple[object, ...]]):
    """This stands in for the link: it keeps (method, value, …) of each request."""

    def __call__(self, method: str, **params: object) -> None:
        self.append((method, *params.values()))


def _desk(status: Status = STATUS) -> tuple[Desk, Sent]:
    sent = Sent()
    desk = Desk(sent)
    desk.hear(status, 10.0)
    return desk, sent


def test_the_letters_are_commands_where_there_is_midi():
    assert _desk()[0].view.mode is Mode.COMMANDS


def test_the_letters_are_a_piano_where_there_is_no_midi():
    assert _desk(replace(STATUS, midi="none"))[0].view.mode is Mode.PIANO


def test_only_the_first_status_chooses_the_mode():
    desk, _ = _desk()
    desk.hear(replace(STATUS, midi="none"), 11.0)
    assert desk.view.mode is Mode.COMMANDS


def test_a_typed_key_plays_its_pitch_and_a_capital_plays_it_louder():
    desk, sent = _desk()
    desk.play("q")
    desk.play("Q")
    assert sent == [("do", "key", 60, 80), ("do", "key", 60, 112)]


def test_octaves_stop_at_the_ends_of_midi():
    desk, sent = _desk()
    for _ in range(20):
        desk.move_octave(1)
    desk.play("i")
    for _ in range(20):
        desk.move_octave(-1)
    desk.play("z")
    assert sent == [("do", "key", 120, 80), ("do", "key", 12, 80)]


@pytest.mark.parametrize(("now", "chosen"), [("auto", "on"), ("on", "off"), ("off", "auto"), ("odd", "auto")])
def test_thru_goes_round(now, chosen):
    desk, sent = _desk(replace(STATUS, thru_mode=now))
    desk.cycle_thru()
    assert sent == [("set", "midi.thru", chosen)]
    assert desk.view.say == f"thru {chosen}"


def test_fluidsynth_is_switched_on_and_off():
    desk, sent = _desk(replace(STATUS, synth_available=True))
    desk.switch_synth()
    desk.hear(replace(STATUS, synth_available=True, synth=True), 11.0)
    desk.switch_synth()
    assert sent == [("do", "synth", True), ("do", "synth", False)]


def test_a_missing_fluidsynth_is_told_with_what_to_install():
    desk, sent = _desk()
    desk.switch_synth()
    assert sent == []
    assert desk.view.say == NO_SYNTH


def test_what_was_said_fades():
    desk, _ = _desk()
    desk.at(10.0)
    desk.refused("no such setting")
    assert desk.at(10.0 + SAY_S).say == "no such setting"
    assert desk.at(10.1 + SAY_S).say == ""


def test_keyboards_are_listened_to_while_the_first_minute_is_shown():
    desk, sent = _desk(FIRST)
    desk.hear(FIRST, 11.0)
    desk.hear(STATUS, 12.0)
    assert sent == [("do", "audition", True), ("do", "audition", False)]


@pytest.mark.parametrize("leave", [Desk.switch_mode, Desk.close, Desk.detach])
def test_leaving_the_first_minute_ends_the_audition(leave):
    desk, sent = _desk(FIRST)
    leave(desk)
    assert sent[-1] == ("do", "audition", False)


def test_a_keyboard_is_taken_by_its_number():
    desk, sent = _desk(FIRST)
    desk.take_keyboard(2)
    desk.take_keyboard(3)
    assert sent[1:] == [("do", "connect", "Launchkey")]


def test_numbers_mean_nothing_later():
    desk, sent = _desk()
    desk.take_keyboard(1)
    assert sent == []


def test_escape_closes_the_help_before_the_first_minute():
    desk, _ = _desk(FIRST)
    desk.toggle_help()
    desk.close()
    assert (desk.view.help, desk.view.first_minute) == (False, True)
    desk.close()
    assert not desk.view.first_minute


def test_quitting_asks_and_may_be_taken_back():
    desk, sent = _desk()
    desk.ask()
    assert desk.view.context is Mode.QUESTION
    desk.stay()
    assert (desk.view.context, desk.leaving, sent) == (Mode.COMMANDS, None, [])


def test_quitting_ends_the_daemon_and_detaching_does_not():
    desk, sent = _desk()
    desk.detach()
    assert (desk.leaving, sent) == (Leaving.DETACHED, [])
    desk.quit()
    assert (desk.leaving, sent) == (Leaving.QUIT, [("do", "quit")])


def test_the_clock_goes_on_between_statuses():
    desk, _ = _desk(replace(STATUS, bpm=60.0, beats=8.0))
    assert desk.at(11.5).status.beats == 9.5


def test_the_clock_stands_still_before_the_first_status():
    assert Desk(Sent()).at(1000.0).status == Status()


def test_a_lost_daemon_stops_the_clock_and_counts_the_seconds():
    desk, _ = _desk()
    desk.lose(20.0)
    desk.lose(21.0)
    assert (desk.at(25.0).lost_s, desk.lost_for_s(25.0)) == (5.0, 5.0)
    assert desk.at(25.0).status.beats == STATUS.beats


def test_a_daemon_that_comes_back_is_followed_again():
    desk, sent = _desk(FIRST)
    desk.lose(20.0)
    desk.hear(FIRST, 21.0)
    assert desk.at(21.0).lost_s is None
    assert sent == [("do", "audition", True)] * 2


def test_quitting_without_a_daemon_leaves_at_once():
    desk, _ = _desk()
    desk.lose(20.0)
    desk.ask()
    assert desk.leaving is Leaving.DETACHED
