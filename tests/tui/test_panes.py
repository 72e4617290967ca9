from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from improvd.tui.keys import BINDINGS, keys_shown
from improvd.tui.panes import STATE_STYLES, as_text, beat_lamps, headline, messages, plan, screen
from improvd.tui.piano import LETTERS
from improvd.tui.status import ANSWER, CALL, RollNote, Status
from improvd.tui.text import plain, width_of
from improvd.tui.view import Mode, View

PLAYING = Status(
    state="answering", word="ANSWERING 2/4", fill=0.5, model="default", runtime="litert-int8", midi="jack", beats=34.0,
    beat=3.0, bar=9, readers=("synth",), latency_ms=12.3, jitter_p99_ms=0.42, last_in_s=9.0, last_out_s=0.05,
    roll=(RollNote(24.0, 1.0, 60, CALL), RollNote(32.0, None, 67, ANSWER)),
)  # fmt: skip
LISTENING = replace(PLAYING, state="listening", word="LISTENING", fill=0.0)


def _text(view: View, columns: int = 80, rows: int = 24) -> str:
    return as_text(screen(view, columns, rows))


def _said(view: View) -> list[str]:
    return [plain(line) for line in messages(view)]


# --- size ----------------------------------------------------------------------------------


views = st.builds(
    View,
    status=st.sampled_from([
        Status(), PLAYING, LISTENING, replace(PLAYING, meter="15/16", word="ANSWERING 12/64", notice="x" * 300),
        replace(LISTENING, first_run=True, keyboards=tuple(f"Keyboard number {i} 鍵盤" for i in range(12))),
        replace(LISTENING, first_run=True), replace(LISTENING, midi="none", midi_why="no sequencer", bpm=299.5),
        replace(PLAYING, late=9999, dropped=9999, echoes=9999, restarts=99, model="a-long-name-of-a-model" * 4),
    ]),
    mode=st.sampled_from([Mode.COMMANDS, Mode.PIANO]),
    octave=st.integers(0, 7), help=st.booleans(), asking=st.booleans(), passed=st.booleans(),
    say=st.sampled_from(["", "thru off"]), lost_s=st.sampled_from([None, 3.0]),
)  # fmt: skip


@given(view=views, columns=st.integers(1, 220), rows=st.integers(1, 70))
def test_the_screen_has_exactly_its_size_whatever_it_shows(view, columns, rows):
    lines = screen(view, columns, rows)
    assert len(lines) == rows
    assert {width_of(line) for line in lines} == {columns}


@pytest.mark.parametrize(("columns", "rows"), [(20, 5), (39, 24), (80, 9)])
def test_a_terminal_too_small_is_told_the_size_needed_in_one_sentence(columns, rows):
    told = " ".join(_text(View(PLAYING), columns, rows).split())
    assert told == f"the screen needs 40 x 10 characters, and the terminal has {columns} x {rows}"


def test_the_smallest_screen_shows_all_that_matters():
    text = _text(View(replace(LISTENING, reason="pedal held")), 40, 10)
    for part in ("L I S T E N I N G", "pedal held", "120 bpm", "T 1.00", "COMMANDS", "h help"):
        assert part in text


def test_the_word_is_in_block_letters_where_they_fit_and_larger_on_a_large_terminal():
    assert [plan(*size, piano=False).word for size in ((40, 10), (80, 24), (160, 45))] == [1, 5, 10]


def test_the_roll_takes_what_a_larger_terminal_adds():
    assert plan(80, 40, piano=False).middle - plan(80, 24, piano=False).middle == 16


# --- what it says --------------------------------------------------------------------------


def test_the_word_stands_in_five_rows_of_blocks():
    lines = _text(View(PLAYING)).splitlines()
    assert [line.count("█") > 20 for line in lines[1:8]] == [False, True, True, True, True, True, False]


@pytest.mark.parametrize("state", STATE_STYLES)
def test_each_state_has_the_colour_of_whose_turn_it_is(state):
    style = headline(View(Status(state=state, word="W")))[1]
    assert style == {"listening": "class:call", "your turn": "class:call", "no model": "class:alarm"}.get(
        state, "class:answer"
    )


def test_a_reason_is_told_under_the_bar():
    lines = _text(View(replace(LISTENING, reason="C3 held 12 s"))).splitlines()
    assert "░░░░" in lines[8] and lines[9].strip() == "C3 held 12 s"


def test_nothing_reading_the_output_offers_fluidsynth_where_it_is_installed():
    silent = replace(LISTENING, readers=())
    assert _said(View(silent)) == ["nothing reads improvd-out: connect your instrument"]
    silent = replace(silent, synth_available=True)
    assert _said(View(silent)) == ["nothing reads improvd-out: connect your instrument, or press F for fluidsynth"]
    assert "Ctrl-F for fluidsynth" in _said(View(silent, mode=Mode.PIANO))[0]
    assert _said(View(replace(silent, synth=True))) == []


def test_not_knowing_who_reads_the_output_raises_no_alarm():
    assert _said(View(replace(LISTENING, readers=None))) == []


def test_without_a_midi_system_one_line_says_why():
    said = _said(View(replace(LISTENING, midi="none", midi_why="no ALSA sequencer, no JACK server"), mode=Mode.PIANO))
    assert said == ["no ALSA sequencer, no JACK server: the letters play"]


def test_what_a_key_led_to_comes_before_what_the_daemon_says():
    view = View(replace(LISTENING, reason="pedal held", notice="the routing loops"), say="thru off")
    assert _said(view) == ["thru off", "the routing loops", "pedal held"]


