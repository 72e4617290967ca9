from dataclasses import replace
from itertools import pairwise

import pytest
from scores import (
    PHRASE,
    PHRASE_END_S,
    Eighths,
    asks,
    cancels,
    control,
    heard_onsets,
    left_hanging,
    line,
    note,
    planned,
    session,
)

from improvd.config import Config
from improvd.live.conductor import Conductor
from improvd.protocol import Anchor, Ask, Cancel, Downbeat, Heard, Play, Prefill, SetMeter, SetTempo


def reason(played, at_s):
    played.run_until(at_s)
    return played.conductor.view(at_s).reason


def word(played, at_s):
    played.run_until(at_s)
    return played.conductor.view(at_s).word


# --- when a phrase ends, and what is asked ----------------------------------------------------


def test_a_phrase_is_answered_when_it_ends_and_not_before():
    played = session()
    played.play(PHRASE)
    played.run_until(PHRASE_END_S - 0.01)
    assert not asks(played)
    played.run()
    assert asks(played)[0][0] == PHRASE_END_S


def test_the_first_note_of_a_phrase_is_a_downbeat_and_the_answer_follows_on_its_grid():
    played = session()
    played.play([(at_s + 0.3, data) for at_s, data in PHRASE])
    played.run()
    first = asks(played)[0][1]
    assert [n[0] for n in first.window] == [0, 12, 24, 36]
    assert first.begin_ticks == 96
    assert planned(played)[0][0] == pytest.approx(0.6 + 4)


@pytest.mark.parametrize(
    ("style", "onsets", "durations"),
    [("jazz", [0, 14, 24, 38], [10, 10, 10, 10]), ("folk", [0, 12, 24, 36], [12, 12, 12, 12])],
)
def test_swing_is_read_as_played_in_styles_learnt_from_playing_and_written_down_in_others(style, onsets, durations):
    played = session(model__style=style)
    played.play(line((0.0, 0.29, 0.5, 0.79), 0.2))
    played.run()
    window = asks(played)[0][1].window
    assert [n[0] for n in window] == onsets
    assert [n[3] for n in window][:3] == durations[:3]


def test_with_free_bars_notes_lie_where_the_clock_has_them():
    played = session(clock__phase="free")
    played.play([(at_s + 0.25, data) for at_s, data in PHRASE])
    played.run()
    assert [n[0] for n in asks(played)[0][1].window] == [12, 24, 36, 48]


def test_keys_held_end_a_phrase_3_beats_after_the_last_onset():
    played = session()
    played.play(note(0.0, 9.0) + note(0.5, 9.0, 64))
    played.run_until(5.0)
    assert asks(played)[0][0] == 2.0
    ask = asks(played)[0][1]
    assert ask.begin_ticks == 120
    assert [n[3] for n in ask.window] == [144, 96]


def test_the_pedal_holds_a_phrase_like_keys_do():
    played = session()
    played.play([control(0.0, 64, 127), *PHRASE])
    played.run_until(5.0)
    assert asks(played)[0][0] == 0.75 + 1.5


def test_soft_pedal_ends_a_phrase_at_once():
    played = session()
    played.play([*PHRASE, control(1.0, 67, 64)])
    played.run()
    assert asks(played)[0][0] == 1.0


def test_your_turn_answers_while_keys_are_held():
    played = session()
    played.play(note(0.0, 9.0))
    played.run_until(1.0)
    played.conductor.your_turn(1.0)
    played.run_until(1.0)
    assert asks(played)


def test_manual_phrases_wait_for_your_turn():
    played = session(phrase__end="manual")
    played.play(PHRASE)
    played.run_until(60.0)
    assert not asks(played)
    assert played.conductor.view(60.0).fill == 0.0
    assert reason(played, 60.0) == "waiting for 'your turn'"
    played.conductor.your_turn(60.0)
    played.run()
    assert heard_onsets(played)


def test_your_turn_with_nothing_played_says_so():
    played = session()
    played.conductor.your_turn(1.0)
    played.run()
    assert played.actions == []
    assert reason(played, 1.0) == "nothing played yet"


