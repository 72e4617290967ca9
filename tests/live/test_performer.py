from __future__ import annotations

from typing import Any

import pytest
from fake_outside import FakeOutside

from improvd.live.band import percentile
from improvd.live.clock import Clock
from improvd.live.performer import Performer
from improvd.protocol import (
    Alive,
    Anchor,
    Cancel,
    Connect,
    Finished,
    Heard,
    Inject,
    LetGo,
    Owed,
    Panic,
    Play,
    SetMeter,
    SetTempo,
    SetThru,
    Setup,
    Sounded,
    UseSynth,
)  # fmt: skip

KEYS = "Keystation 49"


class Stage:
    """This is a performer in a room of paper; a beat is a second, and beat 0 is at 0 s."""

    def __init__(self, **changes: Any) -> None:
        usual: dict[str, Any] = {
            "backend": "none", "inputs": (), "outputs": (), "bpm": 60.0, "numerator": 4, "denominator": 4,
            "thru": True, "thru_channel": 0, "answer_channel": 1, "max_lateness_s": 0.2,
        }  # fmt: skip
        setup = Setup(**usual | changes)
        self.said: list[Any] = []
        self.outside = FakeOutside()
        self.performer = Performer(setup, Clock(setup.bpm, 0.0), self.outside, self.said.append)

    def told(self, kind: type) -> list[Any]:
        return [message for message in self.said if isinstance(message, kind)]

    @property
    def sent(self) -> list[tuple[int, ...]]:
        return self.outside.sent


def test_a_key_is_passed_on_to_the_thru_channel_and_reported_with_its_own() -> None:
    stage = Stage(thru_channel=5)
    stage.performer.hear(KEYS, (0x92, 60, 90), at_s=1.0, now_s=1.001)
    assert stage.sent == [(0x95, 60, 90)]
    assert stage.said == [Sounded(1.001, 1.001, (0x95, 60, 90), 0, 0.0), Heard(1.0, 1.0, (0x92, 60, 90), KEYS)]


def test_without_thru_a_key_is_only_reported() -> None:
    stage = Stage(thru=False)
    stage.performer.hear(KEYS, (0x90, 60, 90), 1.0, 1.0)
    assert (stage.sent, len(stage.told(Heard))) == ([], 1)


def test_how_fast_a_key_is_let_go_passes_too() -> None:
    stage = Stage()
    stage.performer.hear(KEYS, (0x90, 60, 90), 0.0, 0.0)
    stage.performer.hear(KEYS, (0x80, 60, 17), 1.0, 1.0)
    assert stage.sent == [(0x90, 60, 90), (0x80, 60, 17)]


def test_a_note_on_of_velocity_0_is_a_note_off() -> None:
    stage = Stage()
    stage.performer.hear(KEYS, (0x90, 60, 90), 1.0, 1.0)
    stage.performer.hear(KEYS, (0x90, 60, 0), 1.5, 1.5)
    assert stage.sent == [(0x90, 60, 90), (0x80, 60, 64)]
    assert stage.told(Heard)[1].data == (0x80, 60, 64)


def test_the_same_pitch_on_two_keyboards_sounds_until_both_let_go() -> None:
    stage = Stage()
    for at_s, source, status in [(1.0, "a", 0x90), (1.1, "b", 0x90), (1.2, "a", 0x80), (1.3, "b", 0x80)]:
        stage.performer.hear(source, (status, 60, 64), at_s, at_s)
    assert [data[0] for data in stage.sent] == [0x90, 0x80, 0x90, 0x80]
    assert [message.at_s for message in stage.told(Sounded)] == [1.0, 1.1, 1.1, 1.3]


def test_pedal_bend_and_pressure_are_passed_on() -> None:
    stage = Stage(thru_channel=3)
    for data in [(0xB0, 64, 127), (0xE0, 5, 70), (0xD0, 33), (0xC0, 12), (0xA0, 60, 9)]:
        stage.performer.hear(KEYS, data, 1.0, 1.0)
    assert stage.sent == [(0xB3, 64, 127), (0xE3, 5, 70), (0xD3, 33), (0xC3, 12), (0xA3, 60, 9)]


def test_the_pedals_that_steer_improvd_are_reported_but_not_passed_on():
    stage = Stage()
    for controller in (66, 67):
        stage.performer.hear(KEYS, (0xB0, controller, 127), 1.0, 1.0)
    assert stage.sent == []
    assert [message.data[1] for message in stage.said if isinstance(message, Heard)] == [66, 67]


def test_clock_and_sysex_are_left_alone() -> None:
    stage = Stage()
    stage.performer.hear(KEYS, (0xF8,), 1.0, 1.0)
    assert (stage.sent, stage.said) == ([], [])


def test_a_keyboards_all_notes_off_ends_its_notes_one_by_one_too() -> None:
    stage = Stage()
    stage.performer.hear(KEYS, (0x90, 60, 90), 1.0, 1.0)
    stage.performer.hear(KEYS, (0xB0, 123, 0), 2.0, 2.0)
    assert stage.sent[1:] == [(0x80, 60, 64), (0xB0, 123, 0)]


