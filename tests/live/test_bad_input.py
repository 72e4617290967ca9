"""What no musician means to play, and a model that does not do its part."""

from __future__ import annotations

import pytest
from scores import PHRASE, PHRASE_END_S, Eighths, Message, asks, heard_onsets, left_hanging, line, note, session

from improvd.offline import VirtualSession
from improvd.protocol import Ask, Prefill

STORM: list[Message] = [(i / 30_000, (0x90, (37 * i) % 128, 1 + i % 127)) for i in range(300)]
"""300 note_ons in 10 ms, of all keys, each more than twice."""
ALL_KEYS: list[Message] = [(0.001 * key, (0x90, key, 80)) for key in range(128)]


def let_go(at_s: float) -> list[Message]:
    return [(at_s, (0x80, key, 64)) for key in range(128)]


def played_to_the_end(messages: list[Message], **settings: object) -> VirtualSession:
    played = session(model_s=lambda _: 0.03, answer__rehearse=True, answer__neighbours=1, **settings)  # type: ignore[arg-type]
    played.play(messages)
    played.run()
    assert not left_hanging(played)
    assert played.now_s < 60
    return played


@pytest.mark.parametrize(
    "messages",
    [
        [*STORM, *let_go(0.5)],
        [*ALL_KEYS, *let_go(5.0)],
        note(0.0, 0.001),
        note(0.0, 0.2),
        [m for i in range(2000) for m in note(i * 0.01, i * 0.01 + 0.005, i % 128)],
    ],
    ids=["300 note_ons in 10 ms", "all keys held", "a click of a note", "one note", "2,000 notes"],
)
@pytest.mark.parametrize("start", ["now", "beat", "bar"])
def test_it_is_answered_and_it_listens_again(messages: list[Message], start: str):
    played = played_to_the_end(messages, answer__start=start)
    assert heard_onsets(played)
    assert played.conductor.view(played.now_s).state == "your turn"


@pytest.mark.parametrize("messages", [[*STORM, *let_go(0.5)], [*ALL_KEYS, *let_go(5.0)]])
def test_a_storm_of_notes_asks_the_model_for_little(messages: list[Message]):
    played = session(model_s=lambda _: 0.03, answer__rehearse=True)
    played.play(messages)
    played.run_until(0.2)
    assert len([action for _, action in played.actions if isinstance(action, Prefill)]) <= 15
    assert len(asks(played)) <= 6
    assert max(len(ask.window) for _, ask in asks(played)) <= 128


def test_a_storm_into_an_answer_ends_it_and_is_answered():
    storm = [(2.2 + at_s, data) for at_s, data in [*STORM, *let_go(0.5)]]
    played = played_to_the_end([*PHRASE, *storm])
    assert len({sent.answer for sent in played.sent}) == 2


@pytest.mark.parametrize("took_s", [0.3, 0.7, 3.0, 9.0, 1e6])
@pytest.mark.parametrize("rehearse", [False, True])
def test_a_model_that_answers_late_or_never_is_told_of_and_nothing_hangs(took_s: float, rehearse: bool):
    played = session(model_s=lambda _: took_s, answer__rehearse=rehearse, answer__neighbours=1)
    played.play(line([i * 0.25 for i in range(16)], 0.2))
    played.run_until(1000.0)
    view = played.conductor.view(1000.0)
    assert view.state in ("listening", "your turn")
    assert view.reason == "model late" or heard_onsets(played)
    assert view.reason == "model late" or took_s < 1.0
    assert not left_hanging(played)


def test_a_model_that_comes_to_itself_answers_the_next_phrase():
    played = session(model_s=lambda ask: 12.0 if ask.number < 3 else 0.01, answer__rehearse=True)
    played.play([*PHRASE, *[(at_s + 40.0, data) for at_s, data in PHRASE]])
    played.run()
    assert heard_onsets(played)
    assert min(sent.at_s for sent in played.sent) > 40.0


def test_a_model_that_draws_nothing_plays_rests_and_the_answer_ends():
    class Silent(Eighths):
        def ask(self, request: Ask):
            drawn = super().ask(request)
            return type(drawn)(drawn.number, (), (), 0, 0.0)

    played = session(model=Silent(), answer__rehearse=True, answer__neighbours=1)
    played.play(PHRASE)
    played.run_until(PHRASE_END_S + 0.01)
    played.run_until(60.0)
    assert not heard_onsets(played)
    assert played.conductor.view(60.0).state == "your turn"