def prefills(played):
    return [(round(at_s, 6), action) for at_s, action in played.actions if isinstance(action, Prefill)]


def test_the_window_is_read_at_every_note_and_when_it_ends():
    played = session()
    played.play(note(0.0, 0.4))
    played.run_until(0.9)
    assert [(at_s, prefill.window[0][3]) for at_s, prefill in prefills(played)] == [(0.0, 24), (0.4, 24)]
    played.run()
    ask = asks(played)[0][1]
    assert (prefills(played)[1][1].window, prefills(played)[1][1].context) == (ask.window, ask.context)


def test_a_held_note_is_read_as_lasting_until_an_answer_could_begin():
    played = session()
    played.play([*note(0.0, 1.5, 50), *note(0.5, 0.6, 60)])
    played.run_until(1.0)
    assert [[(n[2], n[3]) for n in prefill.window] for _, prefill in prefills(played)] == [
        [(50, 24)], [(50, 48), (60, 24)], [(50, 48), (60, 6)],
    ]  # fmt: skip


def test_300_note_ons_in_10_ms_are_read_at_once():
    played = session()
    played.play((i / 30_000, (0x90, i % 128, 80)) for i in range(300))
    played.run_until(0.2)
    assert [at_s for at_s, _ in prefills(played)] == [0.0, 0.01]
    assert len(prefills(played)[1][1].window) == 128


# --- where an answer begins and ends ----------------------------------------------------------


def test_a_beat_too_near_to_be_drawn_for_is_left_to_pass():
    played = session()
    played.play([*PHRASE, control(1.45, 67, 127)])
    played.run()
    assert planned(played)[0][0] == 4.0
    late = session()
    late.play([*PHRASE, control(1.46, 67, 127)])
    late.run()
    assert planned(late)[0][0] == 3.0 + 1


def test_an_answer_may_start_on_the_bar():
    played = session(answer__start="bar")
    played.play([*PHRASE, control(1.0, 67, 127)])
    played.run()
    assert planned(played)[0][0] == 4.0
    assert planned(played)[-1][:2] == (6.0, 2.0)


def test_an_answer_may_start_now():
    played = session(answer__start="now")
    played.play([*PHRASE, control(1.0123, 67, 127)])
    played.run()
    assert planned(played)[0][0] == pytest.approx(2.0246)
    assert planned(played)[-1][0] == pytest.approx(4.0, abs=1 / 24)


@pytest.mark.parametrize("start", ["now", "beat", "bar"])
@pytest.mark.parametrize(("meter", "strong"), [("4/4", (0, 2)), ("3/4", (0,)), ("6/8", (0, 1.5)), ("7/8", (0,))])
@pytest.mark.parametrize("length_s", [0.2, 1.1, 2.6, 7.3])
def test_the_last_onset_is_a_strong_beat_held_to_the_end(start, meter, strong, length_s):
    played = session(answer__start=start, clock__meter=meter)
    played.play([*line([i * 0.25 for i in range(int(length_s / 0.25) + 1)], 0.2)])
    played.run()
    notes = planned(played)
    last = max(onset for onset, *_ in notes)
    end = max(onset + duration for onset, duration, *_ in notes)
    assert all(onset + duration == pytest.approx(end) for onset, duration, *_ in notes if onset == last)
    ask = asks(played)[-1][1]
    bar_ticks = ask.context.numerator * 96 // ask.context.denominator
    assert (ask.begin_ticks % bar_ticks) / 24 in strong
    assert ask.until_ticks == ask.begin_ticks + 1
    assert not [n for n in notes if last < n[0]]


@pytest.mark.parametrize(
    ("start", "call_s", "beats"),
    [("beat", 0.2, 2), ("beat", 1.9, 3), ("beat", 3.95, 7), ("bar", 1.0, 4), ("bar", 3.5, 8), ("bar", 20.0, 16)],
)
def test_an_answer_is_about_as_long_as_its_call(start, call_s, beats):
    played = session(answer__start=start, answer__max_bars=4)
    played.play(line([i * 0.25 for i in range(max(1, round(call_s / 0.25)))], 0.2))
    played.run()
    notes = planned(played)
    assert max(n[0] + n[1] for n in notes) - notes[0][0] == pytest.approx(beats)