def test_an_echo_is_neither_passed_on_nor_heard_but_counted() -> None:
    stage = Stage(answer_channel=0)
    stage.performer.obey(Play(1, ((1.0, 1.0, 60, 90, 1),)), 0.0)
    stage.performer.play_due(1.0)
    stage.performer.hear("improvd-in", (0x91, 60, 90), 1.004, 1.005)
    assert stage.sent == [(0x91, 60, 90)]
    assert stage.told(Heard) == []
    stage.performer.hear("improvd-in", (0x91, 60, 90), 1.5, 1.5)
    assert len(stage.told(Heard)) == 1
    stage.performer.pulse(2.0)
    assert stage.told(Alive)[0].echoes == 1


def test_a_planned_note_sounds_and_the_answer_is_finished_after_it() -> None:
    stage = Stage()
    stage.performer.obey(Play(7, ((1.0, 0.5, 60, 90, 1),)), 0.0)
    assert stage.performer.next_due_s() == 1.0
    stage.performer.play_due(1.002)
    assert stage.told(Finished) == []
    stage.performer.play_due(1.5)
    assert stage.sent == [(0x91, 60, 90), (0x81, 60, 64)]
    assert stage.said == [
        Sounded(1.002, 1.002, (0x91, 60, 90), 7, pytest.approx(0.002)),
        Sounded(1.5, 1.5, (0x81, 60, 64), 7, 0.0),
        Finished(7),
    ]


def test_a_cancelled_answer_is_finished_even_if_nothing_of_it_was_left() -> None:
    stage = Stage()
    stage.performer.obey(Cancel(3, 1.0), 0.0)
    assert stage.said == [Finished(3)]


def test_a_cut_answer_ends_at_once() -> None:
    stage = Stage()
    stage.performer.obey(Play(1, ((0.0, 9.0, 60, 90, 1), (4.0, 1.0, 62, 90, 1))), 0.0)
    stage.performer.obey(Cancel(1, 0.0), 2.0)
    assert stage.sent == [(0x91, 60, 90), (0x81, 60, 64)]
    assert stage.said[-1] == Finished(1)


def test_on_a_shared_channel_pedal_up_and_bend_centre_come_before_the_first_note_of_an_answer_only() -> None:
    stage = Stage(answer_channel=0)
    stage.performer.obey(Play(1, ((1.0, 0.5, 60, 90, 0), (2.0, 0.5, 62, 90, 0))), 0.0)
    stage.performer.play_due(1.0)
    stage.performer.play_due(1.5)
    stage.performer.play_due(2.0)
    assert stage.sent == [(0xB0, 64, 0), (0xE0, 0, 64), (0x90, 60, 90), (0x80, 60, 64), (0x90, 62, 90)]


def test_on_a_shared_channel_an_answers_note_does_not_end_the_players() -> None:
    stage = Stage(answer_channel=0)
    stage.performer.hear(KEYS, (0x90, 60, 90), 0.5, 0.5)
    stage.performer.obey(Play(1, ((1.0, 0.5, 60, 80, 0),)), 0.6)
    stage.performer.play_due(1.0)
    stage.performer.play_due(1.5)
    stage.performer.hear(KEYS, (0x80, 60, 64), 2.0, 2.0)
    notes = [(message.at_s, message.data[0], message.answer) for message in stage.told(Sounded)]
    assert notes == [(0.5, 0x90, 0), (1.0, 0x80, 0), (1.0, 0x90, 1), (2.0, 0x80, 1)]


def test_a_change_of_tempo_is_anchored_and_moves_no_beat_that_has_passed() -> None:
    stage = Stage()
    stage.performer.obey(SetTempo(120.0), 2.0)
    stage.performer.obey(SetMeter(3, 8), 3.0)
    assert stage.said == [Anchor(2.0, 2.0, 120.0, 4, 4), Anchor(3.0, 4.0, 120.0, 3, 8, downbeat_beats=4.0)]


def test_a_note_that_is_due_by_the_old_tempo_is_not_late_by_a_slower_one() -> None:
    stage = Stage(bpm=300.0)
    stage.performer.obey(Play(1, ((5.0, 1.0, 60, 90, 1),)), 0.0)
    stage.performer.obey(SetTempo(20.0), 1.05)
    assert stage.told(Sounded)[0].lateness_s == pytest.approx(0.05)


def test_panic_drops_the_plans_and_ends_everything() -> None:
    stage = Stage()
    stage.performer.obey(Play(1, ((0.0, 9.0, 60, 90, 1), (1.0, 1.0, 62, 90, 1))), 0.0)
    stage.performer.obey(Panic(), 0.5)
    assert stage.sent[1] == (0x81, 60, 64)
    assert len(stage.sent) == 2 + 16 * 3
    assert stage.said[-1] == Finished(1)
    assert stage.performer.next_due_s() is None


def test_switching_thru_off_ends_what_it_holds() -> None:
    stage = Stage()
    stage.performer.hear(KEYS, (0x90, 60, 90), 0.0, 0.0)
    stage.performer.obey(SetThru(False), 1.0)
    stage.performer.hear(KEYS, (0x80, 60, 64), 2.0, 2.0)
    assert stage.sent == [(0x90, 60, 90), (0x80, 60, 64), (0xB0, 64, 0), (0xE0, 0, 64)]