def test_late_and_dropped_notes_are_told_only_when_there_are_any():
    assert "late" not in _text(View(PLAYING)).replace("latency", "")
    text = _text(View(replace(PLAYING, late=2, dropped=1)))
    assert "late 2" in text and "dropped 1" in text


def test_the_figures_stand_at_the_foot():
    assert "latency 12 ms   jitter 0.4 ms   thru auto (off)" in _text(View(PLAYING))


def test_of_how_many_the_music_is_the_best_is_told_where_there_was_a_choice():
    assert "best of" not in _text(View(replace(PLAYING, candidates=1)))
    assert "default · litert-int8 · best of 16 · jack" in _text(View(replace(PLAYING, candidates=16)))


def test_activity_lamps_are_lit_for_a_moment():
    top = _text(View(PLAYING)).splitlines()[0]
    assert "in ○" in top and "out ●" in top and "default · litert-int8 · jack" in top


@pytest.mark.parametrize(("beat", "lamps"), [(1.0, "██ ░░ ░░ ░░"), (2.99, "░░ ██ ░░ ░░"), (4.5, "░░ ░░ ░░ ██")])
def test_the_lamp_of_the_beat_is_lit(beat, lamps):
    assert plain(beat_lamps(Status(beat=beat), 11)) == lamps


def test_a_compound_bar_has_a_lamp_for_each_eighth():
    assert plain(beat_lamps(Status(meter="6/8", beat=1.5), 11)) == "░ █ ░ ░ ░ ░"


def test_a_bar_with_more_beats_than_columns_counts_in_figures():
    assert plain(beat_lamps(Status(meter="15/16", beat=2.0), 11)) == "5/15"


def test_temperature_fills_its_gauge_from_the_lowest_to_the_highest():
    def filled(temperature: float) -> int:
        lines = _text(View(replace(LISTENING, temperature=temperature))).splitlines()
        return next(line for line in lines if line.startswith((" █", " ░░░░░░░░ ")))[40:].count("█")

    assert [filled(0.1), filled(2.0)] == [0, 37]


# --- modes and questions -------------------------------------------------------------------


def test_the_mode_stands_at_the_foot_and_the_piano_is_drawn_in_its_mode():
    commands, piano = _text(View(PLAYING)), _text(View(PLAYING, mode=Mode.PIANO))
    assert commands.splitlines()[-1].startswith(" COMMANDS ")
    assert piano.splitlines()[-1].startswith(" PIANO ")
    assert " z ▏ x ▏ c " in piano and " z ▏ x ▏ c " not in commands


def test_the_foot_names_the_key_of_the_mode():
    assert "q leave" in _text(View(PLAYING)).splitlines()[-1]
    foot = _text(View(PLAYING, mode=Mode.PIANO)).splitlines()[-1]
    assert "^D leave" in foot and "F1 help" in foot


@pytest.mark.parametrize("size", [(80, 24), (100, 30), (200, 60)])
def test_the_help_shows_every_binding_of_the_table_in_full(size):
    text = _text(View(PLAYING, help=True), *size)
    for binding in BINDINGS:
        if binding.does:
            assert binding.does in text and keys_shown(binding) in text


def test_the_help_of_the_smallest_screen_names_every_hinted_key():
    text = _text(View(PLAYING, help=True), 40, 10)
    for binding in BINDINGS:
        assert binding.hint in text


def test_the_help_tells_how_the_piano_is_played():
    text = " ".join(_text(View(PLAYING, help=True)).split())
    assert "- and = move the octave, Shift is louder" in text


def test_quitting_asks_in_large_letters_and_says_what_may_be_answered():
    view = View(PLAYING, asking=True)
    assert headline(view) == ("QUIT?", "class:alarm")
    assert _text(view).splitlines()[-1].rstrip() == " y quit     n stay     d leave it playing"


def test_a_lost_daemon_is_told():
    view = View(PLAYING, lost_s=1.0)
    assert headline(view)[0] == "NO DAEMON"
    assert _said(view)[0] == "the daemon is gone; the screen waits for it to come back"


# --- the first minute ----------------------------------------------------------------------

FIRST = replace(LISTENING, first_run=True, keyboards=("Keystation 49", "Launchkey"))


def test_the_first_minute_lists_the_keyboards_found():
    text = _text(View(FIRST))
    assert "press a key on your keyboard" in text
    assert " 1  Keystation 49" in text and " 2  Launchkey" in text


def test_the_first_minute_without_a_keyboard_says_what_to_do():
    text = _text(View(replace(FIRST, keyboards=())))
    assert "Plug in a keyboard" in text and "improvd-in" in text and "press Tab" in text


@pytest.mark.parametrize(
    "view",
    [View(LISTENING), View(FIRST, passed=True), View(FIRST, mode=Mode.PIANO), View(replace(FIRST, midi="none"))],
)
def test_nobody_is_asked_for_a_keyboard_who_has_one_or_wants_none(view):
    assert not view.first_minute


def test_no_letter_of_the_piano_has_two_keys():
    assert len(set(LETTERS)) == len(LETTERS)


@pytest.mark.parametrize(
    ("style", "auto", "shown"),
    [("any", False, "0.1 – 2"), ("folk", False, "folk"), ("any", True, "style auto"), ("jazz", True, "jazz (auto)")],
)
def test_the_style_in_force_is_shown_and_whether_improvd_heard_it(style: str, auto: bool, shown: str) -> None:
    assert shown in _text(View(status=replace(PLAYING, style=style, style_auto=auto)))