def test_the_answer_has_the_channel_and_range_of_the_settings():
    played = session(midi__answer_channel=5, answer__lowest=50, answer__highest=70)
    played.play(PHRASE)
    played.run()
    assert {n[4] for n in planned(played)} == {4}
    assert {(ask.lowest, ask.highest) for _, ask in asks(played)} == {(50, 70)}


def test_notes_drawn_past_the_end_are_cut_there():
    class Long(Eighths):
        def ask(self, request):
            drawn = super().ask(request)
            rows = tuple((t, p, pitch, 999, v) for t, p, pitch, _, v in drawn.rows[0])
            return replace(drawn, rows=(rows,))

    played = session(model=Long())
    played.play(PHRASE)
    played.run()
    assert {n[0] + n[1] for n in planned(played)} == {7.0}
    assert not left_hanging(played)


# --- drawing ----------------------------------------------------------------------------------


def test_an_answer_is_drawn_bar_by_bar_and_its_last_chord_the_first_bar_at_once_the_others_within_the_horizon():
    played = session(answer__start="bar")
    played.play(line([i * 0.25 for i in range(16)], 0.2))
    played.run()
    pieces = [(at_s, ask.begin_ticks, ask.until_ticks, ask.strike, ask.closes) for at_s, ask in asks(played)]
    assert pieces == [
        (4.45, 288, 384, True, False), (7.0, 384, 432, False, False), (8.0, 432, 433, True, True),
    ]  # fmt: skip


def test_an_answer_that_begins_within_a_beat_of_a_bar_line_is_drawn_to_the_next():
    played = session(answer__start="now")
    played.play([*line([i * 0.25 for i in range(15)], 0.2), control(3.8, 67, 127)])
    played.run()
    assert [(ask.begin_ticks, ask.until_ticks) for _, ask in asks(played)][:2] == [(180, 288), (288, 336)]


def test_notes_are_committed_one_onset_after_another_a_little_before_they_sound():
    played = session(answer__start="bar", answer__commit_ms=50)
    played.play(line([i * 0.25 for i in range(16)], 0.2))
    played.run()
    plans = [(round(at_s, 6), [n[0] for n in a.notes]) for at_s, a in played.actions if isinstance(a, Play)]
    assert plans[:3] == [(4.45, [12.0]), (6.2, [12.5]), (6.45, [13.0])]


def test_only_what_is_committed_stands_in_the_window():
    played = session(answer__start="bar")
    played.play([*line([i * 0.25 for i in range(16)], 0.2), *note(6.1, 6.3, 90), control(6.2, 67, 127)])
    played.run_until(6.25)
    assert [n[0] for n in prefills(played)[-1][1].window if n[4] == 70] == [288]


def test_each_piece_is_drawn_knowing_the_pieces_before():
    played = session()
    played.play(PHRASE)
    played.run()
    windows = [ask.window for _, ask in asks(played)]
    for before, after in pairwise(windows):
        assert after[: len(before)] == before
        assert len(after) > len(before)


def test_a_fixed_seed_gives_the_same_noise_and_another_seed_another():
    def seeds(**settings):
        played = session(**settings)
        played.play(PHRASE)
        played.run()
        return [ask.seed for _, ask in asks(played)]

    assert seeds(sampling__seed=1) == seeds(sampling__seed=1)
    assert seeds(sampling__seed=1) != seeds(sampling__seed=2)
    assert len(set(seeds(sampling__seed=1))) == 2


def test_forgetting_starts_the_session_again():
    played = session(sampling__seed=5)
    played.play(PHRASE)
    played.run()
    played.conductor.forget()
    first = asks(played)
    played.play([(at_s + 20.125, data) for at_s, data in PHRASE])
    played.run()
    again = asks(played)[len(first) :]
    assert [(a.window, a.seed, a.begin_ticks) for _, a in again] == [
        (a.window, a.seed, a.begin_ticks) for _, a in first
    ]


