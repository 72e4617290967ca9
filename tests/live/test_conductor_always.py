"""Whatever is played, however late the model: properties of every session."""

from __future__ import annotations

from collections import Counter

from anything import EVENTS, SETTINGS, SLOWNESS, Event, play
from hypothesis import example, given, settings

from improvd.protocol import Ask, Play

CHORD_THEN_READY = [
    *(Event(0.02 * number, "on", pitch) for number, pitch in enumerate((0, 7, 14))),
    *(Event(0.05 + 0.02 * number, "off", pitch) for number, pitch in enumerate((0, 7, 14))),
    Event(4.0, "model", 0),
]
"""A model that is ready says so again, while it rehearses."""
SLOW_BARS = {"clock__bpm": 20.0, "answer__start": "now", "phrase__end": "auto", "answer__rehearse": True}


@settings(max_examples=100, deadline=None)
@given(EVENTS, SLOWNESS, SETTINGS)
@example(CHORD_THEN_READY, [1.5], SLOW_BARS)
def test_the_model_owes_two_answers_at_most_one_of_them_rehearsed(events, slowness, setting):
    lost = sorted(event.at_s for event in events if event.what == "model" and event.value % 2)
    played = play(events, slowness, **setting)
    played.run()
    owed_s: list[tuple[float, float]] = []
    for at_s, ask in played.actions:
        if isinstance(ask, Ask):
            owed_s = [(asked_s, due_s) for asked_s, due_s in owed_s if due_s > at_s + 1e-9]
            owed_s = [entry for entry in owed_s if not any(entry[0] <= lost_s <= at_s for lost_s in lost)]
            assert len(owed_s) <= 1
            owed_s.append((at_s, at_s + slowness[ask.number % len(slowness)]))


@settings(max_examples=100, deadline=None)
@given(EVENTS, SLOWNESS, SETTINGS)
def test_what_is_asked_for_makes_sense(events, slowness, setting):
    played = play(events, slowness, **setting)
    played.run()
    for _, ask in played.actions:
        if isinstance(ask, Ask):
            onsets = [note[0] for note in ask.window]
            assert 1 <= len(onsets) <= 128
            assert onsets == sorted(onsets)
            assert onsets[-1] < ask.until_ticks
            assert ask.begin_ticks < ask.until_ticks <= ask.begin_ticks + 192
            assert all(note[3] >= 1 for note in ask.window)
            assert len(set(ask.temperatures)) == len(ask.temperatures) >= 1


@settings(max_examples=100, deadline=None)
@given(EVENTS, SLOWNESS, SETTINGS)
def test_no_note_of_an_answer_is_given_twice_and_all_in_order(events, slowness, setting):
    played = play(events, slowness, **setting)
    played.run()
    onsets: dict[int, float] = {}
    for _, plan in played.actions:
        if isinstance(plan, Play):
            assert min(note[0] for note in plan.notes) > onsets.get(plan.answer, -1.0)
            onsets[plan.answer] = max(note[0] for note in plan.notes)


@settings(max_examples=50, deadline=None)
@given(EVENTS, SLOWNESS, SETTINGS)
def test_the_same_input_gives_the_same_actions(events, slowness, setting):
    first, second = (play(events, slowness, **setting) for _ in range(2))
    first.run()
    second.run()
    assert first.actions == second.actions
    assert first.sent == second.sent


@settings(max_examples=100, deadline=None)
@given(EVENTS, SLOWNESS, SETTINGS)
def test_it_never_wakes_for_nothing(events, slowness, setting):
    played = play(events, slowness, **setting)
    wakes: Counter[float] = Counter()
    while (next_s := played._next_s()) is not None:
        wakes[next_s] += 1
        played._step(next_s)
        assert wakes[next_s] < 20
