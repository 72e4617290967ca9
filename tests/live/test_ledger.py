from __future__ import annotations

from improvd.live.ledger import Ledger, Message, neutral


def data(messages: list[Message]) -> list[tuple[int, ...]]:
    return [message.data for message in messages]


def test_a_note_starts_and_ends() -> None:
    ledger = Ledger()
    assert ledger.note_on(1, 60, 90, owner=7, answer=3) == [Message((0x91, 60, 90), answer=3)]
    assert ledger.sounding == ((1, 60),)
    assert ledger.note_off(1, 60, owner=7) == [Message((0x81, 60, 64), answer=3)]
    assert ledger.sounding == ()


def test_a_note_off_for_what_does_not_sound_is_not_sent() -> None:
    ledger = Ledger()
    assert ledger.note_off(0, 60, owner="keys") == []
    ledger.note_on(0, 60, 90, owner="keys")
    assert ledger.note_off(0, 60, owner="another") == []
    assert ledger.note_off(1, 60, owner="keys") == []


def test_a_pitch_struck_again_ends_first() -> None:
    ledger = Ledger()
    ledger.note_on(0, 60, 90, owner="keys")
    assert data(ledger.note_on(0, 60, 70, owner="keys")) == [(0x80, 60, 64), (0x90, 60, 70)]
    assert data(ledger.note_off(0, 60, owner="keys")) == [(0x80, 60, 64)]


def test_a_pitch_sounds_until_the_last_of_its_owners_lets_go() -> None:
    ledger = Ledger()
    ledger.note_on(0, 60, 90, owner="keys")
    assert data(ledger.note_on(0, 60, 70, owner=1, answer=5)) == [(0x80, 60, 64), (0x90, 60, 70)]
    assert ledger.note_off(0, 60, owner="keys") == []
    assert data(ledger.note_off(0, 60, owner=1)) == [(0x80, 60, 64)]


def test_note_ons_and_note_offs_name_the_same_answer_in_pairs() -> None:
    ledger = Ledger()
    sent = ledger.note_on(0, 60, 90, owner=1, answer=5)
    sent += ledger.note_on(0, 60, 70, owner="keys")
    sent += ledger.note_off(0, 60, owner="keys")
    sent += ledger.note_off(0, 60, owner=1)
    assert [(message.data[0], message.answer) for message in sent] == [(0x90, 5), (0x80, 5), (0x90, 0), (0x80, 0)]


def test_a_keyboard_that_is_unplugged_lets_go_of_its_notes_only() -> None:
    ledger = Ledger()
    ledger.note_on(0, 60, 90, owner="keys")
    ledger.note_on(0, 64, 90, owner="keys")
    ledger.note_on(0, 64, 90, owner=1, answer=2)
    assert data(ledger.release("keys")) == [(0x80, 60, 64)]
    assert ledger.sounding == ((0, 64),)


def test_a_message_that_is_no_note_goes_to_the_channel_asked_for() -> None:
    assert data(Ledger().control(4, 0xB9, 64, 127)) == [(0xB4, 64, 127)]
    assert data(Ledger().control(4, 0xC9, 12)) == [(0xC4, 12)]


def test_silence_ends_every_note_then_lifts_pedals_and_stops_sound_on_the_channels_used() -> None:
    ledger = Ledger()
    ledger.note_on(1, 60, 90, owner=1, answer=2)
    ledger.control(3, 0xB0, 64, 127)
    assert data(ledger.silence()) == [
        (0x81, 60, 64),
        (0xB1, 64, 0), (0xB1, 123, 0), (0xB1, 120, 0),
        (0xB3, 64, 0), (0xB3, 123, 0), (0xB3, 120, 0),
    ]  # fmt: skip
    assert ledger.silence() == []


def test_panic_reaches_all_channels() -> None:
    ledger = Ledger()
    ledger.note_on(1, 60, 90, owner=1)
    messages = data(ledger.panic())
    assert messages[:4] == [(0x81, 60, 64), (0xB0, 64, 0), (0xB0, 123, 0), (0xB0, 120, 0)]
    assert len(messages) == 1 + 16 * 3
    assert ledger.sounding == ()


def test_neutral_is_pedal_up_and_bend_centre() -> None:
    assert data(neutral(2)) == [(0xB2, 64, 0), (0xE2, 0, 64)]