def test_the_same_phrase_later_has_the_exchange_before_it_and_other_noise():
    played = session(sampling__seed=5)
    played.play(PHRASE)
    played.run()
    sounded = len(heard_onsets(played))
    first = asks(played)[0][1]
    played.play([(at_s + 20.0, data) for at_s, data in PHRASE])
    played.run()
    second = next(ask for at_s, ask in asks(played) if at_s > 20)
    assert second.window[:4] == first.window
    assert len(second.window) == 8 + sounded
    assert second.window[4 + sounded][0] % 96 == 0
    assert second.seed != first.seed


# --- a model that is late or missing ----------------------------------------------------------


def test_without_a_model_nothing_is_played_and_the_reason_said():
    played = session()
    played.conductor.model_ready(False)
    played.play(PHRASE)
    assert reason(played, 3.0) == "model loading"
    assert played.conductor.view(3.0).state == "no model"
    played.run()
    assert not asks(played)


def test_a_model_that_comes_soon_still_answers_and_one_that_comes_late_does_not():
    for ready_s, answered in [(6.0, True), (11.0, False)]:
        played = session()
        played.conductor.model_ready(False)
        played.play(PHRASE)
        played.at(ready_s, lambda played=played: played.conductor.model_ready(True))
        played.run()
        assert bool(heard_onsets(played)) is answered


def test_an_answer_drawn_too_late_begins_a_beat_later():
    played = session(model_s=lambda ask: 0.7 if ask.strike and ask.until_ticks - ask.begin_ticks > 1 else 0.0)
    played.play(PHRASE)
    assert reason(played, 2.2) == "model late"
    played.run()
    notes = planned(played)
    assert notes[0][0] == 5.0
    assert asks(played)[0][1].begin_ticks == 96
    assert asks(played)[1][1].begin_ticks == 168


def test_one_that_starts_now_starts_when_it_is_drawn():
    played = session(answer__start="now", model_s=lambda _: 0.1)
    played.play(PHRASE)
    played.run()
    assert planned(played)[0][0] == pytest.approx((PHRASE_END_S + 0.1) * 2)


def test_an_answer_that_never_comes_is_given_up():
    played = session(model_s=lambda _: 1e6)
    played.play(PHRASE)
    played.run_until(60.0)
    assert played.conductor.view(60.0).state == "listening"
    assert reason(played, 60.0) == "model late"
    assert len(asks(played)) == 1


def test_what_is_drawn_after_its_time_is_left_out_and_the_answer_goes_on():
    played = session(answer__start="bar", model_s=lambda ask: 1.6 if ask.begin_ticks == 384 else 0.01)
    played.play(line([i * 0.25 for i in range(16)], 0.2))
    assert reason(played, 8.7) == "model late"
    played.run()
    onsets = [beats for beats, _ in heard_onsets(played)]
    assert onsets[:8] == [12.0 + i / 2 for i in range(8)]
    assert not [beats for beats in onsets if 16 <= beats < 16.8]
    assert onsets[8:] == [17.2, 17.5, 18.0]
    assert not left_hanging(played)


def test_a_model_lost_in_an_answer_leaves_what_is_drawn_and_listening_goes_on():
    played = session(answer__start="bar")
    played.play(line([i * 0.25 for i in range(16)], 0.2))
    played.run_until(6.1)
    played.conductor.model_ready(False)
    played.run()
    assert heard_onsets(played)
    assert not left_hanging(played)
    assert played.conductor.view(played.now_s).state == "no model"


def test_a_model_back_in_time_goes_on_with_the_answer():
    played = session(answer__start="bar")
    played.play(line([i * 0.25 for i in range(16)], 0.2))
    played.run_until(6.1)
    played.conductor.model_ready(False)
    played.at(7.1, lambda: played.conductor.model_ready(True))
    played.run()
    assert heard_onsets(played)[-1][0] == 18.0