def test_a_keyboard_that_is_unplugged_leaves_no_note_behind() -> None:
    stage = Stage()
    stage.performer.hear(KEYS, (0x90, 60, 90), 0.0, 0.0)
    stage.outside.lost = [KEYS]
    stage.performer.look(1.0)
    assert stage.sent[1:] == [(0x80, 60, 64), (0xB0, 64, 0), (0xE0, 0, 64)]


def test_what_a_lost_keyboard_held_is_reported_as_let_go() -> None:
    stage = Stage(thru=False)
    stage.performer.hear(KEYS, (0x93, 60, 90), 0.0, 0.0)
    stage.performer.hear(KEYS, (0xB3, 64, 127), 0.0, 0.0)
    stage.outside.lost = [KEYS]
    stage.performer.look(1.0)
    assert stage.told(Heard)[2:] == [
        Heard(1.0, 1.0, (0x83, 60, 64), KEYS),
        Heard(1.0, 1.0, (0xB3, 64, 0), KEYS),
    ]


def test_an_input_that_nobody_plays_any_more_lets_go() -> None:
    stage = Stage()
    stage.performer.hear("improvd-in", (0x90, 60, 90), 0.0, 0.0)
    stage.performer.obey(LetGo("improvd-in"), 1.0)
    assert stage.sent[1:] == [(0x80, 60, 64), (0xB0, 64, 0), (0xE0, 0, 64)]
    assert stage.told(Heard)[1].data == (0x80, 60, 64)


def test_a_key_goes_up_even_where_an_answer_on_its_channel_ended_its_pitch_just_before() -> None:
    stage = Stage(thru_channel=0, answer_channel=0)
    stage.performer.hear(KEYS, (0x90, 60, 90), 0.0, 0.0)
    stage.performer.obey(Play(1, ((1.0, 0.25, 60, 80, 0),)), 0.5)
    stage.performer.play_due(1.0)
    stage.performer.hear(KEYS, (0x80, 60, 64), 1.01, 1.01)
    stage.performer.play_due(1.3)
    assert [data[0] for data in stage.sent if data[1] == 60] == [0x90, 0x80, 0x90, 0x80]
    assert stage.told(Heard)[-1].data == (0x80, 60, 64)


def test_a_typed_key_is_heard_and_passed_on_like_any_other() -> None:
    stage = Stage()
    stage.performer.obey(Inject((0x90, 60, 90)), 1.0)
    assert stage.sent == [(0x90, 60, 90)]
    assert stage.told(Heard) == [Heard(1.0, 1.0, (0x90, 60, 90), "computer keyboard")]


def test_ports_and_synth_are_asked_for() -> None:
    stage = Stage()
    stage.performer.obey(Connect(("a*",), ("b*",)), 0.0)
    stage.performer.obey(UseSynth(True), 0.0)
    assert stage.outside.asked == [("connect", ("a*",), ("b*",)), ("synth", True)]


def test_what_an_earlier_player_owes_is_paid() -> None:
    stage = Stage()
    stage.performer.owe([(1, 60)], 0.0)
    assert stage.sent == [(0x81, 60, 64)]


def test_what_is_owed_is_paid_again_but_for_what_sounds_by_now() -> None:
    stage = Stage()
    stage.performer.hear(KEYS, (0x90, 60, 90), 0.0, 0.0)
    stage.performer.obey(Owed(((0, 60), (1, 60))), 1.0)
    assert stage.sent[1:] == [(0x81, 60, 64)]


def test_falling_silent_ends_notes_and_pedals() -> None:
    stage = Stage()
    stage.performer.hear(KEYS, (0x90, 60, 90), 0.0, 0.0)
    stage.performer.fall_silent(1.0)
    assert stage.sent[1:] == [(0x80, 60, 64), (0xB0, 64, 0), (0xB0, 123, 0), (0xB0, 120, 0)]


def test_the_pulse_counts_and_tells_where_the_music_is() -> None:
    stage = Stage()
    stage.performer.hear(KEYS, (0x90, 60, 90), 0.0, 0.0)
    stage.performer.obey(Play(1, ((1.0, 1.0, 60, 90, 1), (1.0, 1.0, 62, 90, 1), (2.0, 1.0, 62, 90, 1))), 0.0)
    stage.performer.play_due(1.05)
    stage.performer.play_due(2.5)
    stage.performer.pulse(3.0)
    assert stage.told(Anchor) == [Anchor(3.0, 3.0, 60.0, 4, 4)]
    alive = stage.told(Alive)[0]
    assert (alive.late, alive.dropped, alive.notes_in, alive.notes_out) == (2, 1, 1, 3)
    assert alive.jitter_p99_ms == pytest.approx(450.0)  # the note_offs at 2.05, sent at 2.5


def test_a_percentile_is_one_of_the_values() -> None:
    assert percentile([], 0.99) == 0.0
    assert percentile([3.0, 1.0, 2.0], 0.5) == 2.0
    assert percentile(range(1000), 0.99) == 990
