from improvd.live.listener import Change, Command, Listener, Onset, PlayedNote
from improvd.protocol import Heard


def heard(at_s: float, *data: int) -> Heard:
    return Heard(at_s, at_s * 2, data, "keyboard")


def feed(listener: Listener, *events: tuple[float, int, int, int]) -> list[Change]:
    return [listener.feed(heard(*event)) for event in events]


def onset(at_s: float, pitch: int = 60, velocity: int = 80, channel: int = 0) -> Onset:
    return Onset(at_s, at_s * 2, channel, pitch, velocity)


def test_a_key_is_held_until_it_is_let_go():
    listener = Listener()
    first, last = feed(listener, (1.0, 0x90, 60, 80), (1.5, 0x80, 60, 0))
    assert first == Change(onset(1.0))
    assert last == Change(ended=(PlayedNote(onset(1.0), 1.5, 3.0),))
    assert (last.ended[0].duration_s, last.ended[0].duration_beats) == (0.5, 1.0)
    assert listener.sounding == ()


def test_a_note_on_of_velocity_zero_is_a_note_off():
    listener = Listener()
    changes = feed(listener, (1.0, 0x90, 60, 80), (1.5, 0x90, 60, 0))
    assert len(changes[1].ended) == 1
    assert not listener.busy


def test_the_pedal_keeps_notes_until_it_comes_up():
    listener = Listener()
    changes = feed(listener, (0.0, 0xB0, 64, 64), (1.0, 0x90, 60, 80), (1.5, 0x80, 60, 0))
    assert changes[2] == Change()
    assert (listener.held, listener.sustained, listener.busy) == ((), (onset(1.0),), True)
    assert listener.feed(heard(4.0, 0xB0, 64, 63)).ended == (PlayedNote(onset(1.0), 4.0, 8.0),)
    assert not listener.busy


def test_pedal_up_ends_no_key_that_is_still_held():
    listener = Listener()
    feed(listener, (0.0, 0xB0, 64, 127), (1.0, 0x90, 60, 80), (2.0, 0xB0, 64, 0))
    assert listener.held == (onset(1.0),)


def test_each_channel_has_a_pedal_of_its_own():
    listener = Listener()
    feed(listener, (0.0, 0xB1, 64, 127), (1.0, 0x90, 60, 80))
    assert len(listener.feed(heard(2.0, 0x80, 60, 0)).ended) == 1
    assert listener.pedal_down


def test_striking_a_sustained_pitch_again_ends_the_note_before():
    listener = Listener()
    changes = feed(listener, (0.0, 0xB0, 64, 127), (1.0, 0x90, 60, 80), (1.5, 0x80, 60, 0), (2.0, 0x90, 60, 70))
    assert changes[3] == Change(onset(2.0, velocity=70), (PlayedNote(onset(1.0), 2.0, 4.0),))
    assert listener.sounding == (onset(2.0, velocity=70),)


def test_striking_a_held_pitch_again_ends_the_note_before():
    listener = Listener()
    changes = feed(listener, (1.0, 0x90, 60, 80), (1.02, 0x90, 60, 70))
    assert changes[1].onset == onset(1.02, velocity=70)
    assert len(changes[1].ended) == 1


def test_a_keyboard_wired_twice_counts_once():
    listener = Listener()
    changes = feed(listener, (1.0, 0x90, 60, 80), (1.002, 0x90, 60, 80), (1.5, 0x80, 60, 0), (1.502, 0x80, 60, 0))
    assert [bool(change.onset) for change in changes] == [True, False, False, False]
    assert [len(change.ended) for change in changes] == [0, 0, 1, 0]


def test_a_note_off_without_a_note_on_means_nothing():
    assert feed(Listener(), (1.0, 0x80, 60, 0)) == [Change()]


def test_all_notes_off_ends_what_its_channel_sounds():
    for number in (120, 123):
        listener = Listener()
        feed(
            listener,
            (0.0, 0xB0, 64, 127),
            (0.0, 0x90, 60, 80),
            (0.5, 0x80, 60, 0),
            (1.0, 0x90, 62, 80),
            (1.0, 0x91, 62, 80),
        )
        assert len(listener.feed(heard(2.0, 0xB0, number, 0)).ended) == 2
        assert [o.channel for o in listener.sounding] == [1]


def test_reset_all_controllers_lifts_the_pedal():
    listener = Listener()
    feed(listener, (0.0, 0xB0, 64, 127), (1.0, 0x90, 60, 80), (1.5, 0x80, 60, 0))
    assert len(listener.feed(heard(2.0, 0xB0, 121, 0)).ended) == 1
    assert not listener.pedal_down


def test_soft_and_sostenuto_are_commands_when_pressed_half_down_or_more():
    changes = feed(Listener(), (0.0, 0xB0, 67, 63), (0.1, 0xB0, 67, 64), (0.2, 0xB0, 66, 127), (0.3, 0xB0, 66, 0))
    assert [change.command for change in changes] == [None, Command.YOUR_TURN, Command.STOP, None]


def test_bends_touch_programs_and_other_controls_mean_nothing():
    listener = Listener()
    data = [(0xE0, 0, 80), (0xD0, 90), (0xC0, 5), (0xA0, 60, 5), (0xB0, 1, 127), (0xF8,)]
    assert {listener.feed(heard(1.0, *message)) for message in data} == {Change()}


def test_all_128_keys_can_be_held():
    listener = Listener()
    feed(listener, *((0.0, 0x90, pitch, 80) for pitch in range(128)))
    assert len(listener.held) == 128