# --- playing into it --------------------------------------------------------------------------


def test_playing_on_while_the_answer_is_pending_takes_it_back():
    played = session()
    played.play([*PHRASE, *note(1.6, 1.8, 70)])
    played.run()
    assert cancels(played) == [(1.6, Cancel(1, 0.0))]
    assert [n[2] for n in asks(played)[-1][1].window[:5]] == [60, 61, 62, 63, 70]
    assert all(beats > 4.0 for beats, _ in heard_onsets(played))
    assert not left_hanging(played)


def test_a_pending_answer_taken_back_leaves_nothing_in_the_window():
    played = session()
    played.play([*PHRASE, *note(1.6, 1.8, 70)])
    played.run_until(2.6)
    answer = next(ask for at_s, ask in asks(played) if at_s > 1.6)
    assert len(answer.window) == 5


def test_a_call_that_goes_on_after_your_turn_ends_by_silence_again():
    played = session()
    played.play([*PHRASE, control(1.0, 67, 127), *note(1.2, 1.4, 70)])
    played.run()
    assert next(at_s for at_s, _ in asks(played) if at_s > 1.2) == 1.9


def test_an_answer_taken_back_shortens_no_note_of_the_call():
    class Sixty(Eighths):
        def ask(self, request):
            drawn = super().ask(request)
            return replace(drawn, rows=(tuple((n[0], n[1], 60, *n[3:]) for n in drawn.rows[0]),))

    played = session(model=Sixty())
    played.play([*PHRASE, *note(1.6, 2.9, 60)])
    played.run_until(3.0)
    prefill = [action for _, action in played.actions if isinstance(action, Prefill)][-1]
    assert prefill.window[-1] == (78, 0, 60, 72, 80)


def test_a_note_that_was_cut_stands_in_the_window_as_long_as_it_sounded():
    class Long(Eighths):
        def ask(self, request):
            drawn = super().ask(request)
            return replace(drawn, rows=(tuple((*n[:3], 48, n[4]) for n in drawn.rows[0][:1]),))

    played = session(model=Long(), answer__interrupt="cut")
    played.play([*PHRASE, *note(2.17, 2.9, 90)])
    played.run()
    window = asks(played)[-1][1].window
    assert next(n for n in window if n[4] == 70)[3] == 12


def test_while_an_answer_fades_the_window_holds_nothing_that_will_not_sound():
    class Long(Eighths):
        def ask(self, request):
            drawn = super().ask(request)
            return replace(drawn, rows=(tuple((*n[:3], 48, n[4]) for n in drawn.rows[0][:1]),))

    played = session(model=Long())
    played.play([*PHRASE, *note(2.02, 2.15, 90)])
    played.run_until(2.25)
    at_s, prefill = prefills(played)[-1]
    assert at_s == 2.15
    assert [n[0] for n in prefill.window] == [0, 12, 24, 36, 96, 96]


def test_yielding_lets_what_sounds_end_within_a_beat_and_begins_no_note():
    played = session(answer__start="bar")
    played.play([*line([i * 0.25 for i in range(16)], 0.2), *note(6.6, 7.0, 90)])
    played.run_until(7.9)
    assert cancels(played) == [(6.68, Cancel(1, 1.0))]
    onsets = [sent for sent in played.sent if sent.data[0] & 0xF0 == 0x90]
    assert max(sent.at_s for sent in onsets) <= 6.68
    assert max(sent.at_s for sent in played.sent) <= 6.68 + 0.5
    assert not left_hanging(played)


def test_cutting_ends_what_sounds_at_once():
    played = session(answer__interrupt="cut")
    played.play([*PHRASE, *note(2.1, 2.5, 90)])
    played.run_until(3.0)
    assert cancels(played) == [(2.18, Cancel(1, 0.0))]
    assert max(sent.at_s for sent in played.sent) == pytest.approx(2.18)


