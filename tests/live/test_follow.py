"""Following free playing on virtual time: clock, grid, window and answer go along with what is played."""

import pytest
from scores import asks, left_hanging, line, session

from improvd.config import Config
from improvd.live.follow import follows
from improvd.live.keystrokes import TYPED
from improvd.protocol import Prefill, SetClick, SetTempo

PLACES = (0, 1, 2, 4, 5, 6, 6.5, 7, 8, 10, 11, 12, 13, 14)
"""A melody's onsets in eighths; it lasts until the sixteenth."""


def melody(bpm, *, start_s=1.0, places=PLACES, share=0.9):
    eighth_s = 30 / bpm
    return line([start_s + place * eighth_s for place in places], share * eighth_s)


def following(played, *, source="auto", keyboard="keyboard", **settings):
    """Return a session in which something was played to the end."""
    session_ = session(clock__source=source, **settings)
    session_.play(played, source=keyboard)
    session_.run()
    return session_


def tempi(played):
    return [(at_s, action.bpm) for at_s, action in played.actions if isinstance(action, SetTempo)]


def sounded_s(played):
    """Return when each note of the answer was struck, in seconds."""
    return [sent.at_s for sent in played.sent if sent.data[0] & 0xF0 == 0x90]


def test_a_phrase_at_97_into_a_session_at_120_gets_its_answer_at_97_on_its_beat():
    played = following(melody(97.0))
    (found,) = tempi(played)
    assert found[1] == pytest.approx(97.0, abs=0.2)
    onsets_s = sounded_s(played)
    eighths = [(at_s - 1.0) / (30 / 97.0) for at_s in onsets_s]
    assert len(onsets_s) > 8
    assert eighths == pytest.approx([round(place) for place in eighths], abs=0.1)


def test_the_tempo_is_found_before_the_phrase_ends_and_delays_nothing():
    played = following(melody(97.0))
    as_set = following(melody(97.0), clock__bpm=97.0, source="internal")
    assert tempi(played)[-1][0] < asks(played)[0][0]
    assert asks(played)[0][0] == pytest.approx(asks(as_set)[0][0], abs=0.01)
    assert sounded_s(played)[0] == pytest.approx(sounded_s(as_set)[0], abs=0.01)


def test_the_model_reads_the_phrase_on_the_grid_of_its_own_tempo():
    window = asks(following(melody(97.0)))[0][1].window
    assert [note[0] for note in window] == [round(12 * place) for place in PLACES]
    assert {note[3] for note in window[:6]} == {12, 24}


PICKUP = (-0.5, *PLACES[1:])


def test_a_pickup_lies_before_the_bar_line():
    window = asks(following(melody(97.0, places=PICKUP)))[0][1].window
    assert [note[0] for note in window][:3] == [90, 108, 120]


def test_the_answer_to_a_pickup_is_as_long_as_to_one_without():
    with_it, without = (sounded_s(following(melody(97.0, places=places))) for places in (PICKUP, PLACES))
    assert with_it[-1] - with_it[0] == pytest.approx(without[-1] - without[0], abs=0.05)


def test_what_is_read_ahead_is_the_phrase_on_its_new_grid():
    played = following(melody(97.0, places=range(12)))
    asked_s = asks(played)[0][0]
    last = [action for at_s, action in played.actions if isinstance(action, Prefill) and at_s < asked_s][-1]
    assert [note[0] for note in last.window] == [12 * place for place in range(12)]


def test_the_next_phrase_and_its_answer_stay_in_the_tempo():
    first = melody(97.0)
    played = session(clock__source="auto")
    played.play(first)
    played.run()
    played.play(melody(97.0, start_s=played.now_s + 1.0, places=(0, 1, 2, 3)))
    played.run()
    assert len(tempi(played)) == 1
    assert [note[0] % 12 for note in asks(played)[-1][1].window[-4:]] == [0, 0, 0, 0]


@pytest.mark.parametrize(
    ("why", "notes", "keyboard"),
    [
        ("too short", melody(97.0, places=(0, 1, 2, 4, 5, 6, 7)), "keyboard"),
        (
            "rubato",
            line([1.0, 1.13, 1.99, 2.36, 3.02, 3.45, 4.44, 4.63, 5.3, 5.58, 5.75, 6.9], 0.18),
            "keyboard",
        ),
        ("a chord", [m for i in range(12) for m in line([1.0 + i * 0.002], 0.5, 60 + i)], "keyboard"),
        ("one onset", line([1.0], 0.5), "keyboard"),
        ("typed", melody(97.0), TYPED),
    ],
)
def test_a_phrase_that_tells_no_tempo_leaves_it(why, notes, keyboard):
    played = following(sorted(notes), keyboard=keyboard)
    assert not tempi(played), why
    assert asks(played)


