"""A style that is heard: shown, told to the model, and read as such from the next note on."""

from __future__ import annotations

from scores import PHRASE, Eighths, asks, line, session

from improvd.protocol import SetTempo, Weigh, Weighed


class Swinger(Eighths):
    """This is a model that takes everything for jazz."""

    def weigh(self, request: Weigh) -> Weighed:
        return Weighed(request.number, request.about, (), (("jazz", -0.1), ("folk", -4.0)))


LATE_S = 0.03
"""Onsets this late lie a tick or so beside the grid."""


def late(messages):
    return [(at_s + LATE_S, data) for at_s, data in messages]


def test_what_is_heard_as_jazz_is_answered_as_jazz():
    played = session(model=Swinger(), model__style="auto")
    played.play(line([0.25 * i for i in range(8)], 0.2))
    played.run_until(4.0)
    assert {ask.context.style for _, ask in asks(played)} == {"jazz"}
    assert played.conductor.view(4.0).style == "jazz"


def test_until_enough_was_played_no_style_is_told():
    played = session(model=Swinger(), model__style="auto")
    played.play(PHRASE)
    played.run_until(3.0)
    assert {ask.context.style for _, ask in asks(played)} == {"any"}
    assert played.conductor.view(3.0).style == "any"


def test_from_then_on_timing_is_read_as_it_is():
    played = session(model=Swinger(), model__style="auto", clock__phase="free", phrase__end="manual")
    played.play(late(line([0.25 * i for i in range(10)], 0.2)))
    played.run_until(2.6)
    played.conductor.your_turn(2.6)
    played.run_until(3.0)
    onsets = [note[0] for note in asks(played)[0][1].window]
    assert [onset % 12 for onset in onsets[:8]] == [0] * 8
    assert [onset % 12 for onset in onsets[8:10]] == [1, 1]


def test_a_named_style_is_locked():
    played = session(model=Swinger(), model__style="folk")
    played.play(line([0.25 * i for i in range(12)], 0.2))
    played.run_until(6.0)
    assert {ask.context.style for _, ask in asks(played)} == {"folk"}
    assert not [action for _, action in played.actions if isinstance(action, Weigh)]


def test_forgetting_what_was_played_forgets_its_style():
    played = session(model=Swinger(), model__style="auto")
    played.play(line([0.25 * i for i in range(8)], 0.2))
    played.run_until(3.0)
    played.conductor.forget()
    assert played.conductor.view(3.0).style == "any"


def weighed(played):
    return [action.windows[0] for _, action in played.actions if isinstance(action, Weigh)]


def test_a_phrase_that_is_followed_is_weighed_on_its_new_grid():
    eighth_s = 30 / 97.0
    played = session(model=Swinger(), model__style="auto", clock__source="auto")
    played.play(line([1.0 + place * eighth_s for place in range(12)], 0.9 * eighth_s))
    played.run()
    assert [action.bpm for _, action in played.actions if isinstance(action, SetTempo)] == [97.0]
    assert [note[0] % 96 for note in weighed(played)[-1]] == [12 * place % 96 for place in range(12)]


def test_on_its_new_grid_each_note_of_a_phrase_is_read_as_it_was_read_before():
    eighth_s = 30 / 97.0
    onsets_s = [1.0 + place * eighth_s + (0.035 if place % 3 == 2 else 0.0) for place in range(12)]
    played = session(model=Swinger(), model__style="auto", clock__source="auto")
    played.play(line(onsets_s, 0.2))
    played.run()
    assert [action.bpm for _, action in played.actions if isinstance(action, SetTempo)]
    onsets = [note[0] % 12 for note in asks(played)[0][1].window]
    assert onsets[:8] == [0] * 8
    assert 0 not in onsets[8:]


def test_answers_do_not_count():
    played = session(model=Swinger(), model__style="auto")
    played.play(line([0.25 * i for i in range(8)], 0.2))
    played.run()
    more_s = played.now_s + 1.0
    played.play(line([more_s + 0.25 * i for i in range(8)], 0.2))
    played.run()
    assert [note[2] for note in weighed(played)[-1]] == [*range(60, 68), *range(60, 68)]