def test_ignoring_plays_on_and_answers_the_new_phrase_after():
    played = session(answer__interrupt="ignore")
    played.play([*PHRASE, *note(2.1, 2.5, 90)])
    played.run()
    assert not cancels(played)
    assert len({action.answer for _, action in played.actions if isinstance(action, Play)}) == 2
    assert heard_onsets(played)[4][0] == 6.0
    second = [ask for at_s, ask in asks(played) if at_s >= 3.5]
    assert 90 in [n[2] for n in second[0].window]


@pytest.mark.parametrize("mode", ["yield", "cut"])
def test_a_lone_brush_interrupts_nothing_and_is_no_music(mode):
    played = session(answer__interrupt=mode)
    played.play([*PHRASE, *note(2.1, 2.17, 90)])
    played.run()
    assert not cancels(played)
    assert len(heard_onsets(played)) == 5
    assert all(90 not in [n[2] for n in ask.window] for _, ask in asks(played))
    assert played.conductor.view(played.now_s).word == "YOUR TURN"


def test_two_short_notes_are_no_brush():
    played = session()
    played.play([*PHRASE, *note(2.1, 2.15, 90), *note(2.3, 2.35, 91)])
    played.run()
    assert cancels(played) == [(2.3, Cancel(1, 1.0))]
    assert [n[2] for n in asks(played)[-1][1].window if n[2] > 80] == [90, 91]


def test_what_interrupts_begins_the_next_call_and_is_answered():
    played = session()
    played.play([*PHRASE, *line([2.1, 2.35, 2.6], 0.2, pitch=90)])
    played.run()
    assert {action.answer for _, action in played.actions if isinstance(action, Play)} == {1, 2}
    assert not left_hanging(played)


def test_only_what_sounded_stays_in_the_window():
    played = session(answer__start="bar")
    played.play([*line([i * 0.25 for i in range(16)], 0.2), *line([6.6, 6.85, 7.1, 7.35], 0.2, pitch=90)])
    played.run()
    sounded = sorted(sent.data[1] for sent in played.sent if sent.data[0] == 0x91 and sent.at_s < 7)
    second = next(ask for at_s, ask in asks(played) if at_s > 7.4)
    assert sorted(n[2] for n in second.window if n[4] == 70) == sounded


def test_sostenuto_stops_an_answer_and_one_that_has_not_begun():
    for at_s, sounded in [(2.6, True), (1.7, False)]:
        played = session()
        played.play([*PHRASE, control(at_s, 66, 127)])
        played.run()
        assert bool(heard_onsets(played)) is sounded
        assert all(sent.at_s <= at_s + 1e-9 for sent in played.sent)
        assert played.conductor.view(played.now_s).state == "listening"


def test_stopping_with_no_answer_changes_nothing():
    played = session()
    played.play([*PHRASE[:4], control(0.3, 66, 127), *PHRASE[4:]])
    played.run()
    assert heard_onsets(played)


# --- odd phrases ------------------------------------------------------------------------------


def test_a_single_note_is_answered():
    played = session()
    played.play(note(0.0, 0.2))
    played.run()
    assert heard_onsets(played)


def test_2000_notes_are_one_phrase_of_which_the_window_keeps_the_last():
    played = session()
    played.play(m for i in range(2000) for m in note(i * 0.05, i * 0.05 + 0.04, 40 + i % 40))
    played.run()
    first = asks(played)[0][1]
    assert 64 < len(first.window) <= 128
    assert first.window[-1][2] == 40 + 1999 % 40
    notes = planned(played)
    assert max(n[0] + n[1] for n in notes) - notes[0][0] <= 32


def test_128_held_keys_are_one_chord_and_leave_as_one():
    played = session()
    played.play([(0.0, (0x90, pitch, 80)) for pitch in range(128)] + [(5.0, (0x80, pitch, 0)) for pitch in range(128)])
    played.run()
    assert len(asks(played)[0][1].window) == 128
    assert not left_hanging(played)