@pytest.mark.parametrize(
    "settings",
    [
        {"source": "internal"},
        {"clock__phase": "free"},
        {"click__on": True},
        {"clock__out": "own"},
    ],
)
def test_nothing_follows_where_the_clock_is_somebody_elses_or_is_heard(settings):
    notes = melody(97.0)
    played = following(notes, **settings)
    assert not tempi(played)
    settings["source"] = "internal"
    assert played.actions == following(notes, **settings).actions


def test_follow_by_name_follows_under_a_click_too():
    played = following(melody(97.0), source="follow", clock__phase="free", click__on=True)
    assert tempi(played)[0][1] == pytest.approx(97.0, abs=0.2)


def test_an_outside_clock_is_never_overruled():
    assert not follows(Config().having("clock.source", "follow"), led=True)
    assert not follows(Config(), led=True)
    assert follows(Config(), led=False)


def test_the_tempo_does_not_move_while_an_answer_is_on_its_way_or_plays():
    played = session(clock__source="auto", answer__interrupt="ignore")
    played.play(melody(97.0))
    played.run_until(8.0)
    begun_s = sounded_s(played)[0]
    played.play(melody(140.0, start_s=begun_s + 0.1))
    played.run_until(begun_s + 4.0)
    assert [at_s for at_s, _ in tempi(played) if at_s > begun_s] == []


def test_one_who_goes_on_after_a_pause_is_judged_anew_and_nothing_hangs():
    more = [*PLACES, 16, 17, 18, 19, 20, 22, 23, 24]
    played = following(melody(97.0, places=more))
    assert [bpm for _, bpm in tempi(played)][-1] == pytest.approx(97.0, abs=0.2)
    assert [note[0] for note in asks(played)[-1][1].window][: len(more)] == [round(12 * place) for place in more]
    assert not left_hanging(played)


def test_a_key_held_through_the_change_lasts_until_it_is_let_go():
    notes = sorted([*melody(97.0), (1.0, (0x90, 40, 80)), (1.0 + 15.5 * 30 / 97, (0x80, 40, 64))])
    window = asks(following(notes, model__style="jazz"))[0][1].window
    (low,) = [note for note in window if note[2] == 40]
    assert low[3] == pytest.approx(186, abs=2)


def test_a_key_struck_twice_on_one_tick_stays_one_note_on_the_new_grid():
    twice = [(1.0 + 0.001, (0x80, 60, 64)), (1.0 + 0.012, (0x90, 60, 80))]
    played = following(sorted([*melody(97.0), *twice]))
    window = asks(played)[0][1].window
    assert [note[0] for note in window] == [round(12 * place) for place in PLACES]
    assert tempi(played)


def test_a_phrase_longer_than_the_window_is_laid_anew_as_far_as_it_is_there():
    places = [place + 16 * bar for bar in range(14) for place in PLACES]
    played = following(melody(97.0, places=places), phrase__end="manual")
    played.conductor.your_turn(played.now_s)
    played.run()
    window = asks(played)[0][1].window
    assert 64 <= len(window) <= 128
    assert [note[0] % 96 for note in window][-14:] == [round(12 * place) % 96 for place in PLACES]


def test_a_tempo_set_by_hand_holds_for_what_is_unclear():
    staccato = melody(97.0, share=0.3)
    assert tempi(following(staccato))[-1][1] == pytest.approx(194.0, abs=0.4)
    played = session(clock__source="auto")
    played.conductor.tempo_set(97.0)
    played.performer.obey(SetTempo(97.0), 0.0)
    played.play(staccato)
    played.run()
    assert not tempi(played)


def test_a_tempo_that_is_set_back_to_what_it_was_holds_too():
    played = session(clock__source="auto", clock__bpm=97.0)
    played.play(melody(97.0, share=0.3))
    played.run()
    assert tempi(played)[-1][1] == pytest.approx(194.0, abs=0.4)
    played.conductor.tempo_set(97.0)
    played.performer.obey(SetTempo(97.0), played.now_s)
    played.play(melody(97.0, start_s=played.now_s + 1.0, share=0.3))
    played.run()
    assert len(tempi(played)) == 1


def test_a_click_that_comes_on_ends_the_following():
    played = session(clock__source="auto")
    played.conductor.configure(Config().having("click.on", True))
    played.performer.obey(SetClick(True, "", 9, 77, 76), 0.0)
    played.play(melody(97.0))
    played.run_until(20.0)
    assert not tempi(played)
