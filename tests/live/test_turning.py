"""Turning the temperature while an answer plays."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from scores import Eighths, asks, left_hanging, line, planned, session

from improvd.config import Config
from improvd.live.wishes import temperatures_of
from improvd.offline import VirtualSession
from improvd.protocol import Ask, Continued, Play

CALL = line([i * 0.25 for i in range(16)], 0.2)
"""Two bars; the answer lies from beat 12 to 20, at 6 to 10 s, its second bar is drawn at 7 s."""


class Warmth(Eighths):
    """This is a model whose velocities tell the temperature: 100 times as much."""

    def ask(self, request: Ask) -> Continued:
        self.asks.append(request)
        onsets = range(-(-request.begin_ticks // 12) * 12, request.until_ticks, 12)
        rows = tuple(tuple((t, 0, 60, 12, round(100 * warmth)) for t in onsets) for warmth in request.temperatures)
        return Continued(request.number, rows, (0.0,) * len(rows), 1, 0.01)


def turned(
    *turns: tuple[float, float], took_s: float = 0.02, model: Warmth | None = None, **settings: object
) -> VirtualSession:
    """Return a session in which the knob is turned, each time at a second to a temperature."""
    played = session(
        model=model or Warmth(),
        model_s=lambda _: took_s,
        **{"answer__start": "bar", "sampling__temperature": 0.8, **settings},
    )  # type: ignore[arg-type]
    for at_s, warmth in turns:
        played.at(at_s, lambda warmth=warmth: played.conductor.configure(config_of(warmth, **settings)))  # type: ignore[misc]
    played.play(CALL)
    played.run()
    assert not left_hanging(played)
    return played


def config_of(warmth: float, **settings: object) -> Config:
    config = Config().having("answer.rehearse", False).having("answer.start", "bar")
    for key, value in {"answer__neighbours": 0, **settings}.items():
        config = config.having(key.replace("__", "."), value)  # type: ignore[arg-type]
    return config.having("sampling.temperature", warmth)


def warmth_at(played: VirtualSession) -> dict[float, float]:
    return {onset: velocity / 100 for onset, _, _, velocity, _ in planned(played)}


def test_the_neighbours_on_the_knob_are_kept_warm_as_far_as_it_turns():
    config = Config().having("answer.neighbours", 2)
    assert temperatures_of(config) == (1.0, 1.05, 0.95, 1.1, 0.9)
    assert temperatures_of(config.having("sampling.temperature", 2.0)) == (2.0, 1.95, 1.9)
    assert temperatures_of(config.having("answer.neighbours", 0)) == (1.0,)


def test_the_first_bar_is_drawn_at_one_temperature_and_the_others_after_it():
    played = turned(answer__neighbours=1)
    drawn = [(ask.begin_ticks, ask.temperatures) for _, ask in asks(played)]
    assert drawn == [
        (288, (0.8,)), (294, (0.85, 0.75)), (384, (0.8, 0.85, 0.75)), (432, (0.8, 0.85, 0.75)),
    ]  # fmt: skip


@pytest.mark.parametrize("warmth", [0.85, 0.75])
def test_a_step_of_the_knob_is_heard_with_the_next_note_that_is_not_committed(warmth: float):
    played = turned((6.6, warmth), answer__neighbours=1)
    heard = warmth_at(played)
    assert {onset for onset, is_heard in heard.items() if is_heard == 0.8} == {12.0, 12.5, 13.0}
    assert {heard[onset] for onset in heard if onset >= 13.5} == {warmth}


def test_a_big_jump_is_drawn_anew_and_the_old_row_plays_until_it_comes():
    played = turned((6.6, 1.2), took_s=0.2)
    heard = warmth_at(played)
    assert [heard[onset] for onset in (13.0, 13.5, 14.0, 14.5)] == [0.8, 0.8, 1.2, 1.2]
    rest = next(ask for at_s, ask in asks(played) if ask.temperatures == (1.2,))
    assert (rest.begin_ticks, rest.until_ticks, rest.strike) == (324, 384, False)
    assert [n[0] for n in rest.window if n[0] >= 288] == [288, 300, 312]
    assert len(planned(played)) == 13


def test_a_big_jump_whose_drawing_never_comes_leaves_the_old_row():
    played = session(
        model=Warmth(), model_s=lambda ask: 1e6 if ask.temperatures == (1.2,) else 0.0, answer__start="bar"
    )
    played.at(6.6, lambda: played.conductor.configure(config_of(1.2)))
    played.play(CALL)
    played.run_until(60.0)
    assert [n[0] for n in planned(played)] == [12.0 + i / 2 for i in range(8)]
    assert not left_hanging(played)


def test_a_bar_that_was_drawn_after_another_row_is_drawn_anew():
    played = turned((7.2, 0.85), answer__neighbours=1)
    second = [ask for at_s, ask in asks(played) if ask.begin_ticks == 384]
    assert [ask.temperatures[0] for ask in second[:2]] == [0.8, 0.85]
    assert [n[4] for n in second[1].window if 288 <= n[0] < 384] == [80] * 6 + [85] * 2
    assert warmth_at(played)[16.0] == 0.85


def test_turning_to_and_fro_leaves_no_gap():
    played = turned(*[(6.0 + 0.1 * i, 0.8 + 0.05 * (i % 5)) for i in range(35)], answer__neighbours=1)
    onsets = sorted(n[0] for n in planned(played))
    assert onsets[0] == 12.0
    assert onsets[-1] == 18.0
    assert max(after - before for before, after in pairwise(onsets)) <= 1.0


@pytest.mark.parametrize("neighbours", [0, 1])
def test_temperature_is_heard_within_a_beat(neighbours: int):
    for i in range(40):
        at_s = 6.05 + i * 0.07
        played = turned((at_s, 0.85), took_s=0.05, answer__neighbours=neighbours)
        first = min(onset for onset, warmth in warmth_at(played).items() if warmth == 0.85)
        assert first / 2 - at_s <= 0.5


class Resting(Warmth):
    """This is a model that plays on the bar lines alone, and where it is told to or a note is asked for."""

    def __init__(self, *also: int) -> None:
        super().__init__()
        self._also = also

    def ask(self, request: Ask) -> Continued:
        self.asks.append(request)
        onsets = [t for t in range(request.begin_ticks, request.until_ticks)
                  if t % 96 == 0 or t in self._also or (request.strike and t == request.begin_ticks)]  # fmt: skip
        rows = tuple(tuple((t, 0, 60, 12, round(100 * warmth)) for t in onsets) for warmth in request.temperatures)
        return Continued(request.number, rows, (0.0,) * len(rows), 1, 0.01)


@pytest.mark.parametrize("warmth", [0.85, 1.2])
def test_where_the_music_rests_a_note_is_drawn_within_a_beat(warmth: float):
    for i in range(50):
        at_s = 6.05 + i * 0.05
        played = turned((at_s, warmth), took_s=0.05, model=Resting(), answer__neighbours=1)
        first = min(onset for onset, is_heard in warmth_at(played).items() if is_heard == warmth)
        assert 0 <= first - 2 * at_s <= 1.0


class Uneven(Resting):
    """This is a model that rests, but at 0.8, where it plays on some ticks of each beat."""

    def __init__(self, *ticks: int, also: tuple[int, ...] = ()) -> None:
        super().__init__(*also)
        self._ticks = ticks

    def ask(self, request: Ask) -> Continued:
        drawn = super().ask(request)
        onsets = [t for t in range(request.begin_ticks, request.until_ticks) if t % 24 in self._ticks]
        busy = tuple((t, 0, 60, 3, 80) for t in sorted({*onsets, request.begin_ticks}))
        rows = (busy if warmth == 0.8 else row for warmth, row in zip(request.temperatures, drawn.rows, strict=True))
        return replace(drawn, rows=tuple(rows))


@pytest.mark.parametrize(
    ("model", "then", "settings"),
    [
        (Resting, [(0.04, 1.2)], {}),  # what was asked for at the first one comes when the second one is in force
        (Resting, [(0.04, 0.9), (0.08, 1.3)], {}),
        (lambda: Uneven(5, 11, 17, 23), [(0.0, 1.2)], {}),  # old notes stand before what is drawn anew
        (lambda: Uneven(5, 11, 17, 23), [], {}),
        (lambda: Uneven(0, 6, 12, 18), [], {}),  # the old row plays on while a note is drawn, and takes its place
        (lambda: Uneven(1, 3, 7, 9, 13, 15, 19, 21), [(0.0, 1.2)], {}),
        (lambda: Resting(*range(300, 600, 48)), [], {"groove__swing": 75}),
    ],
)
def test_a_turned_temperature_is_heard_within_a_beat_whatever_was_on_its_way(model, then, settings):
    for i in range(60):
        at_s = 6.05 + i * 0.023
        turns = [(at_s, 0.85), *((at_s + after_s, warmth) for after_s, warmth in then)]
        played = turned(*turns, took_s=0.06, model=model(), answer__neighbours=1, **settings)
        last_s, last = turns[-1]
        first = min(onset for onset, warmth in warmth_at(played).items() if warmth == last and onset > 2 * last_s)
        assert first - 2 * last_s <= 1.0, at_s


def test_the_note_that_a_rest_gets_lies_on_a_beat_if_there_is_time_for_one():
    played = turned((6.6, 0.85), took_s=0.02, model=Resting(), answer__neighbours=1)
    assert [onset for onset, is_heard in warmth_at(played).items() if is_heard == 0.85][:2] == [14.0, 16.0]
    played = turned((6.45, 0.85), took_s=0.02, model=Resting(), answer__neighbours=1)
    assert min(onset for onset, is_heard in warmth_at(played).items() if is_heard == 0.85) == 13.5


def test_what_was_drawn_after_a_rest_is_drawn_anew_once_it_has_a_note():
    played = turned((7.2, 0.85), model=Resting(), answer__neighbours=1)
    struck = [ask for _, ask in asks(played) if ask.strike and ask.begin_ticks == 360]
    assert len(struck) == 1
    last = [ask for _, ask in asks(played) if ask.begin_ticks == 384][-1]
    assert [n[0] for n in last.window if n[0] >= 288] == [288, 360]


def test_nothing_is_put_into_a_rest_before_a_temperature_is_turned_or_when_a_note_comes_in_time():
    strikes = {288, 432}  # the beginning, the last chord
    assert {ask.begin_ticks for _, ask in asks(turned(model=Resting())) if ask.strike} == strikes
    for at_s, model in ((7.6, Resting()), (6.6, Resting(324))):
        played = turned((at_s, 0.85), model=model, answer__neighbours=1)
        assert {ask.begin_ticks for _, ask in asks(played) if ask.strike} == strikes


def test_a_model_that_gives_no_note_is_not_asked_for_one_again_and_again():
    class Silent(Resting):
        def ask(self, request: Ask) -> Continued:
            drawn = super().ask(request)
            return replace(drawn, rows=tuple(row if 288 in {n[0] for n in row} else () for row in drawn.rows))

    played = turned((6.6, 0.85), model=Silent(), took_s=0.0, answer__neighbours=1)
    assert [ask.begin_ticks for _, ask in asks(played) if ask.strike] == [288, 336, 432]


def test_what_is_committed_is_not_taken_back():
    played = turned((6.6, 0.85), answer__neighbours=1)
    assert [n[0] for _, a in played.actions if isinstance(a, Play) for n in a.notes] == sorted(warmth_at(played))