def test_a_tempo_change_in_a_phrase_and_in_its_answer_keeps_every_note():
    played = session()
    played.play(PHRASE)
    for at_s, bpm in [(0.6, 90.0), (2.3, 240.0)]:
        played.at(at_s, lambda bpm=bpm, at_s=at_s: played.performer.obey(SetTempo(bpm), at_s))
    played.run()
    assert [beats for beats, _ in heard_onsets(played)] == [n[0] for n in planned(played)]
    assert not left_hanging(played)


def test_a_metre_change_counts_for_the_next_phrase():
    played = session(clock__phase="free")
    played.performer.obey(SetMeter(3, 4), 0.0)
    played.play(PHRASE)
    played.run()
    assert asks(played)[0][1].context.numerator == 3


# --- what it shows ----------------------------------------------------------------------------


def test_the_words_follow_the_exchange():
    played = session(answer__start="bar")
    played.play(line([i * 0.25 for i in range(16)], 0.2))
    assert word(played, 0.5) == "LISTENING"
    played.play([control(4.0, 67, 127)])
    assert word(played, 4.01) == "ANSWER IN 4"
    assert word(played, 5.7) == "ANSWER IN 1"
    assert word(played, 6.1) == "ANSWERING 1/2"
    assert word(played, 8.1) == "ANSWERING 2/2"
    assert word(played, 10.1) == "YOUR TURN"
    played.play(note(11.0, 11.5))
    assert word(played, 11.1) == "LISTENING"


def test_the_bar_fills_towards_the_end_of_the_phrase_and_then_of_the_answer():
    played = session()
    played.play(PHRASE)
    fills = []
    for at_s in (0.8, 0.95, 1.2, 1.44, 1.6, 2.1, 20.0):
        played.run_until(at_s)
        fills.append(round(played.conductor.view(at_s).fill, 2))
    assert fills == [0.03, 0.0, 0.5, 0.98, 1.0, 0.07, 0.0]


def test_a_reason_is_shown_when_nothing_happens():
    played = session()
    assert reason(played, 0.0) == "nothing played yet"
    played.play([(1.0, (0x90, 48, 80))])
    assert reason(played, 1.5) == ""
    played.run_until(9.0)
    assert reason(played, 13.0) == "C3 held 12 s"
    played.play([(14.0, (0x80, 48, 0)), control(14.0, 64, 127)])
    assert reason(played, 14.1) == "pedal held"
    played.play([control(15.0, 64, 0)])
    assert reason(played, 15.1) == ""


def test_bar_and_beat_count_from_the_first_note():
    played = session()
    played.play(note(0.3, 0.4))
    played.run_until(2.8)
    view = played.conductor.view(2.8)
    assert (view.bar, view.beat, view.beats) == (2, pytest.approx(1.0), pytest.approx(5.6))


def test_it_is_told_the_place_by_the_first_message_if_by_nothing_else():
    conductor = Conductor(Config(), seed=0)
    conductor.model_ready(True)
    conductor.hear(Heard(100.0, 7.0, (0x90, 60, 80), "keyboard"))
    assert conductor.view(100.5).beats == pytest.approx(8.0)
    conductor.anchor(Anchor(100.5, 8.0, 60.0, 4, 4))
    assert conductor.view(101.5).beats == pytest.approx(9.0)


def test_it_wants_to_be_woken_only_where_it_has_something_to_decide():
    conductor = Conductor(Config().having("answer.rehearse", False), seed=0)
    assert conductor.next_wake_s() is None
    conductor.model_ready(True)
    conductor.hear(Heard(10.0, 0.0, (0x90, 60, 80), "keyboard"))
    assert conductor.next_wake_s() == 10.0
    conductor.tick(10.0)
    assert [type(action) for action in conductor.actions()] == [Downbeat, Prefill]
    assert conductor.next_wake_s() == pytest.approx(11.5)
    conductor.hear(Heard(10.2, 0.4, (0x80, 60, 0), "keyboard"))
    conductor.tick(10.2)
    assert [type(action) for action in conductor.actions()] == [Prefill]
    assert conductor.next_wake_s() == pytest.approx(10.95)
    conductor.tick(10.95)
    assert [type(action) for action in conductor.actions()] == [Ask]
